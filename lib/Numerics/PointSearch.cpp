// The search: of the pool, the best tile that is exact and meets the constraints; then its neighbourhood, in steps that
// all are checked.
#include "wino/Numerics/PointSearch.h"
#include "PointPool.h"

#include "wino/Numerics/NoiseGain.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace wino {

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {

using Entry = PointPool::Entry;

class Search {
public:
  explicit Search(const PointSearchOptions &options) : options(options), pool(options) {
    const TileSpec &tile = options.tile;
    // Work of one proof grows like the elimination in BilinearAlgorithm; the larger the tile, the fewer are affordable.
    checks = checksLeft = std::max(60, 1500000 / (tile.m * tile.r * tile.K * (tile.K + tile.n())));
  }

  llvm::Expected<PointSearchResult> run();

private:
  /// What exact arithmetic says about a tile.
  struct Facts {
    bool exact = false, meets = false;
    double cost = infinity;
  };

  const PointSearchOptions &options;
  PointPool pool;
  int checks, checksLeft;
  std::map<std::string, Facts> known;

  bool needsCost() const { return options.goal == PointGoal::Cost || options.maxCost; }
  const Facts *check(const TileSpec &spec);
  bool replaces(const Entry &entry, const Facts &facts, const Entry &best, double bestCost) const;
  std::optional<Entry> bestChecked();
  llvm::Error nothingFound() const;
  llvm::Expected<PointSearchResult> described(const TileSpec &tile) const;
};

const Search::Facts *Search::check(const TileSpec &spec) {
  std::string text = spec.str();
  auto entry = known.find(text);
  if (entry != known.end())
    return &entry->second;
  if (checksLeft == 0)
    return nullptr;
  --checksLeft;
  Facts facts;
  llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(spec);
  facts.exact = facts.meets = algorithm && algorithm->isExact();
  if (!algorithm)
    llvm::consumeError(algorithm.takeError());
  else if (options.fp16)
    facts.meets = facts.exact && isExactInHalf(*algorithm);
  if (facts.meets && needsCost()) {
    llvm::Expected<IntegerTransform> transform = IntegerTransform::make(spec);
    if (transform)
      facts.cost = transformCost(*transform, options.unit, options.dimensions);
    else
      llvm::consumeError(transform.takeError());
    facts.meets = facts.cost <= options.maxCost.value_or(std::numeric_limits<double>::max());
  }
  return &(known[text] = facts);
}

/// Strict orders up to rounding errors: cost where it is the goal, then value, then simplicity.
bool Search::replaces(const Entry &entry, const Facts &facts, const Entry &best, double bestCost) const {
  auto differ = [](double a, double b) { return std::fabs(a - b) > 1e-9 * b; };
  if (options.goal == PointGoal::Cost && differ(facts.cost, bestCost))
    return facts.cost < bestCost;
  if (differ(entry.value, best.value))
    return entry.value < best.value;
  return entry.complexity < best.complexity;
}

/// The best of the pool that meets the constraints. Where only exact arithmetic can tell, half of the checks go to the
/// simplest tiles, which are cheap and have short constants.
std::optional<Entry> Search::bestChecked() {
  std::optional<Entry> best;
  double bestCost = infinity;
  auto visit = [&](const Entry &entry) {
    const Facts *facts = check(pool.spec(entry));
    if (!facts || !facts->meets || (best && !replaces(entry, *facts, *best, bestCost)))
      return;
    best = entry;
    bestCost = facts->cost;
  };
  if (options.fp16 || needsCost()) {
    llvm::sort(pool.entries, [](const Entry &a, const Entry &b) {
      return std::tie(a.complexity, a.value, a.order) < std::tie(b.complexity, b.value, b.order);
    });
    int reserve = checksLeft / 2;
    for (const Entry &entry : pool.entries)
      if (checksLeft > reserve)
        visit(entry);
  }
  llvm::sort(pool.entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.value, a.complexity, a.order) < std::tie(b.value, b.complexity, b.order);
  });
  for (const Entry &entry : pool.entries) {
    if (best && options.goal != PointGoal::Cost && entry.value > best->value * (1 + 1e-9))
      break;
    visit(entry);
  }
  return best;
}

