// Tests of Knapsack: against trying everything, ties, and hostile weights.
#include "wino/Target/Knapsack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace wino;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double costOf(const std::vector<std::vector<KnapsackItem>> &groups, const std::vector<unsigned> &chosen) {
  double cost = 0;
  for (size_t g = 0; g < groups.size(); ++g)
    cost += groups[g][chosen[g]].cost;
  return cost;
}

double weightOf(const std::vector<std::vector<KnapsackItem>> &groups, const std::vector<unsigned> &chosen) {
  double weight = 0;
  for (size_t g = 0; g < groups.size(); ++g)
    weight += groups[g][chosen[g]].weight;
  return weight;
}

double bestByTryingAll(const std::vector<std::vector<KnapsackItem>> &groups, double budget) {
  std::vector<unsigned> chosen(groups.size(), 0);
  double best = infinity;
  while (true) {
    if (weightOf(groups, chosen) <= budget)
      best = std::min(best, costOf(groups, chosen));
    size_t g = 0;
    while (g < groups.size() && ++chosen[g] == groups[g].size())
      chosen[g++] = 0;
    if (g == groups.size())
      return best;
  }
}

TEST(Knapsack, agrees_with_trying_everything) {
  unsigned seed = 12345;
  auto next = [&] { return (seed = seed * 1664525u + 1013904223u) >> 16; };
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<KnapsackItem>> groups(5);
    for (auto &group : groups) {
      group.push_back({double(100 + next() % 100), 0});
      for (int i = 0; i < 3; ++i) // multiples of budget / 64, so that the grain of 1/8192 loses nothing
        group.push_back({double(next() % 100), double(1 + next() % 40) / 64});
    }
    auto chosen = solveKnapsack(groups, 1.0);
    ASSERT_TRUE(chosen);
    EXPECT_LE(weightOf(groups, *chosen), 1.0);
    EXPECT_EQ(costOf(groups, *chosen), bestByTryingAll(groups, 1.0));
  }
}

TEST(Knapsack, equal_costs_take_less_weight_then_the_first) {
  EXPECT_EQ(*solveKnapsack({{{5, 0.5}, {5, 0.1}, {5, 0.1}}}, 1.0), (std::vector<unsigned>{1}));
}

TEST(Knapsack, no_budget_leaves_only_weightless_items) {
  EXPECT_EQ(*solveKnapsack({{{9, 0}, {1, 1e-9}}}, 0.0), (std::vector<unsigned>{0}));
}

TEST(Knapsack, forbidden_and_undefined_weights_are_not_taken) {
  EXPECT_EQ(*solveKnapsack({{{9, 0}, {1, infinity}, {1, std::nan("")}}}, 1.0), (std::vector<unsigned>{0}));
}

TEST(Knapsack, nothing_when_no_choice_fits) {
  EXPECT_FALSE(solveKnapsack({{{1, 2.0}}}, 1.0));
  EXPECT_FALSE(solveKnapsack({{}}, 1.0));
  EXPECT_TRUE(solveKnapsack({}, 1.0)->empty());
}

} // namespace
