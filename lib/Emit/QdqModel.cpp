// The frame of a QDQ model: ports, pairs of QuantizeLinear and DequantizeLinear, one visit per op. What each op becomes
// is QdqOps.cpp's.
#include "wino/Emit/QdqModel.h"

#include "QdqBuilder.h"
#include "wino/Dialect/TensorName.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace llvm;

namespace wino {

namespace {

/// The least versions that have QuantizeLinear and DequantizeLinear per axis.
constexpr int64_t irVersion = 7;

std::string resultName(mlir::func::FuncOp main, unsigned index) {
  if (auto name = main.getResultAttrOfType<mlir::StringAttr>(index, "wino.name"))
    return name.getValue().str();
  return "output" + std::to_string(index);
}

} // namespace

std::pair<std::string, std::string> QdqBuilder::parameters(StringRef name, double scale, bool isSigned) {
  std::string &zero = zeroPoints[isSigned];
  if (zero.empty())
    zero = writer.addConstant(isSigned ? "zero_point_128" : "zero_point_0", {}, ArrayRef<uint8_t>(isSigned ? 128 : 0));
  return {writer.addConstant((name + ".scale").str(), {}, ArrayRef<float>(float(scale))), zero};
}

void QdqBuilder::quantizeTo(mlir::Value value, StringRef name, const std::string &input) {
  mlir::quant::UniformQuantizedType type = quantizedType(value);
  auto [scale, zero] = parameters(name, type.getScale(), type.isSigned());
  std::string output = writer.newValue((name + ".q").str());
  writer.addNode("QuantizeLinear", (name + ".quantize").str(), {input, scale, zero}, output);
  quantized[value] = {output, scale, zero};
  floats.erase(value); // of an earlier form, before a clamp
}

void QdqBuilder::dequantize(mlir::Value value, StringRef name, const std::string &output) {
  const Quantized &from = quantized.find(value)->second;
  writer.addNode("DequantizeLinear", (name + ".dequantize").str(), {from.name, from.scale, from.zeroPoint}, output);
}

std::string QdqBuilder::floatOf(mlir::Value value) {
  auto [entry, isNew] = floats.try_emplace(value);
  if (isNew) {
    std::string name = tensorName(value);
    entry->second = writer.newValue(name + ".dq");
    dequantize(value, name, entry->second);
  }
  return entry->second;
}

Error QdqBuilder::build(mlir::func::FuncOp main) {
  for (mlir::BlockArgument argument : main.getArguments())
    if (Error error = writer.addInput(tensorName(argument), shapeOf(argument)))
      return error;
  mlir::Operation *end = main.getBody().front().getTerminator();
  for (auto [index, value] : enumerate(end->getOperands()))
    if (Error error = writer.addOutput(resultName(main, index), shapeOf(value)))
      return error;
  for (mlir::BlockArgument argument : main.getArguments()) {
    if (!quantizedType(argument))
      return createStringError("input '" + tensorName(argument) +
                               "': expected a quantized tensor (after wino-quantize-graph), got another type");
    quantizeTo(argument, tensorName(argument), tensorName(argument));
  }
  for (mlir::Operation &op : main.getBody().front().without_terminator())
    if (!isa<mlir::arith::ConstantOp>(op))
      if (Error error = buildOp(&op))
        return error;
  for (auto [index, value] : enumerate(end->getOperands())) {
    if (!quantized.count(value))
      return createStringError("output '" + resultName(main, index) + "': expected a computed result, got a constant");
    std::string name = resultName(main, index);
    dequantize(value, name, name);
  }
  return Error::success();
}

Expected<std::string> writeQdqModel(mlir::func::FuncOp main, StringRef name, StringRef version) {
  OnnxWriter writer(name, version, irVersion, qdqOpset);
  if (Error error = QdqBuilder(writer).build(main))
    return std::move(error);
  return writer.serialize();
}

} // namespace wino
