// Noise arithmetic in double; every rounding is white noise of variance step^2 / 12 where the number is not zero.
#include "wino/Target/ErrorModel.h"
#include "wino/Numerics/FactorScales.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/NoiseGain.h"
#include "wino/Numerics/QuantizeScale.h"
#include "wino/Numerics/TapScales.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wino {

namespace {

constexpr double int8Levels = 127, int16FilterLevels = 2047, int16Largest = 16383;
constexpr double clippedShare = 1e-3; // beyond TapStats' percentile

/// (E14) Noise of rounding to `type`, relative to the power of what is rounded.
double relativeNoise(TapType type) {
  switch (type) {
  case TapType::I4: return 1.29e-2;
  case TapType::I5: return 3.69e-3;
  case TapType::I6: return 1.07e-3;
  case TapType::I7: return 3.09e-4;
  case TapType::I8: return relativeNoise8;
  case TapType::F16: return 0.18 / double(1 << 22); // of a last place of 2^-11 to 2^-10 of the number
  case TapType::F32: return 0;
  case TapType::I16: break;
  }
  return relativeNoise8 * std::pow(int8Levels / int16FilterLevels, 2);
}

/// Likewise for O.
double relativeNoise(ProductType type) {
  return type == ProductType::I32 || type == ProductType::F16 ? 0 : laplaceError(int(type), laplaceClip(int(type)));
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
    llvm::ArrayRef<float> channel = stats.filter.slice(f * per, per);
    double largest = 0;
    for (float w : channel) {
      largest = std::max(largest, std::fabs(double(w)));
      result.power += double(w) * double(w);
    }
    if (!filterGrid(channel))
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

/// What one tap of V may use: the levels of its type and, where products are wide, of the accumulator.
struct TapLevels {
  double largest;             ///< of |v|
  std::vector<double> sums;   ///< of sum_c |v|, per tap; infinite where the accumulator has room for everything
  std::vector<double> bounds; ///< of |u|, per tap
  double step(double maximum, double sum, size_t tap) const { return std::max(maximum / largest, sum / sums[tap]); }
};

TapLevels tapLevels(const IntegerTransform &transform) {
  size_t count = size_t(transform.spec.taps());
  TapType type = transform.spec.filterTap;
  TapLevels levels{type == TapType::I16 ? int16Largest : tapLimit(type), std::vector<double>(count, HUGE_VAL),
                   std::vector<double>(count, tapLimit(transform.spec.inputTap) + 1.0)};
  if (!transform.spec.hasByteTaps()) {
    levels.bounds = transform.tapBounds(255);
    for (size_t t = 0; t < count; ++t)
      levels.sums[t] = std::ldexp(1.0, 31) / std::max(levels.bounds[t], 1.0); // as TapScales' wide scales
  }
  return levels;
}

/// Per tap: power of V and its noise, summed over input channels, means over output channels; and the power of each
/// output channel, taps x C_out.
struct TapPower {
  std::vector<double> power, noise, channels;
};

/// Output channels of which filters of few bits are rounded to see the noise; the search for a scale takes its time.
constexpr size_t roundedChannels = 16;

/// Noise of one tap of one output channel. Of 8 and 16 bits it is that of the step. Of fewer bits the clip matters and
/// many taps become zero: rounded with the compiler's own scale.
double filterTapNoise(llvm::ArrayRef<double> taps, const TapLevels &levels, size_t tap, TapType type, ClipRule rule) {
  if (int(type) < 8)
    if (std::optional<double> scale = chooseFilterTapScale(taps, type, levels.bounds[tap], rule)) {
      double noise = 0;
      for (double v : taps)
        noise += std::pow(v - *scale * quantizeTap(v, *scale, tapLimit(type)), 2);
      return noise;
    }
  double largest = 0, sum = 0;
  for (double v : taps) {
    largest = std::max(largest, std::fabs(v));
    sum += std::fabs(v);
  }
  return double(taps.size()) * roundingNoise(levels.step(largest, sum, tap));
}

TapPower tapPower(const LayerStats &stats, const IntegerTransform &transform) {
  LineMatrix down(transform.down.algorithm.G), across(transform.across.algorithm.G);
  TapType type = transform.spec.filterTap;
  TapLevels levels = tapLevels(transform);
  size_t taps = size_t(transform.spec.taps()), window = down.cols * across.cols, outs = size_t(stats.shape.channelsOut),
         ins = size_t(stats.shape.channelsIn);
  size_t stride = int(type) < 8 ? std::max<size_t>(1, outs / roundedChannels) : 1;
  double looked = double((outs + stride - 1) / stride);
  TapPower result{std::vector<double>(taps), std::vector<double>(taps), std::vector<double>(taps * outs)};
  for (size_t f = 0; f < outs; ++f) {
    std::vector<double> v = transformFilter(down, across, stats.filter.slice(f * ins * window, ins * window));
    for (size_t t = 0; t < taps; ++t) {
      auto row = llvm::ArrayRef(v).slice(t * ins, ins);
      double &power = result.channels[t * outs + f];
      for (double tap : row)
        power += tap * tap;
      result.power[t] += power / double(outs);
      if (f % stride == 0)
        result.noise[t] += filterTapNoise(row, levels, t, type, stats.clips.filter) / looked;
    }
  }
  return result;
}

/// (E16) Noise of one O, per tap, mean over output channels: its steps are alpha_i beta_j sigma_f whatever its size is.
std::vector<double> productNoise(const TileSpec &tile, const TapPower &v, llvm::ArrayRef<double> taps, int64_t outs) {
  size_t count = v.power.size();
  std::vector<double> noise(count);
  if (tile.product == ProductType::I32)
    return noise;
  std::vector<double> sizes(v.channels);
  for (size_t i = 0; i < sizes.size(); ++i)
    sizes[i] = taps[3 * (i / size_t(outs)) + 1] * std::sqrt(sizes[i]);
  unsigned rows = unsigned(tile.down().K), columns = unsigned(tile.across().K);
  FactorScales factors = factorSizes(sizes, rows, columns, outs);
  int bits = int(tile.product);
  double clip = laplaceClip(bits);
  for (size_t i = 0; i < sizes.size(); ++i) {
    size_t t = i / size_t(outs);
    double size = factors.at(unsigned(t) / columns, unsigned(t) % columns, int64_t(i) % outs);
    if (sizes[i] > 0)
      noise[t] += sizes[i] * sizes[i] * laplaceError(bits, clip * size / sizes[i]) / double(outs);
  }
  return noise;
}

/// Of one pass of the input transform, per output: variance of its own roundings, and squared norm.
struct PassNoise {
  std::vector<double> rounding, norm;
  explicit PassNoise(const TransformDag &dag) : rounding(dag.outputs.size()), norm(dag.outputs.size()) {
    std::vector<TransformDag::Form> forms = dag.forms();
    for (size_t j = 0; j < norm.size(); ++j) {
      if (dag.outputs[j] < 0)
        continue; // the constant zero
      const TransformDag::Form &form = forms[size_t(dag.outputs[j])];
      rounding[j] = form.error / 6; // a bound of 1/2 per rounding, each of variance 1/12
      for (double c : form.coefficients)
        norm[j] += c * c;
    }
  }
};

/// Noise of one number of U, per tap (E16).
std::vector<double> inputTapNoise(const LayerStats &stats, const IntegerTransform &transform,
                                  llvm::ArrayRef<double> taps) {
  size_t columns = size_t(transform.spec.across().K);
  double levels = tapLimit(transform.spec.inputTap);
  PassNoise first(transform.down.input), second(transform.across.input);
  std::vector<double> noise(size_t(transform.spec.taps()));
  for (size_t t = 0; t < noise.size(); ++t) {
    size_t i = t / columns, j = t % columns;
    double unit = std::ldexp(stats.input->step, -transform.prescale) / transform.betaOf(unsigned(t));
    noise[t] = unit * unit * (second.norm[j] * first.rounding[i] + second.rounding[j]);
    if (!transform.spec.hasByteTaps())
      continue;
    double largest = taps[3 * t], clip = taps[3 * t + 2], step = std::max(clip / levels, unit);
    if (transform.exactInput && step == unit)
      continue; // whole units stay as they are
    noise[t] += roundingNoise(step);
    if (clip > 0 && largest > clip)
      noise[t] += stats.clips.input == ClipRule::Percentile ? clippedShare * 2 * std::pow((largest - clip) / 6, 2)
                                                            : roundingNoise(step) * (largest - clip) / (3 * clip);
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
std::vector<double> columnPowers(llvm::ArrayRef<double> at, llvm::ArrayRef<double> shares) {
  size_t k = at.size() / shares.size();
  std::vector<double> powers(k);
  for (size_t a = 0; a < shares.size(); ++a)
    for (size_t j = 0; j < k; ++j)
      powers[j] += shares[a] * at[a * k + j] * at[a * k + j];
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
  double relative =
      noiseGain(transform.down.algorithm) * noiseGain(transform.across.algorithm) * // (E14)
      (relativeNoise(tile.filterTap) + (narrow ? relativeNoise(tile.inputTap) : 0) + relativeNoise(tile.product));
  double inexact = tile.hasMatrices() ? inexactness(transform.down.algorithm, transform.across.algorithm) : 0;
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
  size_t k = size_t(tile.across().K);
  if (taps.size() != size_t(tile.taps()) * 3)
    return noise;
  TapPower v = tapPower(stats, transform);
  std::vector<double> o = productNoise(tile, v, taps, stats.shape.channelsOut);
  std::vector<double> u = inputTapNoise(stats, transform, taps);
  std::vector<double> rows =
      columnPowers(transform.down.algorithm.AT.toDoubles(), rowShares(stats.shape.outHeight, tile.down().m));
  std::vector<double> columns =
      columnPowers(transform.across.algorithm.AT.toDoubles(), rowShares(stats.shape.outWidth, tile.across().m));
  double sum = 0, worst = 0;
  for (size_t t = 0; t < v.power.size(); ++t) {
    double rms = taps[3 * t + 1];
    double share = rows[t / k] * columns[t % k] * (u[t] * v.power[t] + rms * rms * v.noise[t] + o[t]); // (E16)
    sum += share;
    if (share > worst)
      worst = share, noise.worstTap = unsigned(t);
  }
  noise.taps = scale * (sum + inexact * inputPower);
  noise.worstShare = sum > 0 ? worst / sum : 0;
  return noise;
}

/// Sums of up to halfRun products in binary16: on the way their power is half of that at the end.
static double halfSumNoise(const TileSpec &tile) {
  return tile.product == ProductType::F16 ? double(halfRun) / 2 * relativeNoise(TapType::F16) : 0;
}

LayerNoise floatTilesNoise(const LayerStats &stats, const TileSpec &tile, const BilinearAlgorithm &down,
                           const BilinearAlgorithm &across) {
  FilterPower filter = filterPower(stats);
  double taps = (2 * relativeNoise(tile.inputTap) + halfSumNoise(tile)) * noiseGain(down) * noiseGain(across) +
                (tile.hasMatrices() ? inexactness(down, across) : 0);
  LayerNoise noise;
  if (!measured(stats, filter)) {
    noise.input = noise.output = relativeNoise8;
    noise.taps = taps;
    return noise;
  }
  Signal signal = signalOf(stats, filter);
  double scale = signal.gain / signal.power;
  noise.input = scale * inputNoise(stats) * filter.power;
  noise.taps = scale * taps * stats.input->power * filter.power;
  noise.output = outputNoise(stats, signal) / signal.power;
  return noise;
}

/// Noise of one rounding to binary32, as relativeNoise of binary16; and of a chain of sums of as many products, whose
/// partial sums grow to the last one.
static constexpr double relativeNoise32 = 0.18 / double(int64_t(1) << 48);
static double sumNoise(int64_t inputs) { return double(inputs) / 3 * relativeNoise32; }

double floatLayerNoise(int64_t inputs, int halves) { return sumNoise(inputs) + halves * relativeNoise(TapType::F16); }

double floatLayerNoise(const TileSpec &tile, int64_t inputs, int halves, const BilinearAlgorithm &down,
                       const BilinearAlgorithm &across) {
  constexpr double ofTransforms = 8; // roundings of both, U, V and T, on numbers of their size
  double taps = 2 * (tile.inputTap == TapType::F16 ? relativeNoise(TapType::F16) : 0) + halfSumNoise(tile) +
                ofTransforms * relativeNoise32 + sumNoise(inputs);
  return noiseGain(down) * noiseGain(across) * taps + halves * relativeNoise(TapType::F16) +
         (tile.hasMatrices() ? inexactness(down, across) : 0);
}

} // namespace wino