llvm::Error Search::nothingFound() const {
  const TileSpec &tile = options.tile;
  bool someExact = llvm::any_of(known, [](const auto &entry) { return entry.second.exact; });
  if (!someExact && !pool.entries.empty())
    return llvm::createStringError("expected a tile whose K products can be independent, got F(%d,%d) K=%d; take a "
                                   "smaller K",
                                   tile.m, tile.r, tile.K);
  return llvm::createStringError("expected constraints that some tile meets, got none for F(%d,%d) K=%d; allow larger "
                                 "denominators, more noise or a higher cost",
                                 tile.m, tile.r, tile.K);
}

llvm::Expected<PointSearchResult> Search::described(const TileSpec &tile) const {
  PointSearchResult result;
  result.tile = tile;
  llvm::Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(tile);
  if (!algorithm)
    return algorithm.takeError();
  result.noiseGain = noiseGain(*algorithm, options.moments);
  result.kappa = vandermondeCondition(RealTile::of(tile));
  llvm::Expected<IntegerTransform> transform = IntegerTransform::make(tile);
  if (transform)
    result.cost = transformCost(*transform, options.unit, options.dimensions);
  else
    llvm::consumeError(transform.takeError());
  return result;
}

llvm::Expected<PointSearchResult> Search::run() {
  if (!pool.hasFamilies())
    return llvm::createStringError("expected K with at least two of m + r - 1 points per factor, got F(%d,%d) K=%d",
                                   options.tile.m, options.tile.r, options.tile.K);
  pool.fill();
  std::optional<Entry> best = bestChecked();
  if (!best)
    return nothingFound();
  if (options.goal != PointGoal::Cost)
    for (int denominator : pool.denominators()) {
      checksLeft += checks / 6;
      best = pool.improved(*best, denominator, [&](const TileSpec &spec) {
        const Facts *facts = check(spec);
        return facts && facts->meets;
      });
    }
  return described(pool.spec(*best));
}

} // namespace

/// A bound of the noise asks for the least noise first: it tells whether the bound can be kept, and by what at least.
static llvm::Expected<PointSearchResult> searchUnderNoise(const PointSearchOptions &options) {
  PointSearchOptions quiet = options;
  quiet.goal = PointGoal::Noise;
  quiet.maxNoise.reset();
  llvm::Expected<PointSearchResult> least = searchPoints(quiet);
  if (!least)
    return least;
  if (least->noiseGain > *options.maxNoise)
    return llvm::createStringError("expected a bound of the noise of at least %.4g for F(%d,%d) K=%d, got %.4g",
                                   least->noiseGain, options.tile.m, options.tile.r, options.tile.K, *options.maxNoise);
  llvm::Expected<PointSearchResult> cheapest = Search(options).run();
  if (cheapest && cheapest->cost && (!least->cost || *cheapest->cost <= *least->cost))
    return cheapest;
  if (!cheapest)
    llvm::consumeError(cheapest.takeError());
  return least;
}

llvm::Expected<PointSearchResult> searchPoints(const PointSearchOptions &options) {
  const TileSpec &tile = options.tile;
  if (tile.m < 2 || tile.m > 8 || tile.r < 2 || tile.r > 7)
    return llvm::createStringError("expected F(m,r) with m in 2..8 and r in 2..7, got F(%d,%d)", tile.m, tile.r);
  int largest = std::min(tile.n() + RealTile::maxFactors, RealTile::maxProducts);
  if (tile.K < tile.n() || tile.K > largest)
    return llvm::createStringError("expected K in %d..%d for F(%d,%d), got %d", tile.n(), largest, tile.m, tile.r,
                                   tile.K);
  if (options.maxDenominator < 1 || options.maxDenominator > 64)
    return llvm::createStringError("expected denominators up to 1..64, got %d", options.maxDenominator);
  if (options.maxNoise && options.goal != PointGoal::Cost)
    return llvm::createStringError("expected a bound of the noise for the goal cost only");
  if (llvm::Error error = options.moments.check(tile.n(), tile.r))
    return std::move(error);
  return options.maxNoise ? searchUnderNoise(options) : Search(options).run();
}

} // namespace wino
