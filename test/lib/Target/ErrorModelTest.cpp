// Tests of ErrorModel: against a simulation of the roundings it describes, and its limits.
#include "wino/Target/ErrorModel.h"
#include "wino/Numerics/BilinearAlgorithm.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace wino;

namespace {

/// Nearly Gaussian numbers of variance 1, the same on every host.
struct Noise {
  uint64_t state = 88172645463325252ull;
  double uniform() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return double(state >> 11) / double(1ull << 53);
  }
  double operator()() {
    double sum = -6;
    for (int i = 0; i < 12; ++i)
      sum += uniform();
    return sum;
  }
};

struct Example {
  std::vector<float> filter;
  LayerStats stats;

  explicit Example(int64_t channels) {
    Noise noise;
    for (int64_t i = 0; i < channels * channels * 9; ++i)
      filter.push_back(float(noise()));
    stats.shape.channelsIn = stats.shape.channelsOut = channels;
    stats.shape.kernelHeight = stats.shape.kernelWidth = 3;
    stats.shape.outHeight = stats.shape.outWidth = 16;
    stats.filter = filter;
    stats.input = TensorNoise{1, 4.0 / 127};
  }
};

TEST(ErrorModel, without_statistics_the_noise_gain_decides) {
  LayerStats stats;
  EXPECT_EQ(directError(stats), 3 * relativeNoise8);
  double f2 = llvm::cantFail(winogradError(stats, llvm::cantFail(TileSpec::parse("F(2,3)")), {}));
  double gain = 1.6667; // E of F(2,3)
  EXPECT_NEAR(f2, (2 + 2 * gain * gain) * relativeNoise8, 1e-7);
  double f4 =
      llvm::cantFail(winogradError(stats, llvm::cantFail(TileSpec::parse("F(4,3) points=[0,1,-1,2,-2,inf]")), {}));
  double f4wide = llvm::cantFail(
      winogradError(stats, llvm::cantFail(TileSpec::parse("F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi16")), {}));
  EXPECT_GT(f4, 10 * f2);
  EXPECT_LT(f4wide, f2);
}

/// The constants of (E14): a Gaussian rounded at its best clip, by plain integration.
TEST(ErrorModel, noise_of_few_bits_is_that_of_a_gaussian_at_its_best_clip) {
  auto rounded = [](int bits) {
    double levels = std::ldexp(1.0, bits - 1) - 1, best = 1;
    for (double clip = 2; clip < 4.5; clip += 0.02) {
      double noise = 0, weight = 0;
      for (double x = 0.0005; x < 7; x += 0.001) {
        double density = std::exp(-x * x / 2), step = clip / levels;
        double y = std::min(std::floor(x / step + 0.5), levels) * step;
        noise += density * (x - y) * (x - y);
        weight += density;
      }
      best = std::min(best, noise / weight);
    }
    return best;
  };
  LayerStats stats;
  auto error = [&](int bits) {
    std::string text = "F(2,3) taps=i16xi" + std::to_string(bits);
    return llvm::cantFail(winogradError(stats, llvm::cantFail(TileSpec::parse(text)), {})) - 2 * relativeNoise8;
  };
  double gain = 5 / 3.0; // E of F(2,3)
  for (int bits = 4; bits <= 7; ++bits)
    EXPECT_NEAR(error(bits) / (gain * gain * rounded(bits)), 1, 0.02) << bits;
  double both = llvm::cantFail(winogradError(stats, llvm::cantFail(TileSpec::parse("F(2,3) taps=i6xi4")), {}));
  EXPECT_NEAR(both - 2 * relativeNoise8, error(6) + error(4), 1e-9);
}

TEST(ErrorModel, direct_noise_is_input_and_filter_rounding) {
  Example example(8);
  for (float &w : example.filter)
    w = w < 0 ? -1 : 1;
  // Relative to the power of what is rounded: (4/127)^2 / 12 for the input, (1/127)^2 / 12 for a filter of +-1, and the
  // output.
  double expected = std::pow(4.0 / 127, 2) / 12 + std::pow(1.0 / 127, 2) / 12 + relativeNoise8;
  EXPECT_NEAR(directError(example.stats), expected, 1e-9);
}

