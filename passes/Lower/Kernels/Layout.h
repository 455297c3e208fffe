// Layout: where the elements of a logical (NCHW) tensor lie in memory, and which scratch a layer's kernel needs.
// PlanArena and the kernels share it, so that offsets and code cannot disagree.
#ifndef WINO_LOWER_KERNELS_LAYOUT_H
#define WINO_LOWER_KERNELS_LAYOUT_H

#include "Lower/Kernels/Split.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/IR/TypeUtilities.h"

namespace wino {

/// Rank 4: N, H, W, C with `channelStride` bytes per pixel, C for the network's inputs and outputs, inside it a
/// multiple of 16: C rounded up, or that of the concat that the map is a part of. Other ranks: row-major, dense.
/// Elements are one byte; in the head of a network (Dialect/Head.h) two. Floats have four or, stored in halves, two,
/// and no room between pixels.
struct Layout {
  llvm::SmallVector<int64_t> shape;   // logical extents
  llvm::SmallVector<int64_t> strides; // bytes per step of each logical dimension
  int64_t channelStride = 0;          // rank 4 only, in bytes
  int64_t elementBytes = 1;
  int64_t bytes = 0;
  bool isFloat = false;

  static Layout internal(mlir::Value value);
  static Layout external(mlir::Value value);
  bool isImage() const { return shape.size() == 4; }
  int64_t batch() const { return shape[0]; }
  int64_t channels() const { return shape[1]; }
  int64_t height() const { return shape[2]; }
  int64_t width() const { return shape[3]; }
  int64_t rowStride() const { return strides[2]; }
  int64_t imageStride() const { return strides[0]; }
};

/// Where a map lies that its producer writes straight into the result of the only concat that reads it.
struct ConcatPlace {
  ConcatOp concat;
  int64_t channel; // of the concat's result, the map's first
};
/// Nothing for most values. Maps of 16, 32, ... channels behind as many, made by convolutions and max pools.
std::optional<ConcatPlace> placeInConcat(mlir::Value value);

constexpr int64_t roundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Blocking of a direct convolution's gathered patches: `pixels` rows of `depth` bytes (K order: kernel row, column,
/// channel) at a time, over the pixels of one group of an image, row after row. Shared by blocks of pixels, or by
/// `pieceChannels` output channels.
struct DirectBlocking {
  int64_t depth, pixels;
  int64_t pieceChannels = 0; // a multiple of 4 that divides the channels stored by fours; 0: blocks of pixels
  int64_t scratchBytes = 0;  // of one worker, a multiple of 64 if there are several
};
/// `wholeChannels`: output channels of a group that are stored four at a time.
DirectBlocking directBlocking(const Layout &input, int64_t kernelHeight, int64_t kernelWidth, int64_t groups,
                              int64_t outputPixels, int64_t outputChannels, int64_t wholeChannels, int64_t workers = 1);
/// Output channels of a group that are stored in whole blocks of `columns`. Inside the network an image has room for
/// whole vectors; groups have not, nor have results of the network (`exactStores`).
int64_t wholeChannels(int64_t outputChannels, int64_t groups, bool exactStores, int64_t columns = 4);

/// Blocking of a Winograd convolution: `tiles` tiles at a time, of which U is made once, and `channels` output channels
/// at a time, in `rows` x `columns` register blocks.
struct WinogradBlocking {
  int64_t tiles;               // per block, a multiple of `rows`
  int64_t channels;            // per block, a multiple of 16 that divides outputChannels
  int64_t rows, columns;       // register block of the tap products: tiles x output channels
  int64_t inputDepth;          // channels per tap row of U, padded
  int64_t outputChannels;      // padded
  int64_t productBytes;        // of one element of O
  int64_t inputTap, outputTap; // bytes from one tap of U, of O, to the next
  int64_t inputPatchBytes, outputPatchBytes, columnBytes, uBytes, oBytes;
  int64_t residualPatchBytes = 0; // behind that of the output, 0 without a residual
  int64_t scratchBytes;
  Split split; // by blocks of tiles; or block after block, U of it by tiles, the rest by channels (and tiles), U shared
  int64_t pieceTiles = 0; // of the rest: tiles per piece, a multiple of `rows`, numbered before blocks of channels
};
WinogradBlocking winogradBlocking(const TileSpec &spec, const Layout &input, const Layout &output, int64_t tileCount,
                                  int64_t productBytes, int64_t workers = 1, bool hasResidual = false);

/// Bytes from one tap of U or O to the next, at least `bytes`, so that transforms, which walk all taps at once, keep
/// their lines in L1.
int64_t tapDistance(int64_t bytes, int64_t taps);

/// A batch of vectors as an image one pixel wide, its rows the vectors.
Layout vectorImage(llvm::ArrayRef<int64_t> shape);

/// Bytes of one element of the products that an output transform reads.
int64_t productBytes(OutputTransformOp op);

/// True if the value is an argument of the function (external layout).
inline bool isArgument(mlir::Value value) { return mlir::isa<mlir::BlockArgument>(value); }

/// True if a reshape moves no byte, so that its result shares its input's memory in the arena.
bool isFreeReshape(mlir::Value from, mlir::Value to);

/// Scratch bytes of one op's kernel (0 for most), of all its workers together.
int64_t scratchBytes(mlir::Operation *op, int64_t workers = 1);

} // namespace wino

#endif
