// From IR to a Student and back. An op whose derivative nobody wrote makes what follows unknown; what goes into it is
// matched like an output.
#include "DistillNetwork.h"
#include "Pipeline.h"
#include "SparseRows.h"

#include "../common/Network.h"
#include "../common/Progress.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/TapStatistics.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Reference/MoveOps.h"

using namespace llvm;

namespace wino {

namespace {

constexpr int filterLimit = 127; ///< of direct convolutions

class Builder {
public:
  Builder(mlir::func::FuncOp main, std::map<std::string, TensorRule> rules, ClipRule tapClip, Student &student)
      : main(main), rules(std::move(rules)), tapClip(tapClip), student(student) {}

  Error run();
  /// Puts the student's filters and biases into the network.
  void write();
  /// Layers whose taps the student does not round.
  std::vector<std::string> simplified;

private:
  struct Weights {
    mlir::Operation *op;
    WindowLayer *layer;
  };

  void add(mlir::Operation *op);
  bool canAdd(mlir::Operation *op);
  std::unique_ptr<DistillLayer> makeConvolution(mlir::Operation *op);
  std::unique_ptr<DistillLayer> makeSparse(mlir::Operation *op);
  TapQuantizers quantizersOf(Conv2DOp conv, const TileSpec &tile, const TileMatrices &matrices);
  bool isKnown(mlir::Value value) const { return tensors.count(value) > 0; }
  void matchCuts();

