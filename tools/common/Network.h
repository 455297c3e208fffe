// What tools ask of a network in IR: its one image input, its outputs before softmax, and its tensors' way to and from
// caller's memory.
#ifndef WINO_TOOLS_COMMON_NETWORK_H
#define WINO_TOOLS_COMMON_NETWORK_H

#include "wino/Dialect/TensorName.h"
#include "wino/Numerics/FilterRefit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wino {

/// `@main` of a module, or an error.
llvm::Expected<mlir::func::FuncOp> mainFunction(mlir::ModuleOp module);

/// Channels, height and width of the only input, which must be 1 x C x H x W: what images can be fed to.
llvm::Expected<std::array<int64_t, 3>> imageInput(mlir::func::FuncOp main);

/// The first result of `main`, or what goes into the softmax that makes it: softmax hides errors, so SQNR is taken
/// before it.
mlir::Value comparedResult(mlir::func::FuncOp main);

/// How a conv_2d or fully_connected reads its input; channels are those of all groups.
WindowGeometry windowGeometry(mlir::Operation *op);

/// Least and largest result of an op's activation; nothing for one that bends.
std::optional<std::pair<double, double>> activationBounds(mlir::Operation *op);

/// q = clamp(rhu(x / scale)) in the range of the stored type, as the generated header's quantize helper does; NaN gives
/// the lowest q.
std::vector<int32_t> quantize(llvm::ArrayRef<float> values, mlir::Value like);

/// q * scale; of a result in floats, whose bits these are, itself.
std::vector<float> dequantize(llvm::ArrayRef<int32_t> values, mlir::Value like);

/// Elements of a logical N, C, H, W tensor in N, H, W, C order and back; other ranks are copied.
template <typename T>
std::vector<T> toMemoryOrder(llvm::ArrayRef<T> values, llvm::ArrayRef<int64_t> shape, bool isBack = false) {
  std::vector<T> result(values.begin(), values.end());
  if (shape.size() != 4)
    return result;
  size_t channels = size_t(shape[1]), pixels = size_t(shape[2] * shape[3]);
  for (size_t n = 0; n < size_t(shape[0]); ++n)
    for (size_t c = 0; c < channels; ++c)
      for (size_t p = 0; p < pixels; ++p) {
        size_t logical = (n * channels + c) * pixels + p, memory = (n * pixels + p) * channels + c;
        (isBack ? result[logical] : result[memory]) = isBack ? values[memory] : values[logical];
      }
  return result;
}

} // namespace wino

#endif
