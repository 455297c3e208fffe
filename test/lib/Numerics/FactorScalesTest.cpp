// Factorized scales: the fit in closed form and with gaps, the two clips against brute force, the alternating fit of
// the FSQ paper, and the integers of a layer against real arithmetic.
#include "wino/Numerics/FactorScales.h"

#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/IntegerTransform.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace wino;

namespace {

std::vector<double> positives(std::mt19937 &random, size_t count, double spread) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(std::exp(spread * (double(random() % 2001) / 1000 - 1)));
  return values;
}

/// Sum over sizes of the squared distance in logarithms, which factorSizes minimises.
double logError(const FactorScales &s, llvm::ArrayRef<double> sizes, unsigned k, int64_t channels) {
  double error = 0;
  for (size_t n = 0; n < sizes.size(); ++n)
    if (sizes[n] > 0)
      error +=
          std::pow(std::log(sizes[n] / s.at(unsigned(n / channels / k), unsigned(n / channels % k), n % channels)), 2);
  return error;
}

/// a_i b_j s_f, k x k x channels.
std::vector<double> randomProducts(std::mt19937 &random, size_t k, size_t channels, double spread) {
  std::vector<double> a = positives(random, k, spread), b = positives(random, k, spread);
  std::vector<double> s = positives(random, channels, spread), sizes;
  for (double x : a)
    for (double y : b)
      for (double z : s)
        sizes.push_back(x * y * z);
  return sizes;
}

TEST(FactorScales, recovers_sizes_that_are_products) {
  std::mt19937 random(1);
  std::vector<double> sizes = randomProducts(random, 6, 5, 2.5);
  FactorScales fitted = factorSizes(sizes, 6, 6, 5);
  for (size_t n = 0; n < sizes.size(); ++n)
    EXPECT_NEAR(fitted.at(unsigned(n / 30), unsigned(n / 5 % 6), n % 5), sizes[n], 1e-12 * sizes[n]);
}

TEST(FactorScales, rows_and_columns_may_differ_in_number) {
  std::mt19937 random(9);
  std::vector<double> a = positives(random, 3, 2), b = positives(random, 7, 2), sizes;
  for (double x : a)
    for (double y : b)
      for (double z : {1.0, 0.25})
        sizes.push_back(x * y * z);
  FactorScales fitted = factorSizes(sizes, 3, 7, 2);
  ASSERT_EQ(fitted.alpha.size(), 3u);
  ASSERT_EQ(fitted.beta.size(), 7u);
  for (size_t n = 0; n < sizes.size(); ++n)
    EXPECT_NEAR(fitted.at(unsigned(n / 14), unsigned(n / 2 % 7), n % 2), sizes[n], 1e-12 * sizes[n]);
}

TEST(FactorScales, gaps_are_filled_and_empty_rows_and_channels_get_the_mean) {
  std::mt19937 random(2);
  std::vector<double> sizes = randomProducts(random, 4, 3, 1);
  std::vector<double> holes = sizes;
  holes[(1 * 4 + 2) * 3 + 0] = 0; // a lone gap
  holes[(2 * 4 + 1) * 3 + 2] = std::nan("");
  for (int j = 0; j < 4; ++j)
    for (int f = 0; f < 3; ++f)
      holes[(3 * 4 + j) * 3 + f] = 0; // row 3 never moves
  for (int t = 0; t < 16; ++t)
    holes[t * 3 + 1] = 0; // channel 1 is dead
  FactorScales fitted = factorSizes(holes, 4, 4, 3);
  for (size_t n = 0; n < holes.size(); ++n)
    if (holes[n] > 0)
      EXPECT_NEAR(fitted.at(unsigned(n / 12), unsigned(n / 3 % 4), n % 3), sizes[n], 1e-4 * sizes[n]);
  EXPECT_NEAR(fitted.alpha[3], std::cbrt(fitted.alpha[0] * fitted.alpha[1] * fitted.alpha[2]), 1e-6);
  EXPECT_NEAR(fitted.sigma[1], std::sqrt(fitted.sigma[0] * fitted.sigma[2]), 1e-6);
  FactorScales nothing = factorSizes(std::vector<double>(48, 0.0), 4, 4, 3);
  EXPECT_EQ(nothing.at(1, 2, 0), 1);
}

