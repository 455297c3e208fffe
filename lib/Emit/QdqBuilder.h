// Private to QDQ output: the tensors of the graph in their quantized and float forms, and one function per kind of op.
#ifndef WINO_LIB_EMIT_QDQBUILDER_H
#define WINO_LIB_EMIT_QDQBUILDER_H

#include "wino/Dialect/Winograd.h"
#include "wino/Emit/OnnxWriter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace wino {

constexpr int64_t qdqOpset = 13; ///< of the models

class QdqBuilder {
public:
  explicit QdqBuilder(OnnxWriter &writer) : writer(writer) {}

  /// The whole function: inputs, ops, outputs.
  llvm::Error build(mlir::func::FuncOp main);

private:
  llvm::Error buildOp(mlir::Operation *op);
  llvm::Error visit(Conv2DOp op);
  llvm::Error visit(FullyConnectedOp op);
  llvm::Error visit(AddOp op);
  llvm::Error visit(SubOp op);
  llvm::Error visit(MulOp op);
  llvm::Error visit(MaximumOp op);
  llvm::Error visit(MinimumOp op);
  llvm::Error visit(LookupOp op);
  llvm::Error visit(ConcatOp op);
  llvm::Error visit(MaxPool2DOp op);
  llvm::Error visit(AvgPool2DOp op);
  llvm::Error visit(ReduceMeanOp op);
  llvm::Error visit(SliceOp op);
  llvm::Error visit(PadOp op);
  llvm::Error visit(ReshapeOp op);
  llvm::Error visit(TransposeOp op);
  llvm::Error visit(SoftmaxOp op);
  llvm::Error visit(ReduceMaxOp op);
  llvm::Error visit(RepeatOp op);
  llvm::Error visit(DepthToSpaceOp op);
  llvm::Error visit(SpaceToDepthOp op);
  llvm::Error visit(RequantizeOp op);
  template <typename OpT> llvm::Error elementwise(OpT op, llvm::StringRef kind);

  /// A node between the float inputs and a QuantizeLinear to the type of the op's result. Where `requant` clamps to
  /// less than the type holds, a Clip with its own pair follows: the runtime then still fuses the node itself.
  OnnxNodeWriter layer(mlir::Operation *op, llvm::StringRef kind, llvm::ArrayRef<std::string> inputs,
                       std::optional<RequantAttr> requant = std::nullopt);

  /// Filter and bias of a layer (operands 1 and 2) behind DequantizeLinear nodes.
  llvm::Expected<std::pair<std::string, std::string>> weights(mlir::Operation *op, RequantAttr requant);

  /// Constants of an op beside its tensors.
  std::string scalar(mlir::Operation *op, llvm::StringRef what, float value);
  std::string shapeConstant(mlir::Operation *op, llvm::StringRef what, llvm::ArrayRef<int64_t> values);

  /// The float form of a computed value: its DequantizeLinear, made when it is first asked for.
  std::string floatOf(mlir::Value value);
  /// A QuantizeLinear that makes the value's integers. Nodes and tensors are called after `name`.
  void quantizeTo(mlir::Value value, llvm::StringRef name, const std::string &input);
  void dequantize(mlir::Value value, llvm::StringRef name, const std::string &output);
  /// Names of a new scale and of the zero point of a tensor.
  std::pair<std::string, std::string> parameters(llvm::StringRef name, double scale, bool isSigned);

  /// The integers of a value, and what QuantizeLinear and DequantizeLinear share.
  struct Quantized {
    std::string name, scale, zeroPoint;
  };
  OnnxWriter &writer;
  llvm::DenseMap<mlir::Value, Quantized> quantized;
  llvm::DenseMap<mlir::Value, std::string> floats;
  std::string zeroPoints[2]; ///< of unsigned and of signed tensors, once they are there
};

} // namespace wino

#endif
