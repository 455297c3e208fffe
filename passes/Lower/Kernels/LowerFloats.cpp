// Lowering of ops that compute floats. Those that only move elements take the same way as integers (lowerMove).
#include "Lower/Kernels/FloatLayers.h"
#include "Lower/Kernels/GraphLowering.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {

LogicalResult GraphLowering::floatLayer(Operation *op, const FloatLayer &layer) {
  std::optional<std::vector<float>> filters = constantFloats(op->getOperand(1)),
                                    biases = constantFloats(op->getOperand(2));
  if (!filters || !biases)
    return op->emitError("expected a constant filter and bias, got a computed one");
  FloatForm form = isa.floatForm();
  Location loc = op->getLoc();
  std::vector<float> packed = packFloatFilter(layer, form, *filters);
  std::vector<uint16_t> halves;
  if (layer.filterBytes == 2)
    llvm::transform(packed, std::back_inserter(halves), halfBits);
  Value filter = halves.empty() ? builder.constant(loc, packed) : builder.constant(loc, halves);
  Value bias = builder.constant(loc, packFloatBias(layer, form, *biases));
  Value operands[] = {operand(op->getOperand(0)), result(op), filter, bias, offset(op, "wino.scratch")};
  builder.call(loc, "float_layer", layer.key(), operands,
               [&](Kernel &k, ValueRange a) { emitFloatLayer(k, form, layer, a[0], a[1], a[2], a[3], a[4]); });
  return success();
}

static Value combine(FloatMachine &m, Operation *op, Value x, Value y) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<AddOp>([&](auto) { return m.add(x, y); })
      .Case<SubOp>([&](auto) { return m.sub(x, y); })
      .Case<MulOp>([&](auto) { return m.mul(x, y); })
      .Case<MaximumOp>([&](auto) { return m.select(m.less(x, y), y, x); })
      .Case<MinimumOp>([&](auto) { return m.select(m.less(y, x), y, x); });
}

void GraphLowering::floatElementwise(Operation *op, ActivationAttr activation) {
  Layout out = Layout::internal(op->getResult(0));
  int64_t count = out.bytes / out.elementBytes, lanes = isa.floatForm().lanes;
  Kernel::Values operands;
  llvm::SmallVector<int64_t> bytes, splats; // splats: bits of what is no operand of the kernel, -1 of what is one
  for (Value value : op->getOperands()) {
    std::optional<float> splat = constantSplat(value); // no map of it is stored
    splats.push_back(splat ? int64_t(llvm::bit_cast<uint32_t>(*splat)) : -1);
    if (splat)
      continue;
    operands.push_back(operand(value));
    bytes.push_back(isHalf(value) ? 2 : 4);
  }
  operands.push_back(result(op));
  bytes.push_back(out.elementBytes);
  std::string key = "float " + op->getName().getStringRef().str() + keyList({count}) + keyList(bytes) + keyList(splats);
  llvm::raw_string_ostream(key) << Attribute(activation);
  // Functions have enough to do in one vector.
  bool isSimple = !activation || llvm::is_contained({ActivationKind::Relu, ActivationKind::Clip}, activation.getKind());
  builder.call(op->getLoc(), "float_elementwise", key, operands, [&](Kernel &k, ValueRange a) {
    (isSimple ? forVectors : forLanes)(k, count, lanes, [&](Value i, int64_t width) {
      FloatMachine m(k, width);
      auto at = [&](size_t n) { return k.at(a[n], k.mul(i, bytes[n])); };
      size_t loaded = 0;
      auto number = [&](size_t n) {
        if (splats[n] >= 0)
          return m.f32(llvm::bit_cast<float>(uint32_t(splats[n])));
        size_t from = loaded++;
        return loadFloats(k, at(from), width, bytes[from]);
      };
      Value x = number(0);
      if (splats.size() == 2)
        x = combine(m, op, x, number(1));
      storeFloats(k, applyActivation(k, activation, x), at(a.size() - 1), bytes.back());
    });
  });
}

void GraphLowering::floatWindow(Operation *op, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                                ArrayRef<int64_t> pads, bool countPadding) {
  FloatWindow window{llvm::to_vector(shapeOf(op->getOperand(0))),
                     llvm::to_vector(shapeOf(op->getResult(0))),
                     llvm::to_vector(kernel),
                     llvm::to_vector(strides),
                     llvm::to_vector(pads),
                     llvm::isa<AvgPool2DOp>(op),
                     countPadding,
                     isHalf(op->getOperand(0)) ? 2 : 4,
                     isHalf(op->getResult(0)) ? 2 : 4};
  std::string key = "float window" + keyList(window.input) + keyList(window.output) + keyList(kernel) +
                    keyList(strides) + keyList(pads) +
                    keyList({window.average, countPadding, window.inputBytes, window.outputBytes});
  Value operands[] = {operand(op->getOperand(0)), result(op)};
  builder.call(op->getLoc(), "float_window", key, operands,
               [&](Kernel &k, ValueRange a) { emitFloatWindow(k, isa.floatForm(), window, a[0], a[1]); });
}