TEST(FactorScales, no_other_factors_are_closer) {
  std::mt19937 random(3);
  std::vector<double> sizes = positives(random, 4 * 4 * 3, 1);
  FactorScales fitted = factorSizes(sizes, 4, 4, 3);
  double least = logError(fitted, sizes, 4, 3);
  for (double change : {0.99, 1.01})
    for (auto *list : {&fitted.alpha, &fitted.beta, &fitted.sigma})
      for (double &value : *list) {
        value *= change;
        EXPECT_GT(logError(fitted, sizes, 4, 3), least);
        value /= change;
      }
}

/// n x K x K normal samples of the given sizes.
std::vector<double> normalSamples(std::mt19937 &random, size_t count, llvm::ArrayRef<double> sizes) {
  std::vector<double> samples;
  for (size_t n = 0; n < count; ++n)
    for (double size : sizes) {
      double sum = -6;
      for (int i = 0; i < 12; ++i)
        sum += double(random()) / 4294967296.0;
      samples.push_back(size * sum);
    }
  return samples;
}

/// Eq. 27 and 28 of Chen et al. (NeurIPS 2023): alpha and beta of least squared error for fixed integers, in turn,
/// after rounding `samples` (n x K x K) to integers of `bits` with the present scales. Returns the summed squared error
/// before the first and after each round; it never rises. A row or column of zeros keeps its scale. The compiler does
/// not do this: from the scales of factorSizes it gains next to nothing, and it does not know what a tap's error costs.
std::vector<double> alternateScales(llvm::ArrayRef<double> samples, unsigned k, int bits, int rounds,
                                    std::vector<double> &alpha, std::vector<double> &beta) {
  size_t count = samples.size() / (k * k);
  std::vector<double> errors, integers(samples.size());
  double limit = std::ldexp(1.0, bits - 1) - 1;
  auto roundAll = [&] {
    double error = 0;
    for (size_t n = 0; n < count; ++n)
      for (unsigned t = 0; t < k * k; ++t) {
        double step = alpha[t / k] * beta[t % k], sample = samples[n * k * k + t];
        double q = std::min(std::max(roundHalfUp(sample / step), -limit - 1), limit);
        integers[n * k * k + t] = q;
        error += (sample - step * q) * (sample - step * q);
      }
    errors.push_back(error);
  };
  auto solve = [&](std::vector<double> &scales, bool rows) {
    std::vector<double> top(k), bottom(k);
    for (size_t n = 0; n < count; ++n)
      for (unsigned t = 0; t < k * k; ++t) {
        unsigned index = rows ? t / k : t % k;
        double q = integers[n * k * k + t] * (rows ? beta[t % k] : alpha[t / k]);
        top[index] += samples[n * k * k + t] * q;
        bottom[index] += q * q;
      }
    for (unsigned i = 0; i < k; ++i)
      if (bottom[i] > 0 && top[i] > 0)
        scales[i] = top[i] / bottom[i];
  };
  roundAll();
  for (int round = 0; round < rounds; ++round) {
    solve(alpha, /*rows=*/true);
    solve(beta, /*rows=*/false);
    roundAll();
  }
  return errors;
}

TEST(FactorScales, alternating_fit_is_monotone_and_gains_nothing_from_sizes) {
  std::mt19937 random(4);
  std::vector<double> a = positives(random, 6, 2), sizes;
  for (double x : a)
    for (double y : a)
      sizes.push_back(x * y * std::exp(0.05 * (double(random() % 201) / 100 - 1)));
  std::vector<double> samples = normalSamples(random, 400, sizes);
  FactorScales fitted = factorSizes(sizes, 6, 6, 1);
  std::vector<double> alpha, beta(6, 1.0), other(6, 1.0), ones(6, 1.0);
  for (double x : fitted.alpha)
    alpha.push_back(x * fitted.sigma[0] * 4.0 / 127);
  beta = fitted.beta;
  std::vector<double> errors = alternateScales(samples, 6, 8, 20, alpha, beta);
  std::vector<double> fromOnes = alternateScales(samples, 6, 8, 20, other, ones);
  for (auto *list : {&errors, &fromOnes})
    for (size_t i = 1; i < list->size(); ++i)
      EXPECT_LE((*list)[i], (*list)[i - 1] * (1 + 1e-12));
  EXPECT_GT(errors.back(), 0.8 * errors.front());
  EXPECT_GT(fromOnes.back(), 2 * errors.back());
}

