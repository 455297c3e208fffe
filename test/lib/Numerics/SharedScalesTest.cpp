// Scales that taps share, against single scales, exhaustive search and hand-made groups.
#include "wino/Numerics/SharedScales.h"

#include "wino/Numerics/TapScales.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace wino;

namespace {

std::vector<double> randomTaps(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> taps;
  for (size_t i = 0; i < count; ++i)
    taps.push_back(double(random() % 2001) / 1000 - 1);
  return taps;
}

/// Rows of very different sizes, as those of F(4,3) with integer points, V in the opposite direction.
BalanceProblem uneven(unsigned k, unsigned seed) {
  std::mt19937 random(seed);
  BalanceProblem problem;
  problem.k = k;
  std::vector<double> rows, filters, outputs;
  for (unsigned i = 0; i < k; ++i) {
    rows.push_back(std::ldexp(1.0 + double(random() % 100) / 100, int(random() % 6)));
    filters.push_back((1.0 + double(random() % 100) / 100) / rows.back());
    outputs.push_back(1.0 + double(random() % 4));
  }
  for (unsigned tap = 0; tap < k * k; ++tap) {
    double u = rows[tap / k] * rows[tap % k], v = filters[tap / k] * filters[tap % k];
    problem.inputClips.push_back(3 * u);
    problem.inputPowers.push_back(u * u);
    problem.filterClips.push_back(3 * v);
    problem.filterPowers.push_back(16 * v * v);
    problem.weights.push_back(outputs[tap / k] * outputs[tap % k]);
  }
  problem.channelsIn = 16;
  return problem;
}

/// (E51) once more, from the scales that single taps get.
double noiseOf(const BalanceProblem &p, const std::vector<double> &d) {
  double u = 0, v = 0, noise = 0;
  for (unsigned i = 0; i < p.k; ++i)
    for (unsigned j = 0; j < p.k; ++j) {
      u = std::max(u, d[i] * d[j] * p.inputClips[i * p.k + j] / p.inputLimit);
      v = std::max(v, p.filterClips[i * p.k + j] / (d[i] * d[j] * p.filterLimit));
    }
  for (unsigned i = 0; i < p.k; ++i)
    for (unsigned j = 0; j < p.k; ++j) {
      unsigned tap = i * p.k + j;
      double su = u / (d[i] * d[j]), sv = v * d[i] * d[j];
      noise += p.weights[tap] / 12 * (su * su * p.filterPowers[tap] + p.channelsIn * sv * sv * p.inputPowers[tap]);
    }
  return noise;
}

TEST(SharedScales, reads_names) {
  EXPECT_EQ(*parseInputSharing("tensor"), InputSharing::Tensor);
  EXPECT_EQ(*parseFilterSharing("channel"), FilterSharing::Channel);
  EXPECT_EQ(llvm::toString(parseInputSharing("taps").takeError()), "expected tap or tensor, got 'taps'");
  EXPECT_EQ(llvm::toString(parseFilterSharing("").takeError()), "expected tap-channel, tap, channel or tensor, got ''");
  EXPECT_TRUE(sharesTaps(InputSharing::Tensor) && sharesTaps(FilterSharing::Channel));
  EXPECT_FALSE(sharesTaps(InputSharing::Tap) || sharesTaps(FilterSharing::Tap));
}

TEST(SharedScales, noise_is_that_of_one_step_behind_the_factors) {
  BalanceProblem problem = uneven(4, 1);
  for (std::vector<double> d : {std::vector<double>{1, 1, 1, 1}, {0.5, 3, 1, 0.125}})
    EXPECT_NEAR(balancedNoise(problem, d), noiseOf(problem, d), 1e-12 * noiseOf(problem, d));
}

TEST(SharedScales, balanced_rows_come_near_the_best_of_a_grid) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    BalanceProblem problem = uneven(3, seed);
    double best = HUGE_VAL; // one factor is free, as scales take it up: quarter octaves of the other two
    for (int a = -32; a <= 32; ++a)
      for (int b = -32; b <= 32; ++b)
        best = std::min(best, noiseOf(problem, {1, std::exp2(a / 4.0), std::exp2(b / 4.0)}));
    double found = noiseOf(problem, balanceRows(problem)), plain = noiseOf(problem, {1, 1, 1});
    EXPECT_LE(found, 1.05 * best) << seed;
    EXPECT_LE(found, plain) << seed;
  }
}

