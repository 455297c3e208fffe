// PointPool: all tiles that the point search found worth a closer look, with their values in binary64. Whether they are
// exact and meet constraints is decided by PointSearch.
#ifndef WINO_LIB_NUMERICS_POINTPOOL_H
#define WINO_LIB_NUMERICS_POINTPOOL_H

#include "PointDescent.h"

#include "wino/Numerics/PointSearch.h"

#include <map>

namespace wino {

class PointPool {
public:
  struct Entry {
    double value;      ///< E or kappa
    double complexity; ///< sum of numerators and denominators: the simpler of two equals wins
    int family;
    size_t order; ///< in which it was found: makes every sort of the pool the same everywhere
    std::vector<Point> parameters;
  };

  explicit PointPool(const PointSearchOptions &options);

  /// Minima over real parameters by the evolution strategy, the neighbourhoods of the best on every grid, and all tiles
  /// of coarse grids.
  void fill();

  std::vector<Entry> entries;

  bool hasFamilies() const { return !families.empty(); }
  TileSpec spec(const Entry &entry) const { return families[entry.family].spec(entry.parameters, options.tile); }
  /// Denominators of the grids, rising: simple tiles are found as such, and fine grids start from more places.
  std::vector<int> denominators() const;
  /// Descent on one grid to a neighbour that `accept` agrees with; `start` itself if it is not on the grid.
  Entry improved(const Entry &start, int denominator, llvm::function_ref<bool(const TileSpec &)> accept);

private:
  const PointSearchOptions &options;
  std::vector<PointFamily> families;
  Generator random{20210607};
  std::map<std::pair<int, int>, Candidates> grids; ///< by kind and denominator

  double real(const RealTile &tile) const {
    return options.goal == PointGoal::Kappa ? vandermondeCondition(tile) : fastNoiseGain(tile, options.moments);
  }
  std::vector<const Candidates *> gridsOf(const PointFamily &family, int denominator);
  std::vector<Point> pointsAt(llvm::ArrayRef<const Candidates *> lists, const Indices &indices) const;
  double valueAt(const PointFamily &family, llvm::ArrayRef<const Candidates *> lists, const Indices &indices) const;
  void add(int family, std::vector<Point> parameters, double value);
  void fromRealMinima();
  void enumerate(int family, int denominator, double budget);
};

} // namespace wino

#endif
