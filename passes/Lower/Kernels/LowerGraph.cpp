// One op after the other: pointers from the arena plan, constants packed for the kernels, kernels called.
#include "Lower/Kernels/LowerGraph.h"
#include "Lower/Kernels/DepthwiseConvolution.h"
#include "Lower/Kernels/Gemm.h"
#include "Lower/Kernels/GraphLowering.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {

bool isUnsigned(Value value) {
  auto type = quantizedType(value);
  return type && !type.isSigned();
}

Narrowing narrowing(Operation *op, int64_t shift, int64_t lo, int64_t hi) {
  Value result = op->getResult(0);
  return {shift, lo, hi, isUnsigned(result), Layout::internal(result).elementBytes == 2};
}
Narrowing narrowing(Operation *op, RequantAttr requant) {
  return narrowing(op, requant.getShift(), requant.getLo(), requant.getHi());
}

std::string keyText(const Layout &l) {
  std::string text = "[";
  for (auto [extent, stride] : llvm::zip(l.shape, l.strides))
    text += std::to_string(extent) + ":" + std::to_string(stride) + " ";
  return text + "]" + (l.elementBytes > 1 ? "x" + std::to_string(l.elementBytes) : "");
}
std::string keyList(ArrayRef<int64_t> values) {
  std::string text = "(";
  for (int64_t v : values)
    text += std::to_string(v) + " ";
  return text + ")";
}
std::string keyText(const Narrowing &n) { return keyList({n.shift, n.lo, n.hi, n.isUnsigned, n.isWide}); }

/// Row-major `values` where the layout has them.
template <typename T>
static void placeElements(const std::vector<T> &values, const Layout &layout, std::vector<T> &placed) {
  llvm::SmallVector<int64_t> at(layout.shape.size(), 0);
  for (T v : values) {
    int64_t target = 0;
    for (auto [i, stride] : llvm::zip(at, layout.strides))
      target += i * stride;
    placed[target / int64_t(sizeof(T))] = v;
    for (size_t d = at.size(); d-- > 0 && ++at[d] == layout.shape[d];)
      at[d] = 0;
  }
}

Value GraphLowering::operand(Value value) {
  if (Value pointer = pointers.lookup(value))
    return pointer;
  // A constant tensor operand, laid out like any tensor inside the network.
  Layout internal = Layout::internal(value);
  if (isFloat(value)) {
    std::vector<float> numbers = constantFloats(value).value_or(std::vector<float>());
    if (isHalf(value)) {
      std::vector<uint16_t> halves, placed(internal.bytes / 2, 0);
      llvm::transform(numbers, std::back_inserter(halves), halfBits);
      placeElements<uint16_t>(halves, internal, placed);
      return pointers[value] = builder.constant(value.getLoc(), placed);
    }
    std::vector<float> placed(internal.bytes / 4, 0.0f);
    placeElements<float>(numbers, internal, placed);
    return pointers[value] = builder.constant(value.getLoc(), placed);
  }
  std::vector<int8_t> placed(internal.bytes, 0);
  placeElements<int8_t>(elements<int8_t>(value), internal, placed);
  return pointers[value] = builder.constant(value.getLoc(), placed);
}

void GraphLowering::copy(Location loc, const StridedCopy &c, Value from, Value to) {
  std::string key = "copy" + keyList({c.elementBytes}) + keyList(c.extents) + keyList(c.fromStrides);
  builder.call(loc, "copy", key + keyList(c.toStrides), {from, to},
               [&](Kernel &k, ValueRange args) { emitStridedCopy(k, c, args[0], args[1]); });
}

void GraphLowering::copyElements(Location loc, const Layout &from, const Layout &to, Value source, Value target) {
  StridedCopy c{from.shape, from.strides, to.strides, from.elementBytes};
  if (from.isImage()) // memory order, so that channels are the inner run
    for (auto *list : {&c.extents, &c.fromStrides, &c.toStrides})
      std::rotate(list->begin() + 1, list->begin() + 2, list->end());
  copy(loc, c, source, target);
}