  mlir::func::FuncOp main;
  std::map<std::string, TensorRule> rules;
  ClipRule tapClip;
  Student &student;
  DenseMap<mlir::Value, size_t> tensors;
  std::vector<Weights> weights;
};

/// Roundings of all tensors, from the quantized network.
std::map<std::string, TensorRule> roundings(mlir::func::FuncOp quantized) {
  std::map<std::string, TensorRule> result;
  auto add = [&](mlir::Value value) {
    if (auto type = quantizedType(value)) {
      StorageRange range = storageRange(type);
      TensorRule rule;
      rule.scale = float(type.getScale());
      rule.lowest = float(range.lo);
      rule.highest = float(range.hi);
      result[tensorName(value)] = rule;
    }
  };
  for (mlir::Value argument : quantized.getArguments())
    add(argument);
  for (mlir::Operation &op : quantized.getBody().front())
    for (mlir::Value value : op.getResults())
      add(value);
  return result;
}

} // namespace

TapQuantizers Builder::quantizersOf(Conv2DOp conv, const TileSpec &tile, const TileMatrices &matrices) {
  TapQuantizers result;
  result.inputLimit = tapLimit(tile.inputTap);
  result.filterLimit = tapLimit(tile.filterTap);
  std::vector<TapStats> statistics = tapStatistics(conv, tile);
  const TensorRule &rule = rules[tensorName(conv.getInput())];
  double largest = std::max(std::fabs(rule.lowest), std::fabs(rule.highest)) * rule.scale;
  auto rowSum = [&](int i) {
    double sum = 0;
    for (int a = 0; a < matrices.n(); ++a)
      sum += std::fabs(matrices.bt[size_t(i * matrices.n() + a)]);
    return sum;
  };
  for (int tap = 0; tap < tile.K * tile.K; ++tap) {
    double clip = largest * rowSum(tap / tile.K) * rowSum(tap % tile.K);
    if (double measured = statistics.empty() ? 0 : statistics[size_t(tap)].clip(tile.inputTap, tapClip); measured > 0)
      clip = std::min(clip, measured);
    result.inputScales.push_back(clip > 0 ? float(clip / result.inputLimit) : 1);
  }
  return result;
}

std::unique_ptr<DistillLayer> Builder::makeConvolution(mlir::Operation *op) {
  std::optional<std::vector<float>> filter = constantFloats(op->getOperand(1)),
                                    bias = constantFloats(op->getOperand(2));
  if (!filter || !bias)
    return nullptr;
  WindowGeometry geometry = windowGeometry(op);
  size_t cOut = size_t(shapeOf(op->getOperand(1))[0]);
  auto conv = dyn_cast<Conv2DOp>(op);
  std::unique_ptr<WindowLayer> layer;
  if (conv && conv.getPlan() && !conv.getPlan()->isDirect()) {
    TileSpec tile = conv.getPlan()->getSpec();
    if (tile.hasByteTaps() && tile.isSquare() && tile.stride == 1) {
      Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(tile);
      if (!algorithm) {
        consumeError(algorithm.takeError());
        return nullptr;
      }
      TileMatrices matrices = TileMatrices::from(*algorithm);
      TapQuantizers quantizers = quantizersOf(conv, tile, matrices);
      if (int(tile.filterTap) > 8)
        quantizers.filterLimit = 0;
      layer =
          std::make_unique<TapLayer>(geometry, cOut, std::move(*filter), std::move(*bias), std::move(matrices),
                                     std::move(quantizers), tile.product == ProductType::I8 ? 8 : 0, student.loop());
    } else { // rounding to 16 bits is nothing beside that of the result; of bytes, tiles of other forms are left out
      if (tile.hasByteTaps())
        simplified.push_back(nodeName(conv).str());
      layer = std::make_unique<WindowLayer>(geometry, cOut, 1, std::move(*filter), std::move(*bias), 0, student.loop());
    }
  } else {
    layer = std::make_unique<WindowLayer>(geometry, cOut, conv ? size_t(conv.getGroups()) : 1, std::move(*filter),
                                          std::move(*bias), filterLimit, student.loop());
  }
  // A bias moves in tenths of the result's range.
  auto rule = rules.find(tensorName(op->getResult(0)));
  if (rule != rules.end())
    layer->bias.unit = 0.1 * rule->second.highest * rule->second.scale;
  weights.push_back({op, layer.get()});
  return layer;
}

std::unique_ptr<DistillLayer> Builder::makeSparse(mlir::Operation *op) {
  std::optional<SparseLayer::Rows> rows = sparseRows(op, [&](mlir::Value value) { return isKnown(value); });
  if (!rows)
    return nullptr;
  std::vector<size_t> sizes;
  for (mlir::Value operand : op->getOperands())
    if (isKnown(operand))
      sizes.push_back(sizeOf(operand));
  return std::make_unique<SparseLayer>(std::move(*rows), std::move(sizes), student.loop());
}

/// Whether every operand is known or, where the op can have one, a constant.
bool Builder::canAdd(mlir::Operation *op) {
  if (op->getNumResults() != 1 || !activationBounds(op))
    return false;
  if (isa<Conv2DOp, FullyConnectedOp>(op))
    return isKnown(op->getOperand(0)) && shapeOf(op->getOperand(0))[0] == 1;
  bool isElementwise = isa<AddOp, SubOp, MulOp>(op);
  auto canRead = [&](mlir::Value value) { return isKnown(value) || (isElementwise && constantFloats(value)); };
  return isSparse(op) && all_of(op->getOperands(), canRead) &&
         any_of(op->getOperands(), [&](mlir::Value value) { return isKnown(value); });
}

void Builder::add(mlir::Operation *op) {
  if (!canAdd(op))
    return;
  std::unique_ptr<DistillLayer> layer = isa<Conv2DOp, FullyConnectedOp>(op) ? makeConvolution(op) : makeSparse(op);
  if (!layer)
    return;
  TensorRule rule;
  std::tie(rule.low, rule.high) = *activationBounds(op);
  if (auto rounding = rules.find(tensorName(op->getResult(0))); rounding != rules.end()) {
    rule.scale = rounding->second.scale;
    rule.lowest = rounding->second.lowest;
    rule.highest = rounding->second.highest;
  }
  std::vector<size_t> inputs;
  for (mlir::Value operand : op->getOperands())
    if (auto found = tensors.find(operand); found != tensors.end())
      inputs.push_back(found->second);
  tensors[op->getResult(0)] = student.addLayer(std::move(layer), inputs, sizeOf(op->getResult(0)), rule);
}

/// Matched are tensors that everything after them depends on and on nothing else: the ends of blocks. And tensors that
/// go out of what is known.
void Builder::matchCuts() {
  DenseMap<mlir::Value, size_t> lastUse;
  std::vector<mlir::Operation *> ops;
  for (mlir::Operation &op : main.getBody().front()) {
    for (mlir::Value operand : op.getOperands())
      lastUse[operand] = ops.size();
    ops.push_back(&op);
  }
  SmallVector<mlir::Value> live;
  for (size_t i = 0; i < ops.size(); ++i) {
    erase_if(live, [&](mlir::Value value) { return lastUse[value] <= i; });
    if (ops[i]->getNumResults() != 1 || !isKnown(ops[i]->getResult(0)))
      continue;
    mlir::Value result = ops[i]->getResult(0);
    bool goesOut = any_of(result.getUsers(), [&](mlir::Operation *user) {
      return user->getNumResults() == 0 || !isKnown(user->getResult(0));
    });
    if (goesOut || (live.empty() && !isMove(ops[i]) && !isa<MaxPool2DOp>(ops[i])))
      student.match(tensors[result]);
    live.push_back(result);
  }
}

Error Builder::run() {
  mlir::Value input = main.getArgument(0);
  tensors[input] = student.addInput(sizeOf(input), rules[tensorName(input)]);
  for (mlir::Operation &op : main.getBody().front())
    if (!op.hasTrait<mlir::OpTrait::ConstantLike>())
      add(&op);
  matchCuts();
  if (weights.empty() || student.numMatched() == 0)
    return createStringError("--fit=network: expected a convolution whose result the network's output follows from by "
                             "convolutions, sums, pools and moves, got none; use --fit=quantized");
  return Error::success();
}

void Builder::write() {
  for (const Weights &weight : weights) {
    replaceConstant(weight.op->getOpOperand(1), weight.layer->filter.values);
    replaceConstant(weight.op->getOpOperand(2), weight.layer->bias.values);
  }
}

Expected<DistillResult> distillNetwork(mlir::ModuleOp module, Calibration &calibration, const Options &options) {
  auto quantized = quantizedCopy(module, options.model);
  if (!quantized)
    return quantized.takeError();
  Expected<mlir::func::FuncOp> main = mainFunction(module), integers = mainFunction(**quantized);
  if (!main || !integers)
    return joinErrors(main.takeError(), integers.takeError());
  Expected<ClipRule> tapClip = parseClipRule(options.tapClip);
  if (!tapClip)
    return tapClip.takeError();
  Student student(options.threads);
  Builder builder(*main, roundings(*integers), *tapClip, student);
  if (Error error = builder.run())
    return std::move(error);
  auto load = [&](size_t image, float *pixels) { return calibration.images->load(image, pixels); };
  auto progress = [](unsigned done, unsigned total) { showProgress("tuning the network", done, total); };
  Expected<DistillResult> result =
      student.tune(ArrayRef(calibration.seen).take_front(options.fitImages), load, DistillOptions(), progress);
  if (result && result->epoch > 0)
    builder.write();
  if (result)
    result->simplified = std::move(builder.simplified);
  return result;
}

} // namespace wino
