// Importers of operators that work element by element or only move elements.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

namespace wino {
namespace {

/// An operand under the result's shape: constants are broadcast into a new constant, values at most reshaped.
mlir::Value operand(Builder &b, NodeArgs &args, size_t k, llvm::ArrayRef<int64_t> dims) {
  const OnnxTensor *constant = args.constant(k);
  if (!constant)
    return b.reshapeInput(b.input(args, k), dims, k);
  if (constant->numElements() == 1)
    return b.constant(dims, {constant->get<float>(0)});
  std::vector<float> full(*elementCount(dims));
  copyStrided(constant->bytes.data(), reinterpret_cast<uint8_t *>(full.data()), sizeof(float), dims, 0,
              broadcastStrides(constant->dims, dims));
  return b.constant(dims, full);
}

} // namespace

void buildActivation(Builder &b, NodeArgs &args) {
  const std::string &op = args.node.op;
  ActivationKind kind = ActivationKind::Relu;
  float lo = 0, hi = 0;
  if (op == "LeakyRelu") {
    kind = ActivationKind::LeakyRelu;
    lo = args.floatAttr("alpha", 0.01f);
  } else if (op == "Sigmoid") {
    kind = ActivationKind::Sigmoid;
  } else if (op == "Clip") {
    ClipBounds bounds = readClip(args);
    bool isRelu = bounds.lo == 0 && bounds.hi >= std::numeric_limits<float>::max();
    kind = isRelu ? ActivationKind::Relu : ActivationKind::Clip;
    lo = isRelu ? 0 : bounds.lo;
    hi = isRelu ? 0 : bounds.hi;
  }
  auto activation = ActivationAttr::get(b.builder.getContext(), kind, b.f32(lo), b.f32(hi));
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

void buildBinary(Builder &b, NodeArgs &args) {
  mlir::RankedTensorType type = b.resultType(args);
  mlir::Value lhs = operand(b, args, 0, type.getShape()), rhs = operand(b, args, 1, type.getShape());
  if (args.node.op == "Add")
    b.define(args, b.emit<AddOp>(type, lhs, rhs, ActivationAttr(), RequantAttr()));
  else if (args.node.op == "Sub")
    b.define(args, b.emit<SubOp>(type, lhs, rhs, ActivationAttr(), RequantAttr()));
  else
    b.define(args, b.emit<MulOp>(type, lhs, rhs, ActivationAttr(), RequantAttr()));
}

void buildConcat(Builder &b, NodeArgs &args) {
  llvm::SmallVector<mlir::Value> inputs;
  for (size_t k = 0; k < args.numInputs(); ++k)
    inputs.push_back(b.input(args, k));
  b.define(args, b.emit<ConcatOp>(b.resultType(args), inputs, b.builder.getI64IntegerAttr(readConcat(args)->axis)));
}

void buildSlice(Builder &b, NodeArgs &args) {
  SliceSpec spec = *readSlice(args);
  b.define(args, b.emit<SliceOp>(b.resultType(args), b.input(args, 0), b.ints(spec.starts), b.ints(spec.steps)));
}

void buildPad(Builder &b, NodeArgs &args) {
  PadSpec spec = *readPad(args);
  b.define(args,
           b.emit<PadOp>(b.resultType(args), b.input(args, 0), b.ints(spec.low), b.ints(spec.high), b.f32(spec.value)));
}

void buildReshape(Builder &b, NodeArgs &args) {
  b.define(args, b.reshape(b.input(args, 0), b.resultType(args).getShape()));
}

void buildTranspose(Builder &b, NodeArgs &args) {
  b.define(args, b.emit<TransposeOp>(b.resultType(args), b.input(args, 0), b.ints(readPerm(args))));
}

} // namespace wino
