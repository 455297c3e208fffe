// QuantizeOps: rewrites one op of the float graph in place, given the type of every tensor. The types come from
// ChooseTypes.h.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_QUANTIZEOPS_H
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_QUANTIZEOPS_H

#include "Quantize/QuantizeGraph/ChooseTypes.h"
#include "wino/Numerics/QuantizeScale.h"

#include "mlir/IR/Builders.h"

namespace wino {

class OpQuantizer {
public:
  /// Before any op is rewritten: chains are evaluated as they stand.
  OpQuantizer(const TensorTypes &types, const ComposedTables &tables, mlir::MLIRContext *context);

  /// Gives the op integer attributes, constants and result type. Reports what does not fit, naming the layer.
  mlir::LogicalResult quantize(mlir::Operation *op);

  unsigned numRequantize = 0, numLookups = 0;

private:
  mlir::LogicalResult quantizeWeighted(mlir::Operation *op);
  mlir::LogicalResult quantizePlanned(Conv2DOp op);
  mlir::LogicalResult quantizeSum(mlir::Operation *op);
  mlir::LogicalResult quantizeMul(MulOp op);
  mlir::LogicalResult quantizeAvgPool(AvgPool2DOp op);
  mlir::LogicalResult quantizeReduceMean(ReduceMeanOp op);
  mlir::LogicalResult quantizeSoftmax(SoftmaxOp op);
  mlir::LogicalResult quantizeConcat(ConcatOp op);
  mlir::LogicalResult checkPad(PadOp op);
  void quantizeActivate(ActivateOp op);
  /// A lookup of what the chain starts from takes the op's place.
  void quantizeChain(mlir::Operation *op, const ComposedTable &table);
  /// The op reads floats, dequantized where they are integers.
  void keepFloat(mlir::Operation *op);
  /// What integers read of a value: itself, or floats quantized to the type chosen for them. At the insertion point.
  mlir::Value integersOf(mlir::Value value);

  /// Type of an input that must be computed, or null with an error.
  QuantizedType inputType(mlir::Operation *op, mlir::Value value);
  struct Operand {
    double scale;    ///< 0 with an error
    int32_t largest; ///< magnitude: of the type, or of what a constant holds
  };
  /// An operand of add, sub or mul; a float constant becomes an i8 constant first.
  Operand elementwiseOperand(mlir::Operation *op, unsigned operand);
  /// Type that the op's own arithmetic ends in: before the table if there is one.
  QuantizedType arithmeticType(mlir::Operation *op) const;
  /// The clamp of relu and clip inside the result type's range.
  StorageRange clampOf(mlir::Operation *op) const;
  template <typename OpT> void setRequant(OpT op, int64_t pre, int64_t shift, llvm::ArrayRef<int32_t> multipliers);
  /// setRequant with multipliers for these real factors.
  template <typename OpT>
  mlir::LogicalResult setFactors(OpT op, llvm::ArrayRef<double> factors, double accBound,
                                 std::optional<ResidualScale> residual = std::nullopt);
  /// Sets the result type, drops the fused activation and puts the table behind the op where it needs one.
  void finish(mlir::Operation *op);

  const TensorTypes &types;
  const ComposedTables &tables;
  llvm::DenseMap<mlir::Operation *, std::vector<int32_t>> chainEntries; ///< of the lookups to come
  llvm::DenseMap<mlir::Value, mlir::Value> floats;                      ///< what dequantized tensors are
  llvm::DenseMap<mlir::Value, mlir::Value> integers;                    ///< what quantized floats are
  mlir::OpBuilder builder;
};

} // namespace wino

#endif