void GraphLowering::ownLayer(Operation *op, llvm::StringRef name, const std::string &key, const OwnLayer &layer,
                             Value in, Value out, Value residual) {
  Kernel::Values operands = {in, out};
  for (const std::vector<char> &bytes : layer.constants)
    operands.push_back(builder.constant(op->getLoc(), ArrayRef<char>(bytes)));
  if (residual)
    operands.push_back(residual);
  if (!layer.launches.empty()) {
    operands.push_back(offset(op, "wino.scratch"));
    for (const OwnLayer::Launch &launch : layer.launches)
      builder.launch(op->getLoc(), launch.name, key + " " + launch.name, operands, launch.shape,
                     [&](Kernel &k, ValueRange args) { launch.emit(k, args, Part()); });
    return;
  }
  if (layer.emitInput)
    return callStages(op, key, operands, layer.split, layer.tileCount, layer.blockTiles, layer.emitInput,
                      layer.emitOutput);
  callShared(op, name, key, operands, layer.split, layer.emit);
}

std::string keyText(const std::optional<Residual> &residual) {
  return residual ? "r" + keyList({residual->multiplier, residual->isUnsigned}) : "";
}

void GraphLowering::direct(Operation *op, DirectConvolution conv, Value in, Value out, Value residual, Value filter,
                           Value bias, ArrayRef<int32_t> multipliers) {
  std::string key = "direct" + keyText(conv.input) + keyText(conv.output) +
                    keyList({conv.inputUnsigned, conv.outputChannels, conv.groups, conv.kernelHeight, conv.kernelWidth,
                             conv.pre, conv.exactStores}) +
                    keyList(conv.strides) + keyList(conv.pads) + keyList(conv.dilations) + keyText(conv.narrowing) +
                    keyText(conv.residual);
  conv.workers = workersOf(op);
  conv.ranges = isa.isDevice() ? rangesOf(op) : 1;
  if (conv.ranges > 1)
    key += "ranges" + keyList({conv.ranges});
  if (!isa.arenaTarget().empty())
    if (auto own = isa.ownDirect(conv, elements<int8_t>(filter), elements<int32_t>(bias), multipliers))
      return ownLayer(op, "direct", key, *own, in, out, residual);
  selectAssembly(conv, isa);
  int64_t perGroup = conv.outputChannels / conv.groups, inPerGroup = conv.input.channels() / conv.groups;
  int64_t pixel = conv.groups == 1 ? conv.input.channelStride : inPerGroup;
  int64_t window = conv.kernelHeight * conv.kernelWidth, depth = window * pixel, padded = roundUp(perGroup, 16);
  std::vector<int8_t> weights = elements<int8_t>(filter), packed;
  std::vector<int32_t> biases = elements<int32_t>(bias), constants(conv.groups * padded * 2, 0);
  for (int64_t g = 0; g < conv.groups; ++g) {
    auto weight = [&](int64_t f, int64_t i) -> int8_t {
      int64_t c = i % pixel, position = i / pixel;
      return c < inPerGroup ? weights[((g * perGroup + f) * inPerGroup + c) * window + position] : 0;
    };
    std::vector<int8_t> group = packFilter8(perGroup, depth, conv.form, weight);
    packed.insert(packed.end(), group.begin(), group.end());
    for (int64_t f = 0; f < perGroup; ++f) {
      int32_t sum = 0;
      for (int64_t i = 0; i < inPerGroup * window; ++i)
        sum += weights[(g * perGroup + f) * inPerGroup * window + i];
      int32_t *quad = &constants[(g * padded + f / 4 * 4) * 2 + f % 4];
      quad[0] = biases[g * perGroup + f] + (conv.shiftsInput() ? 128 * sum : 0);
      quad[4] = multipliers[g * perGroup + f];
    }
  }
  Location loc = op->getLoc();
  Kernel::Values operands = {in, out, builder.constant(loc, packed), builder.constant(loc, constants)};
  if (residual)
    operands.push_back(residual);
  callShared(op, "direct", key, operands, directSplit(conv), [&](Kernel &k, ValueRange a, const Part &part) {
    emitDirectConvolution(k, isa, conv, a[0], a[1], a[2], a[3], residual ? a[4] : Value(), a.back(), part);
  });
}

