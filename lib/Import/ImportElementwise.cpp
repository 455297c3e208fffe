// Importers of operators that work element by element. ImportMoves.cpp has those that only move elements.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

#include "llvm/ADT/STLExtras.h"

namespace wino {
void buildFunction(Builder &b, NodeArgs &args) {
  FunctionSpec spec = readFunction(args);
  auto activation = ActivationAttr::get(b.builder.getContext(), spec.kind, b.f32(spec.lo), b.f32(spec.hi));
  b.define(args, b.emit<ActivateOp>(b.resultType(args), b.input(args, 0), activation));
}

void buildIdentity(Builder &b, NodeArgs &args) { b.define(args, b.input(args, 0)); }

void buildSoftmax(Builder &b, NodeArgs &args) {
  int64_t axis = readSoftmaxAxis(args);
  mlir::Value input = b.input(args, 0);
  const Shape &in = args.shape(0);
  int64_t rows = 1, columns = 1;
  for (int64_t k = 0; k < static_cast<int64_t>(in.size()); ++k)
    (k < axis ? rows : columns) *= in[k];
  if (args.node.opset >= 13 || columns == in[axis]) {
    b.define(args, b.emit<SoftmaxOp>(b.resultType(args), input, b.builder.getI64IntegerAttr(axis),
                                     mlir::DenseI32ArrayAttr()));
    return;
  }
  // Before opset 13 the input is flattened to a matrix at `axis` and each row normalized.
  mlir::Value matrix = b.reshapeInput(input, {rows, columns}, 0);
  mlir::Value soft =
      b.emit<SoftmaxOp>(matrix.getType(), matrix, b.builder.getI64IntegerAttr(1), mlir::DenseI32ArrayAttr());
  b.define(args, b.reshape(soft, in));
}

/// One of the two-operand ops, at a location.
static mlir::Value combine(Builder &b, mlir::Location loc, llvm::StringRef op, mlir::Value lhs, mlir::Value rhs) {
  mlir::Type type = lhs.getType();
  if (op == "Add" || op == "Sum" || op == "Mean")
    return b.builder.create<AddOp>(loc, type, lhs, rhs, ActivationAttr(), RequantAttr());
  if (op == "Sub")
    return b.builder.create<SubOp>(loc, type, lhs, rhs, ActivationAttr(), RequantAttr());
  if (op == "Max")
    return b.builder.create<MaximumOp>(loc, type, lhs, rhs, ActivationAttr(), RequantAttr());
  if (op == "Min")
    return b.builder.create<MinimumOp>(loc, type, lhs, rhs, ActivationAttr(), RequantAttr());
  return b.builder.create<MulOp>(loc, type, lhs, rhs, ActivationAttr(), RequantAttr());
}

/// The factor that a division multiplies with: 1 / divisor, computed here where it is constant.
static mlir::Value reciprocal(Builder &b, NodeArgs &args, llvm::ArrayRef<int64_t> dims) {
  const OnnxTensor *divisor = args.constant(1);
  if (!divisor) {
    mlir::Value value = b.operand(args, 1, dims);
    return b.emitStep<ActivateOp>("reciprocal", value.getType(), value, b.activation(ActivationKind::Reciprocal));
  }
  std::vector<float> factors(*elementCount(dims));
  copyStrided(divisor->bytes.data(), reinterpret_cast<uint8_t *>(factors.data()), sizeof(float), dims, 0,
              broadcastStrides(operandShape(args, 1), dims));
  for (float &factor : factors)
    factor = 1 / factor;
  return b.constant(dims, factors);
}

void buildNary(Builder &b, NodeArgs &args) {
  const std::string &op = args.node.op;
  llvm::ArrayRef<int64_t> dims = b.resultType(args).getShape();
  size_t count = args.numInputs();
  bool isMean = op == "Mean" && count > 1;
  mlir::Location own = b.location();
  // A bound that is the same everywhere is a clip.
  for (size_t k = 0; k < 2 && count == 2 && (op == "Max" || op == "Min"); ++k)
    if (const OnnxTensor *bound = args.constant(k); bound && bound->numElements() == 1) {
      constexpr float largest = std::numeric_limits<float>::max();
      float value = bound->numbers()[0];
      mlir::Value x = b.operand(args, 1 - k, dims);
      return b.define(args, b.emit<ActivateOp>(x.getType(), x,
                                               op == "Max" ? b.activation(ActivationKind::Clip, value, largest)
                                                           : b.activation(ActivationKind::Clip, -largest, value)));
    }
  if (op == "Div") {
    mlir::Value lhs = b.operand(args, 0, dims);
    return b.define(args, combine(b, own, op, lhs, reciprocal(b, args, dims)));
  }
  mlir::Value result = b.operand(args, 0, dims);
  for (size_t k = 1; k < count; ++k) {
    bool isLast = k + 1 == count && !isMean;
    mlir::Value next = b.operand(args, k, dims);
    result = combine(b, isLast ? own : b.stepLocation("part" + llvm::Twine(k)), op, result, next);
  }
  if (isMean)
    result = combine(b, own, "Mul", result, b.constant(dims, {1.0f / float(count)}));
  b.define(args, result);
}

void buildPRelu(Builder &b, NodeArgs &args) {
  std::vector<float> slopes = *args.constant(1)->floats();
  mlir::Value x = b.input(args, 0);
  mlir::RankedTensorType type = b.resultType(args);
  if (llvm::all_equal(slopes))
    return b.define(args, b.emit<ActivateOp>(type, x, b.activation(ActivationKind::LeakyRelu, slopes[0])));
  mlir::Value positive = b.emitStep<ActivateOp>("positive", type, x, b.activation(ActivationKind::Relu));
  mlir::Value negative = b.emitStep<ActivateOp>(
      "negative", type, x, b.activation(ActivationKind::Clip, -std::numeric_limits<float>::max(), 0));
  mlir::Value scaled = combine(b, b.stepLocation("scaled"), "Mul", negative, b.operand(args, 1, type.getShape()));
  b.define(args, combine(b, b.location(), "Add", positive, scaled));
}

/// x - max - log(sum of exp(x - max)), which keeps small probabilities that softmax would round to 0.
void buildLogSoftmax(Builder &b, NodeArgs &args) {
  int64_t axis = readSoftmaxAxis(args);
  const Shape &in = args.shape(0);
  int64_t rows = 1, columns = 1;
  for (int64_t k = 0; k < static_cast<int64_t>(in.size()); ++k)
    (k < axis ? rows : columns) *= in[k];
  mlir::Value x = b.input(args, 0);
  if (args.node.opset < 13) { // all axes from `axis` on together
    x = b.reshapeInput(x, {rows, columns}, 0);
    axis = 1;
  }
  Shape shape(Builder::dimsOf(x)), reduced = shape, factors(shape.size(), 1);
  reduced[axis] = 1;
  factors[axis] = shape[axis];
  mlir::Type type = b.type(shape), rowType = b.type(reduced);
  auto axes = b.ints({axis});
  auto everywhere = [&](const char *name, mlir::Value row) {
    return b.emitStep<RepeatOp>(name, type, row, b.ints(factors));
  };
  mlir::Value largest = b.emitStep<ReduceMaxOp>("max", rowType, x, axes, b.builder.getBoolAttr(true));
  mlir::Value shifted = combine(b, b.stepLocation("shifted"), "Sub", x, everywhere("max.repeat", largest));
  mlir::Value numerators = b.emitStep<ActivateOp>("exp", type, shifted, b.activation(ActivationKind::Exp));
  mlir::Value mean =
      b.emitStep<ReduceMeanOp>("mean", rowType, numerators, axes, b.builder.getBoolAttr(true), RequantAttr());
  mlir::Value sum = combine(b, b.stepLocation("sum"), "Mul", mean, b.constant(reduced, {float(shape[axis])}));
  mlir::Value log = b.emitStep<ActivateOp>("log", rowType, sum, b.activation(ActivationKind::Log));
  mlir::Value result = combine(b, b.location(), "Sub", shifted, everywhere("log.repeat", log));
  b.define(args, b.reshape(result, in));
}

} // namespace wino
