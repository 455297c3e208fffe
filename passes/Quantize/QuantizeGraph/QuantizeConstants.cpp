// Symmetric quantization of filters (per output channel), biases and constant operands.
#include "Quantize/QuantizeGraph/QuantizeConstants.h"

#include "Quantize/QuantizeGraph/ChooseTypes.h"
#include "wino/Numerics/QuantizeScale.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace wino {

FailureOr<DenseElementsAttr> floatConstant(Operation *op, Value value, StringRef role) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.getElementType().isF32())
    return layerError(op) << "expected a constant f32 " << role << ", got a value of type " << value.getType();
  for (float element : attr.getValues<float>())
    if (!std::isfinite(element))
      return layerError(op) << "expected finite " << role << " elements, got " << element;
  return attr;
}

FailureOr<IntegerWeights> quantizeWeights(Operation *op, OpBuilder &builder, double inputScale, double inputBound) {
  FailureOr<DenseElementsAttr> filter = floatConstant(op, op->getOperand(1), "filter");
  FailureOr<DenseElementsAttr> bias = floatConstant(op, op->getOperand(2), "bias");
  if (failed(filter) || failed(bias))
    return failure();
  std::vector<float> w(filter->getValues<float>().begin(), filter->getValues<float>().end());
  std::vector<float> b(bias->getValues<float>().begin(), bias->getValues<float>().end());
  int64_t row = w.size() / b.size();
  IntegerWeights result{};
  std::vector<int8_t> quantized(w.size());
  std::vector<int32_t> quantizedBias(b.size());
  for (size_t f = 0; f < b.size(); ++f) {
    ArrayRef<float> channel = ArrayRef<float>(w).slice(f * row, row);
    double sumAbs = 0, scale = filterScale(channel, b[f], inputScale);
    for (int64_t k = 0; k < row; ++k) {
      quantized[f * row + k] = quantizeValue(channel[k] / scale, -127, 127);
      sumAbs += std::abs(quantized[f * row + k]);
    }
    constexpr int32_t limit = std::numeric_limits<int32_t>::max();
    quantizedBias[f] = quantizeValue(b[f] / (inputScale * scale), -limit, limit);
    result.scales.push_back(scale);
    result.accBound = std::max(result.accBound, std::fabs(static_cast<double>(quantizedBias[f])) + inputBound * sumAbs);
  }
  auto make = [&](Value old, Type element, auto &values) -> Value {
    auto type = cast<RankedTensorType>(old.getType()).clone(element);
    return builder.create<arith::ConstantOp>(op->getLoc(), type, DenseElementsAttr::get(type, ArrayRef(values)));
  };
  result.filter = make(op->getOperand(1), builder.getI8Type(), quantized);
  result.bias = make(op->getOperand(2), builder.getI32Type(), quantizedBias);
  return result;
}

FailureOr<IntegerConstant> quantizeConstant(Operation *op, Value value, OpBuilder &builder) {
  FailureOr<DenseElementsAttr> attr = floatConstant(op, value, "operand");
  if (failed(attr))
    return failure();
  double maxAbs = 0;
  for (float element : attr->getValues<float>())
    maxAbs = std::max(maxAbs, std::fabs(static_cast<double>(element)));
  double scale = activationScale(maxAbs, 127);
  std::vector<int8_t> quantized;
  int32_t largest = 0;
  for (float element : attr->getValues<float>()) {
    quantized.push_back(quantizeValue(element / scale, -127, 127));
    largest = std::max(largest, std::abs(int32_t(quantized.back())));
  }
  auto type = cast<RankedTensorType>(value.getType()).clone(builder.getI8Type());
  Value constant =
      builder.create<arith::ConstantOp>(op->getLoc(), type, DenseElementsAttr::get(type, ArrayRef(quantized)));
  return IntegerConstant{constant, scale, largest};
}

} // namespace wino
