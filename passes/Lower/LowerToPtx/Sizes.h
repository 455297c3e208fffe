// Sizes: extents of the scratch of a device's kernels. PlanArena and the kernels share it.
#ifndef WINO_LOWER_LOWERTOPTX_SIZES_H
#define WINO_LOWER_LOWERTOPTX_SIZES_H

#include "Lower/Kernels/Layout.h"

namespace wino::ptx {

/// The stages of a Winograd layer are launches of their own, so U and O of all tiles lie in memory: U
/// [tap][tile][depth] i8 or i16, O [tap][tile][outputs] of `productBytes`.
struct WinogradSizes {
  int64_t tiles;          // of all images
  int64_t depth, outputs; // channels, padded to 16
  int64_t unit;           // bytes of an element of U
  int64_t productBytes;
  int64_t uTap, oTap; // bytes from tap to tap
  int64_t oOffset;    // of O in the scratch, behind U
  int64_t scratchBytes;
};
WinogradSizes winogradSizes(const TileSpec &spec, const Layout &input, const Layout &output, int64_t productBytes);

/// Whether a name of --target is a device of this folder.
inline bool isDevice(llvm::StringRef target) { return target.starts_with("sm_"); }

/// Scratch bytes of one op's kernels, as wino::scratchBytes.
int64_t scratchBytes(mlir::Operation *op);

} // namespace wino::ptx

#endif
