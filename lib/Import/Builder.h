// Private to the Import room: emits `winograd` ops for nodes whose shapes are known. Keeps the values made so far.
#ifndef WINO_LIB_IMPORT_BUILDER_H
#define WINO_LIB_IMPORT_BUILDER_H

#include "NodeArgs.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/IR/Builders.h"

namespace wino {

class Builder {
public:
  Builder(mlir::OpBuilder &builder, const StaticGraph &graph) : builder(builder), graph(graph) {}

  /// Emits an op at the node's location and returns its first result.
  template <typename Op, typename... Args> mlir::Value emit(Args &&...args) {
    return builder.create<Op>(here, std::forward<Args>(args)...)->getResult(0);
  }

  /// The name of the node (or output) that emitted ops belong to.
  void enter(llvm::StringRef name);
  /// Input k as a float tensor value; a constant becomes arith.constant.
  mlir::Value input(NodeArgs &args, size_t k);
  /// A value of the graph by name, as above.
  mlir::Value value(const std::string &name);
  /// Defines the node's first output, or any name.
  void define(NodeArgs &args, mlir::Value value) { values[args.node.outputs[0]] = value; }
  void define(const std::string &name, mlir::Value value) { values[name] = value; }

  /// Type and shape of the node's first output.
  mlir::RankedTensorType resultType(NodeArgs &args) { return type(args.graph.shapes.at(args.node.outputs[0])); }
  mlir::RankedTensorType type(llvm::ArrayRef<int64_t> dims) {
    return mlir::RankedTensorType::get(dims, builder.getF32Type());
  }
  mlir::Value constant(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> elements);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> dims);
  /// The same on operand k before the node itself: named `<node>.in<k>`, since statistics are kept by name and this
  /// tensor holds the operand's values, not the node's.
  mlir::Value reshapeInput(mlir::Value value, llvm::ArrayRef<int64_t> dims, size_t k);
  mlir::Location location() const { return here; }
  mlir::Location inputLocation(size_t k);
  /// Operand k under the result's shape: constants are broadcast into a new constant, values reshaped and repeated.
  mlir::Value operand(NodeArgs &args, size_t k, llvm::ArrayRef<int64_t> dims);
  /// `value` broadcast to `dims` as operand k, by ops of their own names.
  mlir::Value expand(mlir::Value value, llvm::ArrayRef<int64_t> dims, size_t k);

  /// A step before the node's own result, named `<node>.<suffix>`: every tensor that is rounded needs its own name.
  template <typename Op, typename... Args> mlir::Value emitStep(const llvm::Twine &suffix, Args &&...args) {
    return builder.create<Op>(stepLocation(suffix), std::forward<Args>(args)...)->getResult(0);
  }
  mlir::Location stepLocation(const llvm::Twine &suffix);
  ActivationAttr activation(ActivationKind kind, float lo = 0, float hi = 0) {
    return ActivationAttr::get(builder.getContext(), kind, f32(lo), f32(hi));
  }

  static llvm::ArrayRef<int64_t> dimsOf(mlir::Value value) {
    return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }
  mlir::DenseI64ArrayAttr ints(llvm::ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); }
  mlir::FloatAttr f32(float value) { return builder.getF32FloatAttr(value); }

  mlir::OpBuilder &builder;

private:
  const StaticGraph &graph;
  std::map<std::string, mlir::Value> values;
  mlir::Location here = builder.getUnknownLoc();
};

} // namespace wino

#endif // WINO_LIB_IMPORT_BUILDER_H
