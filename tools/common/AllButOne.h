// Quantize all but one: the noise of the network's outputs with every layer as integers except one convolution. The
// complement of a layer's error alone: what the network would gain if that layer made no noise, with the noise of all
// others around it.
#ifndef WINO_TOOLS_COMMON_ALLBUTONE_H
#define WINO_TOOLS_COMMON_ALLBUTONE_H

#include "Accuracy.h"
#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Runner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <utility>
#include <vector>

namespace wino {

struct AllButOne {
  Energy all;                                          ///< of the outputs before softmax, all layers as integers
  std::vector<std::pair<std::string, Energy>> without; ///< node and the same with this convolution in floats
  std::vector<std::vector<size_t>> classes; ///< per layer of `without`: largest output of each image, in their order
};

/// Is given all outputs with a layer of `without` in floats, on the image at a position of the indices, by several
/// threads at once.
using LeftOutObserver =
    llvm::function_ref<llvm::Error(size_t layer, size_t position, llvm::ArrayRef<std::vector<float>> outputs)>;

/// The convolution left out is computed in binary32, with the filter and activation that `floatMain` has, from the
/// integers that it reads; its result is rounded to the 8 bits of its tensor and the integers go on from there.
/// `runner` runs the float network. Sums are taken in the order of `indices`; the result does not depend on `threads`.
llvm::Expected<AllButOne> measureAllButOne(mlir::func::FuncOp floatMain, Runner &runner, mlir::func::FuncOp integerMain,
                                           ImageSource &images, llvm::ArrayRef<size_t> indices, unsigned threads,
                                           llvm::function_ref<void(size_t done, size_t total)> progress = nullptr,
                                           LeftOutObserver onOutputs = nullptr);

} // namespace wino

#endif
