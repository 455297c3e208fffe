// Small questions to the IR of a network; no arithmetic but that of quantizing inputs.
#include "Network.h"

#include "wino/Dialect/Winograd.h"

#include <cmath>

using namespace llvm;

namespace wino {

Expected<mlir::func::FuncOp> mainFunction(mlir::ModuleOp module) {
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  if (!main || main.isExternal() || main.getNumResults() == 0)
    return createStringError("expected a function @main with a body and results, got none");
  return main;
}

Expected<std::array<int64_t, 3>> imageInput(mlir::func::FuncOp main) {
  if (main.getNumArguments() != 1)
    return createStringError("expected a network with one input, the image, got " + Twine(main.getNumArguments()) +
                             " inputs");
  ArrayRef<int64_t> shape = shapeOf(main.getArgument(0));
  if (shape.size() != 4 || shape[0] != 1) {
    std::string text;
    for (int64_t dim : shape)
      text += (text.empty() ? "" : "x") + std::to_string(dim);
    return createStringError("input '" + tensorName(main.getArgument(0)) + "': expected the shape 1xCxHxW, got " +
                             text);
  }
  return std::array<int64_t, 3>{shape[1], shape[2], shape[3]};
}

mlir::Value comparedResult(mlir::func::FuncOp main) {
  mlir::Value value = main.getBody().front().getTerminator()->getOperand(0);
  if (auto softmax = value.getDefiningOp<SoftmaxOp>())
    return softmax.getInput();
  return value;
}

WindowGeometry windowGeometry(mlir::Operation *op) {
  WindowGeometry geometry;
  ArrayRef<int64_t> in = shapeOf(op->getOperand(0)), filter = shapeOf(op->getOperand(1));
  auto conv = dyn_cast<Conv2DOp>(op);
  if (!conv) {
    geometry.channels = filter[1];
    return geometry;
  }
  ArrayRef<int64_t> out = shapeOf(conv.getOutput());
  geometry.channels = in[1];
  geometry.height = in[2];
  geometry.width = in[3];
  geometry.kernelHeight = filter[2];
  geometry.kernelWidth = filter[3];
  geometry.strideY = conv.getStrides()[0];
  geometry.strideX = conv.getStrides()[1];
  geometry.dilationY = conv.getDilations()[0];
  geometry.dilationX = conv.getDilations()[1];
  geometry.padTop = conv.getPads()[0];
  geometry.padLeft = conv.getPads()[1];
  geometry.outHeight = out[2];
  geometry.outWidth = out[3];
  return geometry;
}

std::optional<std::pair<double, double>> activationBounds(mlir::Operation *op) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto activation = op->getAttrOfType<ActivationAttr>("activation");
  if (!activation)
    return std::pair(-infinity, infinity);
  if (activation.getKind() == ActivationKind::Relu)
    return std::pair(0.0, infinity);
  if (activation.getKind() == ActivationKind::Clip)
    return std::pair(activation.getLo().getValueAsDouble(), activation.getHi().getValueAsDouble());
  return std::nullopt;
}

std::vector<int32_t> quantize(ArrayRef<float> values, mlir::Value like) {
  mlir::quant::UniformQuantizedType type = quantizedType(like);
  StorageRange range = storageRange(type);
  std::vector<int32_t> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    double q = std::floor(double(values[i]) / type.getScale() + 0.5);
    result[i] = q >= range.hi ? range.hi : q > range.lo ? int32_t(q) : range.lo;
  }
  return result;
}

std::vector<float> dequantize(ArrayRef<int32_t> values, mlir::Value like) {
  std::vector<float> result(values.size());
  if (!quantizedType(like)) {
    llvm::transform(values, result.begin(), [](int32_t bits) { return bit_cast<float>(bits); });
    return result;
  }
  double scale = quantizedType(like).getScale();
  for (size_t i = 0; i < values.size(); ++i)
    result[i] = float(values[i] * scale);
  return result;
}

} // namespace wino
