// Sums over layers and calls of the knapsack.
#include "wino/Target/NetworkPlan.h"
#include "wino/Target/Knapsack.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wino {

double NetworkPlan::noise() const {
  double sum = otherNoise;
  for (const PlanLayer &layer : layers)
    sum += layer.noise(layer.chosen);
  return sum;
}

double NetworkPlan::cycles() const {
  double sum = 0;
  for (const PlanLayer &layer : layers)
    sum += layer.options[layer.chosen].cycles;
  return sum;
}

double NetworkPlan::floor() const {
  double sum = otherNoise;
  for (const PlanLayer &layer : layers)
    sum += layer.noise(layer.isFixed ? layer.chosen : 0);
  return sum;
}

void NetworkPlan::chooseQuiet() {
  for (PlanLayer &layer : layers) {
    if (layer.isFixed)
      continue;
    layer.chosen = 0;
    for (unsigned i = 1; i < layer.options.size(); ++i)
      if (layer.options[i].isAllowed && layer.options[i].cycles < layer.options[layer.chosen].cycles &&
          layer.noise(i) <= layer.noise(0))
        layer.chosen = i;
  }
}

/// A knapsack over the layers that are not fixed, `item` of each of their options. What fixed layers weigh is taken off
/// the limit. Sets the choice; false, and nothing set, where there is none.
static bool solve(NetworkPlan &plan, double limit,
                  llvm::function_ref<KnapsackItem(const PlanLayer &layer, unsigned option)> item) {
  std::vector<std::vector<KnapsackItem>> groups;
  for (const PlanLayer &layer : plan.layers) {
    if (layer.isFixed) {
      limit -= item(layer, layer.chosen).weight;
      continue;
    }
    groups.emplace_back();
    for (unsigned i = 0; i < layer.options.size(); ++i) {
      groups.back().push_back(item(layer, i));
      if (!layer.options[i].isAllowed)
        groups.back().back().weight = std::numeric_limits<double>::infinity();
    }
  }
  if (groups.empty())
    return limit >= 0;
  auto chosen = limit > 0 ? solveKnapsack(groups, limit) : std::nullopt;
  if (!chosen)
    return false;
  size_t group = 0;
  for (PlanLayer &layer : plan.layers)
    if (!layer.isFixed)
      layer.chosen = (*chosen)[group++];
  return true;
}

bool NetworkPlan::choose(double budget) {
  chooseQuiet();
  return solve(*this, budget - otherNoise, [](const PlanLayer &layer, unsigned option) {
    return KnapsackItem{layer.options[option].cycles, layer.noise(option)};
  });
}

void NetworkPlan::spend(double slack) {
  NetworkPlan spent = *this;
  bool isSolved = solve(spent, cycles() * (1 + slack), [](const PlanLayer &layer, unsigned option) {
    double noise = layer.noise(option);
    return std::isfinite(noise) ? KnapsackItem{noise, layer.options[option].cycles}
                                : KnapsackItem{0, std::numeric_limits<double>::infinity()};
  });
  if (isSolved && spent.noise() < noise()) // not where the grain of the knapsack hides the plan there is
    *this = std::move(spent);
}

std::vector<FrontPoint> planFront(NetworkPlan plan, size_t points) {
  auto pointOf = [](const NetworkPlan &plan) {
    FrontPoint point{plan.cycles(), plan.noise(), {}};
    for (const PlanLayer &layer : plan.layers)
      point.chosen.push_back(layer.chosen);
    return point;
  };
  plan.chooseQuiet();
  std::vector<FrontPoint> all = {pointOf(plan)};
  NetworkPlan fastest = plan;
  for (PlanLayer &layer : fastest.layers)
    for (unsigned i = 0; i < layer.options.size() && !layer.isFixed; ++i) {
      const PlanOption &option = layer.options[i], &best = layer.options[layer.chosen];
      bool isBetter = option.cycles < best.cycles || (option.cycles == best.cycles && option.error < best.error);
      if (option.isAllowed && std::isfinite(option.error) && isBetter)
        layer.chosen = i;
    }
  all.push_back(pointOf(fastest));
  double lowest = all[0].noise, highest = all[1].noise;
  for (size_t i = 0; i < points && lowest > 0 && highest > lowest; ++i) {
    double share = double(i) / double(points);
    if (plan.choose(std::exp((1 - share) * std::log(lowest) + share * std::log(highest)) * (1 + 1e-9)))
      all.push_back(pointOf(plan));
  }
  std::sort(all.begin(), all.end(), [](const FrontPoint &a, const FrontPoint &b) {
    return a.noise != b.noise ? a.noise < b.noise : a.cycles < b.cycles;
  });
  std::vector<FrontPoint> front;
  for (FrontPoint &point : all)
    if (front.empty() || point.cycles < front.back().cycles)
      front.push_back(std::move(point));
  return front;
}

std::optional<unsigned> saferOption(const PlanLayer &layer) {
  double now = layer.options[layer.chosen].error;
  for (double limit : {now / 2, now}) {
    std::optional<unsigned> best;
    for (unsigned i = 0; i < layer.options.size(); ++i)
      if (layer.options[i].isAllowed && i != layer.chosen && layer.options[i].error < now &&
          layer.options[i].error <= limit && (!best || layer.options[i].cycles < layer.options[*best].cycles))
        best = i;
    if (best)
      return best;
  }
  return std::nullopt;
}

} // namespace wino
