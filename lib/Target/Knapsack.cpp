// Dynamic programming over the groups and the discretised weight.
#include "wino/Target/Knapsack.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace wino {

namespace {

constexpr int64_t grains = 8192;
constexpr int64_t tooHeavy = grains + 1;

int64_t grainsOf(double weight, double budget) {
  if (!(weight > 0))
    return std::isnan(weight) ? tooHeavy : 0;
  if (!(weight <= budget))
    return tooHeavy;
  double units = std::ceil(weight / budget * double(grains));
  return units > double(grains) ? tooHeavy : int64_t(units);
}

/// Least (cost, true weight) for at most so many grains; the weight only breaks ties.
struct State {
  double cost = std::numeric_limits<double>::infinity();
  double weight = 0;
  bool betterThan(const State &other) const {
    return cost < other.cost || (cost == other.cost && weight < other.weight);
  }
};

} // namespace

std::optional<std::vector<unsigned>> solveKnapsack(llvm::ArrayRef<std::vector<KnapsackItem>> groups, double budget) {
  std::vector<State> best(grains + 1), next(grains + 1);
  for (State &state : best)
    state.cost = 0;
  std::vector<std::vector<uint16_t>> choice(groups.size(), std::vector<uint16_t>(grains + 1, 0));
  for (size_t g = 0; g < groups.size(); ++g) {
    next.assign(grains + 1, State());
    for (size_t i = 0; i < groups[g].size(); ++i) {
      const KnapsackItem &item = groups[g][i];
      int64_t units = grainsOf(item.weight, budget);
      for (int64_t used = units; used <= grains; ++used) {
        const State &before = best[used - units];
        State state{before.cost + item.cost, before.weight + item.weight};
        if (std::isfinite(state.cost) && state.betterThan(next[used])) {
          next[used] = state;
          choice[g][used] = uint16_t(i);
        }
      }
    }
    best.swap(next);
  }
  if (!std::isfinite(best[grains].cost))
    return std::nullopt;
  std::vector<unsigned> chosen(groups.size());
  int64_t used = grains;
  for (size_t g = groups.size(); g-- > 0;) {
    chosen[g] = choice[g][used];
    used -= grainsOf(groups[g][chosen[g]].weight, budget);
  }
  return chosen;
}

} // namespace wino
