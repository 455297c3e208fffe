// What random networks in floats, or partly so, have of their own: plans, sizes of numbers, and certificates that must
// hold.
#ifndef WINO_TEST_E2E_FLOATPLANS_H
#define WINO_TEST_E2E_FLOATPLANS_H

#include "GraphText.h"
#include "wino/Reference/Tensor.h"
#include "wino/Target/TargetData.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Plans of the float network of --precision=fp16 (`inHalves`) or fp32. Four of five planned convolutions keep their
/// tile, with taps in floats of either size; the planner has the others. What does not fit may be refused.
mlir::LogicalResult planFloats(mlir::func::FuncOp main, bool inHalves, Random &random, const TargetData &device);

/// In one of four networks of integers some ops stay in floats.
void keepSomeInFloats(mlir::func::FuncOp main, Random &random);

/// Tiles made explicit and certified. What was planned must not be refused.
mlir::LogicalResult makeFloatTiles(mlir::func::FuncOp main, bool inHalves, const TargetData &device);

/// Where a result is beyond what its op was certified for; empty if it is not.
std::string beyondInterval(mlir::Operation *op, const Tensor &tensor);

} // namespace wino

#endif
