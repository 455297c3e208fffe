// The order of things: a layer's goal, its float filter fitted again, its integers, what they make of the images. The
// mathematics is Numerics/FilterRefit's; integers come from the same passes as ever, one layer at a time.
#include "FitNetwork.h"
#include "FloatTargets.h"
#include "IntegerMaps.h"
#include "Pipeline.h"

#include "../common/Diagnostics.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FilterRefit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace wino {

namespace {

constexpr size_t mostReads = 2304; ///< of one output of a layer whose filter is fitted
constexpr size_t checkEvery = 4;   ///< images

bool hasWeights(mlir::Operation *op) { return isa<Conv2DOp, FullyConnectedOp>(op); }

bool isPlanned(mlir::Operation *op) {
  auto conv = dyn_cast<Conv2DOp>(op);
  return conv && conv.getPlan() && !conv.getPlan()->isDirect();
}

class Walk {
public:
  Walk(mlir::ModuleOp module, const Options &options, ImageSource &images, ArrayRef<size_t> indices)
      : module(module), options(options), images(images), indices(indices), integers(options.threads) {}

  Error run(Runner &runner);
  FittedNetwork take() { return std::move(result); }

private:
  /// What a layer is fitted to: a float tensor, and what is added to the layer's output on the way there.
  struct Goal {
    std::string tensor;
    mlir::Operation *bounds = nullptr; ///< float op whose activation clamps
    std::optional<size_t> sum;         ///< op that adds the layer's output and another operand
    unsigned addend = 0;               ///< that operand
  };

  Error start();
  Error pair();
  void findGoals();
  Goal goalOf(size_t index, ArrayRef<std::optional<size_t>> lastLayer);
  Error fitLayer(size_t index, FloatTargets &targets);
  Error setFilter(mlir::Operation *op, const RefitResult &fitted);
  Error makeLayer(size_t index);
  void assemble();

  mlir::ModuleOp module;
  const Options &options;
  ImageSource &images;
  ArrayRef<size_t> indices;
  IntegerMaps integers;                                     ///< with the filters so far
  std::vector<mlir::Operation *> floats;                    ///< what each op was; null for one that was added
  std::map<size_t, Goal> goals;                             ///< of layers with weights
  std::map<size_t, mlir::OwningOpRef<mlir::ModuleOp>> made; ///< planned layers in explicit integers
  FittedNetwork result;
};

} // namespace

Error Walk::start() {
  auto network = quantizedCopy(module, options.model);
  if (!network)
    return network.takeError();
  Expected<mlir::func::FuncOp> main = mainFunction(**network);
  if (!main)
    return main.takeError();
  IntegerMaps::Maps inputs;
  std::vector<float> pixels(images.elements());
  for (size_t index : indices) {
    if (Error error = images.load(index, pixels.data()))
      return error;
    inputs.push_back(wino::quantize(pixels, (*main).getArgument(0)));
  }
  if (Error error = integers.start(std::move(*network), std::move(inputs)))
    return error;
  return pair();
}

/// Quantization keeps ops and their order, adds tables and requantizations, and puts tables in the place of chains.
Error Walk::pair() {
  Expected<mlir::func::FuncOp> main = mainFunction(module);
  if (!main)
    return main.takeError();
  std::map<std::pair<std::string, std::string>, mlir::Operation *> known; // by kind and node
  auto keyOf = [](mlir::Operation *op) { return std::pair(op->getName().getStringRef().str(), nodeName(op).str()); };
  for (mlir::Operation &op : (*main).getBody().front())
    known.emplace(keyOf(&op), &op);
  for (mlir::Operation *op : integers.ops()) {
    auto found = known.find(keyOf(op));
    floats.push_back(found == known.end() ? nullptr : found->second);
    if (!floats.back() && hasWeights(op))
      return createStringError("layer '" + nodeName(op) + "': expected it in the float network at the same place");
  }
  return Error::success();
}

