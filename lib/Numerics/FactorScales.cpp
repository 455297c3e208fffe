// Factorized scales of O: the fit, the clip, and the integers.
#include "wino/Numerics/FactorScales.h"

#include "wino/Numerics/FixedPoint.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {
constexpr double int32Max = 2147483647.0;
/// Shares of a 32-bit output: three quarters for the transform of O, a quarter for the bias; a little is left over for
/// what rounding adds.
constexpr double transformShare = 3.0 * (1 << 29) - (1 << 16), biasShare = (1 << 29);

int32_t largestOf(int bits) { return int32_t((int64_t(1) << (bits - 1)) - 1); }

/// Sum and count, to average what is present.
struct Mean {
  double sum = 0, count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
};

/// Means of each entry; one without data gets the mean of the others.
std::vector<double> finish(llvm::ArrayRef<Mean> means) {
  Mean all;
  for (const Mean &mean : means)
    if (mean.count > 0)
      all.add(mean.sum / mean.count);
  std::vector<double> values;
  for (const Mean &mean : means)
    values.push_back(mean.count > 0 ? mean.sum / mean.count : all.count > 0 ? all.sum / all.count : 0);
  return values;
}

std::vector<double> centred(std::vector<double> values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  for (double &value : values)
    value -= sum / double(values.size());
  return values;
}

/// rhu(value), or nothing beyond [0, 2^31).
std::optional<int32_t> asMultiplier(double value) {
  double rounded = roundHalfUp(value);
  if (!(rounded >= 0 && rounded <= int32Max))
    return std::nullopt;
  return int32_t(rounded);
}
} // namespace

FactorScales factorSizes(llvm::ArrayRef<double> sizes, unsigned rows, unsigned columns, int64_t channels) {
  std::vector<double> a(rows), b(columns), s(channels);
  // With every size present the first round is the solution; gaps need more.
  for (int round = 0; round < 20; ++round) {
    auto fit = [&](size_t count, auto entryOf, auto others) {
      std::vector<Mean> means(count);
      for (unsigned i = 0; i < rows; ++i)
        for (unsigned j = 0; j < columns; ++j)
          for (int64_t f = 0; f < channels; ++f)
            if (double size = sizes[(i * columns + j) * channels + f]; size > 0 && std::isfinite(size))
              means[entryOf(i, j, f)].add(std::log(size) - others(i, j, f));
      return finish(means);
    };
    s = fit(
        channels, [](unsigned, unsigned, int64_t f) { return f; },
        [&](unsigned i, unsigned j, int64_t) { return a[i] + b[j]; });
    a = centred(fit(
        rows, [](unsigned i, unsigned, int64_t) { return i; },
        [&](unsigned, unsigned j, int64_t f) { return b[j] + s[f]; }));
    b = centred(fit(
        columns, [](unsigned, unsigned j, int64_t) { return j; },
        [&](unsigned i, unsigned, int64_t f) { return a[i] + s[f]; }));
  }
  FactorScales result;
  auto exponentials = [](llvm::ArrayRef<double> logs) {
    std::vector<double> values;
    for (double log : logs)
      values.push_back(std::exp(log));
    return values;
  };
  result.alpha = exponentials(a);
  result.beta = exponentials(b);
  result.sigma = exponentials(s);
  return result;
}

double laplaceClip(int bits) {
  double levels = largestOf(bits), spread = std::sqrt(0.5), clip = 1;
  // Where the slopes of clip^2 / (12 levels^2) and of the clipped tail 2 spread^2 exp(-clip / spread) cancel.
  for (int round = 0; round < 50; ++round)
    clip = spread * std::log(12 * spread * levels * levels / clip);
  return clip;
}

double laplaceError(int bits, double clip) {
  double levels = largestOf(bits), spread = std::sqrt(0.5);
  return clip * clip / (12 * levels * levels) + 2 * spread * spread * std::exp(-clip / spread);
}

double sampleClip(llvm::ArrayRef<float> samples, llvm::ArrayRef<float> weights, int bits) {
  double largest = 0;
  for (float sample : samples)
    largest = std::max(largest, std::fabs(double(sample)));
  if (largest == 0)
    return 0;
  double levels = largestOf(bits), best = largest, bestError = -1;
  for (int step = 0; step <= 24; ++step) { // down to an eighth
    double clip = largest * std::exp2(-step / 8.0), unit = clip / levels, error = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      double sample = samples[i], q = std::min(std::max(roundHalfUp(sample / unit), -levels - 1), levels);
      error += weights[i] * (sample - q * unit) * (sample - q * unit);
    }
    if (bestError < 0 || error < bestError) {
      bestError = error;
      best = clip;
    }
  }
  return best;
}

