// The plan of a whole network: against exhaustive search, and the front's order.
#include "wino/Target/NetworkPlan.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace wino;

namespace {

/// Layers whose faster options are noisier, from a fixed sequence.
NetworkPlan example(unsigned layers, unsigned options) {
  NetworkPlan plan;
  plan.otherNoise = 1e-4;
  uint64_t state = 12345;
  auto uniform = [&] {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return double(state >> 11) / double(1ull << 53);
  };
  for (unsigned l = 0; l < layers; ++l) {
    PlanLayer layer;
    layer.sensitivity = 0.2 + uniform();
    layer.tapSensitivity = 2 * layer.sensitivity;
    double cycles = 1000 * (1 + uniform()), error = 1e-4;
    for (unsigned o = 0; o < options; ++o) {
      layer.options.push_back({cycles, error, true});
      cycles *= 0.5 + 0.4 * uniform();
      error *= 1.5 + 3 * uniform();
    }
    plan.layers.push_back(layer);
  }
  return plan;
}

/// Least `cost` of all choices whose `weight` is within the limit, by trying each.
double leastOf(double (NetworkPlan::*cost)() const, double (NetworkPlan::*weight)() const, NetworkPlan plan,
               double limit, unsigned layer = 0) {
  if (layer == plan.layers.size())
    return (plan.*weight)() <= limit ? (plan.*cost)() : HUGE_VAL;
  double best = HUGE_VAL;
  for (unsigned i = 0; i < plan.layers[layer].options.size(); ++i) {
    plan.layers[layer].chosen = i;
    best = std::min(best, leastOf(cost, weight, plan, limit, layer + 1));
  }
  return best;
}

double fewestCycles(const NetworkPlan &plan, double budget) {
  return leastOf(&NetworkPlan::cycles, &NetworkPlan::noise, plan, budget);
}

double leastNoise(const NetworkPlan &plan, double limit) {
  return leastOf(&NetworkPlan::noise, &NetworkPlan::cycles, plan, limit);
}

TEST(NetworkPlan, choice_agrees_with_exhaustive_search) {
  NetworkPlan plan = example(5, 4);
  for (double factor : {1.5, 3.0, 10.0}) {
    double budget = plan.floor() * factor;
    ASSERT_TRUE(plan.choose(budget));
    EXPECT_LE(plan.noise(), budget);
    // The knapsack rounds weights up to its grain: a budget smaller by so much bounds it from above.
    EXPECT_LE(plan.cycles(), fewestCycles(plan, plan.otherNoise + (budget - plan.otherNoise) * (1 - 5.0 / 8192)));
    EXPECT_GE(plan.cycles(), fewestCycles(plan, budget));
  }
}

TEST(NetworkPlan, slack_agrees_with_exhaustive_search) {
  for (double slack : {0.0, 0.02, 0.2, 1.0}) {
    NetworkPlan plan = example(5, 4);
    ASSERT_TRUE(plan.choose(plan.floor() * 10));
    double fewest = plan.cycles(), noise = plan.noise(), limit = fewest * (1 + slack);
    plan.spend(slack);
    EXPECT_LE(plan.cycles(), limit * (1 + 1e-12));
    EXPECT_LE(plan.noise(), noise);
    EXPECT_LE(plan.noise(), std::min(noise, leastNoise(plan, limit * (1 - 5.0 / 8192))) * (1 + 1e-12));
    EXPECT_GE(plan.noise(), leastNoise(plan, limit * (1 + 1e-12)) * (1 - 1e-12));
    if (slack == 1)
      EXPECT_LT(plan.noise(), noise / 2);
  }
}

TEST(NetworkPlan, slack_leaves_fixed_layers_alone) {
  NetworkPlan plan = example(3, 3);
  ASSERT_TRUE(plan.choose(plan.floor() * 10));
  for (PlanLayer &layer : plan.layers)
    layer.isFixed = true;
  std::vector<unsigned> before;
  for (const PlanLayer &layer : plan.layers)
    before.push_back(layer.chosen);
  plan.spend(1);
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(plan.layers[i].chosen, before[i]);
}

TEST(NetworkPlan, a_budget_below_direct_gives_direct) {
  NetworkPlan plan = example(3, 3);
  EXPECT_TRUE(plan.choose(plan.floor() * 100));
  EXPECT_GT(plan.noise(), plan.floor());
  EXPECT_FALSE(plan.choose(plan.floor() * 0.9));
  for (const PlanLayer &layer : plan.layers)
    EXPECT_EQ(layer.chosen, 0u);
}

TEST(NetworkPlan, what_is_faster_and_no_noisier_than_direct_needs_no_budget) {
  NetworkPlan plan = example(3, 3);
  plan.layers[1].options[1].error = plan.layers[1].options[0].error;
  EXPECT_FALSE(plan.choose(0));
  EXPECT_EQ(plan.layers[0].chosen, 0u);
  EXPECT_EQ(plan.layers[1].chosen, 1u);
  plan.layers[1].options[1].isAllowed = false;
  plan.choose(0);
  EXPECT_EQ(plan.layers[1].chosen, 0u);
}

TEST(NetworkPlan, fixed_layers_keep_their_choice_and_spend_budget) {
  NetworkPlan plan = example(3, 3);
  plan.layers[1].isFixed = true;
  plan.layers[1].chosen = 2;
  double floor = plan.floor();
  EXPECT_DOUBLE_EQ(floor,
                   plan.otherNoise + plan.layers[0].noise(0) + plan.layers[1].noise(2) + plan.layers[2].noise(0));
  ASSERT_TRUE(plan.choose(floor * 1.0001));
  EXPECT_EQ(plan.layers[1].chosen, 2u);
  EXPECT_EQ(plan.layers[0].chosen, 0u);
}

TEST(NetworkPlan, sensitivity_moves_noise_to_where_it_does_no_harm) {
  NetworkPlan plan;
  plan.layers.resize(2);
  for (PlanLayer &layer : plan.layers)
    layer.options = {{1000, 1e-4, true}, {500, 1e-3, true}};
  plan.layers[0].tapSensitivity = 2;
  plan.layers[1].tapSensitivity = 0.5;
  ASSERT_TRUE(plan.choose(plan.floor() + 1e-3));
  EXPECT_EQ(plan.layers[0].chosen, 0u);
  EXPECT_EQ(plan.layers[1].chosen, 1u);
}

TEST(NetworkPlan, front_is_monotone_and_ends_with_the_fastest) {
  NetworkPlan plan = example(8, 5);
  std::vector<FrontPoint> front = planFront(plan, 10);
  ASSERT_GE(front.size(), 5u);
  for (size_t i = 1; i < front.size(); ++i) {
    EXPECT_LT(front[i].cycles, front[i - 1].cycles);
    EXPECT_GT(front[i].noise, front[i - 1].noise);
  }
  EXPECT_DOUBLE_EQ(front.front().noise, plan.floor());
  double fastest = 0;
  for (const PlanLayer &layer : plan.layers)
    fastest += layer.options.back().cycles;
  EXPECT_DOUBLE_EQ(front.back().cycles, fastest);
}

TEST(NetworkPlan, safer_option_halves_the_noise_at_least_cost) {
  PlanLayer layer;
  layer.options = {{1000, 1e-4, true}, {700, 4e-4, true}, {600, 9e-4, true}, {500, 1e-3, true}};
  layer.chosen = 3;
  EXPECT_EQ(saferOption(layer), 1u); // option 2 is hardly quieter
  layer.options[1].isAllowed = false;
  EXPECT_EQ(saferOption(layer), 0u);
  layer.chosen = 0;
  EXPECT_EQ(saferOption(layer), std::nullopt);
}

} // namespace
