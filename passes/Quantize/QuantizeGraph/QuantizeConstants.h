// QuantizeConstants: float constants of the graph as integer ones. It creates constants and changes no op.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_QUANTIZECONSTANTS_H
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_QUANTIZECONSTANTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <vector>

namespace wino {

/// The finite f32 constant behind `value`, or an error that calls it `role`.
mlir::FailureOr<mlir::DenseElementsAttr> floatConstant(mlir::Operation *op, mlir::Value value, llvm::StringRef role);

struct IntegerWeights {
  mlir::Value filter, bias;
  std::vector<double> scales; ///< of the filter, per output channel
  double accBound;            ///< largest |bias| + inputBound * sum|w| over the channels
};

/// Operands 1 and 2 of a conv_2d or fully_connected as an i8 filter in [-127, 127] and an i32 bias in units of
/// inputScale * scale.
mlir::FailureOr<IntegerWeights> quantizeWeights(mlir::Operation *op, mlir::OpBuilder &builder, double inputScale,
                                                double inputBound);

struct IntegerConstant {
  mlir::Value value;
  double scale;
  int32_t largest; ///< magnitude that it really holds
};

/// A constant operand as i8 in [-127, 127] with scale max|v| / 127.
mlir::FailureOr<IntegerConstant> quantizeConstant(mlir::Operation *op, mlir::Value value, mlir::OpBuilder &builder);

} // namespace wino

#endif
