// DeviceModel: how a GPU's multiprocessors share one matrix product of bytes, and into how many ranges its depth is cut
// where blocks are few. Kernels (passes/Lower/LowerToPtx) and CostModel ask the same functions. (G1) to (G5) of
// lib/Target/README.md.
#ifndef WINO_TARGET_DEVICEMODEL_H
#define WINO_TARGET_DEVICEMODEL_H

#include "wino/Target/TargetData.h"

namespace wino {

/// `batches` products rows x depth by depth x columns. Blocks of threads take blockRows x blockColumns of one,
/// stepBytes of depth at a time.
struct DeviceGemm {
  static constexpr int64_t stepBytes = 64;

  int64_t rows = 1, columns = 1, depth = 16, batches = 1; // depth: bytes, a multiple of 16
  int64_t blockRows = 64, blockColumns = 64;

  static DeviceGemm make(int64_t rows, int64_t columns, int64_t depth, int64_t batches);
  int64_t blocks() const; ///< of all batches, the depth whole
  int64_t steps() const;  ///< of the whole depth
  /// The most ranges of equal steps, at most `asked`, of which none is empty.
  int64_t wholeRanges(int64_t asked) const;
};

/// (G1) Cycles of all blocks with the depth in `ranges`.
double productCycles(const DeviceGemm &gemm, int64_t ranges, const TargetData &target);

/// Where the 32-bit sums of ranges go.
struct PartialSums {
  double otherBytes;  ///< per sum, that go to memory if the depth is whole
  int64_t launches;   ///< more, that add the ranges
  int64_t mostRanges; ///< that whoever adds them takes
};
/// What a direct layer and the taps of a Winograd layer, with products of so many bytes, make of them.
PartialSums directPartialSums();
PartialSums winogradPartialSums(int64_t productBytes);

/// (G2) Cycles of a product with its partial sums.
double splitCycles(const DeviceGemm &gemm, int64_t ranges, const PartialSums &partial, const TargetData &target);
/// (G3) The ranges of the fewest cycles; 1 unless others save a tenth.
int64_t chooseRanges(const DeviceGemm &gemm, const PartialSums &partial, const TargetData &target);

/// The other form of byte taps: a block makes blockTiles x blockTiles sums of all taps, stepBytes of depth at a time,
/// and transforms its tiles itself. `transformCycles`: of all tiles once, on the whole chip.
struct FusedTaps {
  static constexpr int64_t blockTiles = 16, stepBytes = 32;
  static constexpr int64_t mostTaps = 36; ///< as many sums as fit registers

  int64_t tiles, outputs, depth, taps; // outputs a multiple of 16
  double transformCycles;
};
/// (G5) Cycles of transforms and products.
double fusedCycles(const FusedTaps &fused, const TargetData &target);

} // namespace wino

#endif
