// One scale for many taps. Factors are found by descent on the noise that they leave, from three starts.
#include "wino/Numerics/SharedScales.h"

#include "wino/Numerics/ParseChoice.h"
#include "wino/Numerics/TapScales.h"

#include <algorithm>
#include <cmath>

namespace wino {

llvm::Expected<InputSharing> parseInputSharing(llvm::StringRef text) {
  return parseChoice<InputSharing>(text, {{"tap", InputSharing::Tap}, {"tensor", InputSharing::Tensor}});
}

llvm::Expected<FilterSharing> parseFilterSharing(llvm::StringRef text) {
  return parseChoice<FilterSharing>(text, {{"tap-channel", FilterSharing::TapChannel},
                                           {"tap", FilterSharing::Tap},
                                           {"channel", FilterSharing::Channel},
                                           {"tensor", FilterSharing::Tensor}});
}

llvm::Expected<Balance> parseBalance(llvm::StringRef text) {
  return parseChoice<Balance>(text, {{"none", Balance::None}, {"paired", Balance::Paired}, {"free", Balance::Free}});
}

double balancedNoise(const BalanceProblem &problem, llvm::ArrayRef<double> factors) {
  double inputClip = 0, filterClip = 0;
  auto factor = [&](size_t tap) { return factors[tap / problem.k] * factors[tap % problem.k]; };
  for (size_t tap = 0; tap < problem.weights.size(); ++tap) {
    inputClip = std::max(inputClip, problem.inputClips[tap] * factor(tap));
    filterClip = std::max(filterClip, problem.filterClips[tap] / factor(tap));
  }
  double inputStep = inputClip / problem.inputLimit, filterStep = filterClip / problem.filterLimit, noise = 0;
  for (size_t tap = 0; tap < problem.weights.size(); ++tap) {
    double u = inputStep / factor(tap), v = filterStep * factor(tap);
    if (problem.sharesInput)
      noise += problem.weights[tap] * u * u / 12 * problem.filterPowers[tap];
    if (problem.sharesFilter)
      noise += problem.weights[tap] * problem.inputPowers[tap] * problem.channelsIn * v * v / 12;
  }
  return noise;
}

namespace {

/// Row factors that bring the largest of each row of `clips` to one size, in a few rounds; rows of nothing keep theirs.
std::vector<double> evenRows(llvm::ArrayRef<double> clips, unsigned k) {
  std::vector<double> factors(k, 1);
  for (int round = 0; round < 8; ++round)
    for (unsigned i = 0; i < k; ++i) {
      double largest = 0; // of what row and column i share with the others; tap (i, i) has the factor twice
      for (unsigned j = 0; j < k; ++j)
        largest = std::max({largest, clips[i * k + j] * factors[j], clips[j * k + i] * factors[j]});
      if (largest > 0)
        factors[i] = std::sqrt(factors[i] / largest);
    }
  return factors;
}

class Descent {
public:
  Descent(const BalanceProblem &problem, std::vector<double> start)
      : problem(problem), factors(std::move(start)), noise(balancedNoise(problem, factors)) {}

  /// Steps in one row or two, from large to small.
  void run() {
    double step = 2;
    for (int halving = 0; halving < 5; ++halving, step = std::sqrt(step))
      for (int sweep = 0; sweep < 32 && runSweep(step); ++sweep)
        ;
  }

  std::vector<double> factors;
  double noise;

private:
  const BalanceProblem &problem;

  bool runSweep(double step) {
    bool improved = false;
    for (unsigned i = 0; i < problem.k; ++i)
      for (unsigned j = i; j < problem.k; ++j)
        for (double first : {step, 1 / step})
          for (double second : {step, 1 / step})
            improved |= (i != j || second == step) && move(i, first, j, i == j ? 1 : second);
    return improved;
  }

