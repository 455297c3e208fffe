// FilterRefit against least squares taken window by window, and against what it must find.
#include "wino/Numerics/FilterRefit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace wino;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A 3x2 convolution of stride (2, 1) with padding on maps of 7 x 5, and random images.
struct Layer {
  WindowGeometry geometry;
  std::vector<float> weights, bias;
  double scale = 0.02, lo = -infinity, hi = infinity;
  std::vector<std::vector<int32_t>> inputs;
  std::vector<std::vector<float>> targets, addends;
  size_t cOut = 3;

  explicit Layer(size_t images, unsigned seed = 1) : random(seed) {
    geometry.channels = 2;
    geometry.height = 7;
    geometry.width = 5;
    geometry.kernelHeight = 3;
    geometry.kernelWidth = 2;
    geometry.strideY = 2;
    geometry.padTop = geometry.padLeft = 1;
    geometry.outHeight = 4;
    geometry.outWidth = 5;
    weights = numbers(cOut * geometry.reads(), 1);
    bias = numbers(cOut, 1);
    for (size_t image = 0; image < images; ++image) {
      inputs.emplace_back();
      for (int i = 0; i < 70; ++i)
        inputs.back().push_back(int32_t(random() % 256));
      addends.push_back(numbers(cOut * geometry.outputs(), 0.5f));
    }
  }

  std::vector<float> numbers(size_t count, float size) {
    std::normal_distribution<float> normal(0, size);
    std::vector<float> result(count);
    for (float &x : result)
      x = normal(random);
    return result;
  }

  /// What output `at` of an image reads.
  std::vector<double> window(size_t image, size_t at) const {
    std::vector<double> reads;
    int64_t top = int64_t(at) / 5 * 2 - 1, left = int64_t(at) % 5 - 1;
    for (int64_t c = 0; c < 2; ++c)
      for (int64_t y = top; y < top + 3; ++y)
        for (int64_t x = left; x < left + 2; ++x)
          reads.push_back(y < 0 || y >= 7 || x < 0 || x >= 5 ? 0 : scale * inputs[image][(c * 7 + y) * 5 + x]);
    return reads;
  }

  double output(const std::vector<float> &w, const std::vector<float> &b, size_t image, size_t f, size_t at) const {
    std::vector<double> reads = window(image, at);
    double sum = b[f];
    for (size_t i = 0; i < reads.size(); ++i)
      sum += double(w[f * reads.size() + i]) * reads[i];
    return sum + (addends.empty() ? 0 : addends[image][f * geometry.outputs() + at]);
  }

  /// Targets are what a layer with this filter makes, after its clamp, plus noise.
  void aimAt(const std::vector<float> &w, const std::vector<float> &b, float noise) {
    targets.clear();
    for (size_t image = 0; image < inputs.size(); ++image) {
      targets.push_back(numbers(cOut * geometry.outputs(), noise));
      for (size_t f = 0; f < cOut; ++f)
        for (size_t at = 0; at < geometry.outputs(); ++at) {
          float &t = targets.back()[f * geometry.outputs() + at];
          t = float(std::min(std::max(output(w, b, image, f, at) + double(t), lo), hi));
        }
    }
  }

  RefitResult refit(unsigned threads = 2, std::vector<double> ridges = {1e-6, 1e-2, 1}) const {
    RefitOptions options;
    options.ridges = std::move(ridges);
    options.threads = threads;
    FilterRefit fit(geometry, scale, weights, bias, lo, hi, options);
    for (size_t image = 0; image < inputs.size(); ++image)
      fit.add(inputs[image], targets[image], addends.empty() ? std::vector<float>() : addends[image], image % 4 == 3);
    return fit.solve();
  }

  /// (E40) by its definition.
  double error(const std::vector<float> &w, const std::vector<float> &b, bool checked) const {
    double sum = 0, power = 0;
    for (size_t image = 0; image < inputs.size(); ++image)
      for (size_t f = 0; f < cOut && (image % 4 == 3) == checked; ++f)
        for (size_t at = 0; at < geometry.outputs(); ++at) {
          double t = targets[image][f * geometry.outputs() + at];
          double r = t - output(w, b, image, f, at);
          if ((t <= lo && r > 0) || (t >= hi && r < 0))
            r = 0;
          sum += r * r;
          power += t * t;
        }
    return sum / power;
  }

  std::mt19937 random;
};

TEST(FilterRefit, FindsTheFilterBehindItsTargets) {
  Layer layer(200);
  std::vector<float> w = layer.weights, b = layer.bias;
  for (float &x : w)
    x += layer.numbers(1, 0.1f)[0];
  for (float &x : b)
    x -= 0.3f;
  layer.aimAt(w, b, 0);
  RefitResult result = layer.refit();
  EXPECT_EQ(result.ridge, 1e-6);
  EXPECT_NEAR(result.before, layer.error(layer.weights, layer.bias, true), 1e-4 * result.before);
  EXPECT_LT(result.after, 1e-6 * result.before);
  for (size_t i = 0; i < w.size(); ++i)
    EXPECT_NEAR(result.weights[i], w[i], 1e-4) << i;
  for (size_t f = 0; f < b.size(); ++f)
    EXPECT_NEAR(result.bias[f], b[f], 1e-3) << f;
}

