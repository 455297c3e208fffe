// Noise arithmetic in double; every rounding is white noise of variance step^2 / 12, and clipping is left out.
#include "wino/Target/ErrorModel.h"
#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/NoiseGain.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wino {

namespace {

constexpr double int8Levels = 127, int16FilterLevels = 2047;

/// Levels of filter taps; i16 taps share the accumulator's bits with those of the input.
double filterLevels(TapType type) { return type == TapType::I16 ? int16FilterLevels : tapLimit(type); }

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
  return stats.output && stats.output->power > 0 ? roundingNoise(stats.output->step) : relativeNoise8 * signal.power;
}

using Matrix = std::vector<std::vector<double>>;

Matrix toDoubles(const RationalMatrix &exact) {
  Matrix matrix(size_t(exact.rows()), std::vector<double>(size_t(exact.cols())));
  for (int i = 0; i < exact.rows(); ++i)
    for (int j = 0; j < exact.cols(); ++j)
      matrix[size_t(i)][size_t(j)] = exact.at(i, j).toDouble();
  return matrix;
}

/// Means over output channels, per tap: power of V summed over input channels, and its rounding noise, likewise.
struct TapPower {
  std::vector<double> power, noise;
};

TapPower tapPower(const LayerStats &stats, const Matrix &g, double levels) {
  size_t k = g.size(), r = g[0].size();
  size_t outs = size_t(stats.shape.channelsOut), ins = size_t(stats.shape.channelsIn);
  TapPower result{std::vector<double>(k * k), std::vector<double>(k * k)};
  std::vector<double> largest(k * k), half(k * r);
  for (size_t f = 0; f < outs; ++f) {
    std::fill(largest.begin(), largest.end(), 0);
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
        }
    }
    for (size_t t = 0; t < k * k; ++t)
      result.noise[t] += double(ins) * roundingNoise(largest[t] / levels) / double(outs);
  }
  return result;
}

/// Squared norms of the columns of A^T.
std::vector<double> columnPowers(const Matrix &at) {
  std::vector<double> powers(at[0].size());
  for (const std::vector<double> &row : at)
    for (size_t j = 0; j < row.size(); ++j)
      powers[j] += row[j] * row[j];
  return powers;
}

} // namespace

double directError(const LayerStats &stats) {
  FilterPower filter = filterPower(stats);
  if (!measured(stats, filter))
    return 3 * relativeNoise8; // (E13) input, filter and output
  Signal signal = signalOf(stats, filter);
  // (E12)
  double sums = roundingNoise(stats.input->step) * filter.power + stats.input->power * filter.noise;
  return (signal.gain * sums + outputNoise(stats, signal)) / signal.power;
}

llvm::Expected<double> winogradError(const LayerStats &stats, const TileSpec &tile, llvm::ArrayRef<double> taps) {
  auto algorithm = BilinearAlgorithm::make(tile);
  if (!algorithm)
    return algorithm.takeError();
  bool narrow = tile.hasByteTaps(); // else the input taps are exact
  FilterPower filter = filterPower(stats);
  double e = noiseGain(*algorithm);
  double relative = e * e * (relativeNoise(tile.filterTap) + (narrow ? relativeNoise(tile.inputTap) : 0)); // (E14)
  if (!measured(stats, filter))
    return 2 * relativeNoise8 + relative;
  Signal signal = signalOf(stats, filter);
  double inputNoise = roundingNoise(stats.input->step) * filter.power; // (E15)
  double tapNoise = relative * stats.input->power * filter.power;
  if (taps.size() == size_t(tile.K * tile.K * 3)) {
    Matrix at = toDoubles(algorithm->AT), g = toDoubles(algorithm->G);
    TapPower v = tapPower(stats, g, filterLevels(tile.filterTap));
    std::vector<double> a = columnPowers(at);
    tapNoise = 0;
    for (size_t t = 0; t < v.power.size(); ++t) {
      double rms = taps[3 * t + 1], step = narrow ? taps[3 * t + 2] / tapLimit(tile.inputTap) : 0;
      double noise = roundingNoise(step) * v.power[t] + rms * rms * v.noise[t]; // (E16)
      tapNoise += a[t / a.size()] * a[t % a.size()] * noise;
    }
    tapNoise /= double(tile.m * tile.m);
  }
  return (signal.gain * (inputNoise + tapNoise) + outputNoise(stats, signal)) / signal.power; // (E17)
}

} // namespace wino
