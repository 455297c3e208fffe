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
/// Steps up to which all scales are tried. The error of more taps is a smooth function of the scale.
constexpr size_t maxSteps = 4096;

double largestMagnitude(llvm::ArrayRef<double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::fabs(value));
  return largest;
}
} // namespace

TapRequant chooseTapRequant(double clip, double unit, int32_t limit) {
  double factor = limit * unit / clip;
  if (!(factor < 1.0)) // clip 0 and NaN as well
    factor = 32767.0 / 32768.0;
  Multiplier16 nearest = *quantizeMultiplier16(std::max(factor, std::ldexp(1.0, -16)));
  return {nearest.m, nearest.shift, std::ldexp(unit, 15 + nearest.shift) / nearest.m};
}

std::vector<double> transformFilter(const LineMatrix &down, const LineMatrix &across, llvm::ArrayRef<float> weights) {
  unsigned high = down.cols, wide = across.cols, k = across.rows;
  size_t channels = weights.size() / (high * wide);
  std::vector<double> taps(size_t(down.rows) * k * channels), rows(high * k);
  for (size_t c = 0; c < channels; ++c) {
    for (unsigned u = 0; u < high; ++u)
      for (unsigned j = 0; j < k; ++j) {
        double sum = 0;
        for (unsigned v = 0; v < wide; ++v)
          sum += static_cast<double>(weights[(c * high + u) * wide + v]) * across.values[j * wide + v];
        rows[u * k + j] = sum;
      }
    for (unsigned i = 0; i < down.rows; ++i)
      for (unsigned j = 0; j < k; ++j) {
        double sum = 0;
        for (unsigned u = 0; u < high; ++u)
          sum += down.values[i * high + u] * rows[u * k + j];
        taps[(i * k + j) * channels + c] = sum;
      }
  }
  return taps;
}

namespace {

/// Clips that are tried, as fractions of the maximum: 1, 1 - 1 / steps, .., down to least.
struct ClipGrid {
  int steps, last;
};

/// With 8 bits the error is flat around its minimum, which is seldom far below the maximum; with few bits every step
/// counts (the best clip of a Gaussian is 2.5 rms for 4 bits, and at 5 rms a large set has its maximum).
ClipGrid clipGrid(TapType type) {
  switch (type) {
  case TapType::I4: return {96, 24};
  case TapType::I5: return {64, 20};
  case TapType::I6: return {64, 20};
  case TapType::I7: return {64, 24};
  case TapType::I8:
  case TapType::I16:
  case TapType::F16:
  case TapType::F32: break;
  }
  return {16, 8};
}

/// Squared error of rounding with `scale`, and the sums that give the scale of least error for the rounded taps.
struct Rounded {
  double error = 0, product = 0, power = 0;
};

Rounded roundTaps(llvm::ArrayRef<double> taps, double scale, int32_t limit) {
  Rounded sums;
  for (double tap : taps) {
    double v = quantizeTap(tap, scale, limit), difference = v * scale - tap;
    sums.error += difference * difference;
    sums.product += v * tap;
    sums.power += v * v;
  }
  return sums;
}

/// Squared error that clipping alone makes with `scale`: it grows as the scale falls.
double clippingError(llvm::ArrayRef<double> taps, double scale, int32_t limit) {
  double error = 0;
  for (double tap : taps) {
    double beyond = std::max(std::fabs(tap) - scale * limit, 0.0);
    error += beyond * beyond;
  }
  return error;
}

/// A scale below the best one: clipping alone makes a larger error there than rounding with a scale that was tried.
double scaleTooFine(llvm::ArrayRef<double> taps, double largest, int32_t limit) {
  double error = roundTaps(taps, largest / limit, limit).error;
  for (double clip : {0.9, 0.8, 0.7, 0.6})
    error = std::min(error, roundTaps(taps, largest * clip / limit, limit).error);
  double low = 0, high = largest / limit;
  for (int halving = 0; halving < 10; ++halving) {
    double middle = (low + high) / 2;
    (clippingError(taps, middle, limit) > error * 1.0001 ? low : high) = middle;
  }
  return low;
}

/// The scale of least squared error of all. As the scale falls from infinity, the rounded magnitude v of a tap steps
/// from k to k + 1 at |tap| / (k + 1/2); between two steps v is fixed, and p / q is the best scale for it, p = v .
/// |tap| and q = v . v, with the error |tap|^2 - p^2 / q. The best v of all is what rounding with its own scale gives,
/// so steps at scales that are too fine need no look.
double bestScale(llvm::ArrayRef<double> taps, double largest, int32_t limit) {
  struct Step {
    double scale, magnitude;
    int32_t k;
  };
  double least = scaleTooFine(taps, largest, limit);
  std::vector<Step> steps;
  for (double tap : taps)
    for (int32_t k = 0; k < limit && std::fabs(tap) > least * (k + 0.5); ++k)
      steps.push_back({std::fabs(tap) / (k + 0.5), std::fabs(tap), k});
  std::stable_sort(steps.begin(), steps.end(), [](const Step &a, const Step &b) { return a.scale > b.scale; });
  double p = 0, q = 0, best = 0, scale = emptyScale;
  for (const Step &step : steps) {
    p += step.magnitude;
    q += 2 * step.k + 1;
    if (p * p / q > best) {
      best = p * p / q;
      scale = p / q;
    }
  }
  return scale;
}

} // namespace

