// Scales of Winograd taps. Every bound is taken on the integers that the kernels will use, after rounding.
#include "wino/Numerics/TapScales.h"

#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/QuantizeScale.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {
constexpr double int32Max = 2147483647.0;
const double emptyScale = std::ldexp(1.0, -40);

double largestMagnitude(llvm::ArrayRef<double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::fabs(value));
  return largest;
}
} // namespace

TapRequant chooseTapRequant(double clip, double unit) {
  double factor = 127.0 * unit / clip;
  if (!(factor < 1.0)) // clip 0 and NaN as well
    factor = 32767.0 / 32768.0;
  Multiplier16 nearest = *quantizeMultiplier16(std::max(factor, std::ldexp(1.0, -16)));
  return {nearest.m, nearest.shift, std::ldexp(unit, 15 + nearest.shift) / nearest.m};
}

std::vector<double> transformFilter(llvm::ArrayRef<double> g, unsigned k, unsigned r, llvm::ArrayRef<float> weights) {
  size_t channels = weights.size() / (r * r);
  std::vector<double> taps(k * k * channels), rows(r * k);
  for (size_t c = 0; c < channels; ++c) {
    for (unsigned u = 0; u < r; ++u)
      for (unsigned j = 0; j < k; ++j) {
        double sum = 0;
        for (unsigned v = 0; v < r; ++v)
          sum += static_cast<double>(weights[(c * r + u) * r + v]) * g[j * r + v];
        rows[u * k + j] = sum;
      }
    for (unsigned i = 0; i < k; ++i)
      for (unsigned j = 0; j < k; ++j) {
        double sum = 0;
        for (unsigned u = 0; u < r; ++u)
          sum += g[i * r + u] * rows[u * k + j];
        taps[(i * k + j) * channels + c] = sum;
      }
  }
  return taps;
}

double chooseNarrowScale(llvm::ArrayRef<double> taps) {
  double largest = largestMagnitude(taps), power = 0;
  if (largest < 127 * emptyScale)
    return emptyScale;
  for (double tap : taps)
    power += tap * tap;
  // Clipping never pays on a compact distribution: within 4 rms the step of 1/127 of the maximum is already finer than
  // the best clip's.
  if (largest * largest * taps.size() <= 16 * power)
    return largest / 127;
  double best = largest / 127, bestError = -1;
  for (int sixteenths = 16; sixteenths >= 8; --sixteenths) {
    double scale = largest * sixteenths / (16 * 127), error = 0;
    for (double tap : taps) {
      double difference = quantizeTap(tap, scale, 127) * scale - tap;
      error += difference * difference;
    }
    if (bestError < 0 || error < bestError) {
      bestError = error;
      best = scale;
    }
  }
  return best;
}

double wideBudget(int64_t channels, double inputBound) {
  // Rounding adds at most 1/2 per tap to the sum of |v|.
  return int32Max / std::max(inputBound, 1.0) - 0.5 * static_cast<double>(channels) - 1;
}

std::optional<double> chooseWideScale(llvm::ArrayRef<double> taps, double inputBound) {
  double largest = largestMagnitude(taps), sum = 0;
  for (double tap : taps)
    sum += std::fabs(tap);
  double budget = wideBudget(taps.size(), inputBound);
  if (budget < 1)
    return std::nullopt;
  if (largest < 16383 * emptyScale)
    return emptyScale;
  return std::max(largest / 16383, sum / budget);
}

int32_t quantizeTap(double value, double scale, int32_t limit) { return quantizeValue(value / scale, -limit, limit); }

double outputBound(const OutputScalingProblem &problem, const OutputScaling &scaling, int64_t f) {
  std::vector<double> products(size_t(problem.k) * problem.k); // mulhi32 rounds by at most 1/2
  for (size_t tap = 0; tap < products.size(); ++tap) {
    size_t at = tap * problem.channels + f;
    products[tap] =
        std::ldexp(problem.accBounds[at] * scaling.multipliers[at], static_cast<int>(scaling.pre) - 31) + 0.5;
  }
  double addends =
      std::fabs(static_cast<double>(scaling.bias[f])) + std::ldexp(1.0, static_cast<int>(scaling.shift) - 1);
  return problem.transformBound(products) + addends;
}

std::optional<OutputScaling> chooseOutputScaling(const OutputScalingProblem &problem) {
  double largestFactor = 0, largestAcc = 1;
  for (double factor : problem.factors)
    largestFactor = std::max(largestFactor, factor);
  for (double bound : problem.accBounds)
    largestAcc = std::max(largestAcc, bound);
  for (int64_t shift = 16; shift >= 1; --shift) {
    OutputScaling scaling{0, shift, {}, {}};
    // The multiplier of largest factor decides how much of the gain has to come before it.
    while (scaling.pre < 31 &&
           roundHalfUp(std::ldexp(largestFactor, static_cast<int>(31 + shift - scaling.pre))) > int32Max)
      ++scaling.pre;
    if (std::ldexp(largestAcc, static_cast<int>(scaling.pre)) > int32Max)
      continue;
    auto fill = [&](llvm::ArrayRef<double> values, int exponent, std::vector<int32_t> &out) {
      out.reserve(values.size());
      for (double value : values) {
        double scaled = roundHalfUp(std::ldexp(value, exponent));
        if (!(std::fabs(scaled) <= int32Max))
          return false;
        out.push_back(static_cast<int32_t>(scaled));
      }
      return true;
    };
    if (!fill(problem.factors, static_cast<int>(31 + shift - scaling.pre), scaling.multipliers) ||
        !fill(problem.bias, static_cast<int>(shift), scaling.bias))
      continue;
    bool fits = true;
    for (int64_t f = 0; fits && f < problem.channels; ++f)
      fits = outputBound(problem, scaling, f) <= int32Max;
    if (fits)
      return scaling;
  }
  return std::nullopt;
}

} // namespace wino
