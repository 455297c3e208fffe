// Scales and multipliers: limits, ties and the cases where no multiplier exists.
#include "wino/Numerics/QuantizeScale.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace wino;

TEST(QuantizeScale, activation_scale_is_a_binary32_value) {
  double scale = activationScale(1.0, 127);
  EXPECT_EQ(scale, static_cast<double>(1.0f / 127.0f));
  EXPECT_NE(scale, 1.0 / 127.0);
}

TEST(QuantizeScale, degenerate_clips_count_as_one) {
  for (double clip : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan(""), 1e-300})
    EXPECT_EQ(activationScale(clip, 255), activationScale(1.0, 255)) << clip;
}

TEST(QuantizeScale, filter_scale_keeps_the_bias_in_26_bits) {
  EXPECT_EQ(filterScale({-127.0f, 3.1f}, 0.0, 0.5), 1.0);
  EXPECT_EQ(filterScale({0.0f, 0.0f}, 0.0, 0.5), std::ldexp(1.0, -40));
  double scale = filterScale({0.0f}, 3.0, 0.5);
  EXPECT_LE(3.0 / (scale * 0.5), std::ldexp(1.0, 26));
}

TEST(QuantizeScale, filter_grid_is_the_step_that_the_numbers_were_made_with) {
  for (float step : {0.0371f, 1.0f, 3e-9f, 0.1f / 3})
    for (int largest : {127, 126, 100, 64}) {
      std::vector<float> channel;
      for (int q : {largest, -largest + 1, 0, 17, -3, 1, 59})
        channel.push_back(step * float(q));
      std::optional<double> grid = filterGrid(channel);
      ASSERT_TRUE(grid) << step << " " << largest;
      EXPECT_EQ(*grid, double(step)) << largest;
    }
}

TEST(QuantizeScale, filter_grid_of_few_steps_is_made_finer) {
  // Multiples of 0.5 up to 7 are 14 steps, and 9 * 14 = 126.
  std::optional<double> grid = filterGrid({7.0f, -3.5f, 0.5f, 1.0f});
  ASSERT_TRUE(grid);
  EXPECT_NEAR(*grid, 0.5 / 9, 1e-9);
  EXPECT_NEAR(filterGrid({-0.37f}).value(), 0.37 / 127, 1e-9);
}

TEST(QuantizeScale, filter_grid_wants_every_number) {
  EXPECT_FALSE(filterGrid({}));
  EXPECT_FALSE(filterGrid({0.0f, 0.0f}));
  EXPECT_FALSE(filterGrid({1.0f, 0.501f, 0.25f}));
  EXPECT_FALSE(filterGrid({128.0f, 1.0f})); // one level too many
  EXPECT_FALSE(filterGrid({1.0f, std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(filterScale({1.0f, 0.501f, 0.25f}, 0, 1), 1.0 / 127);
}

TEST(QuantizeScale, quantize_value_rounds_half_up_and_clamps) {
  EXPECT_EQ(quantizeValue(2.5, -128, 127), 3);
  EXPECT_EQ(quantizeValue(-2.5, -128, 127), -2);
  EXPECT_EQ(quantizeValue(1e30, -128, 127), 127);
  EXPECT_EQ(quantizeValue(-std::numeric_limits<double>::infinity(), -128, 127), -128);
}

TEST(QuantizeScale, small_factors_need_no_pre_shift) {
  auto choice = chooseRequant({std::ldexp(1.0, -20), std::ldexp(1.0, -12)}, 1e6);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->pre, 0);
  EXPECT_EQ(choice->shift, 11); // 2^-12 * 2^(31 + 12) = 2^31 is one too large
  EXPECT_EQ(choice->multipliers, (std::vector<int32_t>{1 << 22, 1 << 30}));
}

TEST(QuantizeScale, large_factors_get_eight_guard_bits_by_pre_shift) {
  auto choice = chooseRequant({0.75}, 255.0 * 49);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->pre, 8);
  EXPECT_EQ(choice->shift, 8);
  EXPECT_EQ(choice->multipliers[0], 3 << 29);
}

TEST(QuantizeScale, a_residual_wants_twelve_guard_bits_and_a_multiplier_of_16) {
  auto choice = chooseRequant({0.75}, 255.0 * 49, ResidualScale{1.5, 255});
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->pre, 12);
  EXPECT_EQ(choice->shift, 12);
  EXPECT_EQ(choice->residual, 3 << 11);
  // 20 * 2^11 = 40,960 is no 16-bit number.
  choice = chooseRequant({0.75}, 255.0 * 49, ResidualScale{20, 255});
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->shift, 10);
  EXPECT_EQ(choice->residual, 20 << 10);
  EXPECT_FALSE(chooseRequant({0.75}, 100, ResidualScale{40000, 255}));
  // 0.999999 of 2,147,483,000 fits beside the rounding addend, 255 * 2^10 more does not.
  double factor = 0.999999 / 1024, bound = 2147483000.0;
  EXPECT_EQ(chooseRequant({factor}, bound)->shift, 10);
  choice = chooseRequant({factor}, bound, ResidualScale{1, 255});
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->shift, 9);
}