void GraphLowering::convolution(Conv2DOp op) {
  if (isDepthwise(op) && !isa.isDevice())
    return depthwise(op);
  bool fromArgument = isArgument(op.getInput()) && !isa.isDevice(); // devices read whole vectors
  Layout input = fromArgument ? Layout::external(op.getInput()) : Layout::internal(op.getInput());
  ArrayRef<int64_t> filter = shapeOf(op.getFilter());
  RequantAttr requant = *op.getRequant();
  DirectConvolution conv{input,
                         Layout::internal(op.getOutput()),
                         isUnsigned(op.getInput()),
                         filter[0],
                         int64_t(op.getGroups()),
                         filter[2],
                         filter[3],
                         llvm::to_vector(op.getStrides()),
                         llvm::to_vector(op.getPads()),
                         llvm::to_vector(op.getDilations()),
                         requant.getPre(),
                         /*exactStores=*/false,
                         narrowing(op, requant)};
  conv.residual = residualForm(op);
  Value in = fromArgument ? external[op.getInput()] : operand(op.getInput());
  Value residual = op.getResidual() ? operand(op.getResidual()) : Value();
  direct(op, conv, in, result(op), residual, op.getFilter(), op.getBias(), requant.getMultipliers().asArrayRef());
}

void GraphLowering::fullyConnected(FullyConnectedOp op) {
  if (Layout::internal(op.getOutput()).elementBytes == 2)
    return headProducts(op);
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput());
  RequantAttr requant = *op.getRequant();
  DirectConvolution conv{
      vectorImage(in),  vectorImage(out),     isUnsigned(op.getInput()), out[1], 1, 1, 1, {1, 1}, {0, 0, 0, 0}, {1, 1},
      requant.getPre(), /*exactStores=*/true, narrowing(op, requant)};
  direct(op, conv, operand(op.getInput()), result(op), Value(), op.getFilter(), op.getBias(),
         requant.getMultipliers().asArrayRef());
}

/// A residual is added by kernels for bytes, and lies as the result does.
static LogicalResult checkResidual(Operation &op, bool isDevice) {
  Value residual = residualOf(&op);
  if (!residual)
    return success();
  if (isDevice || isFloat(residual))
    return op.emitError("expected sums as ops of their own for GPUs and in floats, got a residual");
  if (!residual.getDefiningOp() || Layout::internal(residual).strides != Layout::internal(op.getResult(0)).strides)
    return op.emitError("expected a residual that lies in memory as the result does, got another layout");
  return success();
}

bool GraphLowering::lowerMove(Operation &op) {
  return llvm::TypeSwitch<Operation *, bool>(&op)
      .Case<RepeatOp, DepthToSpaceOp, SpaceToDepthOp>([&](auto o) { return blocks(o), true; })
      .Case<ConcatOp>([&](auto o) { return concat(o), true; })
      .Case<SliceOp>([&](auto o) { return slice(o), true; })
      .Case<PadOp>([&](auto o) { return pad(o), true; })
      .Case<ReshapeOp>([&](auto o) { return reshape(o), true; })
      .Case<TransposeOp>([&](auto o) { return transpose(o), true; })
      .Default([](Operation *) { return false; });
}

