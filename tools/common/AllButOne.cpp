// One run of all integers per image, whose tensors are kept; then per convolution a rerun of what comes after it.
#include "AllButOne.h"

#include "Comparison.h"
#include "MeasureLayer.h"
#include "Network.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Reference/Interpreter.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

using namespace llvm;

namespace wino {

namespace {

/// One convolution, as floats and as integers.
struct Layer {
  std::string node;
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< of the float convolution
  std::unique_ptr<Interpreter> floats;
  mlir::RankedTensorType inputType;
  mlir::Operation *end = nullptr; ///< whose result among the integers is the layer's
  mlir::Value input, residual;    ///< among the integers; what is added in the layer, or null
};

class Measurer {
public:
  Measurer(mlir::func::FuncOp floatMain, Runner &runner, mlir::func::FuncOp integerMain, ImageSource &images,
           Interpreter integers, LeftOutObserver onOutputs)
      : images(images), runner(runner), integers(std::move(integers)), onOutputs(onOutputs),
        floatResult(comparedResult(floatMain)), integerResult(comparedResult(integerMain)),
        integerResults(integerMain.getBody().front().getTerminator()->getOperands()),
        integerInput(integerMain.getArgument(0)) {}

  Error addLayers(mlir::func::FuncOp floatMain, mlir::func::FuncOp integerMain);
  /// What comes out in one image: noise, and the largest output.
  struct Answer {
    Energy outputs;
    size_t largest = 0;
  };
  /// The first is of all integers, then one per layer, of the image at a position of those that are measured.
  Expected<std::vector<Answer>> measure(size_t position, size_t image);

  std::vector<Layer> layers;

private:
  Expected<std::vector<float>> runFloat(size_t image, std::vector<float> &input);
  Expected<Tensor> leaveOut(const Layer &layer, const Tensor &input, const Tensor *residual) const;
  Error show(size_t layer, size_t position, ArrayRef<Tensor> results) const;

