// InstanceNormalization, LayerNormalization and MeanVarianceNormalization from means, differences and a power: their
// statistics are of the data, so that nothing can be folded.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

namespace wino {
namespace {

struct Normalization {
  std::vector<int64_t> axes;
  float epsilon = 0;
  Shape factors; ///< of the axes' mean over the whole tensor
  Shape reduced;
};

Normalization readNormalization(NodeArgs &args) {
  Normalization n;
  const std::string &op = args.node.op;
  const Shape &in = args.shape(0);
  auto rank = static_cast<int64_t>(in.size());
  if (op == "MeanVarianceNormalization") {
    n.axes = args.axes(args.intsAttr("axes", {0, 2, 3}), in.size());
    n.epsilon = 1e-18f; // ONNX adds 1e-9 to the deviation
  } else {
    n.epsilon = args.floatAttr("epsilon", 1e-5f);
    int64_t first = op == "LayerNormalization" ? args.axis(args.intAttr("axis", -1), in.size()) : 2;
    for (int64_t axis = first; axis < rank; ++axis)
      n.axes.push_back(axis);
  }
  if (!(n.epsilon >= 0))
    args.fail("expected epsilon >= 0, got " + llvm::Twine(std::to_string(n.epsilon)));
  n.reduced = in;
  n.factors.assign(in.size(), 1);
  for (int64_t axis : n.axes)
    if (!args.failed())
      std::swap(n.reduced[axis], n.factors[axis]);
  return n;
}

/// Shape of scale and bias under which they broadcast to the input.
Shape parameterShape(NodeArgs &args, const Normalization &n) {
  const Shape &in = args.shape(0);
  if (args.node.op == "LayerNormalization")
    return Shape(in.begin() + n.axes[0], in.end());
  Shape shape(in.size() - 1, 1);
  shape[0] = in[1];
  return shape;
}

} // namespace

bool inferNormalization(NodeArgs &args, Shape &out) {
  bool hasParameters = args.node.op != "MeanVarianceNormalization", isLayer = args.node.op == "LayerNormalization";
  if (!args.expectInputs(!hasParameters ? 1 : isLayer ? 2 : 3, hasParameters ? 3 : 1))
    return false;
  const Shape &in = args.shape(0);
  if (in.size() < (isLayer ? 1 : 3))
    return args.fail("expected an input of rank " + llvm::Twine(isLayer ? 1 : 3) + " or more, got " + shapeText(in));
  Normalization n = readNormalization(args);
  for (size_t k = 1; k < 3 && !args.failed(); ++k)
    if (args.has(k)) {
      args.weights(k, k == 1 ? "scale" : "bias", isLayer ? parameterShape(args, n) : Shape{in[1]});
      args.spend(in, 4);
    }
  out = in;
  return !args.failed();
}

std::vector<Shape> inferNormalizationRest(NodeArgs &args) {
  Normalization n = readNormalization(args);
  return {n.reduced, n.reduced};
}

void buildNormalization(Builder &b, NodeArgs &args) {
  Normalization n = readNormalization(args);
  mlir::Value x = b.input(args, 0);
  mlir::RankedTensorType type = b.resultType(args), small = b.type(n.reduced);
  auto axes = b.ints(n.axes);
  auto mean = [&](const char *step, mlir::Value value) {
    return b.emitStep<ReduceMeanOp>(step, small, value, axes, b.builder.getBoolAttr(true), RequantAttr());
  };
  auto everywhere = [&](const char *step, mlir::Value value) {
    return b.emitStep<RepeatOp>(step, type, value, b.ints(n.factors));
  };
  auto power = [&](const char *step, mlir::Value value, float exponent) {
    return b.emitStep<ActivateOp>(step, value.getType(), value, b.activation(ActivationKind::Pow, exponent));
  };
  mlir::Value means = mean("mean", x);
  mlir::Value centred =
      b.emitStep<SubOp>("centred", type, x, everywhere("mean.repeat", means), ActivationAttr(), RequantAttr());
  mlir::Value variance = mean("variance", power("squares", centred, 2));
  if (n.epsilon > 0)
    variance = b.emitStep<AddOp>("shifted", small, variance, b.constant(n.reduced, {n.epsilon}), ActivationAttr(),
                                 RequantAttr());
  mlir::Value inverse = power("inverse", variance, -0.5f);
  bool scales = args.has(1), shifts = args.has(2);
  auto name = [&](const char *step, bool isLast) { return isLast ? b.location() : b.stepLocation(step); };
  mlir::Value y = b.builder.create<MulOp>(name("normalized", !scales && !shifts), type, centred,
                                          everywhere("inverse.repeat", inverse), ActivationAttr(), RequantAttr());
  auto parameter = [&](size_t k) {
    const OnnxTensor &given = *args.constant(k);
    std::vector<float> full(*elementCount(type.getShape()));
    copyStrided(given.bytes.data(), reinterpret_cast<uint8_t *>(full.data()), sizeof(float), type.getShape(), 0,
                broadcastStrides(parameterShape(args, n), type.getShape()));
    return b.constant(type.getShape(), full);
  };
  if (scales)
    y = b.builder.create<MulOp>(name("scaled", !shifts), type, y, parameter(1), ActivationAttr(), RequantAttr());
  if (shifts)
    y = b.builder.create<AddOp>(b.location(), type, y, parameter(2), ActivationAttr(), RequantAttr());
  b.define(args, y);
  const std::vector<std::string> &outputs = args.node.outputs;
  for (size_t k = 1; k < outputs.size() && k < 3; ++k)
    if (!outputs[k].empty())
      b.define(outputs[k], k == 1 ? means : inverse);
}

} // namespace wino