LogicalResult GraphLowering::lower(Operation &op) {
  if (failed(checkResidual(op, isa.isDevice())))
    return failure();
  bool computes = op.getNumResults() == 1 && !llvm::isa<arith::ConstantOp>(op);
  bool isFloatOp = computes && isFloat(op.getResult(0));
  if (isFloatOp && isa.isDevice())
    return op.emitError("expected integers, got floats, for which GPUs have no kernels");
  if (computes && !isFloatOp && !hasKernelWidths(op))
    return op.emitError("expected 16-bit tensors between means, fully connected layers, reshapes and softmax only");
  if (lowerMove(op))
    return success();
  if (isFloatOp)
    return lowerFloat(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<arith::ConstantOp, quant::StorageCastOp, InputTransformOp, TapMatmulOp>([](auto) { return success(); })
      .Case<Conv2DOp>([&](auto o) { return convolution(o), success(); })
      .Case<FullyConnectedOp>([&](auto o) { return fullyConnected(o), success(); })
      .Case<OutputTransformOp>([&](auto o) { return winograd(o), success(); })
      .Case<FloatTilesOp>([&](auto o) { return floatTiles(o); }) // of bytes
      .Case<AddOp, SubOp, MaximumOp, MinimumOp>([&](auto o) { return weightedSum(o, *o.getRequant()), success(); })
      .Case<RequantizeOp>([&](auto o) { return weightedSum(o, o.getRequant()), success(); })
      .Case<MulOp>([&](auto o) { return product(o), success(); })
      .Case<LookupOp>([&](auto o) { return lookup(o), success(); })
      .Case<MaxPool2DOp>([&](auto o) { return pool(o, o.getKernel(), o.getStrides(), o.getPads(), {}), success(); })
      .Case<AvgPool2DOp>(
          [&](auto o) { return pool(o, o.getKernel(), o.getStrides(), o.getPads(), *o.getRequant()), success(); })
      .Case<ReduceMeanOp>([&](auto o) { return reduce(o, o.getAxes(), o.getKeepDims(), *o.getRequant()), success(); })
      .Case<ReduceMaxOp>([&](auto o) { return reduce(o, o.getAxes(), o.getKeepDims(), {}), success(); })
      .Case<SoftmaxOp>([&](auto o) { return softmax(o), success(); })
      .Case<quant::QuantizeCastOp>([&](auto o) { return quantize(o); })
      .Default([](Operation *o) {
        return o->emitError("expected an op with an integer kernel, got '")
               << o->getName() << "'; quantize the graph first";
      });
}

/// Whether a result of the network lies in memory as inside it, and only its maker touches it: on a device, where a
/// copy is a launch and twice the traffic, it is then made in place.
static bool isMadeInPlace(Value value) {
  Layout internal = Layout::internal(value), external = Layout::external(value);
  return value.getDefiningOp() && value.hasOneUse() && internal.isImage() && internal.strides == external.strides &&
         internal.channelStride % 16 == 0 && !isa<ReshapeOp, ConcatOp>(value.getDefiningOp());
}

LogicalResult GraphLowering::run() {
  auto ret = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  int64_t inputs = main.getNumArguments(), outputs = ret.getNumOperands();
  int64_t first = isa.isDevice() ? 2 : 1; // behind the arena and, on a device, the constants
  func::FuncOp entry = builder.beginEntry(main.getLoc(), 1 + inputs + outputs, main->hasAttr("wino.max_workers"));
  arena = entry.getArgument(0);
  for (BlockArgument arg : main.getArguments()) {
    Value pointer = entry.getArgument(first + arg.getArgNumber());
    external[arg] = pointers[arg] = pointer;
    if (auto packed = main.getArgAttrOfType<IntegerAttr>(arg.getArgNumber(), "wino.packed")) {
      pointers[arg] = builder.entry(arg.getLoc()).at(arena, packed.getInt());
      copyElements(main.getLoc(), Layout::external(arg), Layout::internal(arg), pointer, pointers[arg]);
    }
  }
  for (auto [n, value] : llvm::enumerate(ret.getOperands()))
    if (isa.isDevice() && isMadeInPlace(value))
      inPlace[value] = entry.getArgument(first + inputs + n);
  for (Operation &op : main.getBody().front().without_terminator())
    if (failed(lower(op)))
      return failure();
  for (auto [n, value] : llvm::enumerate(ret.getOperands()))
    if (!inPlace.contains(value))
      copyElements(ret.getLoc(), isArgument(value) ? Layout::external(value) : Layout::internal(value),
                   Layout::external(value), isArgument(value) ? external[value] : operand(value),
                   entry.getArgument(first + inputs + n));
  builder.endEntry();
  setInterface(llvm::to_vector(ret.getOperands()));
  main.erase();
  return success();
}

LogicalResult lowerGraph(ModuleOp module, const Isa &isa, llvm::StringRef prefix) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("expected a function '@main', got none");
  if (!main->hasAttr("wino.arena_bytes"))
    return main.emitError("expected a function with planned addresses, got none; run --wino-plan-arena first");
  auto planned = main->getAttrOfType<StringAttr>("wino.arena_target");
  llvm::StringRef target = planned ? planned.getValue() : "";
  if (target != isa.arenaTarget()) {
    auto owner = [](llvm::StringRef name) { return name.empty() ? "the shared kernels" : name; };
    return main.emitError("expected an arena planned for ")
           << owner(isa.arenaTarget()) << ", got one for " << owner(target) << "; run --wino-plan-arena"
           << (isa.arenaTarget().empty() ? "" : "=target=") << isa.arenaTarget();
  }
  for (Operation &op : main.getBody().front())
    if (Attribute workers = op.getAttr("wino.workers"); workers && workers != main->getAttr("wino.max_workers"))
      return op.emitError("expected 'wino.workers' of an op to be the function's 'wino.max_workers', got another; run "
                          "--wino-plan-arena=workers=N");
  return GraphLowering(module, main, isa, prefix).run();
}

} // namespace wino
