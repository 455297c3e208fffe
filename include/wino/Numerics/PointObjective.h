// What a set of points and factors is worth, in binary64 and in microseconds: the noise gain by closed forms of A, G
// and B, and the condition number of the NOVA paper. A search calls these a million times; what it finds is proved by
// BilinearAlgorithm.
#ifndef WINO_NUMERICS_POINTOBJECTIVE_H
#define WINO_NUMERICS_POINTOBJECTIVE_H

#include "wino/Numerics/TileSpec.h"

namespace wino {

/// Second moments that replace "white" in E (lib/Numerics/README.md, E10). Empty means the identity.
struct Moments {
  std::vector<double> input;  ///< R, n x n row-major: autocorrelation of the input along a tile
  std::vector<double> filter; ///< S, r x r row-major: second moment of the filter's taps

  /// R_ij = (rho^|i - j| + dc) / (1 + dc): a first-order autoregression of power 1 plus a constant of power dc, scaled
  /// to power 1 in total.
  static Moments autoregressive(int n, double rho, double dc);

  /// Sizes, finite values, symmetry and no negative eigenvalue (up to rounding).
  llvm::Error check(int n, int r) const;
};

/// Points and factors in binary64; an infinite point or value t is infinity.
struct RealTile {
  static constexpr int maxProducts = 16, maxFactors = 4;
  struct Factor {
    double b = 0, c = 0, t[3] = {0, 0, 0};
  };
  int m = 0, r = 0, numPoints = 0, numFactors = 0;
  double points[maxProducts];
  Factor factors[maxFactors];

  int n() const { return m + r - 1; }
  static RealTile of(const TileSpec &spec);
};

/// E of the tile (E4), (E10), by the closed form (E9). Infinity where there is no algorithm.
double fastNoiseGain(const RealTile &tile, const Moments &moments = {});

/// (E11): largest over smallest singular value of the rows (1, a, .., a^(N-1)) of the N finite points; factors give a
/// row per value t (E2). Infinity when it is singular.
double vandermondeCondition(const RealTile &tile);

} // namespace wino

#endif