  ImageSource &images;
  Runner &runner;
  Interpreter integers;
  LeftOutObserver onOutputs;
  std::mutex mutex; ///< of images and runner
  mlir::Value floatResult, integerResult;
  mlir::OperandRange integerResults;
  mlir::Value integerInput;
};

} // namespace

Error Measurer::addLayers(mlir::func::FuncOp floatMain, mlir::func::FuncOp integerMain) {
  SmallVector<Conv2DOp> convs;
  floatMain.walk([&](Conv2DOp conv) { convs.push_back(conv); });
  for (Conv2DOp conv : convs) {
    Layer layer;
    layer.node = nodeName(conv).str();
    std::tie(layer.end, layer.input) = integerLayer(integerMain, layer.node);
    mlir::Operation *source = layer.end ? layer.input.getDefiningOp() : nullptr;
    if (!layer.end || (source && source->hasTrait<mlir::OpTrait::ConstantLike>()))
      continue;
    layer.residual = residualOf(layer.end);
    layer.module = aloneInModule(conv, [](mlir::func::FuncOp, Conv2DOp copy) {
      copy.removePlanAttr();
      copy->setDiscardableAttrs(mlir::DictionaryAttr::get(copy.getContext()));
    });
    layer.inputType = cast<mlir::RankedTensorType>(conv.getInput().getType());
    Expected<Interpreter> floats = Interpreter::create(cantFail(mainFunction(*layer.module)));
    if (!floats)
      return floats.takeError();
    layer.floats = std::make_unique<Interpreter>(std::move(*floats));
    layers.push_back(std::move(layer));
  }
  return Error::success();
}

Expected<std::vector<float>> Measurer::runFloat(size_t image, std::vector<float> &input) {
  std::lock_guard<std::mutex> lock(mutex);
  input.resize(images.elements());
  if (Error error = images.load(image, input.data()))
    return std::move(error);
  std::vector<float> outputs;
  std::string name = tensorName(floatResult);
  if (Error error = runner.run(input, [&](StringRef tensor, ArrayRef<float> values, ArrayRef<int64_t>) {
        if (tensor == name)
          outputs = values.vec();
      }))
    return std::move(error);
  for (float value : outputs)
    if (!std::isfinite(value))
      return createStringError(images.name(image) +
                               ": expected finite outputs of the float network, got NaN or infinity");
  return outputs;
}

/// The layer's integers if it made no noise of its own beside the rounding of its result.
Expected<Tensor> Measurer::leaveOut(const Layer &layer, const Tensor &input, const Tensor *residual) const {
  Tensor floats(layer.inputType);
  floats.f = dequantize(input.i, layer.input);
  Expected<std::vector<Tensor>> results = layer.floats->run(floats);
  if (!results)
    return results.takeError();
  mlir::Value output = layer.end->getResult(0);
  Tensor result(cast<mlir::RankedTensorType>(output.getType()));
  std::vector<float> &sums = results->front().f;
  if (residual) { // the sum with it is what is rounded, and clamped as the sum's activation asks
    for (auto [sum, added] : zip_equal(sums, dequantize(residual->i, layer.residual)))
      sum += added;
    auto conv = dyn_cast<Conv2DOp>(layer.end);
    auto transform = dyn_cast<OutputTransformOp>(layer.end);
    int64_t lo = conv ? conv.getRequant()->getLo() : int64_t(transform.getLo());
    int64_t hi = conv ? conv.getRequant()->getHi() : int64_t(transform.getHi());
    result.i = quantize(sums, output);
    for (int32_t &value : result.i)
      value = int32_t(std::clamp<int64_t>(value, lo, hi));
    return result;
  }
  result.i = quantize(sums, output);
  return result;
}

/// All outputs, for who asked for them.
Error Measurer::show(size_t layer, size_t position, ArrayRef<Tensor> results) const {
  std::vector<std::vector<float>> values;
  for (auto [tensor, result] : zip_equal(results, integerResults))
    values.push_back(tensor.isFloat() ? tensor.f : dequantize(tensor.i, result));
  return onOutputs(layer, position, values);
}

Expected<std::vector<Measurer::Answer>> Measurer::measure(size_t position, size_t image) {
  std::vector<float> input;
  Expected<std::vector<float>> wanted = runFloat(image, input);
  if (!wanted)
    return wanted.takeError();
  Tensor argument(cast<mlir::RankedTensorType>(integerInput.getType()));
  argument.i = quantize(input, integerInput);
  // Taps are large and nobody reads them outside of their layer.
  std::map<mlir::Operation *, Tensor> kept;
  auto keep = [&](mlir::Operation *op, const Tensor &tensor) {
    if (!isa<InputTransformOp, TapMatmulOp>(op))
      kept.emplace(op, tensor);
  };
  if (auto results = integers.run(argument, keep); !results)
    return results.takeError();
  auto compare = [&](const Tensor &outputs) {
    Answer answer;
    std::vector<float> numbers = outputs.isFloat() ? outputs.f : dequantize(outputs.i, integerResult);
    answer.outputs.add(*wanted, numbers);
    answer.largest = argmax<float>(numbers);
    return answer;
  };
  std::vector<Answer> found = {compare(kept.at(integerResult.getDefiningOp()))};
  for (auto [l, layer] : enumerate(layers)) {
    mlir::Operation *source = layer.input.getDefiningOp();
    const Tensor *residual = layer.residual ? &kept.at(layer.residual.getDefiningOp()) : nullptr;
    Expected<Tensor> replaced = leaveOut(layer, source ? kept.at(source) : argument, residual);
    if (!replaced)
      return replaced.takeError();
    Answer outputs;
    if (layer.end == integerResult.getDefiningOp())
      outputs = compare(*replaced);
    auto observe = [&](mlir::Operation *op, const Tensor &tensor) {
      if (op == integerResult.getDefiningOp())
        outputs = compare(tensor);
    };
    auto earlier = [&](mlir::Operation *op) -> const Tensor * {
      auto known = kept.find(op);
      return known == kept.end() ? nullptr : &known->second;
    };
    auto results = integers.rerunAfter(argument, layer.end, *replaced, earlier, observe);
    if (!results)
      return results.takeError();
    if (onOutputs)
      if (Error error = show(l, position, *results))
        return std::move(error);
    found.push_back(outputs);
  }
  return found;
}

Expected<AllButOne> measureAllButOne(mlir::func::FuncOp floatMain, Runner &runner, mlir::func::FuncOp integerMain,
                                     ImageSource &images, ArrayRef<size_t> indices, unsigned threads,
                                     function_ref<void(size_t, size_t)> progress, LeftOutObserver onOutputs) {
  Expected<Interpreter> integers = Interpreter::create(integerMain);
  if (!integers)
    return integers.takeError();
  if (!comparedResult(integerMain).getDefiningOp())
    return createStringError("expected outputs that layers make, got an input");
  Measurer measurer(floatMain, runner, integerMain, images, std::move(*integers), onOutputs);
  if (Error error = measurer.addLayers(floatMain, integerMain))
    return std::move(error);
  auto outputs = measureEach<std::vector<Measurer::Answer>>(
      indices.size(), threads, [&](size_t i) { return measurer.measure(i, indices[i]); }, progress);
  if (!outputs)
    return outputs.takeError();
  AllButOne result;
  for (const Layer &layer : measurer.layers)
    result.without.emplace_back(layer.node, Energy());
  result.classes.resize(result.without.size());
  for (const std::vector<Measurer::Answer> &image : *outputs) {
    result.all.add(image[0].outputs);
    for (size_t l = 0; l < result.without.size(); ++l) {
      result.without[l].second.add(image[l + 1].outputs);
      result.classes[l].push_back(image[l + 1].largest);
    }
  }
  return result;
}

} // namespace wino
