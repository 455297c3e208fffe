// The walk: which images run through which op, what is a layer's target, and the graph that the layers make up. The
// mathematics is Numerics/FilterRefit's; integers come from the same passes as ever, one layer at a time.
#include "FitNetwork.h"
#include "Pipeline.h"

#include "../common/Diagnostics.h"
#include "../common/Comparison.h"
#include "../common/Network.h"
#include "../common/Progress.h"
#include "../host/HostRunner.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FilterRefit.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"

using namespace llvm;

namespace wino {

namespace {

constexpr size_t targetBytes = size_t(96) << 20; ///< of float maps that are kept at a time
constexpr size_t mostReads = 2304;               ///< of one output of a layer whose filter is fitted
constexpr size_t checkEvery = 4;                 ///< images

bool hasWeights(mlir::Operation *op) { return isa<Conv2DOp, FullyConnectedOp>(op); }

/// The computing ops of a function, in order.
std::vector<mlir::Operation *> computingOps(mlir::func::FuncOp main) {
  std::vector<mlir::Operation *> ops;
  for (mlir::Operation &op : main.getBody().front())
    if (!op.hasTrait<mlir::OpTrait::ConstantLike>() && !isa<mlir::func::ReturnOp>(op))
      ops.push_back(&op);
  return ops;
}

/// Float maps of the tensors that come next, a group at a time.
class Targets {
public:
  Targets(Runner &runner, ImageSource &images, ArrayRef<size_t> indices, std::vector<std::string> names)
      : runner(runner), images(images), indices(indices), names(std::move(names)) {}

  /// What the float network has at `name`, per image. Names are asked for in the order given.
  Expected<const std::vector<std::vector<float>> *> at(const std::string &name) {
    if (!maps.count(name))
      if (Error error = load(name))
        return std::move(error);
    return &maps[name];
  }

private:
  Error load(const std::string &name) {
    maps.clear();
    auto first = find(names, name);
    std::map<std::string, bool> wanted; // whether it fits; known after the first image
    for (auto it = first; it != names.end(); ++it)
      wanted[*it] = true;
    std::vector<float> input(images.elements());
    for (size_t index : indices) {
      if (Error error = images.load(index, input.data()))
        return error;
      std::map<std::string, size_t> sizes;
      Error error = runner.run(input, [&](StringRef tensor, ArrayRef<float> values, ArrayRef<int64_t>) {
        auto found = wanted.find(tensor.str());
        if (found == wanted.end() || !found->second)
          return;
        maps[tensor.str()].push_back(values.vec());
        sizes[tensor.str()] = values.size();
      });
      if (error)
        return error;
      if (index == indices.front())
        keepWhatFits(first, sizes, wanted);
    }
    for (const auto &[tensor, values] : maps)
      for (const std::vector<float> &map : values)
        if (!all_of(map, [](float x) { return std::isfinite(x); }))
          return createStringError("tensor '" + tensor + "': expected finite numbers of the float network, got others");
    if (maps[name].size() != indices.size())
      return createStringError("expected the network to have one tensor '" + name + "', got another number");
    return Error::success();
  }

  void keepWhatFits(std::vector<std::string>::iterator first, const std::map<std::string, size_t> &sizes,
                    std::map<std::string, bool> &wanted) {
    size_t bytes = 0;
    bool isFull = false;
    for (auto it = first; it != names.end(); ++it) {
      auto size = sizes.find(*it);
      bytes += size == sizes.end() ? 0 : size->second * sizeof(float) * indices.size();
      isFull |= it != first && bytes > targetBytes;
      if (isFull && maps.erase(*it))
        wanted[*it] = false;
    }
  }

  Runner &runner;
  ImageSource &images;
  ArrayRef<size_t> indices;
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::vector<float>>> maps;
};

class Walk {
public:
  Walk(mlir::ModuleOp module, const Options &options, ImageSource &images, ArrayRef<size_t> indices)
      : module(module), options(options), images(images), indices(indices) {}

