// Tests of ErrorModel: against a simulation of the roundings it describes, and its limits.
#include "wino/Target/ErrorModel.h"
#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/IntegerTransform.h"

#include <gtest/gtest.h>

#include <algorithm>
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

  explicit Example(int64_t channels, int64_t kernelHeight = 3, int64_t kernelWidth = 3) {
    Noise noise;
    for (int64_t i = 0; i < channels * channels * kernelHeight * kernelWidth; ++i)
      filter.push_back(float(noise()));
    stats.shape.channelsIn = stats.shape.channelsOut = channels;
    stats.shape.kernelHeight = kernelHeight;
    stats.shape.kernelWidth = kernelWidth;
    stats.shape.outHeight = stats.shape.outWidth = 16;
    stats.filter = filter;
    stats.input = TensorNoise{1, 4.0 / 127};
  }
};

/// Of the whole layer, for the tile of this text.
double winogradError(const LayerStats &stats, const std::string &tile, llvm::ArrayRef<double> taps = {}) {
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(tile))));
  return winogradNoise(stats, transform, taps).total();
}

TEST(ErrorModel, without_statistics_the_noise_gain_decides) {
  LayerStats stats;
  EXPECT_EQ(directError(stats), 3 * relativeNoise8);
  double f2 = winogradError(stats, "F(2,3)");
  double gain = 1.6667; // E of F(2,3)
  EXPECT_NEAR(f2, (2 + 2 * gain * gain) * relativeNoise8, 1e-7);
  // Other tiles take E of each direction once, 1 where there is no transform.
  EXPECT_NEAR(winogradError(stats, "F(2x4,3)"), (2 + 2 * gain * 4.7619) * relativeNoise8, 1e-7);
  EXPECT_NEAR(winogradError(stats, "F(2x1,3x1)"), (2 + 2 * gain) * relativeNoise8, 1e-7);
  double f4 = winogradError(stats, "F(4,3) points=[0,1,-1,2,-2,inf]");
  double f4wide = winogradError(stats, "F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi16");
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
    return winogradError(stats, "F(2,3) taps=i16xi" + std::to_string(bits)) - 2 * relativeNoise8;
  };
  double gain = 5 / 3.0; // E of F(2,3)
  for (int bits = 4; bits <= 7; ++bits)
    EXPECT_NEAR(error(bits) / (gain * gain * rounded(bits)), 1, 0.02) << bits;
  double both = winogradError(stats, "F(2,3) taps=i6xi4");
  EXPECT_NEAR(both - 2 * relativeNoise8, error(6) + error(4), 1e-9);
}