TEST(ErrorModel, relu_passes_half_of_the_noise_and_of_the_signal) {
  Example example(8);
  double power = 8 * 9;
  example.stats.output = TensorNoise{power, 0};
  double plain = directError(example.stats);
  example.stats.output = TensorNoise{power / 2, 0};
  example.stats.activationGain = 0.5;
  EXPECT_NEAR(directError(example.stats), plain, 1e-12);
}

/// Rounds to the nearest multiple of step.
double rounded(double x, double step) { return step > 0 ? std::floor(x / step + 0.5) * step : x; }

// The taps of white input quantized as described, one tile after the other, compared with (E16).
TEST(ErrorModel, tap_noise_agrees_with_simulated_rounding) {
  constexpr int channels = 8, tiles = 400;
  TileSpec tile = llvm::cantFail(TileSpec::parse("F(4,3) points=[0,1,-1,2,-2,inf]"));
  BilinearAlgorithm a = llvm::cantFail(BilinearAlgorithm::make(tile));
  int k = a.K, n = a.n, m = a.m;
  Example example(channels);
  // rms of tap (i, j) for white input of power 1, clip at 4 rms.
  std::vector<double> taps;
  for (int i = 0; i < k; ++i)
    for (int j = 0; j < k; ++j) {
      double rows = 0, columns = 0;
      for (int t = 0; t < n; ++t) {
        rows += std::pow(a.BT.at(i, t).toDouble(), 2);
        columns += std::pow(a.BT.at(j, t).toDouble(), 2);
      }
      double rms = std::sqrt(rows * columns);
      taps.insert(taps.end(), {4.5 * rms, rms, 4 * rms});
    }
  Noise noise;
  double errorPower = 0, signalPower = 0;
  for (int t = 0; t < tiles; ++t) {
    std::vector<double> exact(size_t(k * k)), coarse(size_t(k * k));
    for (int c = 0; c < channels; ++c) {
      std::vector<double> x(size_t(n * n));
      for (double &value : x)
        value = noise();
      const float *w = example.filter.data() + c * 9; // output channel 0
      for (int i = 0; i < k; ++i)
        for (int j = 0; j < k; ++j) {
          double u = 0, v = 0;
          for (int p = 0; p < n; ++p)
            for (int q = 0; q < n; ++q)
              u += a.BT.at(i, p).toDouble() * x[size_t(p * n + q)] * a.BT.at(j, q).toDouble();
          for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q)
              v += a.G.at(i, p).toDouble() * double(w[p * 3 + q]) * a.G.at(j, q).toDouble();
          size_t tap = size_t(i * k + j);
          exact[tap] += u * v;
          coarse[tap] += rounded(u, taps[3 * tap + 2] / 127) * v;
        }
    }
    for (int p = 0; p < m; ++p)
      for (int q = 0; q < m; ++q) {
        double y = 0, error = 0;
        for (int i = 0; i < k; ++i)
          for (int j = 0; j < k; ++j) {
            double coefficient = a.AT.at(p, i).toDouble() * a.AT.at(q, j).toDouble();
            y += coefficient * exact[size_t(i * k + j)];
            error += coefficient * (coarse[size_t(i * k + j)] - exact[size_t(i * k + j)]);
          }
        signalPower += y * y;
        errorPower += error * error;
      }
  }
  double simulated = errorPower / signalPower;
  double predicted = llvm::cantFail(winogradError(example.stats, tile, taps));
  // The prediction has the rounding of V too, about as large, and that of input and output, small.
  EXPECT_GT(predicted, 1.3 * simulated);
  EXPECT_LT(predicted, 3.0 * simulated);
}

} // namespace
