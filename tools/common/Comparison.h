// A float network and its integer form on the same images: how much noise quantization made, in the outputs and in each
// layer.
#ifndef WINO_TOOLS_COMMON_COMPARISON_H
#define WINO_TOOLS_COMMON_COMPARISON_H

#include "Accuracy.h"
#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Runner.h"
#include "wino/Metrics/Magnitudes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace wino {

struct Comparison {
  Energy outputs;                                     ///< of the first result, before softmax
  std::vector<Energy> images;                         ///< the same, per image
  std::vector<Moments> errors;                        ///< float minus integer of each of its elements
  std::vector<std::pair<std::string, Energy>> layers; ///< tensors that both have, in the order of the integer graph
  std::vector<std::pair<size_t, size_t>> classes;     ///< per image: largest output of the floats and of the integers
  std::vector<std::pair<std::string, Magnitudes>> magnitudes; ///< of the layers, where they were asked for
  Magnitudes outputMagnitudes;                                ///< of the outputs, likewise

  /// Peak signal-to-noise ratio of the first result in dB, 10 log10(peak^2 / mean squared error).
  double psnr(double peak) const {
    double elements = double(errors.size()) * double(images.size());
    return 10 * std::log10(peak * peak * elements / outputs.noise);
  }
};

enum class SplitMagnitudes { No, Yes };

/// Is given all outputs of both networks on the image at a position of the indices, by several threads at once.
using OutputsObserver = llvm::function_ref<llvm::Error(size_t position, llvm::ArrayRef<std::vector<float>> floats,
                                                       llvm::ArrayRef<std::vector<float>> integers)>;

/// Runs both on the images with these indices; `runner` runs the float network. The result does not depend on
/// `threads`.
llvm::Expected<Comparison> compareNetworks(mlir::func::FuncOp floatMain, Runner &runner, mlir::func::FuncOp integerMain,
                                           ImageSource &images, const std::vector<size_t> &indices, unsigned threads,
                                           llvm::function_ref<void(size_t done, size_t total)> progress = nullptr,
                                           SplitMagnitudes split = SplitMagnitudes::No,
                                           OutputsObserver onOutputs = nullptr);

/// Calls work(thread, i) for i in [0, count) on up to `threads` threads; the first error, by index, is returned.
llvm::Error parallelFor(size_t count, unsigned threads, llvm::function_ref<llvm::Error(unsigned, size_t)> work);

/// What `measure(i)` finds for i in [0, count), in that order. `progress` is called on the caller's thread only.
template <typename Result, typename Measure>
llvm::Expected<std::vector<Result>> measureEach(size_t count, unsigned threads, Measure measure,
                                                llvm::function_ref<void(size_t done, size_t total)> progress) {
  std::vector<Result> results(count);
  std::atomic<size_t> done{0};
  auto work = [&](unsigned thread, size_t i) -> llvm::Error {
    llvm::Expected<Result> result = measure(i);
    if (!result)
      return result.takeError();
    results[i] = std::move(*result);
    size_t now = ++done;
    if (progress && thread == 0)
      progress(now, count);
    return llvm::Error::success();
  };
  if (llvm::Error error = parallelFor(count, threads, work))
    return std::move(error);
  return results;
}

} // namespace wino

#endif
