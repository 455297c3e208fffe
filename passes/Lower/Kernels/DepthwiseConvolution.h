// Depthwise convolution: one filter per channel, sixteen channels at a time.
#ifndef WINO_LOWER_KERNELS_DEPTHWISECONVOLUTION_H
#define WINO_LOWER_KERNELS_DEPTHWISECONVOLUTION_H

#include "Lower/Kernels/Convolution.h"
#include "wino/Numerics/NarrowSums.h"

namespace wino {

/// Rows of the input wait in a ring of padded rows, as many as a window has, of `channels` channels of each pixel.
/// Shared by strips of output rows, or by blocks of channels.
struct DepthwiseBlocking {
  int64_t channels;    // at a time, a multiple of 16 that divides the channels of a pixel
  int64_t rows, width; // of the ring, in pixels
  int64_t rowBytes() const { return width * channels; }
  int64_t ringBytes() const { return rows * rowBytes(); }
  int64_t stripRows = 0; // output rows per piece
  Split split;
  int64_t scratchBytes() const { return split.isShared() ? split.workers * split.ownBytes : ringBytes(); }
};
DepthwiseBlocking depthwiseBlocking(const Layout &input, const Layout &output, int64_t kernelHeight,
                                    int64_t kernelWidth, llvm::ArrayRef<int64_t> strides,
                                    llvm::ArrayRef<int64_t> dilations, int64_t workers = 1);

/// Taps of a window, all of which are written out.
constexpr int64_t maxDepthwiseTaps = 64;

/// True if the layer has one filter per channel, its pixels are whole vectors, and its window is of a size that pays.
bool isDepthwise(Conv2DOp op);

struct DepthwiseConvolution {
  Layout input, output;
  bool inputUnsigned;
  int64_t kernelHeight, kernelWidth;
  llvm::SmallVector<int64_t> strides, pads, dilations;
  int64_t pre;
  Narrowing narrowing;
  DepthwiseBlocking blocking;
  std::vector<llvm::SmallVector<int64_t>> parts; // partsOf16Bits of all channels
};

/// Emits the layer, or what a worker does of it. filters: i8 [16 channels][tap][channel]; bias, multipliers: i32 per
/// channel. An unsigned input x is used as x - 128, one bit flipped on its way into the ring; the bias holds 128 * sum
/// of weights.
void emitDepthwiseConvolution(Kernel &k, const Isa &isa, const DepthwiseConvolution &conv, mlir::Value input,
                              mlir::Value output, mlir::Value filters, mlir::Value bias, mlir::Value multipliers,
                              mlir::Value scratch, const Part &part = {});

} // namespace wino

#endif
