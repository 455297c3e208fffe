// Float kernels of libraries, on dense N, H, W, C maps. Sums run in the order of Reference/FloatOps.h, products are
// fused: the same bits as the interpreter's, whatever the width of vectors.
#ifndef WINO_LOWER_KERNELS_FLOATLAYERS_H
#define WINO_LOWER_KERNELS_FLOATLAYERS_H

#include "Lower/Kernels/FloatMachine.h"
#include "Lower/Kernels/Isa.h"
#include "Lower/Kernels/Layout.h"

#include <limits>

namespace wino {

/// A convolution with bias and activation, or a matrix product as a convolution of one row of pixels.
struct FloatLayer {
  int64_t batch, channels, height, width; // of the input
  int64_t outputs, outHeight, outWidth;
  int64_t kernelHeight, kernelWidth, groups;
  llvm::SmallVector<int64_t> strides, pads, dilations;
  ActivationAttr activation;                                // may be null
  int64_t inputBytes = 4, filterBytes = 4, outputBytes = 4; // of an element

  static FloatLayer of(Conv2DOp op);
  static FloatLayer of(FullyConnectedOp op);

  int64_t inputsPerGroup() const { return channels / groups; }
  int64_t outputsPerGroup() const { return outputs / groups; }
  bool isDepthwise() const { return groups > 1 && groups == channels && groups == outputs; }
  bool isPadded() const {
    return llvm::any_of(pads, [](int64_t pad) { return pad > 0; });
  }
  int64_t paddedHeight() const { return height + pads[0] + pads[2]; }
  int64_t paddedWidth() const { return width + pads[1] + pads[3]; }
  /// Whether an image is copied first, with its padding and as f32.
  bool copiesImage() const { return isPadded() || inputBytes != 4; }
  /// Bytes of that copy, 0 for none.
  int64_t imageBytes() const {
    double bytes = double(paddedHeight()) * double(paddedWidth()) * double(channels) * 4;
    return !copiesImage() ? 0
           : bytes < 9e18 ? int64_t(bytes)
                          : std::numeric_limits<int64_t>::max(); // the arena refuses it
  }
  /// The copy, filters of a block of columns as f32 where they are stored in halves, and the sums of a register block.
  int64_t scratchBytes() const;
  int64_t filterBlockBytes(const FloatForm &form) const;
  /// Whether halves of a filter become f32 once for many blocks of pixels; a single block reads them as they are.
  bool widensFilter(const FloatForm &form) const;
  /// All that the code depends on.
  std::string key() const;
};

/// Register blocks: `pixels` of one row x `vectors` of output channels.
struct FloatBlocking {
  int64_t lanes, pixels, vectors;
  int64_t columns() const { return lanes * vectors; }
};
constexpr int64_t mostSums = 72; ///< floats of a register block whose sums go through memory
FloatBlocking floatBlocking(const FloatLayer &layer, const FloatForm &form);

/// Filters as emitFloatLayer reads them: per group and block of columns [kernel row][kernel column][channel][column],
/// then the biases, each block padded with zeros to whole vectors. Depthwise: [kernel row][kernel column][channel].
std::vector<float> packFloatFilter(const FloatLayer &layer, const FloatForm &form, llvm::ArrayRef<float> filter);
std::vector<float> packFloatBias(const FloatLayer &layer, const FloatForm &form, llvm::ArrayRef<float> bias);

void emitFloatLayer(Kernel &k, const FloatForm &form, const FloatLayer &layer, mlir::Value input, mlir::Value output,
                    mlir::Value filter, mlir::Value bias, mlir::Value scratch);

/// Windowed maximum or mean.
struct FloatWindow {
  llvm::SmallVector<int64_t> input, output; // shapes, NCHW
  llvm::SmallVector<int64_t> kernel, strides, pads;
  bool average, countPadding;
  int64_t inputBytes = 4, outputBytes = 4; // of an element
};
void emitFloatWindow(Kernel &k, const FloatForm &form, const FloatWindow &window, mlir::Value input,
                     mlir::Value output);

/// Mean or maximum over some dimensions, in logical order. `extents`, `from`: all dimensions of the input and their
/// strides in bytes; `to`: strides of the output, where a dimension is kept.
struct FloatReduction {
  llvm::SmallVector<int64_t> extents, from, to;
  llvm::SmallVector<bool> isReduced;
  bool isMean;
  int64_t inputBytes = 4, outputBytes = 4; // of an element
};
void emitFloatReduction(Kernel &k, const FloatForm &form, const FloatReduction &reduction, mlir::Value input,
                        mlir::Value output);

/// Softmax along dimension `axis`; results have four bytes.
void emitFloatSoftmax(Kernel &k, const FloatForm &form, const Layout &input, const Layout &output, int64_t axis,
                      mlir::Value from, mlir::Value to);

/// Stored integers of one or two bytes times `scale`, from one layout to a dense one.
void emitDequantize(Kernel &k, const FloatForm &form, const Layout &from, const Layout &to, bool isUnsigned,
                    float scale, mlir::Value input, mlir::Value output);

/// clamp(floor(x inverse + 1/2), lo, hi) as bytes, from a dense layout to another; NaN is the lowest.
void emitQuantize(Kernel &k, const FloatForm &form, const Layout &from, const Layout &to, float inverse, int64_t lo,
                  int64_t hi, mlir::Value input, mlir::Value output);

/// The width of vectors that fits, in order: for (i = 0; i < count; i += lanes) body(i, lanes), the rest one by one
/// (lanes = 0: no vector).
void forLanes(Kernel &k, int64_t count, int64_t lanes, llvm::function_ref<void(mlir::Value, int64_t)> body);
/// The same with four vectors at a time while they last, which hide each other's latencies on an in-order core.
void forVectors(Kernel &k, int64_t count, int64_t lanes, llvm::function_ref<void(mlir::Value, int64_t)> body);
/// f32 or a vector of `lanes` of them.
inline mlir::Type floatType(Kernel &k, int64_t lanes) { return lanes ? mlir::Type(k.vec(lanes, k.f32())) : k.f32(); }

} // namespace wino

#endif