void GraphLowering::floatReduction(Operation *op, ArrayRef<int64_t> axes, bool keepDims) {
  Layout in = Layout::internal(op->getOperand(0)), out = Layout::internal(op->getResult(0));
  FloatReduction r{in.shape, in.strides, {}, {}, llvm::isa<ReduceMeanOp>(op), in.elementBytes, out.elementBytes};
  for (size_t d = 0, kept = 0; d < in.shape.size(); ++d) {
    bool isReduced = llvm::is_contained(axes, int64_t(d));
    r.isReduced.push_back(isReduced);
    r.to.push_back(isReduced ? 0 : out.strides[keepDims ? d : kept]);
    kept += !isReduced;
  }
  std::string key = "float reduction" + keyText(in) + keyText(out) + keyList(axes) + keyList({r.isMean, keepDims});
  Value operands[] = {operand(op->getOperand(0)), result(op)};
  builder.call(op->getLoc(), "float_reduction", key, operands,
               [&](Kernel &k, ValueRange a) { emitFloatReduction(k, isa.floatForm(), r, a[0], a[1]); });
}

void GraphLowering::floatSoftmax(SoftmaxOp op) {
  Layout in = Layout::internal(op.getInput()), out = Layout::internal(op.getOutput());
  auto axis = int64_t(op.getAxis());
  Value operands[] = {operand(op.getInput()), result(op)};
  builder.call(op.getLoc(), "float_softmax", "float softmax" + keyText(in) + keyText(out) + keyList({axis}), operands,
               [&](Kernel &k, ValueRange a) { emitFloatSoftmax(k, isa.floatForm(), in, out, axis, a[0], a[1]); });
}

void GraphLowering::floatFill(Location loc, float value, int64_t count, int64_t bytes, Value to) {
  std::string key = "float fill" + keyList({count, bytes, int64_t(llvm::bit_cast<uint32_t>(value))});
  builder.call(loc, "float_fill", key, {to}, [&](Kernel &k, ValueRange a) {
    forLanes(k, count, isa.floatForm().lanes, [&](Value i, int64_t lanes) {
      storeFloats(k, FloatMachine(k, lanes).f32(value), k.at(a[0], k.mul(i, bytes)), bytes);
    });
  });
}

void GraphLowering::dequantize(DequantizeOp op) {
  Layout from = Layout::internal(op.getInput()), to = Layout::internal(op.getOutput());
  bool isU = isUnsigned(op.getInput());
  auto scale = float(quantizedType(op.getInput()).getScale());
  std::string key = "dequantize" + keyText(from) + keyText(to) + keyList({isU, llvm::bit_cast<uint32_t>(scale)});
  Value operands[] = {operand(op.getInput()), result(op)};
  builder.call(op.getLoc(), "dequantize", key, operands,
               [&](Kernel &k, ValueRange a) { emitDequantize(k, isa.floatForm(), from, to, isU, scale, a[0], a[1]); });
}

LogicalResult GraphLowering::quantize(quant::QuantizeCastOp op) {
  if (isa.isDevice())
    return op.emitError("expected integers, got floats, for which GPUs have no kernels");
  Layout from = Layout::internal(op.getArg()), to = Layout::internal(op.getResult());
  if (to.elementBytes != 1)
    return op.emitError("expected floats quantized to 8 bits, got another type");
  StorageRange range = storageRange(quantizedType(op.getResult()));
  auto inverse = float(1 / quantizedType(op.getResult()).getScale());
  std::string key =
      "quantize" + keyText(from) + keyText(to) + keyList({range.lo, range.hi, llvm::bit_cast<uint32_t>(inverse)});
  Value operands[] = {operand(op.getArg()), result(op)};
  builder.call(op.getLoc(), "quantize", key, operands, [&](Kernel &k, ValueRange a) {
    emitQuantize(k, isa.floatForm(), from, to, inverse, range.lo, range.hi, a[0], a[1]);
  });
  return success();
}

LogicalResult GraphLowering::lowerFloat(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<Conv2DOp, FullyConnectedOp>([&](auto o) { return floatLayer(o, FloatLayer::of(o)); })
      .Case<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(
          [&](auto o) { return floatElementwise(o, o.getActivation().value_or(ActivationAttr())), success(); })
      .Case<ActivateOp>([&](auto o) { return floatElementwise(o, o.getActivation()), success(); })
      .Case<MaxPool2DOp>(
          [&](auto o) { return floatWindow(o, o.getKernel(), o.getStrides(), o.getPads(), false), success(); })
      .Case<AvgPool2DOp>([&](auto o) {
        return floatWindow(o, o.getKernel(), o.getStrides(), o.getPads(), o.getCountIncludePad()), success();
      })
      .Case<ReduceMeanOp, ReduceMaxOp>(
          [&](auto o) { return floatReduction(o, o.getAxes(), o.getKeepDims()), success(); })
      .Case<FloatTilesOp>([&](auto o) { return floatTiles(o); })
      .Case<SoftmaxOp>([&](auto o) {
        if (isHalf(o.getOutput()))
          return LogicalResult(o.emitError("expected a softmax whose result has 32 bits, got 16"));
        return floatSoftmax(o), success();
      })
      .Case<DequantizeOp>([&](auto o) { return dequantize(o), success(); })
      .Default([](Operation *o) {
        return o->emitError("expected an op with a float kernel, got '") << o->getName() << "'";
      });
}

} // namespace wino
