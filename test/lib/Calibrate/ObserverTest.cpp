// Observer: exact statistics, histogram growth, and the clip against a search over a real quantizer.
#include "wino/Calibrate/Observer.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace wino;

static std::vector<float> gaussian(size_t count, double sigma, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float &x : values) { // sum of uniforms: the same on every host, unlike std::normal_distribution
    double sum = 0;
    for (int i = 0; i < 12; ++i)
      sum += double(random()) / 4294967296.0;
    x = float((sum - 6) * sigma);
  }
  return values;
}

static double quantizationError(const std::vector<float> &values, double clip, double levels, bool isSigned) {
  double step = clip / levels, error = 0;
  for (float x : values) {
    double q = std::floor(x / step + 0.5);
    q = std::min(std::max(q, isSigned ? -levels : 0.0), levels);
    error += (q * step - x) * (q * step - x);
  }
  return error;
}

TEST(Observer, simple_statistics) {
  Observer observer;
  EXPECT_EQ(observer.rms(), 0);
  EXPECT_EQ(observer.clipMse(127), 0);
  EXPECT_EQ(observer.percentile(99), 0);
  observer.add({1.0f, -3.0f, 0.0f});
  observer.add({2.0f});
  EXPECT_EQ(observer.count(), 4u);
  EXPECT_EQ(observer.min(), -3);
  EXPECT_EQ(observer.max(), 2);
  EXPECT_EQ(observer.maxAbs(), 3);
  EXPECT_TRUE(observer.hasNegative());
  EXPECT_EQ(observer.sumOfSquares(), 14);
  EXPECT_EQ(observer.rms(), std::sqrt(14.0 / 4));
}

TEST(Observer, positive_numbers_keep_their_minimum) {
  Observer observer;
  observer.add({3.0f, 5.0f});
  EXPECT_EQ(observer.min(), 3);
  EXPECT_FALSE(observer.hasNegative());
}

TEST(Observer, zeros_only_then_numbers) {
  Observer observer;
  observer.add(std::vector<float>(100, 0.0f));
  EXPECT_EQ(observer.clipMse(127), 0);
  EXPECT_EQ(observer.percentile(100), 0);
  observer.add({-0.0f, 4.0f});
  EXPECT_EQ(observer.percentile(99), 0);
  EXPECT_EQ(observer.percentile(100), 4);
  EXPECT_EQ(observer.clipMse(127), 4);
  EXPECT_FALSE(observer.hasNegative());
}

TEST(Observer, numbers_that_are_not_finite_are_only_counted) {
  Observer observer;
  observer.add({NAN, 1.0f, INFINITY, -INFINITY});
  EXPECT_EQ(observer.nonFinite(), 3u);
  EXPECT_EQ(observer.count(), 1u);
  EXPECT_EQ(observer.max(), 1);
}

/// Merging pairs of bins keeps every count: growing step by step and starting large give the same histogram.
TEST(Observer, range_that_grows_equals_range_that_is_large_at_once) {
  std::vector<float> values = gaussian(20000, 1, 1);
  for (float factor : {1.0f, 3.0f, 1000.0f, 1e30f}) {
    std::vector<float> large = {factor * 5};
    Observer grown(512), atOnce(512);
    grown.add(values);
    grown.add(large);
    atOnce.add(large);
    atOnce.add(values);
    for (double p : {1.0, 50.0, 99.0, 99.9, 100.0})
      EXPECT_EQ(grown.percentile(p), atOnce.percentile(p));
    EXPECT_EQ(grown.clipMse(127), atOnce.clipMse(127));
  }
}

TEST(Observer, extreme_magnitudes_stay_inside_the_histogram) {
  Observer observer(16);
  observer.add({1e-45f, -1e-38f});
  EXPECT_GT(observer.clipMse(127), 0);
  observer.add({3.4028235e38f, 1.1754944e-38f});
  EXPECT_EQ(observer.percentile(100), 3.4028234663852886e38);
  EXPECT_EQ(observer.clipMse(127), 3.4028234663852886e38);
  observer.add({1.0f, 2.0f, 4.0f}); // powers of two are lower edges of their range
  EXPECT_EQ(observer.count(), 7u);
}