TEST(ErrorModel, direct_noise_is_input_and_filter_rounding) {
  Example example(8);
  for (auto [i, w] : llvm::enumerate(example.filter))
    w = (w < 0 ? -1 : 1) * (i % 2 ? std::sqrt(0.5f) : 1);
  // Relative to the power of what is rounded: (4/127)^2 / 12 for the input, (1/127)^2 / 12 over 3/4 for the filter, and
  // the output.
  double expected = std::pow(4.0 / 127, 2) / 12 + std::pow(1.0 / 127, 2) / 12 / 0.75 + relativeNoise8;
  EXPECT_NEAR(directError(example.stats), expected, 1e-9);
  // A filter of +-1 is whole steps and is not rounded.
  for (float &w : example.filter)
    w = w < 0 ? -1 : 1;
  EXPECT_NEAR(directError(example.stats), std::pow(4.0 / 127, 2) / 12 + relativeNoise8, 1e-9);
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
void compareWithSimulatedRounding(const char *tile) {
  SCOPED_TRACE(tile);
  constexpr int channels = 8, tiles = 400;
  TileSpec spec = llvm::cantFail(TileSpec::parse(tile));
  BilinearAlgorithm down = llvm::cantFail(BilinearAlgorithm::make(spec.down())),
                    a = llvm::cantFail(BilinearAlgorithm::make(spec.across()));
  int k = a.K, n = a.n, m = a.m;
  Example example(channels, down.r, a.r);
  // rms of tap (i, j) for white input of power 1, clip at 4 rms.
  std::vector<double> taps;
  for (int i = 0; i < down.K; ++i)
    for (int j = 0; j < k; ++j) {
      double rows = 0, columns = 0;
      for (int t = 0; t < down.n; ++t)
        rows += std::pow(down.BT.at(i, t).toDouble(), 2);
      for (int t = 0; t < n; ++t)
        columns += std::pow(a.BT.at(j, t).toDouble(), 2);
      double rms = std::sqrt(rows * columns);
      taps.insert(taps.end(), {4.5 * rms, rms, 4 * rms});
    }
  Noise noise;
  double errorPower = 0, signalPower = 0;
  for (int t = 0; t < tiles; ++t) {
    std::vector<double> exact(size_t(down.K * k)), coarse(size_t(down.K * k));
    for (int c = 0; c < channels; ++c) {
      std::vector<double> x(size_t(down.n * n));
      for (double &value : x)
        value = noise();
      const float *w = example.filter.data() + c * down.r * a.r; // output channel 0
      for (int i = 0; i < down.K; ++i)
        for (int j = 0; j < k; ++j) {
          double u = 0, v = 0;
          for (int p = 0; p < down.n; ++p)
            for (int q = 0; q < n; ++q)
              u += down.BT.at(i, p).toDouble() * x[size_t(p * n + q)] * a.BT.at(j, q).toDouble();
          for (int p = 0; p < down.r; ++p)
            for (int q = 0; q < a.r; ++q)
              v += down.G.at(i, p).toDouble() * double(w[p * a.r + q]) * a.G.at(j, q).toDouble();
          size_t tap = size_t(i * k + j);
          exact[tap] += u * v;
          coarse[tap] += rounded(u, taps[3 * tap + 2] / 127) * v;
        }
    }
    for (int p = 0; p < down.m; ++p)
      for (int q = 0; q < m; ++q) {
        double y = 0, error = 0;
        for (int i = 0; i < down.K; ++i)
          for (int j = 0; j < k; ++j) {
            double coefficient = down.AT.at(p, i).toDouble() * a.AT.at(q, j).toDouble();
            y += coefficient * exact[size_t(i * k + j)];
            error += coefficient * (coarse[size_t(i * k + j)] - exact[size_t(i * k + j)]);
          }
        signalPower += y * y;
        errorPower += error * error;
      }
  }
  double simulated = errorPower / signalPower;
  double predicted = winogradError(example.stats, tile, taps);
  // The prediction has the rounding of V too, about as large, and that of input and output, small.
  EXPECT_GT(predicted, 1.3 * simulated);
  EXPECT_LT(predicted, 3.0 * simulated);
}

TEST(ErrorModel, tap_noise_agrees_with_simulated_rounding) {
  compareWithSimulatedRounding("F(4,3) points=[0,1,-1,2,-2,inf]");
  compareWithSimulatedRounding("F(2x4,3) points=[0,1,-1,inf]x[0,1,-1,2,-2,inf]");
  compareWithSimulatedRounding("F(4x1,3x1) points=[0,1,-1,2,-2,inf]x[0]");
}

/// V of (tap, input channel) of one output channel, and rms of U of white input of power 1: K x K x C_in, K x K.
struct WhiteTaps {
  int k;
  std::vector<double> v, rms, weight; ///< weight: of a tap's error in the mean output, |A_i|^2 |A_j|^2 / m^2

  WhiteTaps(const BilinearAlgorithm &a, llvm::ArrayRef<float> filter) : k(a.K) {
    size_t channels = filter.size() / 9;
    for (int t = 0; t < k * k; ++t) {
      int i = t / k, j = t % k;
      for (size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (int p = 0; p < 9; ++p)
          sum += a.G.at(i, p / 3).toDouble() * double(filter[c * 9 + size_t(p)]) * a.G.at(j, p % 3).toDouble();
        v.push_back(sum);
      }
      double rows = 0, columns = 0, left = 0, right = 0;
      for (int p = 0; p < a.n; ++p) {
        rows += std::pow(a.BT.at(i, p).toDouble(), 2);
        columns += std::pow(a.BT.at(j, p).toDouble(), 2);
      }
      for (int p = 0; p < a.m; ++p) {
        left += std::pow(a.AT.at(p, i).toDouble(), 2);
        right += std::pow(a.AT.at(p, j).toDouble(), 2);
      }
      rms.push_back(std::sqrt(rows * columns));
      weight.push_back(left * right / (a.m * a.m));
    }
  }
  /// K x K x (max, rms, clip) with the clip at 4 rms.
  std::vector<double> statistics() const {
    std::vector<double> rows;
    for (double r : rms)
      rows.insert(rows.end(), {4.5 * r, r, 4 * r});
    return rows;
  }
};

double tapsOf(const LayerStats &stats, const std::string &text, llvm::ArrayRef<double> taps) {
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(text))));
  return winogradNoise(stats, transform, taps).taps;
}

