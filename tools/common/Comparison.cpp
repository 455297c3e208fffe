// Running two networks side by side, images spread over threads, sums taken in the order of the images.
#include "Comparison.h"

#include "Interpret.h"
#include "Network.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/Parallel.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>

using namespace llvm;

namespace wino {

Error parallelFor(size_t count, unsigned threads, function_ref<Error(unsigned, size_t)> work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::map<size_t, std::string> failures;
  auto loop = [&](unsigned thread) {
    for (size_t i = next++; i < count; i = next++) {
      Error error = work(thread, i);
      if (!error)
        continue;
      std::lock_guard<std::mutex> lock(mutex);
      failures[i] = toString(std::move(error));
      next = count;
    }
  };
  onThreads(unsigned(std::min<size_t>(threads, count)), loop);
  return failures.empty() ? Error::success() : createStringError(failures.begin()->second);
}

namespace {

/// The two networks on one image.
struct ImageResult {
  Energy outputs;
  std::vector<float> errors;
  std::pair<size_t, size_t> classes;
  std::map<std::string, Energy> layers;
  std::map<std::string, Magnitudes> magnitudes; ///< none unless they are asked for
  Magnitudes outputMagnitudes;
};

class Comparer {
public:
  Comparer(mlir::func::FuncOp floatMain, mlir::func::FuncOp integerMain, ImageSource &images, Runner &runner,
           const IntegerNetwork &integers, SplitMagnitudes split, OutputsObserver onOutputs)
      : split(split), images(images), runner(runner), integers(integers), onOutputs(onOutputs),
        floatResults(floatMain.getBody().front().getTerminator()->getOperands()),
        integerResults(integerMain.getBody().front().getTerminator()->getOperands()),
        floatResult(comparedResult(floatMain)), integerResult(comparedResult(integerMain)),
        integerInput(integerMain.getArgument(0)) {}

  /// The image at a position of those that are compared.
  Expected<ImageResult> compare(size_t position, size_t image);

private:
  using Tensors = std::map<std::string, std::vector<float>>;
  Error runFloat(size_t image, std::vector<float> &input, Tensors &tensors);
  Error show(size_t position, Tensors &tensors, ArrayRef<std::vector<int32_t>> outputs);

  SplitMagnitudes split;
  ImageSource &images;
  Runner &runner;
  const IntegerNetwork &integers;
  OutputsObserver onOutputs;
  std::mutex mutex; ///< of images and runner; the interpreter takes most of the time
  mlir::OperandRange floatResults, integerResults;
  mlir::Value floatResult, integerResult, integerInput;
};

} // namespace

Error Comparer::runFloat(size_t image, std::vector<float> &input, Tensors &tensors) {
  std::lock_guard<std::mutex> lock(mutex);
  input.resize(images.elements());
  if (Error error = images.load(image, input.data()))
    return error;
  return runner.run(
      input, [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t>) { tensors[name.str()] = values.vec(); });
}

/// All outputs, for who asked for them.
Error Comparer::show(size_t position, Tensors &tensors, ArrayRef<std::vector<int32_t>> outputs) {
  std::vector<std::vector<float>> floats, values;
  for (auto [r, result] : enumerate(integerResults)) {
    floats.push_back(tensors[tensorName(floatResults[r])]);
    values.push_back(dequantize(outputs[r], result));
  }
  return onOutputs(position, floats, values);
}

Expected<ImageResult> Comparer::compare(size_t position, size_t image) {
  std::vector<float> input;
  Tensors tensors;
  if (Error error = runFloat(image, input, tensors))
    return std::move(error);
  for (float value : tensors[tensorName(floatResult)])
    if (!std::isfinite(value))
      return createStringError(images.name(image) +
                               ": expected finite outputs of the float network, got NaN or infinity");
  ImageResult result;
  bool compared = false;
  auto observe = [&](mlir::Operation *op, const Tensor &tensor) {
    mlir::Value value = op->getResult(0);
    bool isResult = value == integerResult;
    auto found = tensors.find(isResult ? tensorName(floatResult) : tensorName(value));
    bool isCounted = tensor.isFloat() || quantizedType(value);
    if (!isCounted || found == tensors.end() || found->second.size() != size_t(tensor.elements()))
      return;
    Energy energy;
    std::vector<float> integers = tensor.isFloat() ? tensor.f : dequantize(tensor.i, value);
    energy.add(found->second, integers);
    result.layers[tensorName(value)] = energy; // of several ops of one node the last one counts
    if (split == SplitMagnitudes::Yes) {
      Magnitudes magnitudes;
      magnitudes.add(found->second, integers,
                     tensor.isFloat() ? found->second : dequantize(quantize(found->second, value), value));
      if (isResult)
        result.outputMagnitudes = magnitudes;
      result.magnitudes[tensorName(value)] = std::move(magnitudes);
    }
    if (isResult) {
      compared = true;
      result.outputs = energy;
      for (auto [f, i] : zip_equal(found->second, integers))
        result.errors.push_back(f - i);
      result.classes = {argmax<float>(found->second), argmax<float>(integers)};
    }
  };
  auto outputs = integers.run(quantize(input, integerInput), observe);
  if (!outputs)
    return outputs.takeError();
  if (!compared)
    return createStringError("expected integers of the output '" + tensorName(floatResult) +
                             "' to compare with its floats, got none");
  if (onOutputs)
    if (Error error = show(position, tensors, *outputs))
      return std::move(error);
  return result;
}

namespace {

/// Sums over images, in their order.
struct Sums {
  Comparison comparison;
  std::map<std::string, Energy> layers;
  std::map<std::string, Magnitudes> magnitudes;