/// Large calls take another path than small ones; the counts are the same.
TEST(Observer, split_into_calls_does_not_change_counts) {
  std::vector<float> values = gaussian(50000, 1, 2);
  Observer whole, parts;
  whole.add(values);
  for (size_t i = 0; i < values.size(); i += 1000)
    parts.add(llvm::ArrayRef<float>(values).slice(i, 1000));
  EXPECT_EQ(whole.clipMse(127), parts.clipMse(127));
  EXPECT_EQ(whole.percentile(99), parts.percentile(99));
  EXPECT_NEAR(whole.sumOfSquares(), parts.sumOfSquares(), 1e-9 * whole.sumOfSquares());
}

TEST(Observer, percentile_is_within_one_bin) {
  Observer observer;
  std::vector<float> values;
  for (int i = 1; i <= 1000; ++i)
    values.push_back(float(i) / 1000);
  observer.add(values);
  for (double p : {10.0, 50.0, 99.0})
    EXPECT_NEAR(observer.percentile(p), p / 100, 2.0 / 2048);
  EXPECT_EQ(observer.percentile(100), 1);
}

/// The clip's error, measured with a real quantizer, is within 3 % (0.13 dB; 5 % for 6 bits) of the best clip of a fine
/// search (whose best also has luck in how its grid falls on the samples).
TEST(Observer, clip_is_as_good_as_brute_force) {
  for (double levels : {127.0, 255.0, 31.0})
    for (int kind = 0; kind < 4; ++kind) {
      std::vector<float> values = gaussian(20000, 1.7, 3 + kind);
      bool isSigned = kind < 2;
      for (float &x : values) {
        if (kind == 1)
          x = x * x * x; // heavy tails
        if (kind == 2)
          x = std::max(x, 0.0f); // after ReLU: half of it zero
        if (kind == 3)
          x = std::fabs(x) + 0.1f;
      }
      Observer observer;
      observer.add(values);
      double top = observer.maxAbs(), best = INFINITY;
      for (int i = 1; i <= 400; ++i)
        best = std::min(best, quantizationError(values, top * i / 400, levels, isSigned));
      double clip = observer.clipMse(levels);
      EXPECT_LE(clip, top);
      EXPECT_LE(quantizationError(values, clip, levels, isSigned), (levels < 127 ? 1.05 : 1.03) * best)
          << "kind " << kind << " levels " << levels;
    }
}

/// The model (E1) itself, minimised with plain loops over bins.
TEST(Observer, clip_minimises_the_formula) {
  std::vector<float> values = gaussian(5000, 1, 9);
  unsigned bins = 64;
  Observer observer(bins);
  observer.add(values);
  double width = std::ldexp(1.0, std::ilogb(observer.maxAbs()) + 1) / bins, levels = 15;
  std::vector<double> counts(bins);
  for (float x : values)
    if (x != 0)
      ++counts[size_t(std::fabs(x) / width)];
  auto formula = [&](double clip) {
    double error = 0;
    for (unsigned b = 0; b < bins; ++b) {
      double v = (b + 0.5) * width;
      error += counts[b] * (v < clip ? clip * clip / levels / levels / 12 : (v - clip) * (v - clip));
    }
    return error;
  };
  double best = INFINITY;
  for (unsigned k = 1; k < bins && k * width < observer.maxAbs(); ++k)
    best = std::min(best, formula(k * width));
  EXPECT_NEAR(formula(observer.clipMse(levels)), best, 1e-9 * best);
}

/// The clip for few levels, measured with a real quantizer, is within 1 % of the best of a fine search, also where most
/// numbers lie below the first threshold.
TEST(Observer, clip_of_few_levels_is_as_good_as_brute_force) {
  for (unsigned levels : {7u, 15u, 31u, 63u})
    for (int kind = 0; kind < 4; ++kind) {
      std::vector<float> values = gaussian(20000, 1.7, 13 + kind);
      for (float &x : values) {
        if (kind == 1)
          x = x * x * x; // most numbers are far below the first step
        if (kind == 2)
          x = std::max(x, 0.0f);
        if (kind == 3)
          x = std::fabs(x) + 0.1f;
      }
      Observer observer(512);
      observer.add(values);
      double top = observer.maxAbs(), best = INFINITY;
      for (int i = 1; i <= 400; ++i)
        best = std::min(best, quantizationError(values, top * i / 400, levels, true));
      double clip = observer.clipRounded(levels);
      EXPECT_LE(clip, top);
      EXPECT_LE(quantizationError(values, clip, levels, true), 1.01 * best) << "kind " << kind << " levels " << levels;
    }
  EXPECT_EQ(Observer().clipRounded(7), 0);
}