TEST(FactorScales, alternating_fit_keeps_the_scale_of_a_row_of_zeros) {
  std::vector<double> samples = {0, 0, 3.13, -5.27}, alpha = {0.7, 0.1}, beta = {1, 1};
  std::vector<double> errors = alternateScales(samples, 2, 8, 5, alpha, beta);
  EXPECT_EQ(alpha[0], 0.7);
  EXPECT_LE(errors.back(), errors.front());
}

TEST(FactorScales, laplace_clip_has_the_least_error_of_all_clips) {
  for (int bits : {4, 6, 8, 16}) {
    double levels = (1 << (bits - 1)) - 1, spread = std::sqrt(0.5);
    auto error = [&](double clip) {
      return clip * clip / (12 * levels * levels) + 2 * spread * spread * std::exp(-clip / spread);
    };
    double best = laplaceClip(bits);
    for (double clip = 0.5; clip < 20; clip += 0.001)
      ASSERT_GE(error(clip), error(best) * (1 - 1e-9)) << bits << " bits, clip " << clip;
  }
  EXPECT_NEAR(laplaceClip(8), 6.99, 0.01);
}

TEST(FactorScales, sample_clip_cuts_a_light_outlier_and_keeps_a_heavy_one) {
  std::vector<float> samples, weights;
  for (int i = 0; i < 20000; ++i) {
    samples.push_back(float(std::sin(double(i)) + std::sin(i * 1.37)));
    weights.push_back(1);
  }
  samples[0] = 16;
  weights[0] = 0.001f;
  EXPECT_LT(sampleClip(samples, weights, 8), 3);
  EXPECT_GE(sampleClip(samples, weights, 8), 1.9);
  weights[0] = 1000;
  EXPECT_EQ(sampleClip(samples, weights, 8), 16);
  EXPECT_EQ(sampleClip({0.0f, 0.0f}, {1.0f, 1.0f}, 8), 0);
}

/// Runs both forms on random sums of products, and says how far apart their results are, in steps of the result.
double worstDifference(const ProductScalingProblem &p, const ProductScaling &s, const IntegerTransform &transform,
                       std::mt19937 &random, double reach) {
  int taps = transform.spec.taps(), columns = transform.spec.across().K;
  const LineTransform &down = transform.down, &across = transform.across;
  int64_t limit = int64_t(1) << (p.bits - 1);
  double worst = 0;
  for (int trial = 0; trial < 200; ++trial) {
    int64_t f = random() % p.channels;
    std::vector<double> real(taps), brought(taps);
    for (int t = 0; t < taps; ++t) {
      double step = p.steps.at(unsigned(t / columns), unsigned(t % columns), f);
      double wanted =
          step * double(limit - 1) * reach * (double(random() % 2001) / 1000 - 1); // in O' of the 32-bit form
      auto acc = int32_t(wanted * 2147483648.0 / p.multipliers[t * p.channels + f]);
      real[t] = std::ldexp(double(acc) * p.multipliers[t * p.channels + f], -31);
      int64_t q =
          clampTo<int32_t>(rshr(mulhi32(acc, s.multipliers[t * p.channels + f]), int(s.shift)), -limit, limit - 1);
      brought[t] = mulhi32(int32_t(uint32_t(q) << (32 - p.bits)), s.tapMultipliers[t]);
    }
    for (int a = 0; a < down.algorithm.m; ++a)
      for (int b = 0; b < across.algorithm.m; ++b) {
        auto output = [&](llvm::ArrayRef<double> o) {
          double sum = 0;
          for (int t = 0; t < taps; ++t)
            sum += (down.algorithm.AT.at(a, t / columns) * down.alpha[t / columns]).toDouble() *
                   (across.algorithm.AT.at(b, t % columns) * across.alpha[t % columns]).toDouble() * o[t];
          return sum;
        };
        double expected = std::ldexp(output(real) + p.bias[f], int(-p.outputShift));
        double got = output(brought) + s.bias[f];
        EXPECT_LE(std::fabs(got), 2147483647.0);
        worst =
            std::max(worst, std::fabs(std::ldexp(got * s.channelMultipliers[f], int(-31 - s.outputShift)) - expected));
      }
  }
  return worst;
}