  Error run(Runner &runner);
  FittedNetwork take() { return std::move(result); }

private:
  using Maps = std::vector<std::vector<int32_t>>; ///< per image

  /// What a layer is fitted to: a float tensor, and what is added to the layer's output on the way there.
  struct Goal {
    std::string tensor;
    mlir::Operation *bounds = nullptr; ///< float op whose activation clamps
    mlir::Value addend;                ///< of the quantized graph, or none
  };

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> quantize();
  std::vector<std::string> goalNames();
  Goal goalOf(size_t index);
  Expected<bool> compute(mlir::Value value);
  Error computeOp(size_t index);
  Error fitLayer(size_t index, Targets &targets);
  Error setFilter(mlir::Operation *op, const RefitResult &fitted);
  Error makeLayer(size_t index);
  Expected<Maps> interpret(mlir::ModuleOp alone, mlir::Operation *like);
  mlir::OwningOpRef<mlir::ModuleOp> alone(mlir::Operation *op);
  std::vector<mlir::Value> computedOperands(mlir::Operation *op);
  Error assemble();
  void freeUnused();

  mlir::ModuleOp module;
  const Options &options;
  ImageSource &images;
  ArrayRef<size_t> indices;
  mlir::OwningOpRef<mlir::ModuleOp> quantized; ///< with the filters so far
  std::vector<mlir::Operation *> floats, ops;  ///< the same op at the same place
  std::map<size_t, mlir::OwningOpRef<mlir::ModuleOp>> made; ///< planned layers in explicit integers
  DenseMap<mlir::Value, Maps> values;
  std::vector<bool> done;
  FittedNetwork result;
};

} // namespace

/// Integers of the whole network, planned convolutions still whole.
Expected<mlir::OwningOpRef<mlir::ModuleOp>> Walk::quantize() {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  Diagnostics diagnostics(*module.getContext(), options.model, /*showWarnings=*/false);
  mlir::PassManager pm(module.getContext());
  addQuantizePasses(pm);
  if (failed(pm.run(*copy)))
    return diagnostics.take("expected quantization to succeed, got a failure without a reason");
  return std::move(copy);
}

/// A convolution whose result goes into a sum only is fitted to that sum, as far as the other operand is known by then.
Walk::Goal Walk::goalOf(size_t index) {
  mlir::Operation *op = floats[index];
  Goal goal{tensorName(op->getResult(0)), op, {}};
  if (!op->hasOneUse() || op->hasAttr("activation"))
    return goal;
  auto sum = dyn_cast<AddOp>(*op->user_begin());
  if (!sum)
    return goal;
  size_t at = size_t(find(floats, sum) - floats.begin());
  mlir::Operation *integerSum = at < ops.size() ? ops[at] : nullptr;
  if (!isa_and_nonnull<AddOp>(integerSum))
    return goal;
  unsigned other = sum.getLhs() == op->getResult(0) ? 1 : 0;
  if (!quantizedType(integerSum->getOperand(other)))
    return goal;
  Expected<bool> known = compute(integerSum->getOperand(other));
  if (!known) {
    consumeError(known.takeError()); // comes again when it is this op's turn
    return goal;
  }
  if (!*known)
    return goal;
  return {tensorName(sum.getOutput()), sum, integerSum->getOperand(other)};
}

std::vector<std::string> Walk::goalNames() {
  std::vector<std::string> names;
  for (mlir::Operation *op : floats) {
    if (!hasWeights(op))
      continue;
    names.push_back(tensorName(op->getResult(0)));
    if (op->hasOneUse())
      if (auto sum = dyn_cast<AddOp>(*op->user_begin()))
        names.push_back(tensorName(sum.getOutput()));
  }
  return names;
}

std::vector<mlir::Value> Walk::computedOperands(mlir::Operation *op) {
  std::vector<mlir::Value> operands;
  for (mlir::Value operand : op->getOperands())
    if (!matchPattern(operand, mlir::m_Constant()) && !is_contained(operands, operand))
      operands.push_back(operand);
  return operands;
}

/// The op as a network of its own.
mlir::OwningOpRef<mlir::ModuleOp> Walk::alone(mlir::Operation *op) {
  mlir::OwningOpRef<mlir::ModuleOp> made = mlir::ModuleOp::create(op->getLoc());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(made->getBody());
  std::vector<mlir::Value> operands = computedOperands(op);
  SmallVector<mlir::Type> types;
  for (mlir::Value operand : operands)
    types.push_back(operand.getType());
  auto main = b.create<mlir::func::FuncOp>(op->getLoc(), "main", b.getFunctionType(types, op->getResultTypes()));
  b.setInsertionPointToStart(main.addEntryBlock());
  mlir::IRMapping map;
  for (auto [i, operand] : enumerate(operands)) {
    main.setArgAttr(unsigned(i), "wino.name", b.getStringAttr(tensorName(operand)));
    map.map(operand, main.getArgument(unsigned(i)));
  }
  for (mlir::Value operand : op->getOperands())
    if (!map.contains(operand))
      b.clone(*operand.getDefiningOp(), map);
  b.create<mlir::func::ReturnOp>(op->getLoc(), b.clone(*op, map)->getResults());
  return made;
}

Expected<Walk::Maps> Walk::interpret(mlir::ModuleOp alone, mlir::Operation *like) {
  Expected<mlir::func::FuncOp> main = mainFunction(alone);
  if (!main)
    return main.takeError();
  Expected<Interpreter> interpreter = Interpreter::create(*main);
  if (!interpreter)
    return interpreter.takeError();
  std::vector<const Maps *> inputs;
  for (mlir::Value operand : computedOperands(like))
    inputs.push_back(&values[operand]);
  Maps maps(indices.size());
  auto work = [&](unsigned, size_t image) -> Error {
    std::vector<Tensor> arguments;
    for (auto [i, input] : enumerate(inputs)) {
      arguments.emplace_back(cast<mlir::RankedTensorType>((*main).getArgument(unsigned(i)).getType()));
      arguments.back().i = (*input)[image];
    }
    Expected<std::vector<Tensor>> results = interpreter->run(arguments);
    if (!results)
      return results.takeError();
    maps[image] = std::move(results->front().i);
    return Error::success();
  };
  if (Error error = parallelFor(indices.size(), options.threads, work))
    return std::move(error);
  return std::move(maps);
}

/// Computes an op without weights. Its operands are computed.
Error Walk::computeOp(size_t index) {
  mlir::OwningOpRef<mlir::ModuleOp> network = alone(ops[index]);
  Expected<Maps> maps = interpret(*network, ops[index]);
  if (!maps)
    return maps.takeError();
  values[ops[index]->getResult(0)] = std::move(*maps);
  done[index] = true;
  return Error::success();
}

/// Computes `value` if no layer that is still to be fitted stands before it; false if one does.
Expected<bool> Walk::compute(mlir::Value value) {
  if (values.count(value))
    return true;
  mlir::Operation *op = value.getDefiningOp();
  size_t index = size_t(find(ops, op) - ops.begin());
  if (!op || index == ops.size() || hasWeights(op))
    return false;
  for (mlir::Value operand : computedOperands(op)) {
    Expected<bool> known = compute(operand);
    if (!known || !*known)
      return known;
  }
  if (Error error = computeOp(index))
    return std::move(error);
  return true;
}

static WindowGeometry geometryOf(mlir::Operation *op) {
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

/// Bounds of an op's activation; nothing for one that bends.
static std::optional<std::pair<double, double>> clampOf(mlir::Operation *op) {
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

Error Walk::fitLayer(size_t index, Targets &targets) {
  mlir::Operation *op = floats[index];
  result.layers.push_back({nodeName(op).str()});
  auto conv = dyn_cast<Conv2DOp>(op);
  WindowGeometry geometry = geometryOf(op);
  mlir::DenseElementsAttr filter, bias;
  if ((conv && conv.getGroups() != 1) || shapeOf(op->getResult(0))[0] != 1 || geometry.reads() > mostReads ||
      !matchPattern(op->getOperand(1), mlir::m_Constant(&filter)) ||
      !matchPattern(op->getOperand(2), mlir::m_Constant(&bias)))
    return Error::success();
  Goal goal = goalOf(index);
  auto bounds = clampOf(goal.bounds);
  if (!bounds)
    return Error::success();
  auto wanted = targets.at(goal.tensor);
  if (!wanted)
    return wanted.takeError();
  mlir::Value input = ops[index]->getOperand(0);
  RefitOptions refit;
  refit.threads = options.threads;
  FilterRefit layer(geometry, quantizedType(input).getScale(),
                    std::vector<float>(filter.getValues<float>().begin(), filter.getValues<float>().end()),
                    std::vector<float>(bias.getValues<float>().begin(), bias.getValues<float>().end()), bounds->first,
                    bounds->second, refit);
  for (size_t image = 0; image < indices.size(); ++image) {
    std::vector<float> addend;
    if (goal.addend)
      addend = dequantize(values[goal.addend][image], goal.addend);
    layer.add(values[input][image], (**wanted)[image], addend, image % checkEvery == checkEvery - 1);
  }
  RefitResult fitted = layer.solve();
  result.layers.back() = {nodeName(op).str(), fitted.ridge, fitted.before, fitted.after};
  return fitted.ridge < 0 ? Error::success() : setFilter(op, fitted);
}

/// New constants of the float layer, and the quantized network with them.
Error Walk::setFilter(mlir::Operation *op, const RefitResult &fitted) {
  mlir::OpBuilder b(op);
  auto set = [&](unsigned operand, ArrayRef<float> numbers) {
    auto type = cast<mlir::RankedTensorType>(op->getOperand(operand).getType());
    mlir::Operation *old = op->getOperand(operand).getDefiningOp();
    op->setOperand(operand, b.create<mlir::arith::ConstantOp>(old->getLoc(), type,
                                                              mlir::DenseElementsAttr::get(type, numbers)));
    if (old->use_empty())
      old->erase();
  };
  set(1, fitted.weights);
  set(2, fitted.bias);
  auto again = quantize();
  if (!again)
    return again.takeError();
  std::vector<mlir::Operation *> old = ops;
  mlir::func::FuncOp before = cantFail(mainFunction(*quantized)), now = cantFail(mainFunction(**again));
  ops = computingOps(now);
  DenseMap<mlir::Value, Maps> moved;
  auto move = [&](mlir::Value from, mlir::Value to) {
    if (auto found = values.find(from); found != values.end())
      moved[to] = std::move(found->second);
  };
  for (auto [from, to] : zip_equal(before.getArguments(), now.getArguments()))
    move(from, to);
  for (auto [from, to] : zip_equal(old, ops))
    move(from->getResult(0), to->getResult(0));
  values = std::move(moved);
  quantized = std::move(*again);
  return Error::success();
}

/// The layer's integers, and what they make of the images.
Error Walk::makeLayer(size_t index) {
  mlir::Operation *op = ops[index];
  mlir::OwningOpRef<mlir::ModuleOp> network = alone(op);
  auto conv = dyn_cast<Conv2DOp>(op);
  if (conv && conv.getPlan() && !conv.getPlan()->isDirect()) {
    auto maps = std::make_shared<LayerInputs>();
    ArrayRef<int64_t> shape = shapeOf(conv.getInput());
    FeatureMaps &inputs = maps->maps[tensorName(conv.getInput())];
    inputs = {int64_t(indices.size()), shape[1], shape[2], shape[3], {}};
    for (const std::vector<int32_t> &map : values[conv.getInput()])
      append_range(inputs.values, dequantize(map, conv.getInput()));
    Diagnostics diagnostics(*module.getContext(), options.model, /*showWarnings=*/false);
    mlir::PassManager pm(module.getContext());
    addWinogradPasses(pm, options, std::move(maps));
    if (failed(pm.run(*network)))
      return diagnostics.take("expected the layer to become integers, got a failure without a reason");
  }
  Expected<Maps> maps = interpret(*network, op);
  if (!maps)
    return maps.takeError();
  values[op->getResult(0)] = std::move(*maps);
  if (conv && conv.getPlan() && !conv.getPlan()->isDirect())
    made[index] = std::move(network);
  done[index] = true;
  return Error::success();
}

void Walk::freeUnused() {
  for (auto &[value, maps] : values) {
    bool isUsed = false;
    for (mlir::Operation *user : value.getUsers()) {
      size_t index = size_t(find(ops, user) - ops.begin());
      isUsed |= index < ops.size() && !done[index];
    }
    if (!isUsed)
      Maps().swap(maps);
  }
}

/// Puts the layers in the place of the planned convolutions.
Error Walk::assemble() {
  for (auto &[index, network] : made) {
    mlir::Operation *conv = ops[index];
    mlir::func::FuncOp layer = cantFail(mainFunction(*network));
    mlir::OpBuilder b(conv);
    mlir::IRMapping map;
    map.map(layer.getArgument(0), conv->getOperand(0));
    for (mlir::Operation &op : layer.getBody().front().without_terminator())
      b.clone(op, map);
    mlir::Value output = layer.getBody().front().getTerminator()->getOperand(0);
    conv->getResult(0).replaceAllUsesWith(map.lookup(output));
    SmallVector<mlir::Operation *> constants;
    for (mlir::Value operand : conv->getOperands())
      if (mlir::Operation *source = operand.getDefiningOp(); source && matchPattern(source, mlir::m_Constant()))
        constants.push_back(source);
    conv->erase();
    for (mlir::Operation *constant : constants)
      if (constant->use_empty())
        constant->erase();
  }
  result.integers = std::move(quantized);
  return Error::success();
}

Error Walk::run(Runner &runner) {
  auto first = quantize();
  if (!first)
    return first.takeError();
  quantized = std::move(*first);
  Expected<mlir::func::FuncOp> floatMain = mainFunction(module), main = mainFunction(*quantized);
  if (!floatMain || !main)
    return joinErrors(floatMain.takeError(), main.takeError());
  floats = computingOps(*floatMain);
  ops = computingOps(*main);
  // What quantization adds (tables, requantizations) would shift places.
  std::vector<mlir::Operation *> added;
  if (floats.size() != ops.size())
    return createStringError("--fit=quantized: expected one integer op per float op, got " + Twine(ops.size()) +
                             " for " + Twine(floats.size()) + "; use --fit=float");
  done.resize(ops.size());
  Targets targets(runner, images, indices, goalNames());
  Maps inputs;
  std::vector<float> pixels(images.elements());
  for (size_t index : indices) {
    if (Error error = images.load(index, pixels.data()))
      return error;
    inputs.push_back(wino::quantize(pixels, (*main).getArgument(0)));
  }
  values[(*main).getArgument(0)] = std::move(inputs);
  for (size_t index = 0; index < ops.size(); ++index) {
    showProgress("fitting", index + 1, ops.size());
    if (hasWeights(ops[index])) {
      if (Error error = fitLayer(index, targets))
        return error;
      if (Error error = makeLayer(index))
        return error;
    } else if (Expected<bool> known = compute(ops[index]->getResult(0)); !known) {
      return known.takeError();
    }
    freeUnused();
  }
  return assemble();
}

Expected<FittedNetwork> fitNetwork(mlir::ModuleOp module, Calibration &calibration, const Options &options) {
  Expected<mlir::func::FuncOp> main = mainFunction(module);
  if (!main)
    return main.takeError();
  Expected<std::unique_ptr<Runner>> runner = makeHostRunner(*main);
  if (!runner)
    return runner.takeError();
  ArrayRef<size_t> indices = ArrayRef(calibration.seen).take_front(options.fitImages);
  Walk walk(module, options, *calibration.images, indices);
  if (Error error = walk.run(**runner))
    return std::move(error);
  return walk.take();
}

} // namespace wino
