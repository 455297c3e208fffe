// Noise arithmetic in double; every rounding is white noise of variance step^2 / 12 where the number is not zero.
#include "wino/Target/ErrorModel.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/NoiseGain.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wino {

namespace {

constexpr double int8Levels = 127, int16FilterLevels = 2047, int16Largest = 16383;

/// (E14) Noise of rounding to `type`, relative to the power of what is rounded.
double relativeNoise(TapType type) {
  switch (type) {
  case TapType::I4: return 1.29e-2;
  case TapType::I5: return 3.69e-3;
  case TapType::I6: return 1.07e-3;
  case TapType::I7: return 3.09e-4;
  case TapType::I8: return relativeNoise8;
  case TapType::I16: break;
  }
  return relativeNoise8 * std::pow(int8Levels / int16FilterLevels, 2);
}

double roundingNoise(double step) { return step * step / 12; }

/// Means over output channels: of the filter's power, and of its 8-bit rounding noise summed over the filter's
/// elements.
struct FilterPower {
  double power = 0, noise = 0;
};

FilterPower filterPower(const LayerStats &stats) {
  FilterPower result;
  size_t outs = size_t(stats.shape.channelsOut), per = stats.filter.size() / std::max<size_t>(outs, 1);
  for (size_t f = 0; f < outs && per; ++f) {
    double largest = 0;
    for (float w : stats.filter.slice(f * per, per)) {
      largest = std::max(largest, std::fabs(double(w)));
      result.power += double(w) * double(w);
    }
    result.noise += double(per) * roundingNoise(largest / int8Levels);
  }
  result.power /= double(outs);
  result.noise /= double(outs);
  return result;
}

/// (E11) What the noise of the sums is compared with: the measured output, else the output of white input, which no
/// activation has cut.
struct Signal {
  double power, gain;
};

Signal signalOf(const LayerStats &stats, const FilterPower &filter) {
  if (stats.output && stats.output->power > 0)
    return {stats.output->power, stats.activationGain};
  return {stats.input->power * filter.power, 1};
}

bool measured(const LayerStats &stats, const FilterPower &filter) {
  return stats.input && stats.input->power > 0 && filter.power > 0;
}

double outputNoise(const LayerStats &stats, const Signal &signal) {
  return stats.output && stats.output->power > 0 ? stats.output->nonzero * roundingNoise(stats.output->step)
                                                 : relativeNoise8 * signal.power;
}

double inputNoise(const LayerStats &stats) { return stats.input->nonzero * roundingNoise(stats.input->step); }

using Matrix = std::vector<std::vector<double>>;

Matrix toDoubles(const RationalMatrix &exact) {
  Matrix matrix(size_t(exact.rows()), std::vector<double>(size_t(exact.cols())));
  for (int i = 0; i < exact.rows(); ++i)
    for (int j = 0; j < exact.cols(); ++j)
      matrix[size_t(i)][size_t(j)] = exact.at(i, j).toDouble();
  return matrix;
}

/// What one tap of V may use: the levels of its type and, where products are wide, of the accumulator.
struct TapLevels {
  double largest;           ///< of |v|
  std::vector<double> sums; ///< of sum_c |v|, per tap; infinite where the accumulator has room for everything
  double step(double maximum, double sum, size_t tap) const { return std::max(maximum / largest, sum / sums[tap]); }
};

TapLevels tapLevels(const IntegerTransform &transform) {
  size_t count = size_t(transform.spec.K * transform.spec.K);
  TapType type = transform.spec.filterTap;
  TapLevels levels{type == TapType::I16 ? int16Largest : tapLimit(type), std::vector<double>(count, HUGE_VAL)};
  if (!transform.spec.hasByteTaps()) {
    std::vector<double> bounds = transform.tapBounds(255);
    for (size_t t = 0; t < count; ++t)
      levels.sums[t] = std::ldexp(1.0, 31) / std::max(bounds[t], 1.0); // as TapScales' wide scales
  }
  return levels;
}

/// Means over output channels, per tap: power of V summed over input channels, and its rounding noise, likewise.
struct TapPower {
  std::vector<double> power, noise;
};

TapPower tapPower(const LayerStats &stats, const Matrix &g, const TapLevels &levels) {
  size_t k = g.size(), r = g[0].size();
  size_t outs = size_t(stats.shape.channelsOut), ins = size_t(stats.shape.channelsIn);
  TapPower result{std::vector<double>(k * k), std::vector<double>(k * k)};
  std::vector<double> largest(k * k), sum(k * k), half(k * r);
  for (size_t f = 0; f < outs; ++f) {
    std::fill(largest.begin(), largest.end(), 0);
    std::fill(sum.begin(), sum.end(), 0);
    for (size_t c = 0; c < ins; ++c) {
      const float *w = stats.filter.data() + (f * ins + c) * r * r;
      for (size_t i = 0; i < k; ++i)
        for (size_t v = 0; v < r; ++v) {
          half[i * r + v] = 0;
          for (size_t u = 0; u < r; ++u)
            half[i * r + v] += g[i][u] * double(w[u * r + v]);
        }
      for (size_t i = 0; i < k; ++i)
        for (size_t j = 0; j < k; ++j) {
          double tap = 0;
          for (size_t v = 0; v < r; ++v)
            tap += half[i * r + v] * g[j][v];
          result.power[i * k + j] += tap * tap / double(outs);
          largest[i * k + j] = std::max(largest[i * k + j], std::fabs(tap));
          sum[i * k + j] += std::fabs(tap);
        }
    }
    for (size_t t = 0; t < k * k; ++t)
      result.noise[t] += double(ins) * roundingNoise(levels.step(largest[t], sum[t], t)) / double(outs);
  }
  return result;
}

/// Noise of one number of U, per tap (E16).
std::vector<double> inputTapNoise(const LayerStats &stats, const IntegerTransform &transform,
                                  llvm::ArrayRef<double> taps) {
  size_t k = size_t(transform.spec.K);
  double levels = tapLimit(transform.spec.inputTap);
  std::vector<double> row(k), norm(k); // of one pass: variance of its own roundings, and squared norm
  std::vector<TransformDag::Form> forms = transform.input.forms();
  for (size_t j = 0; j < k; ++j) {
    if (transform.input.outputs[j] < 0)
      continue; // the constant zero
    const TransformDag::Form &form = forms[size_t(transform.input.outputs[j])];
    row[j] = form.error / 6; // a bound of 1/2 per rounding, each of variance 1/12
    for (double c : form.coefficients)
      norm[j] += c * c;
  }
  std::vector<double> noise(k * k);
  for (size_t t = 0; t < k * k; ++t) {
    size_t i = t / k, j = t % k;
    double unit = std::ldexp(stats.input->step, -transform.prescale) / (transform.beta[i] * transform.beta[j]);
    noise[t] = unit * unit * (norm[j] * row[i] + row[j]);
    if (!transform.spec.hasByteTaps())
      continue;
    double largest = taps[3 * t], clip = taps[3 * t + 2], step = std::max(clip / levels, unit);
    if (transform.exactInput && step == unit)
      continue; // whole units stay as they are
    noise[t] += roundingNoise(step);
    if (clip > 0 && largest > clip)
      noise[t] += roundingNoise(step) * (largest - clip) / (3 * clip);
  }
  return noise;
}

/// Share of each row of tiles in the outputs along one axis: the last tile may hang over the map's edge.
std::vector<double> rowShares(int64_t extent, int m) {
  std::vector<double> shares(size_t(m), 0);
  for (int64_t a = 0; a < m; ++a)
    shares[size_t(a)] = double(extent / m + (a < extent % m)) / double(extent);
  return shares;
}

/// Squared norms of the columns of A^T, rows weighted by their share of the outputs.
std::vector<double> columnPowers(const Matrix &at, llvm::ArrayRef<double> shares) {
  std::vector<double> powers(at[0].size());
  for (size_t a = 0; a < at.size(); ++a)
    for (size_t j = 0; j < at[a].size(); ++j)
      powers[j] += shares[a] * at[a][j] * at[a][j];
  return powers;
}

} // namespace

