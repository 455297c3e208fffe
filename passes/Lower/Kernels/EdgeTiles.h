// EdgeTiles: what a Winograd layer does where tiles leave the map. Straight-line vector code, since compilers turn
// loops that copy a few vectors into calls that cost more than the copy.
#ifndef WINO_LOWER_KERNELS_EDGETILES_H
#define WINO_LOWER_KERNELS_EDGETILES_H

#include "Lower/Kernels/Kernel.h"
#include "Lower/Kernels/Layout.h"

namespace wino {

/// Pixels [first, end) of a tile's row or column that lie in the map wherever the tile is.
struct SafePixels {
  int64_t first, end;
};
/// For tiles of `n` pixels every `step` pixels, the first `pad` pixels before a map of `extent`, `count` of them.
SafePixels safePixels(int64_t n, int64_t step, int64_t pad, int64_t extent, int64_t count);

/// Copies the high x wide pixels from pixel (y, x) on, zeros for those outside the map, to a dense patch. `image`: the
/// map's first pixel, whole vectors per pixel.
struct EdgeWindow {
  int64_t high, wide;
  SafePixels rows, columns;
};
void emitEdgeWindow(Kernel &k, const Layout &map, const EdgeWindow &window, mlir::Value image, mlir::Value y,
                    mlir::Value x, mlir::Value patch);

/// Copies `bytes` bytes, a multiple of 16.
void emitCopyPixel(Kernel &k, mlir::Value to, mlir::Value from, int64_t bytes);

} // namespace wino

#endif
