// Scales of Winograd taps: limits, exactness of the effective scale, and the bounds that the choices must respect.
#include "wino/Numerics/TapScales.h"

#include "wino/Numerics/FixedPoint.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace wino;

TEST(TapScales, input_scale_is_what_the_multiplier_really_gives) {
  TapRequant requant = chooseTapRequant(1270.0, 0.3, 127);
  EXPECT_GE(requant.multiplier, 1 << 14);
  EXPECT_LT(requant.multiplier, 1 << 15);
  EXPECT_EQ(requant.scale, 0.3 / std::ldexp(requant.multiplier, -15 - requant.shift));
  EXPECT_NEAR(requant.scale, 10.0, 10.0 / 32768);
}

TEST(TapScales, clip_becomes_the_limit_of_the_format) {
  for (int bits = 4; bits <= 8; ++bits) {
    TapRequant requant = chooseTapRequant(1270.0, 0.3, tapLimit(TapType(bits)));
    EXPECT_NEAR(requant.scale * tapLimit(TapType(bits)), 1270.0, 1270.0 / 32768) << bits;
  }
  TapRequant widest = chooseTapRequant(32767.0, 1.0, 7); // the largest clip of 16-bit taps
  EXPECT_LT(widest.shift, 15);
  EXPECT_NEAR(widest.scale * 7, 32767.0, 1.0);
}

TEST(TapScales, clip_below_127_units_is_raised) {
  for (double clip : {0.0, 1.0, 127.0, std::nan("")}) {
    TapRequant requant = chooseTapRequant(clip, 1.0, 127);
    EXPECT_EQ(requant.multiplier, 32767);
    EXPECT_EQ(requant.shift, 0);
  }
}

TEST(TapScales, huge_clip_stops_at_the_largest_shift) {
  TapRequant requant = chooseTapRequant(1e9, 1.0, 127);
  EXPECT_EQ(requant.multiplier, 1 << 14);
  EXPECT_EQ(requant.shift, 15);
}

TEST(TapScales, input_multiplier_is_the_one_of_fixed_point) {
  for (int i = 0; i <= 4000; ++i) {
    double real = std::exp2(-15.9 * i / 4000); // from 1 down, rounding up to powers of two on the way
    TapRequant requant = chooseTapRequant(127.0 / real, 1.0, 127);
    std::optional<Multiplier16> nearest = quantizeMultiplier16(127.0 / (127.0 / real));
    if (!nearest)
      continue; // 1 itself, which is raised
    EXPECT_EQ(requant.multiplier, nearest->m) << real;
    EXPECT_EQ(requant.shift, nearest->shift) << real;
    EXPECT_NEAR(std::ldexp(requant.multiplier, -15 - requant.shift), real, real / 32768) << real;
  }
}