double directError(const LayerStats &stats) {
  FilterPower filter = filterPower(stats);
  if (!measured(stats, filter))
    return 3 * relativeNoise8; // (E13) input, filter and output
  Signal signal = signalOf(stats, filter);
  // (E12)
  double sums = inputNoise(stats) * filter.power + stats.input->power * filter.noise;
  return (signal.gain * sums + outputNoise(stats, signal)) / signal.power;
}

LayerNoise winogradNoise(const LayerStats &stats, const IntegerTransform &transform, llvm::ArrayRef<double> taps) {
  const TileSpec &tile = transform.spec;
  bool narrow = tile.hasByteTaps(); // else the input taps are exact or nearly so
  FilterPower filter = filterPower(stats);
  double e = noiseGain(transform.algorithm);
  double relative = e * e * (relativeNoise(tile.filterTap) + (narrow ? relativeNoise(tile.inputTap) : 0)); // (E14)
  double inexact = tile.hasMatrices() ? inexactness(transform.algorithm) : 0;
  LayerNoise noise;
  if (!measured(stats, filter)) {
    noise.input = noise.output = relativeNoise8;
    noise.taps = relative + inexact;
    return noise;
  }
  Signal signal = signalOf(stats, filter);
  double scale = signal.gain / signal.power;
  noise.input = scale * inputNoise(stats) * filter.power; // (E15)
  noise.output = outputNoise(stats, signal) / signal.power;
  double inputPower = stats.input->power * filter.power;
  noise.taps = scale * (relative + inexact) * inputPower;
  size_t k = size_t(tile.K);
  if (taps.size() != k * k * 3)
    return noise;
  Matrix at = toDoubles(transform.algorithm.AT), g = toDoubles(transform.algorithm.G);
  TapPower v = tapPower(stats, g, tapLevels(transform));
  std::vector<double> u = inputTapNoise(stats, transform, taps);
  std::vector<double> rows = columnPowers(at, rowShares(stats.shape.outHeight, tile.m));
  std::vector<double> columns = columnPowers(at, rowShares(stats.shape.outWidth, tile.m));
  double sum = 0, worst = 0;
  for (size_t t = 0; t < k * k; ++t) {
    double rms = taps[3 * t + 1];
    double share = rows[t / k] * columns[t % k] * (u[t] * v.power[t] + rms * rms * v.noise[t]); // (E16)
    sum += share;
    if (share > worst)
      worst = share, noise.worstTap = unsigned(t);
  }
  noise.taps = scale * (sum + inexact * inputPower);
  noise.worstShare = sum > 0 ? worst / sum : 0;
  return noise;
}

llvm::Expected<double> winogradError(const LayerStats &stats, const TileSpec &tile, llvm::ArrayRef<double> taps) {
  auto transform = IntegerTransform::make(tile);
  if (!transform)
    return transform.takeError();
  return winogradNoise(stats, *transform, taps).total();
}

} // namespace wino
