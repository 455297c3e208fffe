// ChooseTypes: the quantized type of every tensor of a calibrated float graph. It changes no IR; QuantizeOps.h does.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_CHOOSETYPES_H
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_CHOOSETYPES_H

#include "Quantize/LayerError.h"
#include "Quantize/QuantizeGraph/ComposeTables.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

using QuantizedType = mlir::quant::UniformQuantizedType;

struct TensorTypes {
  /// Type of every tensor that is computed or given; constants have none.
  llvm::DenseMap<mlir::Value, QuantizedType> of;
  /// Type before the table of an op whose fused activation becomes a lookup.
  llvm::DenseMap<mlir::Operation *, QuantizedType> beforeLookup;
};

/// i8 with zero point 0, or u8.
QuantizedType makeQuantizedType(mlir::MLIRContext *context, double scale, bool isUnsigned);

/// The fused activation of conv_2d, fully_connected, add, sub or mul, or the function of `activate`; null if none.
ActivationAttr activationOf(mlir::Operation *op);

/// Whether a fused activation needs a table (a clamp cannot express it).
bool needsLookup(ActivationAttr activation);

/// Reports missing statistics and ops that have no integer form. `wideHead`: i16 in [-4096, 4095] for the network's
/// head (Dialect/Head.h), u16 with scale 1/65536 for a softmax of it; else eight bits everywhere. Ops inside of
/// `tables` and a tail in floats (Dialect/InFloats.h) get no type.
mlir::FailureOr<TensorTypes> chooseTypes(mlir::func::FuncOp func, bool wideHead, const ComposedTables &tables);

} // namespace wino

#endif
