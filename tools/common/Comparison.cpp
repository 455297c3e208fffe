// Running two networks side by side, images spread over threads, sums taken in the order of the images.
#include "Comparison.h"

#include "FloatRunner.h"
#include "Interpret.h"
#include "Network.h"
#include "wino/Dialect/Winograd.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

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
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads && thread < count; ++thread)
    others.emplace_back(loop, thread);
  loop(0);
  for (std::thread &other : others)
    other.join();
  return failures.empty() ? Error::success() : createStringError(failures.begin()->second);
}

namespace {

/// The two networks on one image.
struct ImageResult {
  Energy outputs;
  std::map<std::string, Energy> layers;
};

class Comparer {
public:
  Comparer(mlir::func::FuncOp floatMain, mlir::func::FuncOp integerMain, ImageSource &images)
      : floatMain(floatMain), integerMain(integerMain), images(images), floatResult(comparedResult(floatMain)),
        integerResult(comparedResult(integerMain)) {}

  Expected<ImageResult> compare(Runner &runner, size_t image);

private:
  mlir::func::FuncOp floatMain, integerMain;
  ImageSource &images;
  std::mutex imageMutex;
  mlir::Value floatResult, integerResult;
};

} // namespace

Expected<ImageResult> Comparer::compare(Runner &runner, size_t image) {
  std::vector<float> input(images.elements());
  {
    std::lock_guard<std::mutex> lock(imageMutex);
    if (Error error = images.load(image, input.data()))
      return error;
  }
  std::map<std::string, std::vector<float>> tensors;
  auto keep = [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t>) { tensors[name.str()] = values.vec(); };
  if (Error error = runner.run(input, keep))
    return error;
  ImageResult result;
  auto observe = [&](mlir::Value value, ArrayRef<int32_t> values) {
    bool isResult = value == integerResult;
    auto found = tensors.find(isResult ? tensorName(floatResult) : tensorName(value));
    if (!quantizedType(value) || found == tensors.end() || found->second.size() != values.size())
      return;
    Energy energy;
    energy.add(found->second, dequantize(values, value));
    if (value.getDefiningOp())
      result.layers[tensorName(value)] = energy;
    if (isResult)
      result.outputs = energy;
  };
  auto outputs = runInteger(integerMain, quantize(input, integerMain.getArgument(0)), observe);
  if (!outputs)
    return outputs.takeError();
  return result;
}

Expected<Comparison> compareNetworks(mlir::func::FuncOp floatMain, mlir::func::FuncOp integerMain, ImageSource &images,
                                     const std::vector<size_t> &indices, unsigned threads,
                                     function_ref<void(size_t, size_t)> progress) {
  std::vector<std::unique_ptr<Runner>> runners;
  for (unsigned thread = 0; thread < threads; ++thread) {
    Expected<std::unique_ptr<Runner>> runner = makeFloatRunner(floatMain);
    if (!runner)
      return runner.takeError();
    runners.push_back(std::move(*runner));
  }
  Comparer comparer(floatMain, integerMain, images);
  std::vector<ImageResult> results(indices.size());
  std::atomic<size_t> done{0};
  auto work = [&](unsigned thread, size_t i) -> Error {
    Expected<ImageResult> result = comparer.compare(*runners[thread], indices[i]);
    if (!result)
      return result.takeError();
    results[i] = std::move(*result);
    size_t now = ++done;
    if (progress && thread == 0)
      progress(now, indices.size());
    return Error::success();
  };
  if (Error error = parallelFor(indices.size(), threads, work))
    return error;
  Comparison comparison;
  std::map<std::string, Energy> sums;
  for (const ImageResult &result : results) {
    comparison.outputs.add(result.outputs);
    for (const auto &[name, energy] : result.layers)
      sums[name].add(energy);
  }
  integerMain.walk([&](mlir::Operation *op) {
    auto found = op->getNumResults() ? sums.find(tensorName(op->getResult(0))) : sums.end();
    if (found == sums.end())
      return;
    comparison.layers.push_back(*found);
    sums.erase(found);
  });
  return comparison;
}

} // namespace wino
