// Spearman's rank correlation against the textbook formula and by its symmetries.
#include "wino/Numerics/RankCorrelation.h"

#include <gtest/gtest.h>

using namespace wino;

TEST(RankCorrelation, agrees_with_the_formula_without_ties) {
  std::vector<double> a = {3, 1, 4, 1.5, 9, 2.6}, b = {2, 7, 1, 8, 2.8, 1.8};
  std::vector<double> x = ranksOf(a), y = ranksOf(b);
  double squares = 0, n = double(a.size());
  for (size_t i = 0; i < a.size(); ++i)
    squares += (x[i] - y[i]) * (x[i] - y[i]);
  EXPECT_NEAR(rankCorrelation(a, b), 1 - 6 * squares / (n * (n * n - 1)), 1e-12);
}

TEST(RankCorrelation, only_the_order_counts) {
  std::vector<double> a = {1, 2, 3, 4, 5}, grown, fallen;
  for (double x : a) {
    grown.push_back(std::exp(10 * x));
    fallen.push_back(-x * x * x);
  }
  EXPECT_NEAR(rankCorrelation(a, grown), 1, 1e-12);
  EXPECT_NEAR(rankCorrelation(a, fallen), -1, 1e-12);
  std::swap(grown[0], grown[4]);
  EXPECT_LT(rankCorrelation(a, grown), 0.5);
}

TEST(RankCorrelation, equal_numbers_share_their_rank) {
  EXPECT_EQ(ranksOf({5, 1, 5, 5}), (std::vector<double>{2, 0, 2, 2}));
  EXPECT_EQ(rankCorrelation({1, 1, 1}, {1, 2, 3}), 0);
}