TEST(FactorScales, integers_state_the_same_layer) {
  std::mt19937 random(5);
  for (int bits : {8, 16, -8}) {
    const char *tile = bits < 0 ? "F(4x2,3)" : "F(4,3)";
    IntegerTransform transform = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(tile))));
    bits = std::abs(bits);
    unsigned rows = 6, columns = unsigned(transform.spec.across().K), taps = rows * columns;
    int64_t channels = 4;
    std::vector<int32_t> multipliers, bias = {0, 1000000, -3000000, 2000000000};
    for (int64_t i = 0; i < int64_t(taps) * channels; ++i)
      multipliers.push_back(int32_t(1000000000 * positives(random, 1, 0.5)[0]));
    ProductScalingProblem problem;
    problem.rows = rows;
    problem.columns = columns;
    problem.channels = channels;
    problem.bits = bits;
    problem.steps = {positives(random, rows, 1), positives(random, columns, 1), {}};
    for (int64_t f = 0; f < channels; ++f) // full scale about 2^20
      problem.steps.sigma.push_back(std::ldexp(positives(random, 1, 1)[0], 21 - bits));
    problem.multipliers = multipliers;
    problem.bias = bias;
    problem.outputShift = 12;
    auto bound = [&](llvm::ArrayRef<double> bounds) { return transform.outputBound(bounds); };
    problem.outputBound = bound;
    std::optional<ProductScaling> scaling = chooseProductScaling(problem);
    ASSERT_TRUE(scaling);
    EXPECT_LE(*std::max_element(multipliers.begin(), multipliers.end()), 2147483647);
    std::vector<double> full(scaling->tapMultipliers.begin(), scaling->tapMultipliers.end());
    for (double &value : full)
      value += 0.5;
    for (int32_t b : scaling->bias)
      EXPECT_LE(transform.outputBound(full) + std::abs(double(b)), 2147483647.0);
    // Half a step of every product, and what rounding O' to units of its own adds, pass through A'.
    double allowed = 0;
    std::vector<double> half(taps);
    for (int64_t f = 0; f < channels; ++f) {
      double unit = std::ldexp(double(scaling->channelMultipliers[f]), int(-31 - scaling->outputShift)); // in steps
      for (unsigned t = 0; t < taps; ++t)
        half[t] = (std::ldexp(0.51 * scaling->tapMultipliers[t], 1 - bits) + 1) * unit;
      allowed = std::max(allowed, transform.outputBound(half) + unit + 1e-3);
    }
    EXPECT_LE(worstDifference(problem, *scaling, transform, random, 0.99), allowed) << bits << " bits";
  }
}

/// (E25) against the integral over the density, and least at laplaceClip.
TEST(FactorScales, laplace_error_is_that_of_the_density) {
  for (int bits : {6, 8}) {
    double levels = std::ldexp(1.0, bits - 1) - 1;
    for (double clip : {4.0, laplaceClip(bits), 9.0}) {
      double step = clip / levels, error = 0, width = step / 50;
      for (double x = width / 2; x < 25; x += width) {
        double rounded = std::min(std::floor(x / step + 0.5), levels) * step;
        error += width * std::sqrt(2.0) * std::exp(-x * std::sqrt(2.0)) * (x - rounded) * (x - rounded);
      }
      EXPECT_NEAR(laplaceError(bits, clip) / error, 1, 0.05) << bits << " bits, clip " << clip;
    }
    double best = laplaceError(bits, laplaceClip(bits));
    EXPECT_GT(laplaceError(bits, 0.98 * laplaceClip(bits)), best);
    EXPECT_GT(laplaceError(bits, 1.02 * laplaceClip(bits)), best);
  }
}

} // namespace