/// Gaussian sums O rounded to 8 bits at their own sizes, brought through A, against what out=i8 adds to (E16).
TEST(ErrorModel, products_of_8_bits_agree_with_simulated_rounding) {
  constexpr int channels = 32, tiles = 2000;
  for (std::string text : {"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]"}) {
    BilinearAlgorithm a = llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse(text))));
    Example example(channels);
    Noise noise;
    double simulated = 0, signal = channels * 9.0; // input of power 1, weights of variance 1
    for (int f = 0; f < 8; ++f) {
      WhiteTaps white(a, llvm::ArrayRef(example.filter).slice(size_t(f) * channels * 9, channels * 9));
      for (int n = 0; n < tiles / 8; ++n) {
        std::vector<double> error;
        for (size_t t = 0; t < white.rms.size(); ++t) {
          double power = 0;
          for (int c = 0; c < channels; ++c)
            power += std::pow(white.v[t * channels + size_t(c)], 2);
          double size = white.rms[t] * std::sqrt(power), o = size * noise();
          double step = size * 7.0 / 127; // the Laplace clip of 8 bits
          error.push_back(std::clamp(rounded(o, step), -127 * step, 127 * step) - o);
        }
        for (int p = 0; p < a.m * a.m; ++p) {
          double sum = 0;
          for (int t = 0; t < a.K * a.K; ++t)
            sum += a.AT.at(p / a.m, t / a.K).toDouble() * a.AT.at(p % a.m, t % a.K).toDouble() * error[size_t(t)];
          simulated += sum * sum / (tiles * a.m * a.m);
        }
      }
    }
    std::vector<double> taps = WhiteTaps(a, llvm::ArrayRef(example.filter).take_front(9)).statistics();
    double added = tapsOf(example.stats, text + " out=i8", taps) - tapsOf(example.stats, text, taps);
    // The prediction has a Laplace distribution's clipped tail too, a fifth of its rounding.
    EXPECT_GT(added, 1.0 * simulated / signal) << text;
    EXPECT_LT(added, 1.4 * simulated / signal) << text;
    double fine = tapsOf(example.stats, text + " out=i16", taps) - tapsOf(example.stats, text, taps);
    EXPECT_GT(fine, 0) << text;
    EXPECT_LT(fine, 1e-3 * added) << text;
  }
}

TEST(ErrorModel, products_of_8_bits_without_statistics_are_rounded_after_the_noise_gain) {
  LayerStats stats;
  double gain = 5 / 3.0; // E of F(2,3)
  EXPECT_NEAR(tapsOf(stats, "F(2,3) out=i8", {}) - tapsOf(stats, "F(2,3)", {}), gain * gain * 3.04e-4, 2e-5);
  EXPECT_NEAR(tapsOf(stats, "F(2,3) out=i16", {}), tapsOf(stats, "F(2,3)", {}), 1e-6);
}

/// Filters of few bits against the least error over a fine grid of scales, tap by tap; by the maximum they are noisier.
TEST(ErrorModel, filters_of_few_bits_are_rounded_at_the_compilers_clip) {
  constexpr size_t channels = 8;
  std::string text = "F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi";
  BilinearAlgorithm a = llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse(text + "8"))));
  Example example(channels);
  example.stats.input = TensorNoise{1, 1e-9}; // next to no noise of U
  for (int bits : {4, 6}) {
    double levels = std::ldexp(1.0, bits - 1) - 1, expected = 0, power = 0;
    for (float w : example.filter)
      power += double(w) * double(w) / channels;
    for (size_t f = 0; f < channels; ++f) {
      WhiteTaps white(a, llvm::ArrayRef(example.filter).slice(f * channels * 9, channels * 9));
      for (size_t t = 0; t < white.rms.size(); ++t) {
        auto row = llvm::ArrayRef(white.v).slice(t * channels, channels);
        double largest = 0, least = HUGE_VAL;
        for (double v : row)
          largest = std::max(largest, std::fabs(v));
        for (int clip = 4000; clip <= 32000; ++clip) { // 8 numbers may fit a coarse lattice well
          double step = largest * clip / (8000 * levels), error = 0;
          for (double v : row)
            error += std::pow(v - step * std::clamp(std::floor(v / step + 0.5), -levels, levels), 2);
          least = std::min(least, error);
        }
        expected += white.weight[t] * white.rms[t] * white.rms[t] * least / channels;
      }
    }
    std::vector<double> taps = WhiteTaps(a, llvm::ArrayRef(example.filter).take_front(9)).statistics();
    double mse = tapsOf(example.stats, text + std::to_string(bits), taps);
    EXPECT_NEAR(mse / (expected / power), 1, 0.03) << bits;
    example.stats.clips.filter = ClipRule::Max;
    EXPECT_GT(tapsOf(example.stats, text + std::to_string(bits), taps), 1.2 * mse) << bits;
    example.stats.clips.filter = ClipRule::Mse;
  }
}

/// One number in a thousand is cut at the percentile, each by as much again as the tail is wide: far more than at the
/// clip of least error.
TEST(ErrorModel, what_a_percentile_cuts_counts) {
  Example example(8);
  std::string text = "F(2,3)";
  std::vector<double> taps;
  for (int t = 0; t < 16; ++t)
    taps.insert(taps.end(), {10, 1, 4});
  double mse = tapsOf(example.stats, text, taps);
  example.stats.clips.input = ClipRule::Percentile;
  EXPECT_GT(tapsOf(example.stats, text, taps), 2 * mse);
}

} // namespace