void Walk::findGoals() {
  ArrayRef<mlir::Operation *> ops = integers.ops();
  std::vector<std::optional<size_t>> lastLayer(ops.size()); // that the op's result depends on
  for (size_t index = 0; index < ops.size(); ++index) {
    for (mlir::Value operand : ops[index]->getOperands())
      if (mlir::Operation *op = operand.getDefiningOp(); op && integers.indexOf(op) < index)
        lastLayer[index] = std::max(lastLayer[index], lastLayer[integers.indexOf(op)]);
    if (hasWeights(ops[index]))
      lastLayer[index] = index;
  }
  for (size_t index = 0; index < ops.size(); ++index)
    if (hasWeights(ops[index]))
      goals[index] = goalOf(index, lastLayer);
}

/// A convolution whose result goes into a sum only is fitted to that sum, if the other operand is known by then.
Walk::Goal Walk::goalOf(size_t index, ArrayRef<std::optional<size_t>> lastLayer) {
  mlir::Operation *op = floats[index];
  Goal goal{tensorName(op->getResult(0)), op, std::nullopt, 0};
  if (!op->hasOneUse() || op->hasAttr("activation") || !isa<AddOp>(*op->user_begin()))
    return goal;
  auto sum = cast<AddOp>(*op->user_begin());
  size_t at = size_t(find(floats, sum.getOperation()) - floats.begin());
  if (at == floats.size() || sum.getLhs().getType() != sum.getRhs().getType())
    return goal;
  unsigned other = sum.getLhs() == op->getResult(0) ? 1 : 0;
  mlir::Value addend = integers.ops()[at]->getOperand(other);
  mlir::Operation *source = addend.getDefiningOp();
  size_t from = source ? integers.indexOf(source) : integers.ops().size(); // beyond: a constant
  if (!quantizedType(addend) || (source && (from == integers.ops().size() || lastLayer[from] >= index)))
    return goal;
  return {tensorName(sum.getOutput()), sum, at, other};
}

Error Walk::fitLayer(size_t index, FloatTargets &targets) {
  mlir::Operation *op = floats[index];
  result.layers.push_back({nodeName(op).str()});
  auto conv = dyn_cast<Conv2DOp>(op);
  WindowGeometry geometry = windowGeometry(op);
  const Goal &goal = goals[index];
  auto bounds = activationBounds(goal.bounds);
  mlir::DenseElementsAttr filter, bias;
  if (!bounds || (conv && conv.getGroups() != 1) || shapeOf(op->getResult(0))[0] != 1 || geometry.reads() > mostReads ||
      !matchPattern(op->getOperand(1), mlir::m_Constant(&filter)) ||
      !matchPattern(op->getOperand(2), mlir::m_Constant(&bias)))
    return Error::success(); // stays as it is
  auto wanted = targets.at(goal.tensor);
  if (!wanted)
    return wanted.takeError();
  mlir::Value input = integers.ops()[index]->getOperand(0), addend;
  if (goal.sum) {
    addend = integers.ops()[*goal.sum]->getOperand(goal.addend);
    if (Error error = integers.compute(addend))
      return error;
  }
  RefitOptions refit;
  refit.threads = options.threads;
  FilterRefit layer(geometry, quantizedType(input).getScale(),
                    std::vector<float>(filter.getValues<float>().begin(), filter.getValues<float>().end()),
                    std::vector<float>(bias.getValues<float>().begin(), bias.getValues<float>().end()), bounds->first,
                    bounds->second, refit);
  for (size_t image = 0; image < indices.size(); ++image) {
    std::vector<float> added;
    if (addend)
      added = dequantize(integers.of(addend)[image], addend);
    layer.add(integers.of(input)[image], (**wanted)[image], added, image % checkEvery == checkEvery - 1);
  }
  RefitResult fitted = layer.solve();
  result.layers.back() = {nodeName(op).str(), fitted.ridge, fitted.before, fitted.after};
  return fitted.ridge < 0 ? Error::success() : setFilter(op, fitted);
}

/// New constants of the float layer, and the quantized network with them.
Error Walk::setFilter(mlir::Operation *op, const RefitResult &fitted) {
  replaceConstant(op->getOpOperand(1), fitted.weights);
  replaceConstant(op->getOpOperand(2), fitted.bias);
  auto again = quantizedCopy(module, options.model);
  if (!again)
    return again.takeError();
  integers.replace(std::move(*again));
  return Error::success();
}

