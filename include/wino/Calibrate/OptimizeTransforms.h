// OptimizeTransforms: A, B and G of one layer adapted to its data and to the rounding of its taps ("PTQ-aware
// Winograd", README, "Optimised transforms"). The result is a tile of stated matrices, or the tile that it began with.
#ifndef WINO_CALIBRATE_OPTIMIZETRANSFORMS_H
#define WINO_CALIBRATE_OPTIMIZETRANSFORMS_H

#include "wino/Calibrate/TileModel.h"

namespace wino {

struct TransformOptions {
  bool symmetric =
      true; ///< keep the mirror symmetry of the points: rows of B and A go on sharing their even and odd parts
  unsigned steps = 500;    ///< of Adam; 0 only measures
  unsigned batch = 128;    ///< tiles per step; fewer, but at least 16, beyond 64 x 64 channels
  int64_t tiles = 2048;    ///< to learn from; a quarter as many to check
  double rate = 0.01;      ///< first step size, relative to the largest entry of a row
  double leastGain = 0.01; ///< share of the error that has to go on the checked tiles, else the tile stays as it is
  unsigned threads = 1;    ///< results do not depend on it
};

struct OptimizedTransforms {
  TileSpec tile;                ///< stated matrices, or the tile given
  double before = 0, after = 0; ///< relative error |Y_hat - Y| / |Y| on the checked tiles; equal where the tile stayed
};

/// Learns on the first three quarters of the maps' images and checks on the others (with one image, on the same). The
/// tile must have taps of at most 8 bits on both sides. Matrices of the result: entries k / 2^14, rows of B^T and
/// columns of A^T with largest entry 1; they pass the range proof for any 8-bit input. Fails on shapes that do not fit
/// each other, maps that are not finite, and tiles without an algorithm.
llvm::Expected<OptimizedTransforms> optimizeTransforms(const TileLayer &layer, const TileSpec &tile,
                                                       const TransformOptions &options = {});

} // namespace wino

#endif
