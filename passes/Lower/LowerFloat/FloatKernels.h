// Float kernels for the build host: simple, vectorised across pixels or outputs so that every sum keeps one order.
#ifndef WINO_LOWER_LOWERFLOAT_FLOATKERNELS_H
#define WINO_LOWER_LOWERFLOAT_FLOATKERNELS_H

#include "Lower/Kernels/FloatMachine.h"
#include "wino/Dialect/Winograd.h"

namespace wino {

/// Row-major strides in elements.
llvm::SmallVector<int64_t> denseStrides(llvm::ArrayRef<int64_t> shape);

struct FloatConvolution {
  llvm::SmallVector<int64_t> input, output, filter; // shapes NCHW, NCHW, FCRS
  llvm::SmallVector<int64_t> strides, pads, dilations;
  int64_t groups;
  ActivationAttr activation; // may be null

  int64_t paddedHeight() const { return input[2] + pads[0] + pads[2]; }
  /// Row pitch of the padded copy, with room for whole vectors.
  int64_t paddedWidth() const { return input[3] + pads[1] + pads[3] + 16; }
  int64_t scratchBytes() const { return (input[1] * paddedHeight() * paddedWidth() + 64) * 4; }
  /// All that the code depends on: layers of equal keys can share a kernel.
  std::string key() const;
};
void emitFloatConvolution(Kernel &k, const FloatConvolution &conv, mlir::Value input, mlir::Value output,
                          mlir::Value filter, mlir::Value bias, mlir::Value scratch);

/// filter is C_in x C_out (transposed), so that outputs are lanes.
void emitFloatFullyConnected(Kernel &k, int64_t rows, int64_t inputs, int64_t outputs, ActivationAttr activation,
                             mlir::Value input, mlir::Value output, mlir::Value filter, mlir::Value bias);

/// Windowed maximum or mean.
struct FloatPool {
  llvm::SmallVector<int64_t> input, output, kernel, strides, pads;
  bool average, countPadding;
};
void emitFloatPool(Kernel &k, const FloatPool &pool, mlir::Value input, mlir::Value output);

} // namespace wino

#endif
