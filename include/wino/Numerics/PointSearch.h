// PointSearch: the best interpolation points and quadratic factors of a tile among small rationals. Every result is
// proved exact by BilinearAlgorithm. Deterministic: fixed seeds, fixed numbers of steps, no clock.
#ifndef WINO_NUMERICS_POINTSEARCH_H
#define WINO_NUMERICS_POINTSEARCH_H

#include "wino/Numerics/PointObjective.h"
#include "wino/Numerics/TransformCost.h"

#include <optional>

namespace wino {

/// What is minimised.
enum class PointGoal {
  Noise, ///< E, white or with moments (E4), (E10)
  Kappa, ///< condition number of the Vandermonde matrix (E11); K = m + r - 1 is what the NOVA paper searches
  Cost,  ///< price of the transforms (E12), then E
};

struct PointSearchOptions {
  TileSpec tile; ///< m in 2..8, r in 2..7, m + r - 1 <= K <= m + r + 3, K <= 16, and tap types; points are ignored
  PointGoal goal = PointGoal::Noise;
  Moments moments;                ///< of E; kappa does not know them
  std::optional<double> maxCost;  ///< E or kappa under this price (E12)
  std::optional<double> maxNoise; ///< for PointGoal::Cost: the least price with at most this E
  VectorUnit unit;                ///< prices of (E12)
  int dimensions = 2;             ///< of the transforms that (E12) prices: 1 or 2
  bool dyadic = false;            ///< all parameters have denominators 1, 2, 4, ..
  bool fp16 = false;              ///< A^T and B^T have no entry that binary16 would round (E13)
  int maxDenominator = 10;        ///< of points, b, c and t; 1..64
};

struct PointSearchResult {
  TileSpec tile;
  double noiseGain = 0; ///< with the options' moments
  double kappa = 0;
  std::optional<double> cost; ///< nothing where the tile has no proved integer form
};

/// Fails on options out of range and when no tile meets the constraints; the error says which.
llvm::Expected<PointSearchResult> searchPoints(const PointSearchOptions &options);

/// Adapts the points of `start` to a layer's statistics: E with `moments` is never more than that of `start`, the tile
/// is exact, and it is `start` itself where nothing better has denominators up to `maxDenominator`. Numbers move on
/// their own, so that signs need not stay paired (the transform may then cost more: see TransformCost.h).
llvm::Expected<TileSpec> adaptPoints(const TileSpec &start, const Moments &moments, int maxDenominator = 16);

/// Whether every column of A^T and every row of B^T, scaled to smallest integers and then by a power of two, is exact
/// in binary16 (E13).
bool isExactInHalf(const BilinearAlgorithm &algorithm);

} // namespace wino

#endif
