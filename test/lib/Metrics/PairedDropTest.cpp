// PairedDrop: luck against all outcomes of tossed coins, the interval's coverage against the multinomial distribution,
// verdicts and the worst bucket on examples.
#include "wino/Metrics/PairedDrop.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace wino;

namespace {

PairedDrop dropOf(size_t trials, size_t lost, size_t gained) {
  PairedDrop drop;
  for (size_t i = 0; i < trials; ++i)
    drop.add(/*isFloatRight=*/i < lost || i >= lost + gained, /*isIntegerRight=*/i >= lost);
  return drop;
}

TEST(PairedDrop, counts_and_points) {
  PairedDrop drop = dropOf(200, 9, 4);
  EXPECT_EQ(drop.trials, 200u);
  EXPECT_EQ(drop.floatRight, 196u);
  EXPECT_EQ(drop.integerRight, 191u);
  EXPECT_EQ(drop.lost, 9u);
  EXPECT_EQ(drop.gained, 4u);
  EXPECT_DOUBLE_EQ(drop.points(), 2.5);
  EXPECT_EQ(PairedDrop().points(), 0);
  PairedDrop twice = drop;
  twice.add(drop);
  EXPECT_DOUBLE_EQ(twice.points(), 2.5);
  EXPECT_EQ(twice.trials, 400u);
}

TEST(PairedDrop, luck_is_the_share_of_tosses_that_lose_as_much) {
  for (unsigned differing = 0; differing <= 12; ++differing)
    for (unsigned lost = 0; lost <= differing; ++lost) {
      unsigned many = 0;
      for (unsigned tosses = 0; tosses < 1u << differing; ++tosses)
        many += unsigned(__builtin_popcount(tosses)) >= lost;
      EXPECT_NEAR(dropOf(40, lost, differing - lost).luck(), double(many) / double(1u << differing), 1e-9);
    }
}

/// The share of samples of `n` trials of which `is` holds, summed over all of them.
template <typename Is> double shareOf(unsigned n, double lost, double gained, Is is) {
  double sum = 0;
  for (unsigned l = 0; l <= n; ++l)
    for (unsigned g = 0; l + g <= n; ++g) {
      double logChance = std::lgamma(n + 1.) - std::lgamma(l + 1.) - std::lgamma(g + 1.) - std::lgamma(n - l - g + 1.) +
                         l * std::log(lost) + g * std::log(gained) + (n - l - g) * std::log(1 - lost - gained);
      sum += is(dropOf(n, l, g)) ? std::exp(logChance) : 0;
    }
  return sum;
}

double coverage(unsigned n, double lost, double gained) {
  return shareOf(n, lost, gained, [&](const PairedDrop &drop) {
    auto [low, high] = drop.interval();
    return low <= 100 * (lost - gained) && 100 * (lost - gained) <= high;
  });
}

TEST(PairedDrop, the_interval_has_the_truth_19_times_of_20) {
  for (unsigned n : {20u, 60u, 150u})
    for (auto [lost, gained] : {std::pair(0.02, 0.01), std::pair(0.1, 0.02), std::pair(0.3, 0.1), std::pair(0.2, 0.2)})
      EXPECT_GT(coverage(n, lost, gained), 0.93) << n << " " << lost << " " << gained;
  EXPECT_LT(coverage(150, 0.3, 0.1), 0.97); // and is no wider than it has to be
}

TEST(PairedDrop, a_few_images_are_not_judged) {
  EXPECT_EQ(dropOf(10, 1, 0).judge(0.5, 1), Verdict::TooFew);  // 10 points by one image
  EXPECT_EQ(dropOf(10, 1, 0).judge(10, 1), Verdict::Kept);     // as many as allowed
  EXPECT_EQ(dropOf(10, 5, 0).judge(0.5, 1), Verdict::Missed);  // 1 of 32 tosses
  EXPECT_EQ(dropOf(10, 4, 0).judge(0.5, 1), Verdict::TooFew);  // 1 of 16
  EXPECT_EQ(dropOf(10, 5, 0).judge(0.5, 10), Verdict::TooFew); // 1 of 10 buckets may look so
  EXPECT_EQ(dropOf(1000, 70, 20).judge(0.5, 10), Verdict::Missed);
  EXPECT_EQ(dropOf(1000, 20, 70).judge(0.5, 10), Verdict::Kept); // a gain
  EXPECT_EQ(PairedDrop().judge(0, 3), Verdict::Kept);
}

TEST(PairedDrop, a_bucket_that_just_keeps_its_budget_is_rarely_failed) {
  for (unsigned n : {20u, 60u, 150u})
    for (auto [lost, gained] :
         {std::pair(0.02, 0.01), std::pair(0.1, 0.02), std::pair(0.3, 0.1), std::pair(0.05, 1e-9)})
      for (size_t family : {1, 10})
        EXPECT_LE(shareOf(n, lost, gained,
                          [&, budget = 100 * (lost - gained)](const PairedDrop &drop) {
                            return drop.judge(budget, family) == Verdict::Missed;
                          }),
                  0.05 / double(family))
            << n << " " << lost << " " << gained << " " << family;
  EXPECT_EQ(dropOf(1000, 70, 15).judge(5, 1), Verdict::TooFew); // loses for certain, but maybe no more than 5 points
  EXPECT_EQ(dropOf(1000, 70, 5).judge(5, 1), Verdict::Missed);
  EXPECT_EQ(dropOf(128, 16, 0).judge(0.5, 20), Verdict::Missed);
}

TEST(PairedDrop, buckets_hold_the_trials_of_a_value_and_numbers_come_by_size) {
  std::vector<std::string> values = {"10", "small", "9", "10", "small", "big"};
  auto buckets =
      bucketsOf("size", values, {true, true, true, true, false, true}, {true, false, true, false, true, true});
  ASSERT_EQ(buckets.size(), 4u);
  EXPECT_EQ(buckets[0].value, "9");
  EXPECT_EQ(buckets[1].value, "10");
  EXPECT_EQ(buckets[2].value, "big");
  EXPECT_EQ(buckets[3].value, "small");
  EXPECT_EQ(buckets[1].drop.lost, 1u);
  EXPECT_EQ(buckets[3].drop.trials, 2u);
  EXPECT_EQ(buckets[3].drop.gained, 1u);
  EXPECT_EQ(buckets[3].family, 4u);
}

TEST(PairedDrop, the_worst_bucket_is_the_one_that_loses_most_for_certain) {
  std::vector<Bucket> buckets = {{"c", "tiny", 4, dropOf(3, 1, 0)},
                                 {"c", "large", 4, dropOf(1000, 60, 10)},
                                 {"c", "clean", 4, dropOf(100000, 0, 0)},
                                 {"c", "better", 4, dropOf(1000, 0, 9)}};
  ASSERT_TRUE(worstBucket(buckets));
  EXPECT_EQ(worstBucket(buckets)->value, "large");
  buckets.erase(buckets.begin() + 1);
  EXPECT_EQ(worstBucket(buckets)->value, "tiny");
  buckets.erase(buckets.begin());
  EXPECT_EQ(worstBucket(buckets), nullptr);
}

} // namespace