TEST(QuantizeScale, an_accumulator_that_fills_int32_leaves_no_room_for_pre_shift) {
  auto choice = chooseRequant({0.25}, 2147483647.0);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->pre, 0);
  EXPECT_EQ(choice->shift, 1);
  EXPECT_FALSE(chooseRequant({1.0}, 2147483647.0));
  EXPECT_FALSE(chooseRequant({0.25}, 2147483648.0));
  EXPECT_FALSE(chooseRequant({-0.25}, 100.0));
  EXPECT_FALSE(chooseRequant({std::nan("")}, 100.0));
}

TEST(QuantizeScale, a_factor_just_below_a_power_of_two_is_not_rounded_to_two_to_the_31) {
  auto choice = chooseRequant({std::nextafter(std::ldexp(1.0, -12), 0.0)}, 1e6);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->shift, 11);
}

TEST(QuantizeScale, sum_multipliers_fit_16_bits) {
  auto choice = chooseSumMultipliers({1.0, -0.5});
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->shift, 13); // 1.5 * 2^14 is more than 16319
  EXPECT_EQ(choice->multipliers, (std::vector<int32_t>{8192, -4096}));
  EXPECT_EQ(chooseSumMultipliers({0.01})->shift, 15);
  EXPECT_EQ(chooseSumMultipliers({63.7})->multipliers[0], 16307); // shift 8, the last of the narrow form
  EXPECT_EQ(chooseSumMultipliers({63.8})->shift, 9);              // 16333 would be too much: any 16 bits
  EXPECT_EQ(chooseSumMultipliers({16383.5})->multipliers[0], 32767);
  EXPECT_FALSE(chooseSumMultipliers({16384.0}));
}

TEST(QuantizeScale, lookup_table_starts_at_the_smallest_value) {
  auto relu = [](double x) { return x < 0 ? 0 : x; };
  std::vector<int32_t> table = lookupTable(relu, 1.0, -128, 0.5, 0, 255);
  ASSERT_EQ(table.size(), 256u);
  EXPECT_EQ(table[0], 0);
  EXPECT_EQ(table[128 + 3], 6);
  EXPECT_EQ(table[255], 254);
}

TEST(QuantizeScale, softmax_table_falls_from_65535) {
  std::vector<int32_t> table = softmaxTable(0.1);
  ASSERT_EQ(table.size(), 256u);
  EXPECT_EQ(table[0], 65535);
  EXPECT_EQ(table[10], 24109); // 65535 / e = 24108.98
  EXPECT_EQ(table[255], 0);
}

TEST(QuantizeScale, softmax_table_of_many_levels_ends_at_its_first_zero) {
  std::vector<int32_t> table = softmaxTable(0.01, 8192);
  ASSERT_GT(table.size(), 256u);
  ASSERT_LT(table.size(), 8192u);
  EXPECT_EQ(table[table.size() - 2], 1);
  EXPECT_EQ(table.back(), 0);
  EXPECT_EQ(softmaxTable(1e-6, 300).size(), 300u); // never beyond the levels
}