double chooseNarrowScale(llvm::ArrayRef<double> taps, TapType type, ClipRule rule) {
  int32_t limit = tapLimit(type);
  double largest = largestMagnitude(taps), power = 0;
  if (largest < limit * emptyScale)
    return emptyScale;
  for (double tap : taps)
    power += tap * tap;
  // Clipping never pays on a compact distribution of 8 bits: within 4 rms the step of 1/127 of the maximum is already
  // finer than the best clip's.
  if (rule == ClipRule::Max || (type == TapType::I8 && largest * largest * taps.size() <= 16 * power))
    return largest / limit;
  if (type != TapType::I8 && taps.size() * limit <= maxSteps)
    return bestScale(taps, largest, limit);
  ClipGrid grid = clipGrid(type);
  double best = largest / limit, bestError = -1;
  for (int step = grid.steps; step >= grid.last; --step) {
    double scale = largest * step / (grid.steps * limit);
    double error = roundTaps(taps, scale, limit).error;
    if (bestError < 0 || error < bestError) {
      bestError = error;
      best = scale;
    }
  }
  // (E7b) Given the rounded taps v, the scale (v . tap) / (v . v) is best; given the scale, rounding to nearest is.
  for (int round = 0; type != TapType::I8 && round < 8; ++round) {
    Rounded sums = roundTaps(taps, best, limit);
    double scale = sums.power > 0 ? sums.product / sums.power : best;
    double error = roundTaps(taps, scale, limit).error;
    if (!(error < bestError))
      break;
    bestError = error;
    best = scale;
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

std::optional<double> chooseFilterTapScale(llvm::ArrayRef<double> taps, TapType type, double inputBound,
                                           ClipRule rule) {
  std::optional<double> fits = chooseWideScale(taps, inputBound);
  if (type == TapType::I16 || !fits)
    return fits;
  double scale = chooseNarrowScale(taps, type, rule), sum = 0;
  for (double tap : taps)
    sum += std::abs(quantizeTap(tap, scale, tapLimit(type)));
  return sum * inputBound <= int32Max ? scale : std::max(scale, *fits);
}

int32_t quantizeTap(double value, double scale, int32_t limit) { return quantizeValue(value / scale, -limit, limit); }

double outputBound(const OutputScalingProblem &problem, const OutputScaling &scaling, int64_t f) {
  std::vector<double> products(problem.taps); // mulhi32 rounds by at most 1/2
  for (size_t tap = 0; tap < products.size(); ++tap) {
    size_t at = tap * problem.channels + f;
    products[tap] =
        std::ldexp(problem.accBounds[at] * scaling.multipliers[at], static_cast<int>(scaling.pre) - 31) + 0.5;
  }
  double addends =
      std::fabs(static_cast<double>(scaling.bias[f])) + std::ldexp(1.0, static_cast<int>(scaling.shift) - 1);
  if (problem.residual)
    addends += problem.residual->bound * scaling.residual;
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
    if (problem.residual) {
      std::optional<int32_t> multiplier = problem.residual->multiplier(shift);
      if (!multiplier)
        continue;
      scaling.residual = *multiplier;
    }
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
