// Winograd convolution with taps in floats, of bytes or of floats: blocks of tiles, U of a block, products tap by tap,
// output. The numbers are those of the interpreter (lib/Reference/FloatTiles.cpp), whatever the width of vectors.
#ifndef WINO_LOWER_KERNELS_FLOATWINOGRAD_H
#define WINO_LOWER_KERNELS_FLOATWINOGRAD_H

#include "Lower/Kernels/Isa.h"
#include "Lower/Kernels/Layout.h"
#include "wino/Numerics/FloatTransform.h"

namespace wino {

struct FloatWinograd {
  FloatTransform transform;
  TileSpec tile;
  Layout input, output;
  bool inputUnsigned;
  int64_t padTop, padLeft, lo, hi;     ///< lo, hi: of bytes
  ActivationAttr activation;           ///< of floats; may be null
  int64_t depth = 0, outputs = 0;      ///< channels per tap row of U, of O: padded to 8 and to 16
  int64_t unit = 0;                    ///< bytes of one element of U and V
  int64_t rows = 0;                    ///< tiles of a register block: 8, or 4 where there are no more
  int64_t tiles = 0, tileCount = 0;    ///< of a block, a multiple of `rows`; of the layer
  int64_t inputTap = 0, outputTap = 0; ///< bytes from one tap of U, of O, to the next
  /// Offsets in a worker's scratch, behind the input's patch, and its size.
  int64_t outputPatch = 0, middle = 0, u = 0, o = 0, own = 0;
  Split split = {}; ///< by blocks of tiles

  /// Fails where the tile gives no algorithm.
  static llvm::Expected<FloatWinograd> of(FloatTilesOp op, int64_t workers);
  bool isFloat() const { return input.isFloat; }
  /// Floats lie without room between pixels: of other counts of channels, tiles are gathered into a patch that has it.
  bool gathersAll() const { return input.isFloat && input.channels() % 8 != 0; }
  int64_t patchPixel() const { return gathersAll() ? depth * input.elementBytes : input.channelStride; }
  /// Whether both passes of a transform are loops, with what is between them in memory: code of large tiles in one
  /// piece is long and spills.
  bool hasLoops() const { return tile.taps() > 36; }
  int64_t scratchBytes() const { return own * split.workers; }
  /// Output channels of a register block.
  int64_t columns(const FloatForm &form) const {
    if (transform.sumsHalves)
      return form.multipliesHalves ? 16 : form.lanes;
    return form.lanes * (form.lanes == 4 && rows == 4 ? 4 : 2);
  }
  /// All that the code depends on.
  std::string key() const;
};

/// V [tap][output][input] as emitFloatWinograd reads it: [tap][block of columns][input][column], zeros where there is
/// no channel, binary32 or binary16.
std::vector<char> packFloatTaps(const FloatWinograd &conv, const FloatForm &form, llvm::ArrayRef<float> filter);

/// Emits the layer, or some blocks of its tiles. factors: scale and offset per padded output channel, f32, all scales
/// first.
void emitFloatWinograd(Kernel &k, const FloatForm &form, const FloatWinograd &conv, mlir::Value input,
                       mlir::Value output, mlir::Value filter, mlir::Value factors, mlir::Value scratch,
                       const Part &part = {});

} // namespace wino

#endif