  bool move(unsigned i, double first, unsigned j, double second) {
    std::vector<double> moved = factors;
    moved[i] *= first;
    moved[j] *= second;
    double now = balancedNoise(problem, moved);
    if (!(now < noise * (1 - 1e-9)))
      return false;
    factors = std::move(moved);
    noise = now;
    return true;
  }
};

} // namespace

std::vector<double> balanceRows(const BalanceProblem &problem) {
  std::vector<double> best(problem.k, 1), reciprocal, even = evenRows(problem.inputClips, problem.k);
  double least = balancedNoise(problem, best);
  if (!(problem.sharesInput || problem.sharesFilter) || !(least > 0) || !std::isfinite(least))
    return best;
  for (double factor : evenRows(problem.filterClips, problem.k))
    reciprocal.push_back(1 / factor);
  for (const std::vector<double> &start : {std::vector<double>(problem.k, 1), even, reciprocal}) {
    if (!std::isfinite(balancedNoise(problem, start)))
      continue;
    Descent descent(problem, start);
    descent.run();
    if (descent.noise < least) {
      least = descent.noise;
      best = descent.factors;
    }
  }
  return best;
}

RowFactors chooseRowFactors(const BalanceProblem &problem, Balance balance) {
  std::vector<double> ones(problem.k, 1);
  if (balance == Balance::None)
    return {ones, ones};
  if (balance == Balance::Paired) {
    std::vector<double> factors = balanceRows(problem);
    return {factors, factors};
  }
  BalanceProblem input = problem, filter = problem;
  input.sharesFilter = filter.sharesInput = false;
  return {balanceRows(input), balanceRows(filter)};
}

std::optional<std::vector<double>> sharedFilterScales(llvm::ArrayRef<double> values, size_t taps, size_t channels,
                                                      llvm::ArrayRef<double> factors, FilterSharing sharing,
                                                      TapType type, llvm::ArrayRef<double> inputBounds, ClipRule rule) {
  size_t rows = taps * channels, length = values.size() / rows;
  std::vector<double> scales(rows);
  for (size_t row = 0; row < rows && sharing == FilterSharing::TapChannel; ++row) {
    std::optional<double> own =
        chooseFilterTapScale(values.slice(row * length, length), type, inputBounds[row / channels], rule);
    if (!own)
      return std::nullopt;
    scales[row] = *own;
  }
  if (sharing == FilterSharing::TapChannel)
    return scales;
  auto groupOf = [&](size_t row) {
    switch (sharing) {
    case FilterSharing::Tap: return row / channels;
    case FilterSharing::Channel: return row % channels;
    case FilterSharing::TapChannel:
    case FilterSharing::Tensor: break;
    }
    return size_t(0);
  };
  auto factor = [&](size_t row) { return factors[row / channels]; };
  std::vector<std::vector<double>> groups(rows);
  std::vector<double> shared(rows); // by group
  for (size_t row = 0; row < rows; ++row)
    for (double tap : values.slice(row * length, length))
      groups[groupOf(row)].push_back(tap / factor(row));
  for (size_t group = 0; group < rows && type != TapType::I16; ++group)
    if (!groups[group].empty())
      shared[group] = chooseNarrowScale(groups[group], type, rule);
  for (size_t row = 0; row < rows; ++row) { // what the accumulator asks for
    llvm::ArrayRef<double> own = values.slice(row * length, length);
    double bound = inputBounds[row / channels], sum = 0, scale = shared[groupOf(row)] * factor(row);
    std::optional<double> fits = chooseWideScale(own, bound);
    if (!fits)
      return std::nullopt;
    for (double tap : own)
      sum += scale > 0 ? std::abs(quantizeTap(tap, scale, tapLimit(type))) : HUGE_VAL;
    if (!(sum * bound <= 2147483647.0))
      shared[groupOf(row)] = std::max(shared[groupOf(row)], *fits / factor(row));
  }
  for (size_t row = 0; row < rows; ++row)
    scales[row] = shared[groupOf(row)] * factor(row);
  return scales;
}

} // namespace wino
