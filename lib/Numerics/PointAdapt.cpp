// Per-layer exact transforms: from the points of a known tile to points that suit the statistics of one layer.
#include "PointDescent.h"
#include "wino/Numerics/PointSearch.h"

#include "wino/Numerics/NoiseGain.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

namespace wino {

namespace {

/// One grid of rationals and the best place on it that was found from a real minimum.
struct Place {
  std::vector<Candidates> grids;
  Indices indices;
  double value = 0;

  std::vector<const Candidates *> lists() const {
    std::vector<const Candidates *> result;
    for (const Candidates &grid : grids)
      result.push_back(&grid);
    return result;
  }
  std::vector<Point> parameters(const Indices &at) const {
    std::vector<Point> result;
    for (size_t i = 0; i < at.size(); ++i)
      result.push_back(grids[i].points[at[i]]);
    return result;
  }
};

} // namespace

llvm::Expected<TileSpec> adaptPoints(const TileSpec &start, const Moments &moments, int maxDenominator) {
  if (maxDenominator < 1 || maxDenominator > 64)
    return llvm::createStringError("expected denominators up to 1..64, got %d", maxDenominator);
  if (start.hasMatrices())
    return llvm::createStringError("expected a tile of points, got stated matrices");
  if (start.stride != 1)
    return llvm::createStringError("expected a tile of stride 1, got '%s'", start.sizeText().c_str());
  llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(start);
  if (!algorithm)
    return algorithm.takeError();
  if (llvm::Error error = moments.check(start.n(), start.r))
    return std::move(error);
  Parameters given;
  PointFamily family = PointFamily::free(start, given);
  if (family.kinds.empty())
    return start; // nothing to move
  auto objective = [&](const Parameters &p) { return fastNoiseGain(family.tile(p), moments); };

  Generator random(20210608);
  RealMinimum best{std::numeric_limits<double>::infinity(), given};
  for (double step : {0.02, 0.1, 0.3, 0.6}) {
    RealMinimum found = evolve(family.kinds, given, step, 10000, objective, random);
    if (found.value < best.value)
      best = std::move(found);
  }

  Parameters values(family.kinds.size());
  auto placeNear = [&](const Parameters &near, int denominator) {
    Place place;
    for (size_t i = 0; i < near.size(); ++i) {
      place.grids.push_back(Candidates::make(family.kinds[i], denominator, /*dyadic=*/false));
      place.indices.push_back(place.grids[i].nearest(near[i]));
    }
    return place;
  };
  auto improve = [&](Place &place, llvm::function_ref<bool(const Indices &)> accept) {
    auto onGrid = [&](const Indices &at) {
      for (size_t i = 0; i < at.size(); ++i)
        values[i] = place.grids[i].values[at[i]];
      return objective(values);
    };
    place.value = descend(place.lists(), place.indices, 4, onGrid, accept);
  };
  std::vector<Place> places;
  std::vector<int> denominators;
  for (int d : {1, 2, 3, 4, 6, 8, 12, 16, 32})
    if (d < maxDenominator)
      denominators.push_back(d);
  denominators.push_back(maxDenominator);
  for (int denominator : denominators)
    for (const Parameters *near : {&best.parameters, &given}) {
      places.push_back(placeNear(*near, denominator));
      improve(places.back(), [](const Indices &) { return true; });
    }

  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < places.size(); ++i)
    order.push_back({places[i].value, i});
  llvm::sort(order);

  double startValue = noiseGain(*algorithm, moments);
  for (const auto &[value, i] : order) {
    const Place &place = places[i];
    if (!(value < startValue * (1 - 1e-9)))
      break;
    TileSpec spec = family.spec(place.parameters(place.indices), start);
    llvm::Expected<BilinearAlgorithm> found = BilinearAlgorithm::make(spec);
    if (!found) {
      llvm::consumeError(found.takeError()); // fractions beyond 64 bits: the next is simpler
      continue;
    }
    if (noiseGain(*found, moments) < startValue)
      return spec;
  }
  return start;
}

} // namespace wino