TEST(SharedScales, free_factors_serve_each_operand_alone) {
  BalanceProblem problem = uneven(3, 5);
  EXPECT_EQ(chooseRowFactors(problem, Balance::None).input, std::vector<double>(3, 1));
  RowFactors paired = chooseRowFactors(problem, Balance::Paired), free = chooseRowFactors(problem, Balance::Free);
  EXPECT_EQ(paired.input, paired.filter);
  BalanceProblem input = problem, filter = problem;
  input.sharesFilter = filter.sharesInput = false;
  EXPECT_LE(balancedNoise(input, free.input), balancedNoise(input, paired.input));
  EXPECT_LE(balancedNoise(filter, free.filter), balancedNoise(filter, paired.filter));
  EXPECT_EQ(*parseBalance("free"), Balance::Free);
  EXPECT_EQ(llvm::toString(parseBalance("yes").takeError()), "expected none, paired or free, got 'yes'");
}

TEST(SharedScales, nothing_to_balance_leaves_ones) {
  BalanceProblem problem = uneven(3, 1);
  problem.sharesInput = problem.sharesFilter = false;
  EXPECT_EQ(balanceRows(problem), std::vector<double>(3, 1));
  problem = uneven(3, 1);
  problem.inputClips.assign(9, 0);
  problem.filterClips.assign(9, 0);
  EXPECT_EQ(balanceRows(problem), std::vector<double>(3, 1));
}

TEST(SharedScales, each_group_has_the_scale_of_its_taps_behind_the_factors) {
  constexpr unsigned k = 3;
  constexpr size_t channels = 4, length = 5;
  std::vector<double> taps = randomTaps(k * k * channels * length, 3), bounds(k * k, 128);
  for (size_t i = 0; i < taps.size(); ++i)
    taps[i] *= 1 + double(i / length % 7);
  std::vector<double> d = {1, 2, 0.25}, factors;
  for (double down : d)
    for (double across : d)
      factors.push_back(down * across);
  auto row = [&](size_t tap, size_t f) {
    std::vector<double> values(taps.begin() + std::ptrdiff_t((tap * channels + f) * length),
                               taps.begin() + std::ptrdiff_t((tap * channels + f + 1) * length));
    for (double &value : values)
      value /= d[tap / k] * d[tap % k];
    return values;
  };
  for (FilterSharing sharing :
       {FilterSharing::TapChannel, FilterSharing::Tap, FilterSharing::Channel, FilterSharing::Tensor})
    for (TapType type : {TapType::I8, TapType::I4}) {
      auto scales = sharedFilterScales(taps, k * k, channels, factors, sharing, type, bounds, ClipRule::Mse);
      ASSERT_TRUE(scales);
      for (size_t tap = 0; tap < k * k; ++tap)
        for (size_t f = 0; f < channels; ++f) {
          std::vector<double> group;
          for (size_t otherTap = 0; otherTap < k * k; ++otherTap)
            for (size_t otherF = 0; otherF < channels; ++otherF) {
              bool sameTap = tap == otherTap || sharing == FilterSharing::Channel || sharing == FilterSharing::Tensor;
              bool sameF = f == otherF || sharing == FilterSharing::Tap || sharing == FilterSharing::Tensor;
              if (sameTap && sameF)
                for (double value : row(otherTap, otherF))
                  group.push_back(value);
            }
          double expected = chooseNarrowScale(group, type, ClipRule::Mse) * d[tap / k] * d[tap % k];
          EXPECT_DOUBLE_EQ((*scales)[tap * channels + f], expected);
        }
    }
}

TEST(SharedScales, accumulators_make_the_whole_group_coarser) {
  constexpr unsigned k = 1;
  std::vector<double> taps(2 * 1024, 1.0), bounds(1, 32768); // two channels; 1024 * 127 * 2^15 leaves 32 bits
  taps[0] = 0.5;
  auto scales = sharedFilterScales(taps, k, 2, {1.0}, FilterSharing::Tensor, TapType::I8, bounds, ClipRule::Max);
  ASSERT_TRUE(scales);
  EXPECT_EQ((*scales)[0], (*scales)[1]);
  double sum = 0;
  for (size_t c = 1024; c < 2048; ++c)
    sum += std::abs(quantizeTap(taps[c], (*scales)[1], 127));
  EXPECT_LE(sum * 32768, 2147483647.0);
  EXPECT_GT((*scales)[1], 1.0 / 127);
  EXPECT_FALSE(sharedFilterScales(std::vector<double>(70000, 1.0), k, 1, {1.0}, FilterSharing::Tensor, TapType::I16,
                                  {65000.0}, ClipRule::Max));
}

} // namespace
