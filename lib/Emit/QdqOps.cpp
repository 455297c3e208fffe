// What each integer op is in QDQ form.
#include "QdqBuilder.h"
#include "wino/Dialect/UnaryFunction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace llvm;

namespace wino {

namespace {

/// Stands in for a scale that the multiplier 0 states: small enough for products of 0, far from denormal numbers.
constexpr double tinyScale = 0x1p-80;

Error layerError(mlir::Operation *op, const Twine &what) {
  return createStringError("layer '" + nodeName(op) + "': " + what);
}

/// The real factor behind a multiplier of requant(acc) = rshr(mulhi32(acc << pre, M), shift).
double wideFactor(RequantAttr requant, size_t index) {
  return std::ldexp(requant.getMultipliers()[index], int(requant.getPre() - 31 - requant.getShift()));
}

/// The same for the ops with 16-bit multipliers, rshr(x * M, shift).
double narrowFactor(RequantAttr requant, size_t index) {
  return std::ldexp(requant.getMultipliers()[index], -int(requant.getShift()));
}

double scaleOf(mlir::Value value) { return quantizedType(value).getScale(); }

/// The elements of an integer constant, or nothing.
template <typename T> std::optional<std::vector<T>> integers(mlir::Value value) {
  mlir::DenseElementsAttr attr;
  if (!mlir::matchPattern(value, mlir::m_Constant(&attr)) || !attr.getElementType().isInteger(8 * sizeof(T)))
    return std::nullopt;
  return std::vector<T>(attr.getValues<T>().begin(), attr.getValues<T>().end());
}

} // namespace

std::string QdqBuilder::scalar(mlir::Operation *op, StringRef what, float value) {
  return writer.addConstant((nodeName(op) + what).str(), {}, ArrayRef<float>(value));
}

std::string QdqBuilder::shapeConstant(mlir::Operation *op, StringRef what, ArrayRef<int64_t> values) {
  return writer.addConstant((nodeName(op) + what).str(), {int64_t(values.size())}, values);
}

OnnxNodeWriter QdqBuilder::layer(mlir::Operation *op, StringRef kind, ArrayRef<std::string> inputs,
                                 std::optional<RequantAttr> requant) {
  mlir::Value result = op->getResult(0);
  std::string name = nodeName(op).str(), output = writer.newValue(name + ".float");
  OnnxNodeWriter node = writer.addNode(kind, name, inputs, output);
  quantizeTo(result, name, output);
  StorageRange range = storageRange(quantizedType(result));
  if (requant && (requant->getLo() > range.lo || requant->getHi() < range.hi)) {
    double scale = scaleOf(result);
    std::string before = floatOf(result), clipped = writer.newValue(name + ".clipped");
    std::string lo = scalar(op, ".lo", float(double(requant->getLo()) * scale)),
                hi = scalar(op, ".hi", float(double(requant->getHi()) * scale));
    writer.addNode("Clip", name + ".clip", {before, lo, hi}, clipped);
    quantizeTo(result, name + ".clip", clipped);
  }
  return node;
}

Expected<std::pair<std::string, std::string>> QdqBuilder::weights(mlir::Operation *op, RequantAttr requant) {
  auto filter = integers<int8_t>(op->getOperand(1));
  auto bias = integers<int32_t>(op->getOperand(2));
  if (!filter || !bias)
    return layerError(op, "expected a constant i8 filter and a constant i32 bias, got others; QDQ output needs a "
                          "direct convolution after wino-quantize-graph");
  double in = scaleOf(op->getOperand(0)), out = scaleOf(op->getResult(0));
  std::vector<float> filterScales, biasScales;
  for (size_t f = 0; f < bias->size(); ++f) {
    double factor = wideFactor(requant, f);
    filterScales.push_back(float(factor > 0 ? factor * out / in : tinyScale));
    biasScales.push_back(float(in * filterScales.back()));
  }
  std::string name = nodeName(op).str();
  int64_t channels = int64_t(bias->size());
  std::vector<std::string> filterInputs = {
      writer.addConstant(name + ".filter", shapeOf(op->getOperand(1)), ArrayRef<int8_t>(*filter)),
      writer.addConstant(name + ".filter.scale", {channels}, ArrayRef<float>(filterScales)),
      writer.addConstant(name + ".filter.zero_point", {channels}, ArrayRef<int8_t>(std::vector<int8_t>(channels, 0)))};
  // No zero point: the operator has none for i32.
  std::vector<std::string> biasInputs = {
      writer.addConstant(name + ".bias", {channels}, ArrayRef<int32_t>(*bias)),
      writer.addConstant(name + ".bias.scale", {channels}, ArrayRef<float>(biasScales))};
  auto unpack = [&](StringRef what, ArrayRef<std::string> inputs) {
    std::string output = writer.newValue((name + what + ".dq").str());
    writer.addNode("DequantizeLinear", (name + what + ".dequantize").str(), inputs, output).set("axis", int64_t(0));
    return output;
  };
  return std::make_pair(unpack(".filter", filterInputs), unpack(".bias", biasInputs));
}

Error QdqBuilder::visit(Conv2DOp op) {
  if (op.getPlan() && !op.getPlan()->isDirect())
    return layerError(op, "expected a direct convolution, got a Winograd plan, which QDQ has no words for");
  auto constants = weights(op, *op.getRequant());
  if (!constants)
    return constants.takeError();
  layer(op, "Conv", {floatOf(op.getInput()), constants->first, constants->second}, op.getRequant())
      .set("kernel_shape", shapeOf(op.getFilter()).drop_front(2))
      .set("strides", op.getStrides())
      .set("pads", op.getPads())
      .set("dilations", op.getDilations())
      .set("group", int64_t(op.getGroups()));
  return Error::success();
}

Error QdqBuilder::visit(FullyConnectedOp op) {
  auto constants = weights(op, *op.getRequant());
  if (!constants)
    return constants.takeError();
  layer(op, "Gemm", {floatOf(op.getInput()), constants->first, constants->second}, op.getRequant())
      .set("transB", int64_t(1));
  return Error::success();
}

/// add, sub and mul; a constant operand is stored as the activations are, u8 around 128.
template <typename OpT> Error QdqBuilder::elementwise(OpT op, StringRef kind) {
  RequantAttr requant = *op.getRequant();
  std::string inputs[2], name = nodeName(op).str();
  for (unsigned k = 0; k < 2; ++k) {
    mlir::Value operand = op->getOperand(k), other = op->getOperand(1 - k);
    if (quantizedType(operand)) {
      inputs[k] = floatOf(operand);
      continue;
    }
    auto elements = integers<int8_t>(operand);
    if (!elements || !quantizedType(other))
      return layerError(op, "expected one computed operand and at most one constant of i8, got others");
    double scale = scaleOf(op.getOutput()) *
                   (isa<MulOp>(op) ? wideFactor(requant, 0) / scaleOf(other) : std::fabs(narrowFactor(requant, k)));
    std::vector<uint8_t> stored;
    for (int8_t q : *elements)
      stored.push_back(uint8_t(int(q) + 128));
    auto [scaleName, zero] = parameters(name + ".constant", scale > 0 ? scale : tinyScale, true);
    std::string constant = writer.addConstant(name + ".constant", shapeOf(operand), ArrayRef<uint8_t>(stored));
    inputs[k] = writer.newValue(name + ".constant.dq");
    writer.addNode("DequantizeLinear", name + ".constant.dequantize", {constant, scaleName, zero}, inputs[k]);
  }
  layer(op, kind, inputs, requant);
  return Error::success();
}

Error QdqBuilder::visit(AddOp op) { return elementwise(op, "Add"); }
Error QdqBuilder::visit(SubOp op) { return elementwise(op, "Sub"); }
Error QdqBuilder::visit(MulOp op) { return elementwise(op, "Mul"); }
Error QdqBuilder::visit(MaximumOp op) { return elementwise(op, "Max"); }
Error QdqBuilder::visit(MinimumOp op) { return elementwise(op, "Min"); }

/// The table itself has no QDQ form; the function that it was made of has.
Error QdqBuilder::visit(LookupOp op) {
  auto function = op->getAttrOfType<ActivationAttr>("winograd.function");
  if (!function)
    return layerError(op, "expected the function of the table in winograd.function, got none; QDQ has no tables");
  std::string input = floatOf(op.getInput());
  float first = float(function.getLo().getValueAsDouble()), second = float(function.getHi().getValueAsDouble());
  if (function.getKind() == ActivationKind::Clip) {
    layer(op, "Clip", {input, scalar(op, ".lo", first), scalar(op, ".hi", second)});
    return Error::success();
  }
  if (function.getKind() == ActivationKind::Pow) {
    layer(op, "Pow", {input, scalar(op, ".exponent", first)});
    return Error::success();
  }
  const UnaryFunction &row = functionOf(function.getKind());
  if (row.onnx.empty() || row.since > qdqOpset)
    return layerError(op, "expected a function that ONNX has in opset " + Twine(qdqOpset) + ", got " +
                              stringifyActivationKind(function.getKind()));
  OnnxNodeWriter node = layer(op, row.onnx, {input});
  if (!row.loName.empty())
    node.set(row.loName, first);
  if (!row.hiName.empty())
    node.set(row.hiName, second);
  return Error::success();
}

Error QdqBuilder::visit(ConcatOp op) {
  std::vector<std::string> inputs;
  for (mlir::Value input : op.getInputs())
    inputs.push_back(floatOf(input));
  layer(op, "Concat", inputs).set("axis", int64_t(op.getAxis()));
  return Error::success();
}

Error QdqBuilder::visit(MaxPool2DOp op) {
  layer(op, "MaxPool", {floatOf(op.getInput())})
      .set("kernel_shape", op.getKernel())
      .set("strides", op.getStrides())
      .set("pads", op.getPads());
  return Error::success();
}

Error QdqBuilder::visit(AvgPool2DOp op) {
  layer(op, "AveragePool", {floatOf(op.getInput())}, op.getRequant())
      .set("kernel_shape", op.getKernel())
      .set("strides", op.getStrides())
      .set("pads", op.getPads())
      .set("count_include_pad", int64_t(op.getCountIncludePad()));
  return Error::success();
}

Error QdqBuilder::visit(ReduceMeanOp op) {
  std::string input = floatOf(op.getInput());
  bool isPool = shapeOf(op.getInput()).size() == 4 && op.getKeepDims() && op.getAxes() == ArrayRef<int64_t>({2, 3});
  if (isPool)
    layer(op, "GlobalAveragePool", {input}, op.getRequant());
  else
    layer(op, "ReduceMean", {input}, op.getRequant())
        .set("axes", op.getAxes())
        .set("keepdims", int64_t(op.getKeepDims()));
  return Error::success();
}

Error QdqBuilder::visit(SliceOp op) {
  std::vector<int64_t> ends, axes;
  for (auto [axis, extent] : enumerate(shapeOf(op.getOutput()))) {
    ends.push_back(op.getStarts()[axis] + (extent - 1) * op.getSteps()[axis] + 1);
    axes.push_back(int64_t(axis));
  }
  std::string input = floatOf(op.getInput());
  layer(op, "Slice",
        {input, shapeConstant(op, ".starts", op.getStarts()), shapeConstant(op, ".ends", ends),
         shapeConstant(op, ".axes", axes), shapeConstant(op, ".steps", op.getSteps())});
  return Error::success();
}

Error QdqBuilder::visit(PadOp op) {
  std::vector<int64_t> amounts(op.getLow().begin(), op.getLow().end());
  amounts.insert(amounts.end(), op.getHigh().begin(), op.getHigh().end());
  std::string input = floatOf(op.getInput());
  layer(op, "Pad", {input, shapeConstant(op, ".pads", amounts), scalar(op, ".value", op.getValue().convertToFloat())});
  return Error::success();
}

Error QdqBuilder::visit(ReshapeOp op) {
  std::string input = floatOf(op.getInput());
  layer(op, "Reshape", {input, shapeConstant(op, ".shape", shapeOf(op.getOutput()))});
  return Error::success();
}

Error QdqBuilder::visit(TransposeOp op) {
  layer(op, "Transpose", {floatOf(op.getInput())}).set("perm", op.getPerm());
  return Error::success();
}

Error QdqBuilder::visit(SoftmaxOp op) {
  layer(op, "Softmax", {floatOf(op.getInput())}).set("axis", int64_t(op.getAxis()));
  return Error::success();
}

Error QdqBuilder::visit(ReduceMaxOp op) {
  layer(op, "ReduceMax", {floatOf(op.getInput())}).set("axes", op.getAxes()).set("keepdims", int64_t(op.getKeepDims()));
  return Error::success();
}

Error QdqBuilder::visit(RepeatOp op) {
  std::vector<float> scales(op.getFactors().begin(), op.getFactors().end());
  std::string input = floatOf(op.getInput());
  std::string constant =
      writer.addConstant((nodeName(op) + ".scales").str(), {int64_t(scales.size())}, ArrayRef<float>(scales));
  layer(op, "Resize", {input, "", constant})
      .setText("mode", "nearest")
      .setText("coordinate_transformation_mode", "asymmetric")
      .setText("nearest_mode", "floor");
  return Error::success();
}

Error QdqBuilder::visit(DepthToSpaceOp op) {
  if (op.getBlock()[0] != op.getBlock()[1])
    return layerError(op, "expected a square block, which is all that ONNX has, got another");
  layer(op, "DepthToSpace", {floatOf(op.getInput())})
      .set("blocksize", op.getBlock()[0])
      .setText("mode", op.getChannelsFirst() ? "CRD" : "DCR");
  return Error::success();
}

Error QdqBuilder::visit(SpaceToDepthOp op) {
  if (op.getBlock()[0] != op.getBlock()[1])
    return layerError(op, "expected a square block, which is all that ONNX has, got another");
  layer(op, "SpaceToDepth", {floatOf(op.getInput())}).set("blocksize", op.getBlock()[0]);
  return Error::success();
}

Error QdqBuilder::visit(RequantizeOp op) {
  std::string input = floatOf(op.getInput());
  quantizeTo(op.getOutput(), nodeName(op).str() + ".rescaled", input);
  return Error::success();
}

Error QdqBuilder::buildOp(mlir::Operation *op) {
  return llvm::TypeSwitch<mlir::Operation *, Error>(op)
      .Case<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp, LookupOp, ConcatOp, MaxPool2DOp,
            AvgPool2DOp, ReduceMeanOp, SliceOp, PadOp, ReshapeOp, TransposeOp, SoftmaxOp, RequantizeOp, ReduceMaxOp,
            RepeatOp, DepthToSpaceOp, SpaceToDepthOp>([&](auto op) -> Error {
        // Inputs of these ops were visited, so only the result can be of another kind.
        if (!quantizedType(op.getOutput()))
          return layerError(op, "expected a layer that ends in 8 bits (after wino-quantize-graph), got a float one");
        return visit(op);
      })
      .Default([](mlir::Operation *op) {
        return layerError(op, "expected a layer that QDQ has words for, got '" + op->getName().getStringRef() + "'");
      });
}

} // namespace wino
