// Scales and multipliers of 8-bit tensors. Every function is a pure map from doubles to integers.
#include "wino/Numerics/QuantizeScale.h"

#include "wino/Numerics/FixedPoint.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {
constexpr double int32Max = 2147483647.0;
constexpr int filterLevels = 127;
/// Number and step are each rounded to binary32: 127 (2^-24 + 2^-24), and as much again for a step made of the number.
constexpr double gridTolerance = filterLevels / double(1 << 22);
constexpr int64_t maxShift = 16, guardBits = 8, residualBits = 12;
} // namespace

double activationScale(double clip, int32_t qmax) {
  // Below 2^-100 binary32 scales would become subnormal and their ratios meaningless.
  if (!(clip >= std::ldexp(1.0, -100)) || clip > std::ldexp(1.0, 100))
    clip = 1.0;
  return static_cast<double>(static_cast<float>(clip / qmax));
}

static double largestOf(llvm::ArrayRef<float> channel) {
  float largest = 0;
  for (float w : channel)
    largest = std::max(largest, std::fabs(w));
  return double(largest);
}

std::optional<double> filterGrid(llvm::ArrayRef<float> channel) {
  double largest = largestOf(channel);
  if (!(largest > 0) || !std::isfinite(largest))
    return std::nullopt;
  auto isGrid = [&](double step) {
    return llvm::all_of(channel, [&](float w) {
      double steps = double(w) / step;
      return std::fabs(steps - std::nearbyint(steps)) <= gridTolerance;
    });
  };
  auto makesAll = [&](float step) {
    return llvm::all_of(channel, [&](float w) { return step * std::nearbyint(w / step) == w; });
  };
  // A grid of fewer steps has a multiple among these.
  for (int steps = filterLevels; 2 * steps > filterLevels; --steps) {
    double step = largest / steps;
    if (!isGrid(step))
      continue;
    float near = float(step), zero = 0;
    for (float candidate : {near, std::nextafter(near, zero), std::nextafter(near, 2 * near)})
      if (candidate > 0 && makesAll(candidate))
        return double(candidate);
    return step;
  }
  return std::nullopt;
}

double filterScale(llvm::ArrayRef<float> channel, double bias, double inputScale) {
  double step = filterGrid(channel).value_or(largestOf(channel) / filterLevels);
  return std::max({step, std::ldexp(1.0, -40), std::fabs(bias) / (inputScale * std::ldexp(1.0, 26))});
}

int32_t quantizeValue(double x, int32_t lo, int32_t hi) {
  double rounded = roundHalfUp(x);
  if (!(rounded > lo))
    return lo;
  return rounded >= hi ? hi : static_cast<int32_t>(rounded);
}

std::optional<int32_t> ResidualScale::multiplier(int64_t shift) const {
  double scaled = roundHalfUp(std::ldexp(factor, static_cast<int>(shift)));
  if (!(scaled >= 0 && scaled <= 32767))
    return std::nullopt;
  return static_cast<int32_t>(scaled);
}

std::optional<ScaleMultipliers> chooseRequant(llvm::ArrayRef<double> factors, double accBound,
                                              std::optional<ResidualScale> residual) {
  double largest = 0;
  for (double factor : factors) {
    if (!std::isfinite(factor) || factor < 0)
      return std::nullopt;
    largest = std::max(largest, factor);
  }
  auto scaled = [](double factor, int64_t pre, int64_t shift) {
    return roundHalfUp(std::ldexp(factor, static_cast<int>(31 + shift - pre)));
  };
  std::optional<ScaleMultipliers> best;
  for (int64_t pre = 0; pre <= 31 && std::ldexp(accBound, static_cast<int>(pre)) <= int32Max; ++pre) {
    int64_t shift = maxShift;
    auto fits = [&] {
      if (scaled(largest, pre, shift) > int32Max)
        return false;
      if (!residual)
        return true;
      std::optional<int32_t> multiplier = residual->multiplier(shift);
      // A multiplier is rounded by at most 1/2, and so is what mulhi32 gives: 2 in all.
      double product = std::ldexp(accBound * largest, static_cast<int>(shift)) + 2;
      return multiplier &&
             product + residual->bound * *multiplier + std::ldexp(1.0, static_cast<int>(shift) - 1) <= int32Max;
    };
    while (shift >= 1 && !fits())
      --shift;
    if (shift < 1)
      continue;
    if (!best || shift > best->shift)
      best = ScaleMultipliers{pre, shift, {}};
    if (shift >= (residual ? residualBits : guardBits))
      break;
  }
  if (!best)
    return std::nullopt;
  for (double factor : factors)
    best->multipliers.push_back(static_cast<int32_t>(scaled(factor, best->pre, best->shift)));
  if (residual)
    best->residual = *residual->multiplier(best->shift);
  return best;
}

std::optional<ScaleMultipliers> chooseSumMultipliers(llvm::ArrayRef<double> factors) {
  struct {
    int64_t first, last; // shifts, largest first
    double largest, sum; // of |M|
  } forms[] = {{15, 8, 16319, 16319}, {maxShift, 1, 32767, INFINITY}};
  for (const auto &form : forms)
    for (int64_t shift = form.first; shift >= form.last; --shift) {
      ScaleMultipliers result{0, shift, {}};
      bool fits = true;
      double sum = 0;
      for (double factor : factors) {
        double scaled = roundHalfUp(std::ldexp(factor, static_cast<int>(shift)));
        fits &= std::fabs(scaled) <= form.largest; // false for NaN
        sum += std::fabs(scaled);
        result.multipliers.push_back(fits ? static_cast<int32_t>(scaled) : 0);
      }
      if (fits && sum <= form.sum)
        return result;
    }
  return std::nullopt;
}

std::vector<int32_t> lookupTable(llvm::function_ref<double(double)> function, double inputScale, int32_t qmin,
                                 double outputScale, int32_t lo, int32_t hi) {
  std::vector<int32_t> table;
  table.reserve(256);
  for (int32_t q = qmin; q < qmin + 256; ++q)
    table.push_back(quantizeValue(function(q * inputScale) / outputScale, lo, hi));
  return table;
}

std::vector<int32_t> softmaxTable(double inputScale, int32_t levels) {
  constexpr int32_t whole = 256;
  std::vector<int32_t> table;
  for (int32_t d = 0; d < levels && (d < whole || table.back() > 0); ++d)
    table.push_back(quantizeValue(std::exp(-d * inputScale) * 65535.0, 0, 65535));
  return table;
}

} // namespace wino
