// Importers of layers that weigh and window: convolution, matrix products, batch norm, pools, means. The shape
// functions have checked everything that is read here.
#include "Builder.h"
#include "MoveShapes.h"
#include "OpTable.h"

namespace wino {
namespace {

/// The bias vector: the node's own, broadcast and scaled, or zeros.
mlir::Value biasVector(Builder &b, NodeArgs &args, int64_t size, float scale) {
  std::vector<float> bias(size, 0.0f);
  if (args.has(2)) {
    std::vector<float> given = *args.constant(2)->floats();
    for (int64_t f = 0; f < size; ++f)
      bias[f] = scale * given[given.size() == 1 ? 0 : f];
  }
  return b.constant({size}, bias);
}

/// Rows of B are outputs in the dialect (C_out x C_in); ONNX may have them as columns.
mlir::Value filterMatrix(Builder &b, NodeArgs &args, bool rowsAreOutputs, float scale) {
  const OnnxTensor &given = *args.constant(1);
  int64_t outputs = given.dims[rowsAreOutputs ? 0 : 1], inner = given.dims[rowsAreOutputs ? 1 : 0];
  std::vector<float> matrix(outputs * inner);
  for (int64_t f = 0; f < outputs; ++f)
    for (int64_t c = 0; c < inner; ++c)
      matrix[f * inner + c] = scale * given.get<float>(rowsAreOutputs ? f * inner + c : c * outputs + f);
  return b.constant({outputs, inner}, matrix);
}

/// An image; a sequence as an image of one row.
mlir::Value imageOf(Builder &b, NodeArgs &args) {
  mlir::Value input = b.input(args, 0);
  const Shape &in = args.shape(0);
  return in.size() == 4 ? input : b.reshapeInput(input, {in[0], in[1], 1, in[2]}, 0);
}

/// Type of the image behind the node's result.
mlir::RankedTensorType imageType(Builder &b, NodeArgs &args) {
  Shape out(b.resultType(args).getShape());
  if (out.size() == 3)
    out.insert(out.begin() + 2, 1);
  return b.type(out);
}

} // namespace

void buildConv(Builder &b, NodeArgs &args) {
  Window window = *readNodeWindow(args);
  mlir::Value bias = biasVector(b, args, args.shape(1)[0], 1.0f);
  const Shape &shape = args.shape(1);
  mlir::Value input = imageOf(b, args);
  mlir::Value filter =
      shape.size() == 4 ? b.input(args, 1) : b.constant({shape[0], shape[1], 1, shape[2]}, *args.constant(1)->floats());
  mlir::Value image = b.emit<Conv2DOp>(imageType(b, args), input, filter, bias, /*residual=*/mlir::Value(),
                                       b.ints(window.strides), b.ints(window.pads), b.ints(window.dilations),
                                       b.builder.getI64IntegerAttr(args.intAttr("group", 1)), ActivationAttr(),
                                       PlanAttr(), RequantAttr(), mlir::IntegerAttr());
  b.define(args, b.reshape(image, b.resultType(args).getShape()));
}

void buildGemm(Builder &b, NodeArgs &args) {
  mlir::Value input = b.input(args, 0);
  const Shape &a = args.shape(0);
  if (args.intAttr("transA", 0) != 0)
    input = b.builder.create<TransposeOp>(b.inputLocation(0), b.type({a[1], a[0]}), input, b.ints({1, 0}));
  mlir::Value filter = filterMatrix(b, args, args.intAttr("transB", 0) != 0, args.floatAttr("alpha", 1));
  mlir::RankedTensorType type = b.resultType(args);
  mlir::Value bias = biasVector(b, args, type.getDimSize(1), args.floatAttr("beta", 1));
  b.define(args, b.emit<FullyConnectedOp>(type, input, filter, bias, ActivationAttr(), RequantAttr()));
}

void buildMatMul(Builder &b, NodeArgs &args) {
  const Shape &a = args.shape(0), &matrix = args.shape(1);
  int64_t rows = 1;
  for (size_t k = 0; k + 1 < a.size(); ++k)
    rows *= a[k];
  mlir::Value input = b.reshapeInput(b.input(args, 0), {rows, a.back()}, 0);
  mlir::Value filter = filterMatrix(b, args, false, 1.0f);
  mlir::Value bias = b.constant({matrix[1]}, std::vector<float>(matrix[1], 0.0f));
  mlir::Value product =
      b.emit<FullyConnectedOp>(b.type({rows, matrix[1]}), input, filter, bias, ActivationAttr(), RequantAttr());
  b.define(args, b.reshape(product, b.resultType(args).getShape()));
}

void buildBatchNorm(Builder &b, NodeArgs &args) {
  mlir::Value operands[5];
  for (size_t k = 0; k < 5; ++k)
    operands[k] = b.input(args, k);
  b.define(args, b.emit<BatchNormOp>(b.resultType(args), operands[0], operands[1], operands[2], operands[3],
                                     operands[4], b.f32(args.floatAttr("epsilon", 1e-5f))));
}

void buildPool(Builder &b, NodeArgs &args) {
  Window window = *readNodeWindow(args);
  mlir::RankedTensorType type = imageType(b, args);
  mlir::Value image = imageOf(b, args);
  auto kernel = b.ints(window.kernel), strides = b.ints(window.strides), pads = b.ints(window.pads);
  if (args.node.op == "MaxPool")
    image = b.emit<MaxPool2DOp>(type, image, kernel, strides, pads);
  else
    image = b.emit<AvgPool2DOp>(type, image, kernel, strides, pads,
                                b.builder.getBoolAttr(args.intAttr("count_include_pad", 0) != 0), RequantAttr());
  b.define(args, b.reshape(image, b.resultType(args).getShape()));
}

void buildReduction(Builder &b, NodeArgs &args) {
  // What happens to every element before, which reduction, and what happens to its result.
  struct Form {
    llvm::StringLiteral op;
    std::optional<ActivationKind> before;
    bool isMaximum, isSum;
    std::optional<ActivationKind> after;
  };
  constexpr std::nullopt_t none = std::nullopt;
  static const Form forms[] = {
      {"GlobalAveragePool", none, false, false, none},
      {"GlobalMaxPool", none, true, false, none},
      {"ReduceL1", ActivationKind::Abs, false, true, none},
      {"ReduceL2", ActivationKind::Pow, false, true, ActivationKind::Sqrt},
      {"ReduceLogSum", none, false, true, ActivationKind::Log},
      {"ReduceLogSumExp", ActivationKind::Exp, false, true, ActivationKind::Log},
      {"ReduceMax", none, true, false, none},
      {"ReduceMean", none, false, false, none},
      {"ReduceMin", ActivationKind::Neg, true, false, ActivationKind::Neg},
      {"ReduceSum", none, false, true, none},
      {"ReduceSumSquare", ActivationKind::Pow, false, true, none},
  };
  const Form &form = *llvm::find_if(forms, [&](const Form &f) { return f.op == args.node.op; });
  ReductionSpec spec = readReduction(args);
  mlir::RankedTensorType type = b.resultType(args);
  mlir::Value value = b.input(args, 0);
  if (form.before)
    value = b.emitStep<ActivateOp>("before", value.getType(), value,
                                   b.activation(*form.before, *form.before == ActivationKind::Pow ? 2 : 0));
  double count = 1;
  for (int64_t axis : spec.axes)
    count *= static_cast<double>(args.shape(0)[axis]);
  bool scales = form.isSum && count > 1;
  mlir::Location own = b.location(), early = b.stepLocation("reduced");
  mlir::Location at = scales || form.after ? early : own;
  mlir::BoolAttr keep = b.builder.getBoolAttr(spec.keepDims);
  if (spec.axes.empty()) // noop_with_empty_axes, or a scalar
    ;
  else if (form.isMaximum)
    value = b.builder.create<ReduceMaxOp>(at, type, value, b.ints(spec.axes), keep);
  else
    value = b.builder.create<ReduceMeanOp>(at, type, value, b.ints(spec.axes), keep, RequantAttr());
  if (scales)
    value = b.builder.create<MulOp>(form.after ? b.stepLocation("sum") : own, type, value,
                                    b.constant(type.getShape(), {float(count)}), ActivationAttr(), RequantAttr());
  if (form.after)
    value = b.emit<ActivateOp>(type, value, b.activation(*form.after));
  b.define(args, value);
}

} // namespace wino