/// (E22) N, and the units of the new O' per unit of the old one for sigma = 1.
static std::optional<double> chooseTapMultipliers(const ProductScalingProblem &problem, ProductScaling &scaling) {
  unsigned taps = problem.rows * problem.columns;
  std::vector<double> full;
  for (unsigned t = 0; t < taps; ++t)
    full.push_back(std::ldexp(problem.steps.alpha[t / problem.columns] * problem.steps.beta[t % problem.columns],
                              problem.bits - 1));
  // N is rounded, and so is every O': one unit in all.
  double rounding = problem.outputBound(std::vector<double>(taps, 1.0));
  double units = (transformShare - rounding) / problem.outputBound(full);
  if (!(units > 0) || !std::isfinite(units))
    return std::nullopt;
  for (double value : full) {
    std::optional<int32_t> multiplier = asMultiplier(value * units);
    if (!multiplier)
      return std::nullopt;
    scaling.tapMultipliers.push_back(std::max(*multiplier, 1));
  }
  return units;
}

std::optional<ProductScaling> chooseProductScaling(const ProductScalingProblem &problem) {
  unsigned taps = problem.rows * problem.columns;
  int64_t channels = problem.channels;
  ProductScaling scaling;
  std::optional<double> units = chooseTapMultipliers(problem, scaling);
  if (!units)
    return std::nullopt;
  // The step that a rounded N really gives, so that its rounding causes no error.
  auto stepOf = [&](unsigned tap) { return std::ldexp(scaling.tapMultipliers[tap] / *units, 1 - problem.bits); };

  // (E23) multipliers below 2^31 with at least one guard bit, and biases within their share.
  std::vector<double> sigma = problem.steps.sigma;
  double largest = 0;
  for (int64_t f = 0; f < channels; ++f) {
    sigma[f] = std::max(sigma[f], std::fabs(double(problem.bias[f])) * *units / (biasShare - 1));
    double factor = 0;
    for (unsigned t = 0; t < taps; ++t)
      factor = std::max(factor, problem.multipliers[t * channels + f] / stepOf(t));
    sigma[f] = std::max({sigma[f], 2 * factor / (int32Max - 1), std::ldexp(1.0, -60)});
    largest = std::max(largest, factor / sigma[f]);
  }
  scaling.shift = 16;
  while (scaling.shift > 1 && std::ldexp(largest, int(scaling.shift)) > int32Max - 1)
    --scaling.shift;
  scaling.multipliers.resize(size_t(taps) * channels);
  for (unsigned t = 0; t < taps; ++t)
    for (int64_t f = 0; f < channels; ++f) {
      double factor = problem.multipliers[t * channels + f] / (stepOf(t) * sigma[f]);
      std::optional<int32_t> multiplier = asMultiplier(std::ldexp(factor, int(scaling.shift)));
      if (!multiplier)
        return std::nullopt;
      scaling.multipliers[t * channels + f] = *multiplier;
    }

  // (E24) bias and requantization of every channel, from its unit sigma_f / units.
  std::vector<double> factors;
  for (int64_t f = 0; f < channels; ++f) {
    scaling.bias.push_back(int32_t(roundHalfUp(problem.bias[f] * *units / sigma[f])));
    factors.push_back(std::ldexp(sigma[f] / *units, int(-problem.outputShift)));
    scaling.coarsening = std::max(scaling.coarsening, sigma[f] / *units);
  }
  scaling.outputShift = 16;
  double most = *std::max_element(factors.begin(), factors.end());
  while (scaling.outputShift > 1 && std::ldexp(most, int(31 + scaling.outputShift)) > int32Max - 1)
    --scaling.outputShift;
  for (double factor : factors) {
    std::optional<int32_t> multiplier = asMultiplier(std::ldexp(factor, int(31 + scaling.outputShift)));
    if (!multiplier)
      return std::nullopt;
    scaling.channelMultipliers.push_back(*multiplier);
  }
  return scaling;
}

} // namespace wino
