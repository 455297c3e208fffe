// Filling the pool of the point search.
#include "PointPool.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace wino {

static constexpr double infinity = std::numeric_limits<double>::infinity();

PointPool::PointPool(const PointSearchOptions &options)
    : options(options), families(PointFamily::symmetric(options.tile.m, options.tile.r, options.tile.K)) {}

std::vector<const Candidates *> PointPool::gridsOf(const PointFamily &family, int denominator) {
  std::vector<const Candidates *> lists;
  for (ParameterKind kind : family.kinds) {
    auto [entry, isNew] = grids.try_emplace({int(kind), denominator});
    if (isNew)
      entry->second = Candidates::make(kind, denominator, options.dyadic);
    lists.push_back(&entry->second);
  }
  return lists;
}

std::vector<Point> PointPool::pointsAt(llvm::ArrayRef<const Candidates *> lists, const Indices &indices) const {
  std::vector<Point> points;
  for (size_t i = 0; i < indices.size(); ++i)
    points.push_back(lists[i]->points[indices[i]]);
  return points;
}

double PointPool::valueAt(const PointFamily &family, llvm::ArrayRef<const Candidates *> lists,
                          const Indices &indices) const {
  Parameters values(indices.size());
  for (size_t i = 0; i < indices.size(); ++i)
    values[i] = lists[i]->values[indices[i]];
  return real(family.tile(values));
}

void PointPool::add(int family, std::vector<Point> parameters, double value) {
  if (!(value < infinity) || (options.maxNoise && value > *options.maxNoise))
    return;
  double complexity = 0;
  for (const Point &p : parameters)
    complexity += p.infinite ? 1 : double(std::abs(p.value.numerator()) + p.value.denominator());
  entries.push_back({value, complexity, family, entries.size(), std::move(parameters)});
}

std::vector<int> PointPool::denominators() const {
  std::vector<int> result;
  for (int d : {1, 2, 3, 4, 6, 8, 10, 16, 32})
    if (d < options.maxDenominator && (!options.dyadic || (d & (d - 1)) == 0))
      result.push_back(d);
  result.push_back(options.maxDenominator);
  return result;
}

void PointPool::fromRealMinima() {
  constexpr int starts = 32, iterations = 2000, perFamily = 3, inTotal = 12;
  struct Minimum {
    int family;
    RealMinimum found;
  };
  std::vector<Minimum> minima;
  for (size_t f = 0; f < families.size(); ++f) {
    const PointFamily &family = families[f];
    auto objective = [&](const Parameters &p) { return real(family.tile(p)); };
    std::vector<RealMinimum> found;
    for (int start = 0; start < starts; ++start)
      found.push_back(evolve(family.kinds, randomParameters(family.kinds, random), 0.4, iterations, objective, random));
    llvm::sort(found, [](const RealMinimum &a, const RealMinimum &b) {
      return std::tie(a.value, a.parameters) < std::tie(b.value, b.parameters);
    });
    double previous = 0;
    int kept = 0;
    for (RealMinimum &minimum : found)
      if (minimum.value > previous * 1.0001 && kept < perFamily) {
        previous = minimum.value;
        ++kept;
        minima.push_back({int(f), std::move(minimum)});
      }
  }
  llvm::sort(minima, [](const Minimum &a, const Minimum &b) {
    return std::tie(a.found.value, a.family, a.found.parameters) <
           std::tie(b.found.value, b.family, b.found.parameters);
  });
  if (minima.size() > inTotal)
    minima.resize(inTotal);
  for (const Minimum &minimum : minima)
    for (int denominator : denominators()) {
      const PointFamily &family = families[minimum.family];
      std::vector<const Candidates *> lists = gridsOf(family, denominator);
      Indices indices;
      for (size_t i = 0; i < lists.size(); ++i)
        indices.push_back(lists[i]->nearest(minimum.found.parameters[i]));
      auto objective = [&](const Indices &at) { return valueAt(family, lists, at); };
      double value = descend(lists, indices, 4, objective, [](const Indices &) { return true; });
      add(minimum.family, pointsAt(lists, indices), value);
    }
}

/// All members of a family on one grid, if they are at most `budget`; the best 100 join the pool.
void PointPool::enumerate(int f, int denominator, double budget) {
  constexpr double largest = 4;
  constexpr size_t keep = 100;
  const PointFamily &family = families[f];
  std::vector<const Candidates *> lists = gridsOf(family, denominator);
  size_t size = lists.size();
  std::vector<Indices> choices(size);
  double count = 1, run = 1; // run: length of the rising sequence so far
  for (size_t i = 0; i < size; ++i) {
    for (int k = 0; k < int(lists[i]->values.size()); ++k)
      if (std::isinf(lists[i]->values[k]) || std::fabs(lists[i]->values[k]) <= largest)
        choices[i].push_back(k);
    run = family.rising[i] ? run + 1 : 1;
    count *= std::max(1.0, double(choices[i].size()) - (run - 1)) / run;
  }
  if (count > budget)
    return;
  std::vector<std::pair<double, Indices>> best; // a heap with the worst in front
  Indices indices(size);
  auto visit = [&](auto &&self, size_t i, size_t first) -> void {
    if (i == size) {
      std::pair<double, Indices> item{valueAt(family, lists, indices), indices};
      if (!(item.first < infinity) || (best.size() >= keep && !(item < best.front())))
        return;
      best.push_back(std::move(item));
      std::push_heap(best.begin(), best.end());
      if (best.size() > keep) {
        std::pop_heap(best.begin(), best.end());
        best.pop_back();
      }
      return;
    }
    for (size_t k = family.rising[i] ? first : 0; k < choices[i].size(); ++k) {
      indices[i] = choices[i][k];
      self(self, i + 1, k + 1);
    }
  };
  visit(visit, 0, 0);
  llvm::sort(best);
  for (const auto &[value, at] : best)
    add(f, pointsAt(lists, at), value);
}

void PointPool::fill() {
  fromRealMinima();
  double budget = options.goal == PointGoal::Kappa ? 20000 : 150000; // a condition number takes about ten times longer
  for (size_t f = 0; f < families.size(); ++f)
    for (int denominator : denominators())
      enumerate(int(f), denominator, budget);
}

PointPool::Entry PointPool::improved(const Entry &start, int denominator,
                                     llvm::function_ref<bool(const TileSpec &)> accept) {
  if (llvm::any_of(start.parameters, [&](const Point &p) { return p.value.denominator() > denominator; }))
    return start;
  const PointFamily &family = families[start.family];
  std::vector<const Candidates *> lists = gridsOf(family, denominator);
  Indices indices;
  for (size_t i = 0; i < lists.size(); ++i)
    indices.push_back(
        lists[i]->nearest(start.parameters[i].infinite ? infinity : start.parameters[i].value.toDouble()));
  auto objective = [&](const Indices &at) { return valueAt(family, lists, at); };
  double value = descend(lists, indices, 4, objective,
                         [&](const Indices &at) { return accept(family.spec(pointsAt(lists, at), options.tile)); });
  Entry entry = start;
  entry.value = value;
  entry.parameters = pointsAt(lists, indices);
  return entry;
}

} // namespace wino