/// The layer's integers, and what they make of the images.
Error Walk::makeLayer(size_t index) {
  mlir::OwningOpRef<mlir::ModuleOp> network = integers.alone(index);
  mlir::Operation *op = integers.ops()[index];
  if (isPlanned(op)) {
    auto maps = std::make_shared<LayerInputs>();
    mlir::Value input = op->getOperand(0);
    ArrayRef<int64_t> shape = shapeOf(input);
    FeatureMaps &inputs = maps->maps[tensorName(input)];
    inputs = {int64_t(indices.size()), shape[1], shape[2], shape[3], {}};
    for (const std::vector<int32_t> &map : integers.of(input))
      append_range(inputs.values, dequantize(map, input));
    Diagnostics diagnostics(*module.getContext(), options.model, /*showWarnings=*/false);
    mlir::PassManager pm(module.getContext());
    addWinogradPasses(pm, options, std::move(maps));
    if (failed(pm.run(*network)))
      return diagnostics.take("expected the layer to become integers, got a failure without a reason");
  }
  if (Error error = integers.run(*network, index))
    return error;
  if (isPlanned(op))
    made[index] = std::move(network);
  return Error::success();
}

/// Puts the layers in the place of the planned convolutions.
void Walk::assemble() {
  for (auto &[index, network] : made) {
    mlir::Operation *conv = integers.ops()[index];
    mlir::Block &layer = cantFail(mainFunction(*network)).getBody().front();
    mlir::OpBuilder b(conv);
    mlir::IRMapping map;
    map.map(layer.getArgument(0), conv->getOperand(0));
    for (mlir::Operation &op : layer.without_terminator())
      b.clone(op, map);
    conv->getResult(0).replaceAllUsesWith(map.lookup(layer.getTerminator()->getOperand(0)));
    SmallVector<mlir::Operation *> constants = {conv->getOperand(1).getDefiningOp(),
                                                conv->getOperand(2).getDefiningOp()};
    conv->erase();
    for (mlir::Operation *constant : constants)
      if (constant && constant->use_empty())
        constant->erase();
  }
  result.integers = integers.take();
}

Error Walk::run(Runner &runner) {
  if (Error error = start())
    return error;
  findGoals();
  std::vector<std::string> names;
  for (const auto &[index, goal] : goals)
    names.push_back(goal.tensor);
  FloatTargets targets(runner, images, indices, names);
  for (size_t index = 0; index < floats.size(); ++index) {
    showProgress("fitting", index + 1, floats.size());
    if (hasWeights(integers.ops()[index])) {
      if (Error error = fitLayer(index, targets))
        return error;
      if (Error error = makeLayer(index))
        return error;
    } else if (Error error = integers.compute(integers.ops()[index]->getResult(0))) {
      return error;
    }
    integers.freeUnused();
  }
  assemble();
  return Error::success();
}

Expected<FittedNetwork> fitNetwork(mlir::ModuleOp module, Calibration &calibration, const Options &options) {
  Expected<mlir::func::FuncOp> main = mainFunction(module);
  if (!main)
    return main.takeError();
  Expected<Runner *> runner = calibration.floatRunner(*main);
  if (!runner)
    return runner.takeError();
  ArrayRef<size_t> indices = ArrayRef(calibration.seen).take_front(options.fitImages);
  Walk walk(module, options, *calibration.images, indices);
  if (Error error = walk.run(**runner))
    return std::move(error);
  return walk.take();
}

void noteFits(mlir::ModuleOp planned, ArrayRef<FittedLayer> layers) {
  std::map<std::string, const FittedLayer *> byNode;
  for (const FittedLayer &layer : layers)
    if (layer.ridge >= 0)
      byNode[layer.node] = &layer;
  planned.walk([&](Conv2DOp conv) {
    auto found = byNode.find(nodeName(conv).str());
    if (found == byNode.end())
      return;
    auto why = conv->getAttrOfType<mlir::StringAttr>("winograd.why");
    std::string text = why ? why.getValue().str() + "; " : std::string();
    text += formatv("filter fitted to what integers feed it: relative squared error of its target {0:f4} -> {1:f4}",
                    found->second->before, found->second->after)
                .str();
    conv->setAttr("winograd.why", mlir::StringAttr::get(conv.getContext(), text));
  });
}

} // namespace wino
