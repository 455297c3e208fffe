// BudgetSearch against networks whose noise is a known function of the budget.
#include "wino/Target/BudgetSearch.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace wino;

namespace {

struct Outcome {
  BudgetSearch search;
  unsigned plans = 0;
};

/// Plans are measured with `measure(budget)`; predictions use the whole budget.
Outcome runSearch(double first, double limit, const std::function<double(double)> &measure, unsigned most = 50) {
  Outcome outcome{BudgetSearch(first, limit)};
  while (std::optional<double> budget = outcome.search.next()) {
    EXPECT_GT(*budget, 0);
    outcome.search.add(*budget, measure(*budget));
    if (++outcome.plans == most)
      break;
  }
  return outcome;
}

TEST(BudgetSearch, a_constant_factor_is_found_in_two_plans) {
  for (double factor : {0.3, 1.0, 2.5}) {
    Outcome outcome = runSearch(1e-3 / 4, 1e-3, [&](double budget) { return factor * budget; });
    EXPECT_TRUE(outcome.search.keeps());
    EXPECT_LE(outcome.plans, 2u) << factor;
    EXPECT_NEAR(outcome.search.best() * factor, 1e-3, 1e-3 * (BudgetSearch::resolution - 1)) << factor;
  }
}

TEST(BudgetSearch, a_budget_too_loose_is_tightened) {
  Outcome outcome = runSearch(1e-3 / 4, 1e-3, [](double budget) { return 9 * budget; });
  EXPECT_TRUE(outcome.search.keeps());
  EXPECT_LE(outcome.plans, 3u);
  EXPECT_LE(9 * outcome.search.best(), 1e-3);
}

TEST(BudgetSearch, ends_between_plans_that_jump) {
  // Noise of whole layers that come in one after the other, more than proportionally to the budget.
  auto steps = [](double budget) { return 1e-4 * std::floor(budget / 0.9e-4) * (budget > 5e-4 ? 3 : 1); };
  Outcome outcome = runSearch(1e-3 / 4, 1e-3, steps);
  EXPECT_TRUE(outcome.search.keeps());
  EXPECT_LE(steps(outcome.search.best()), 1e-3);
  EXPECT_GT(steps(outcome.search.best() * BudgetSearch::resolution * BudgetSearch::resolution), 1e-3);
  EXPECT_LT(outcome.plans, 15u);
}

TEST(BudgetSearch, plans_that_use_less_than_their_budget_do_not_end_it) {
  // Few plans: a budget buys the loosest of them that is predicted to keep it, measured 1.5 times as noisy.
  const std::vector<double> plans = {1e-5, 1.5e-4, 4e-4, 6e-4, 9e-4, 2e-3};
  BudgetSearch search(3e-4, 1e-3);
  double best = 0;
  for (unsigned i = 0; i < 12 && search.next(); ++i) {
    double predicted = *std::prev(std::upper_bound(plans.begin(), plans.end(), *search.next()));
    search.add(predicted, 1.5 * predicted);
    best = 1.5 * predicted <= 1e-3 ? std::max(best, predicted) : best;
  }
  EXPECT_EQ(best, 6e-4);
}

TEST(BudgetSearch, a_limit_that_no_plan_keeps_ends_with_the_tightest_budget) {
  Outcome outcome = runSearch(1e-3 / 4, 1e-3, [](double) { return 0.5; }, 4);
  EXPECT_FALSE(outcome.search.keeps());
  EXPECT_EQ(outcome.plans, 4u);
  EXPECT_LT(outcome.search.best(), 1e-3 / 4);
}

TEST(BudgetSearch, noise_that_is_no_number_is_too_much) {
  Outcome outcome = runSearch(1e-3, 1e-3, [](double budget) { return budget > 1e-5 ? NAN : 0.0; });
  EXPECT_TRUE(outcome.search.keeps());
  EXPECT_LE(outcome.search.best(), 1e-5);
  EXPECT_LT(outcome.plans, 20u);
}

} // namespace