// Gradient of the penalised squares, taken window by window, is zero at the solution.
TEST(FilterRefit, SolvesRidgeRegression) {
  Layer layer(60, 2);
  std::vector<float> w = layer.numbers(layer.weights.size(), 1), b = layer.bias;
  layer.aimAt(w, b, 0.5f);
  RefitResult result = layer.refit(2, {0.1});
  ASSERT_EQ(result.ridge, 0.1);
  size_t n = layer.geometry.reads(), windows = layer.inputs.size() * layer.geometry.outputs();
  std::vector<double> means(n), squares(n);
  for (size_t image = 0; image < layer.inputs.size(); ++image)
    for (size_t at = 0; at < layer.geometry.outputs(); ++at) {
      std::vector<double> reads = layer.window(image, at);
      for (size_t i = 0; i < n; ++i) {
        means[i] += reads[i] / double(windows);
        squares[i] += reads[i] * reads[i] / double(windows);
      }
    }
  double ridge = 0;
  for (size_t i = 0; i < n; ++i)
    ridge += 0.1 * (squares[i] - means[i] * means[i]) / double(n);
  for (size_t f = 0; f < layer.cOut; ++f) {
    std::vector<double> gradient(n);
    double sum = 0;
    for (size_t image = 0; image < layer.inputs.size(); ++image)
      for (size_t at = 0; at < layer.geometry.outputs(); ++at) {
        std::vector<double> reads = layer.window(image, at);
        double r = layer.targets[image][f * layer.geometry.outputs() + at] -
                   layer.output(result.weights, result.bias, image, f, at);
        sum += r;
        for (size_t i = 0; i < n; ++i)
          gradient[i] += r * reads[i] / double(windows);
      }
    EXPECT_NEAR(sum / double(windows), 0, 1e-4);
    for (size_t i = 0; i < n; ++i) {
      double change = double(result.weights[f * n + i]) - double(layer.weights[f * n + i]);
      EXPECT_NEAR(gradient[i], ridge * change, 1e-3 * std::fabs(ridge * change) + 1e-4) << f << " " << i;
    }
  }
}

TEST(FilterRefit, LeavesAloneWhatAnActivationHides) {
  Layer layer(40, 3);
  layer.lo = 0;
  layer.hi = 2;
  layer.aimAt(layer.weights, layer.bias, 0);
  EXPECT_LT(layer.error(layer.weights, layer.bias, true), 1e-10);
  RefitResult still = layer.refit(2, {1e-2});
  EXPECT_LT(still.before, 1e-10);
  std::vector<float> b = layer.bias;
  for (float &x : b)
    x += 0.2f;
  layer.aimAt(layer.weights, b, 0);
  RefitResult result = layer.refit(2, {1e-2});
  EXPECT_NEAR(result.before, layer.error(layer.weights, layer.bias, true), 1e-4 * result.before);
  EXPECT_LT(layer.error(result.weights, result.bias, true), result.before);
}

TEST(FilterRefit, KeepsTheFilterWhereNothingHelpsOtherImages) {
  Layer layer(8, 4); // six images to fit and 13 unknowns per channel: ridges that are too weak learn noise
  layer.addends.clear();
  layer.aimAt(layer.weights, layer.bias, 3);
  RefitResult weak = layer.refit(2, {1e-9});
  for (const RefitResult &result : {weak, layer.refit(2, {1e-9, 1, 100})}) {
    EXPECT_LE(result.after, result.before);
    if (result.ridge < 0)
      EXPECT_EQ(result.weights, layer.weights);
  }
  EXPECT_NE(weak.ridge, 1e-9);
}

TEST(FilterRefit, DoesNotDependOnThreads) {
  Layer layer(30, 5);
  layer.aimAt(layer.numbers(layer.weights.size(), 1), layer.bias, 0.2f);
  RefitResult one = layer.refit(1), three = layer.refit(3);
  EXPECT_EQ(one.weights, three.weights);
  EXPECT_EQ(one.bias, three.bias);
}

TEST(FilterRefit, NeedsImagesOfBothKinds) {
  Layer layer(3, 6);
  layer.aimAt(layer.numbers(layer.weights.size(), 1), layer.bias, 0);
  RefitResult result = layer.refit();
  EXPECT_LT(result.ridge, 0);
  EXPECT_EQ(result.weights, layer.weights);
  EXPECT_EQ(result.bias, layer.bias);
}

} // namespace