RationalMatrix matrixOf(const std::vector<std::vector<Rational>> &rows) {
  RationalMatrix matrix(int(rows.size()), int(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < rows[i].size(); ++j)
      matrix.at(int(i), int(j)) = rows[i][j];
  return matrix;
}

TEST(TapScales, filter_transform_of_two_directions) {
  LineMatrix down(matrixOf({{1, 0}, {1, 1}, {0, 2}})), across(matrixOf({{1, 0, 0}, {1, -1, 1}}));
  // Two channels of 2 x 3.
  std::vector<double> v = transformFilter(down, across, {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});
  EXPECT_EQ(v, (std::vector<double>{1, 10, 2, 20, 1 + 4, 50, 2 + 5, 70, 8, 80, 10, 100}));
  LineMatrix one(matrixOf({{1}}));
  EXPECT_EQ(transformFilter(one, across, {3, 5, 7}), (std::vector<double>{3, 5}));
}

TEST(TapScales, filter_transform_of_F23) {
  Rational half(1, 2);
  LineMatrix g(matrixOf({{1, 0, 0}, {half, half, half}, {half, -half, half}, {0, 0, 1}}));
  std::vector<float> w(18);
  std::iota(w.begin(), w.end(), 1.0f);
  std::vector<double> v = transformFilter(g, g, w);
  ASSERT_EQ(v.size(), 32u);
  EXPECT_EQ(v[0], 1);               // (0, 0) of channel 0 is w[0][0]
  EXPECT_EQ(v[1], 10);              // of channel 1
  EXPECT_EQ(v[(3 * 4 + 3) * 2], 9); // (3, 3) is w[2][2]
  EXPECT_EQ(v[(1 * 4 + 1) * 2], 45 / 4.0);
  EXPECT_EQ(v[(0 * 4 + 2) * 2], (1 - 2 + 3) / 2.0);
}

TEST(TapScales, narrow_scale_uses_the_maximum_of_compact_taps) {
  EXPECT_EQ(chooseNarrowScale({127.0, -50.0, 3.0}, TapType::I8, ClipRule::Mse), 1.0);
  EXPECT_EQ(chooseNarrowScale({0.0, 0.0}, TapType::I8, ClipRule::Mse), std::ldexp(1.0, -40));
  EXPECT_EQ(chooseNarrowScale({0.0, 0.0}, TapType::I4, ClipRule::Mse), std::ldexp(1.0, -40));
  EXPECT_EQ(chooseNarrowScale({14.0, -5.0, 3.0}, TapType::I4, ClipRule::Max), 2.0);
}

TEST(TapScales, narrow_scale_clips_a_lone_outlier_where_that_lowers_the_error) {
  std::vector<double> taps(20000);
  for (size_t i = 0; i < taps.size(); ++i)
    taps[i] = std::sin(double(i)); // not multiples of any step
  taps[0] = 1.2 * 4.5;
  double scale = chooseNarrowScale(taps, TapType::I8, ClipRule::Mse);
  EXPECT_LE(scale, taps[0] / 127);
  auto error = [&](double s) {
    double sum = 0;
    for (double tap : taps)
      sum += std::pow(quantizeTap(tap, s, 127) * s - tap, 2);
    return sum;
  };
  EXPECT_LE(error(scale), error(taps[0] / 127));
}

/// Least squared error over all scales. The rounded taps change only where a tap crosses a threshold (k + 1/2) scale;
/// between two thresholds they are fixed, and the best scale for them is their projection.
static double leastError(const std::vector<double> &taps, int32_t limit) {
  std::vector<double> thresholds;
  double power = 0, best = 0;
  for (double tap : taps) {
    power += tap * tap;
    for (int32_t k = 0; k < limit; ++k)
      if (tap != 0)
        thresholds.push_back(std::fabs(tap) / (k + 0.5));
  }
  std::sort(thresholds.begin(), thresholds.end());
  best = power;
  for (size_t i = 0; i + 1 < thresholds.size(); ++i) {
    double scale = (thresholds[i] + thresholds[i + 1]) / 2, product = 0, squares = 0;
    for (double tap : taps) {
      double v = quantizeTap(tap, scale, limit);
      product += v * tap;
      squares += v * v;
    }
    if (squares > 0)
      best = std::min(best, power - product * product / squares);
  }
  return best;
}

TEST(TapScales, few_bits_take_the_best_of_all_scales_or_nearly) {
  uint64_t state = 7;
  auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return double(state >> 11) / 9007199254740992.0;
  };
  for (int bits : {4, 5, 6, 7})
    for (size_t count : {24, 600})
      for (int kind = 0; kind < 3; ++kind) {
        std::vector<double> taps(count);
        for (double &tap : taps) {
          double gaussian = std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform());
          tap = kind == 0 ? gaussian : kind == 1 ? gaussian * std::fabs(gaussian) : uniform() - 0.5;
        }
        int32_t limit = tapLimit(TapType(bits));
        auto error = [&](double scale) {
          double sum = 0;
          for (double tap : taps)
            sum += std::pow(quantizeTap(tap, scale, limit) * scale - tap, 2);
          return sum;
        };
        double found = error(chooseNarrowScale(taps, TapType(bits), ClipRule::Mse)), best = leastError(taps, limit);
        EXPECT_GE(found, best * (1 - 1e-9)) << bits << " bits, kind " << kind;
        EXPECT_LE(found, best * (count == 24 ? 1 + 1e-9 : 1.05))
            << bits << " bits, kind " << kind << ", " << count << " taps";
        if (bits == 4 && kind == 1 && count == 600) { // long tails: the maximum wastes levels
          EXPECT_LE(found, 0.7 * error(chooseNarrowScale(taps, TapType::I4, ClipRule::Max)));
        }
      }
}

TEST(TapScales, narrow_taps_beside_16_bits_keep_the_accumulator_inside_int32) {
  std::vector<double> taps(2000);
  for (size_t i = 0; i < taps.size(); ++i)
    taps[i] = i % 2 ? 1 : -1;
  std::optional<double> scale = chooseFilterTapScale(taps, TapType::I8, 32767, ClipRule::Mse);
  ASSERT_TRUE(scale);
  double sum = 0;
  for (double tap : taps)
    sum += std::abs(quantizeTap(tap, *scale, 127));
  EXPECT_LE(sum * 32767, 2147483647.0);
  EXPECT_GT(sum, 0);
  EXPECT_EQ(*chooseFilterTapScale(taps, TapType::I8, 128, ClipRule::Mse), 1.0 / 127);
  EXPECT_FALSE(chooseFilterTapScale(std::vector<double>(200000, 1.0), TapType::I6, 32767, ClipRule::Mse));
}

TEST(TapScales, statistics_choose_the_clip_of_the_format) {
  TapStats stats{9, 1, 5, {2, 3, 4, 4.5, 4.7}};
  EXPECT_EQ(stats.clip(TapType::I4, ClipRule::Mse), 2);
  EXPECT_EQ(stats.clip(TapType::I8, ClipRule::Mse), 4.7);
  EXPECT_EQ(stats.clip(TapType::I16, ClipRule::Mse), 9);
  EXPECT_EQ(stats.clip(TapType::I4, ClipRule::Max), 9);
  EXPECT_EQ(stats.clip(TapType::I6, ClipRule::Percentile), 5);
  EXPECT_EQ(TapStats::fromRow(stats.row()).row(), stats.row());
  EXPECT_EQ(llvm::toString(parseClipRule("min").takeError()), "expected max, percentile or mse, got 'min'");
}

