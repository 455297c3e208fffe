// PointFamily: a shape of tile with free parameters, as in "0, infinity, two pairs +-p and a factor x^2 + c at (0, t,
// -t)", and the small rationals that a parameter may take. The search moves parameters; families turn them into tiles.
#ifndef WINO_LIB_NUMERICS_POINTFAMILY_H
#define WINO_LIB_NUMERICS_POINTFAMILY_H

#include "wino/Numerics/PointObjective.h"

namespace wino {

/// What a parameter is: its sign and whether it may be infinite.
enum class ParameterKind {
  Magnitude, ///< positive: a point that comes with its negative, c and |b| of factors, |t| of a symmetric triple
  Signed,    ///< any rational: a point on its own, b and c of a factor on its own
  Value,     ///< any rational or infinity: a value t
};

/// The numbers that parameters may take, of bounded denominator and at most 8 in magnitude.
struct Candidates {
  std::vector<Point> points;  ///< rising; for Value, infinity comes last and joins both ends
  std::vector<double> values; ///< the same in binary64
  bool isCyclic = false;

  static Candidates make(ParameterKind kind, int maxDenominator, bool dyadic);
  int nearest(double value) const;
  /// Index moved by `step`: around the ends if cyclic, -1 beyond them if not.
  int moved(int index, int step) const;
};

struct PointFamily {
  /// One number of a tile: a parameter, its negative, zero or infinity.
  struct Ref {
    int parameter = -1;
    bool negative = false, infinite = false;
  };
  struct FactorRef {
    Ref b, c, t[3];
  };
  int m = 0, r = 0;
  std::vector<Ref> points;
  std::vector<FactorRef> factors;
  std::vector<ParameterKind> kinds; ///< of each parameter
  std::vector<bool> rising;         ///< exchanging it with the parameter before gives the same tile

  int numParameters() const { return int(kinds.size()); }
  RealTile tile(const std::vector<double> &parameters) const;
  /// Fills in points, factors and K; all else comes from `base`.
  TileSpec spec(const std::vector<Point> &parameters, const TileSpec &base) const;

  /// All families that x -> -x maps to themselves: 0 and infinity where wanted, pairs +-p, factors x^2 + c with (0, t,
  /// -t) or (inf, t, -t), pairs of factors x^2 +- b x + c with mirrored values t. 0 <= K - n <= 4.
  static std::vector<PointFamily> symmetric(int m, int r, int K);
  /// The family in which every finite number of `start` but a structural zero or infinity is free, and its parameters.
  static PointFamily free(const TileSpec &start, std::vector<double> &parameters);
};

} // namespace wino

#endif
