// Sizes: forms of a device's kernels and extents of their scratch. PlanArena and the kernels share it.
#ifndef WINO_LOWER_LOWERTOPTX_SIZES_H
#define WINO_LOWER_LOWERTOPTX_SIZES_H

#include "Lower/Kernels/Layout.h"
#include "wino/Target/DeviceModel.h"

namespace wino::ptx {

/// The stages of a Winograd layer are launches of their own, so U and O of all tiles lie in memory: U
/// [tap][tile][depth] i8 or i16, O [tap][tile][outputs] of `productBytes`; or, with the depth in ranges, unscaled sums
/// [range][tap][tile][outputs] i32.
struct WinogradSizes {
  int64_t tiles;          // of all images
  int64_t depth, outputs; // channels, padded to 16
  int64_t unit;           // bytes of an element of U
  int64_t productBytes;
  int64_t ranges, elementBytes; // of O
  bool isFused;                 // no U
  int64_t uTap, oTap, oRange;   // bytes from tap to tap, from range to range
  int64_t oOffset;              // of O in the scratch, behind U
  int64_t scratchBytes;
};
WinogradSizes winogradSizes(const TileSpec &spec, const Layout &input, const Layout &output, int64_t productBytes,
                            int64_t ranges, bool isFused);
DeviceGemm tapGemm(const TileSpec &spec, const WinogradSizes &sizes);

/// The product that a direct layer is on tensor cores; none where those cannot take it: one group, whole vectors of
/// channels, a few pixels at least.
std::optional<DeviceGemm> directGemm(const Layout &input, const Layout &output, int64_t groups, int64_t kernelHeight,
                                     int64_t kernelWidth);

/// Whether a name of --target is a device of this folder.
inline bool isDevice(llvm::StringRef target) { return target.starts_with("sm_"); }

/// Of the sums of a direct layer whose depth is in ranges: [range][pixel][channel, padded to 16] i32.
inline int64_t directPartialBytes(const DeviceGemm &gemm, int64_t ranges) {
  return ranges * gemm.rows * roundUp(gemm.columns, 16) * 4;
}

/// What the options of wino-plan-arena ask for.
struct AskedForm {
  int64_t ranges = 0;       ///< as many, as far as there are so many steps; 0: as the cost model says
  std::optional<bool> fuse; ///< wherever a tile allows it, or nowhere; none: as the cost model says
};
/// Decides how many ranges the depth of an op's products is cut into, `wino.ranges` where it is more than 1, and
/// whether products transform their own tiles, `wino.fused`, of which the depth stays whole.
void chooseForm(mlir::Operation *op, const AskedForm &asked, const TargetData &target);

/// Scratch bytes of one op's kernels, as wino::scratchBytes, once its form is chosen.
int64_t scratchBytes(mlir::Operation *op);

} // namespace wino::ptx

#endif