TEST(TapScales, wide_scale_keeps_the_accumulator_inside_int32) {
  std::vector<double> taps(512);
  for (size_t i = 0; i < taps.size(); ++i)
    taps[i] = std::cos(double(i));
  double bound = 32000;
  std::optional<double> scale = chooseWideScale(taps, bound);
  ASSERT_TRUE(scale);
  double sum = 0;
  for (double tap : taps)
    sum += std::abs(quantizeTap(tap, *scale, 32767));
  EXPECT_LE(sum * bound, 2147483647.0);
  EXPECT_GT(sum * bound, 2147483647.0 * 0.98); // and wastes little
}

TEST(TapScales, wide_scale_of_few_taps_is_14_bits) {
  EXPECT_EQ(chooseWideScale({16383.0, 5.0}, 100), 1.0);
  EXPECT_FALSE(chooseWideScale(std::vector<double>(200000, 1.0), 32767));
}

/// One tap of one channel; the output code computes `gain` times the tap.
static OutputScalingProblem oneTap(double factor, double accBound, double bias, double gain = 1) {
  auto bound = [gain](llvm::ArrayRef<double> products) { return gain * products[0]; };
  return OutputScalingProblem{1, 1, bound, {factor}, {accBound}, {bias}};
}

TEST(TapScales, output_shift_is_16_where_all_fits) {
  std::optional<OutputScaling> scaling = chooseOutputScaling(oneTap(std::ldexp(1.0, -17), 1e6, 2.5));
  ASSERT_TRUE(scaling);
  EXPECT_EQ(scaling->shift, 16);
  EXPECT_EQ(scaling->multipliers[0], 1 << 30);
  EXPECT_EQ(scaling->bias[0], 163840);
}

TEST(TapScales, output_shift_yields_to_multiplier_and_to_range) {
  std::optional<OutputScaling> steep = chooseOutputScaling(oneTap(std::ldexp(1.0, -10), 100, 0));
  ASSERT_TRUE(steep);
  EXPECT_EQ(steep->shift, 16);
  EXPECT_EQ(steep->pre, 7); // 2^-10 * 2^(31 + 16 - 7) = 2^30, one less would be 2^31
  EXPECT_EQ(chooseOutputScaling(oneTap(std::ldexp(1.0, -10), std::ldexp(1.0, 26), 0))->shift, 13); // acc << 4 fits
  std::optional<OutputScaling> ranged = chooseOutputScaling(oneTap(std::ldexp(1.0, -17), 2147483647.0, 40000));
  ASSERT_TRUE(ranged);
  EXPECT_EQ(ranged->shift, 15); // (2^14 + 40000) * 2^15 fits, twice that does not
  EXPECT_LE(outputBound(oneTap(std::ldexp(1.0, -17), 2147483647.0, 40000), *ranged, 0), 2147483647.0);
  EXPECT_FALSE(chooseOutputScaling(oneTap(1.0, std::ldexp(1.0, 30), 0)));
  EXPECT_FALSE(chooseOutputScaling(oneTap(0.001, 10, 1e12)));
}

TEST(TapScales, output_shift_yields_to_a_residual) {
  OutputScalingProblem coarse = oneTap(std::ldexp(1.0, -17), 1e6, 0);
  coarse.residual = ResidualScale{1.9, 255}; // 1.9 * 2^15 has 16 bits
  std::optional<OutputScaling> scaling = chooseOutputScaling(coarse);
  ASSERT_TRUE(scaling);
  EXPECT_EQ(scaling->shift, 14);
  EXPECT_EQ(scaling->residual, 31130);
  OutputScalingProblem full = oneTap(32700.0 / 2147483647.0, 2147483647.0, 0); // 32700 * 2^16 fits
  EXPECT_EQ(chooseOutputScaling(full)->shift, 16);
  full.residual = ResidualScale{0.4, 255};
  scaling = chooseOutputScaling(full);
  ASSERT_TRUE(scaling);
  EXPECT_EQ(scaling->shift, 15);
  EXPECT_EQ(scaling->residual, 13107);
  EXPECT_LE(outputBound(full, *scaling, 0), 2147483647.0);
  full.residual = ResidualScale{20000, 255};
  EXPECT_FALSE(chooseOutputScaling(full));
}

TEST(TapScales, output_shift_obeys_the_bound_of_the_transform_itself) {
  // 2^-2 * 2^31 = 2^29 steps at shift 0: what the output code makes of it, not the tap, decides.
  double factor = std::ldexp(1.0, -17), acc = std::ldexp(1.0, 30);
  EXPECT_EQ(chooseOutputScaling(oneTap(factor, acc, 0))->shift, 16);
  EXPECT_EQ(chooseOutputScaling(oneTap(factor, acc, 0, 3))->shift, 16);
  EXPECT_EQ(chooseOutputScaling(oneTap(factor, acc, 0, 4.01))->shift, 15);
  EXPECT_EQ(chooseOutputScaling(oneTap(factor, acc, 0, 100))->shift, 11);
}
