// Blocking: sizes of the x86 kernels' blocks and scratch. PlanArena (target=x86-64) and the kernels share it.
#ifndef WINO_LOWER_LOWERTOX86_BLOCKING_H
#define WINO_LOWER_LOWERTOX86_BLOCKING_H

#include "Lower/Kernels/Layout.h"

namespace wino::avx2 {

/// Direct convolution of one group. Some rows of output pixels (or, where a row alone is too large, some pixels of a
/// row) at a time: the input that they see is widened to i16 in a band with the padding around it, and pixels are taken
/// by their number in the band.
struct DirectBlocks {
  bool linear;                 // 1x1 on whole pixels: the map is one row
  int64_t inHeight, inWidth;   // pixels of an image as it is used
  int64_t outHeight, outWidth; //
  int64_t rows, width;         // output pixels per band: rows x width
  int64_t bandRows, bandWidth; // input pixels
  int64_t bandRowBytes;        //
  int64_t registerRows;        // pixels of a register block
  int64_t scratchBytes;        // of all workers
  Split split;                 // by bands, or by 16 channels
};
struct DirectShape {
  Layout input, output;
  int64_t kernelHeight, kernelWidth;
  llvm::ArrayRef<int64_t> strides, pads, dilations;
};
DirectBlocks directBlocks(const DirectShape &shape, int64_t workers = 1);
/// Whether a band of the layer is of a size that pays: one with all rows of a widely dilated window is not.
bool ownsDirect(const DirectShape &shape);

/// Winograd convolution with products of 32 bits. `tiles` tiles at a time: a band of n rows of the padded map per row
/// of tiles, U [tap][tile][depth] i16, then for every sixteen output channels O [tile][tap][16] i32.
struct WinogradBlocks {
  int64_t tiles;                 // a multiple of registerRows
  int64_t depth, outputChannels; // padded to 16
  int64_t tileRows, tileColumns; // of the map
  int64_t bandRowBytes;
  int64_t tapBytes; // from one tap of U to the next
  bool byteFilters; // i8 in memory; else i16
  int64_t bandBytes, patchBytes, columnBytes, uBytes, oBytes, scratchBytes;
  int64_t residualPatchBytes = 0; // behind the patch, 0 without a residual
  int64_t registerRows;           // tiles of a register block
  Split split;                    // by blocks of tiles; or block after block by tiles, then by 16 channels, U shared
};
WinogradBlocks winogradBlocks(const TileSpec &spec, const Layout &input, const Layout &output, int64_t workers = 1,
                              bool hasResidual = false);

/// Scratch bytes of one op's kernel, as wino::scratchBytes.
int64_t scratchBytes(mlir::Operation *op, int64_t workers = 1);

} // namespace wino::avx2

#endif