  void add(const ImageResult &result) {
    comparison.outputs.add(result.outputs);
    comparison.images.push_back(result.outputs);
    comparison.classes.push_back(result.classes);
    comparison.errors.resize(result.errors.size());
    for (auto [moments, error] : zip_equal(comparison.errors, result.errors))
      moments.add(error);
    comparison.outputMagnitudes.add(result.outputMagnitudes);
    for (const auto &[name, energy] : result.layers)
      layers[name].add(energy);
    for (const auto &[name, split] : result.magnitudes)
      magnitudes[name].add(split);
  }
};

} // namespace

/// Results of this many images are in memory at a time: histograms of all layers are large.
static constexpr size_t imagesAtOnce = 32;

Expected<Comparison> compareNetworks(mlir::func::FuncOp floatMain, Runner &runner, mlir::func::FuncOp integerMain,
                                     ImageSource &images, const std::vector<size_t> &indices, unsigned threads,
                                     function_ref<void(size_t, size_t)> progress, SplitMagnitudes split,
                                     OutputsObserver onOutputs) {
  Expected<IntegerNetwork> integers = IntegerNetwork::create(integerMain);
  if (!integers)
    return integers.takeError();
  Comparer comparer(floatMain, integerMain, images, runner, *integers, split, onOutputs);
  Sums sums;
  for (size_t first = 0; first < indices.size(); first += imagesAtOnce) {
    auto shown = [&](size_t done, size_t) {
      if (progress)
        progress(first + done, indices.size());
    };
    auto results = measureEach<ImageResult>(
        std::min(imagesAtOnce, indices.size() - first), threads,
        [&](size_t i) { return comparer.compare(first + i, indices[first + i]); }, shown);
    if (!results)
      return results.takeError();
    for (const ImageResult &result : *results)
      sums.add(result);
  }
  integerMain.walk([&](mlir::Operation *op) {
    auto found = op->getNumResults() ? sums.layers.find(tensorName(op->getResult(0))) : sums.layers.end();
    if (found == sums.layers.end())
      return;
    sums.comparison.layers.push_back(*found);
    if (split == SplitMagnitudes::Yes)
      sums.comparison.magnitudes.emplace_back(found->first, std::move(sums.magnitudes[found->first]));
    sums.layers.erase(found);
  });
  return std::move(sums.comparison);
}

} // namespace wino
