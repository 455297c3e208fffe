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

} // namespace

void buildConv(Builder &b, NodeArgs &args) {
  Window window = *readNodeWindow(args);
  mlir::Value bias = biasVector(b, args, args.shape(1)[0], 1.0f);
  mlir::Value input = b.input(args, 0), filter = b.input(args, 1);
  b.define(args, b.emit<Conv2DOp>(b.resultType(args), input, filter, bias, b.ints(window.strides), b.ints(window.pads),
                                  b.ints(window.dilations), b.builder.getI64IntegerAttr(args.intAttr("group", 1)),
                                  ActivationAttr(), PlanAttr(), RequantAttr()));
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
  mlir::RankedTensorType type = b.resultType(args);
  mlir::Value input = b.input(args, 0);
  auto kernel = b.ints(window.kernel), strides = b.ints(window.strides), pads = b.ints(window.pads);
  if (args.node.op == "MaxPool")
    b.define(args, b.emit<MaxPool2DOp>(type, input, kernel, strides, pads));
  else
    b.define(args,
             b.emit<AvgPool2DOp>(type, input, kernel, strides, pads,
                                 b.builder.getBoolAttr(args.intAttr("count_include_pad", 0) != 0), RequantAttr()));
}

void buildReduceMean(Builder &b, NodeArgs &args) {
  MeanSpec spec = readMean(args);
  mlir::Value input = b.input(args, 0);
  if (spec.axes.empty()) // noop_with_empty_axes, or a scalar
    return b.define(args, input);
  b.define(args, b.emit<ReduceMeanOp>(b.resultType(args), input, b.ints(spec.axes),
                                      b.builder.getBoolAttr(spec.keepDims), RequantAttr()));
}

} // namespace wino
