// Observer: statistics of a stream of numbers in constant memory. All loops
// have a fixed order, see Observer.h.
#include "wino/Calibrate/Observer.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

using namespace llvm;

namespace wino {

namespace {

constexpr unsigned lanes = 8;
constexpr size_t scratchBatch = 4096; ///< from this many numbers on, four histograms pay
constexpr uint32_t infinityBits = 0x7f800000;
/// Below this the range does not shrink, so that bins / 2^range is a binary32
/// number; smaller numbers lie in bin 0.
constexpr int minRangeExponent = -100;

} // namespace

Observer::Observer(unsigned bins) : histogram(bins) {
  assert(bins >= 16 && bins <= 65536 && (bins & (bins - 1)) == 0 && "bins must be a power of two from 16 to 65536");
  rangeExponent = minRangeExponent;
}

static uint32_t magnitudeBits(float x) { return bit_cast<uint32_t>(x) & 0x7fffffff; }

/// Largest |x| as its bits: their order is that of the magnitudes, and infinity
/// and NaN are the largest.
static uint32_t maxMagnitudeBits(ArrayRef<float> values) {
  int32_t result = 0;
  for (float x : values)
    result = std::max(result, int32_t(magnitudeBits(x)));
  return result;
}

/// Makes the range 2^e large enough for magnitudes of `maxBits`: the first time
/// at once, later by merging pairs of bins.
void Observer::setRange(uint32_t maxBits) {
  int exponent = std::max(int(maxBits >> 23) - 126, minRangeExponent); // |x| < 2^exponent
  if (!hasRange) {
    if (maxBits == 0)
      return;
    hasRange = true;
    rangeExponent = exponent;
  }
  size_t half = histogram.size() / 2;
  for (; rangeExponent < exponent; ++rangeExponent) {
    for (size_t b = 0; b < half; ++b)
      histogram[b] = histogram[2 * b] + histogram[2 * b + 1];
    std::fill(histogram.begin() + half, histogram.end(), 0);
  }
}

void Observer::add(ArrayRef<float> values) {
  if (values.empty())
    return;
  uint32_t maxBits = maxMagnitudeBits(values);
  if (maxBits >= infinityBits) {
    std::vector<float> finite;
    for (float x : values)
      if (magnitudeBits(x) < infinityBits)
        finite.push_back(x);
    bad += values.size() - finite.size();
    add(finite);
    return;
  }
  setRange(maxBits);
  addFinite(values);
}

void Observer::addFinite(ArrayRef<float> values) {
  float lows[lanes], highs[lanes];
  double sums[lanes] = {};
  std::fill_n(lows, lanes, values[0]);
  std::fill_n(highs, lanes, values[0]);
  auto take = [&](size_t i, unsigned lane) {
    float x = values[i];
    lows[lane] = x < lows[lane] ? x : lows[lane];
    highs[lane] = x > highs[lane] ? x : highs[lane];
    sums[lane] += double(x) * double(x);
  };
  size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes)
    for (unsigned lane = 0; lane < lanes; ++lane)
      take(i + lane, lane);
  for (unsigned lane = 0; i < values.size(); ++i, ++lane)
    take(i, lane);
  squares += ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
  double lowest = *std::min_element(lows, lows + lanes), highest = *std::max_element(highs, highs + lanes);
  low = number ? std::min(low, lowest) : lowest;
  high = number ? std::max(high, highest) : highest;
  number += values.size();
  if (!hasRange)
    return; // zeros only, and zeros are in no bin

  // A power of two times |x| is exact, so the bin does not depend on rounding.
  // Zeros are counted in bin 0 here and taken out again.
  float binsPerUnit = std::ldexp(float(histogram.size()), -rangeExponent);
  uint64_t zeros = 0;
  if (values.size() < scratchBatch) {
    for (float x : values) {
      ++histogram[size_t(std::fabs(x) * binsPerUnit)];
      zeros += x == 0;
    }
  } else {
    size_t bins = histogram.size();
    scratch.assign(4 * bins, 0);
    // At most 2^30 numbers at a time, so that no 32-bit count overflows.
    for (size_t from = 0; from < values.size(); from += size_t(1) << 30) {
      ArrayRef<float> part = values.slice(from).take_front(size_t(1) << 30);
      for (size_t k = 0; k < part.size(); ++k) {
        ++scratch[(k & 3) * bins + size_t(int32_t(std::fabs(part[k]) * binsPerUnit))];
        zeros += part[k] == 0;
      }
      for (size_t k = 0; k < scratch.size(); ++k)
        histogram[k & (bins - 1)] += scratch[k];
      std::fill(scratch.begin(), scratch.end(), 0);
    }
  }
  histogram[0] -= zeros;
}

uint64_t Observer::nonZero() const { return std::accumulate(histogram.begin(), histogram.end(), uint64_t(0)); }

double Observer::rms() const { return number ? std::sqrt(squares / double(number)) : 0; }

double Observer::clipMse(double levels) const {
  double top = maxAbs();
  if (!hasRange || top == 0)
    return 0;
  double width = std::ldexp(1.0, rangeExponent) / double(histogram.size());
  size_t last = std::min(histogram.size() - 1, size_t(top / width));
  uint64_t below = 0;
  for (size_t b = 0; b <= last; ++b)
    below += histogram[b];
  // From the largest clip down; the sums over the bins above are kept as
  // counts, first and second moments in units of the bin width, centred on half
  // bins: exact in binary64 up to 2^53 / bins^2 numbers.
  double best = top, s0 = 0, s1 = 0, s2 = 0;
  double bestError = double(below) * (top / levels) * (top / levels) / 12;
  for (size_t k = last; k > 0; --k) {
    double n = double(histogram[k]), v = double(k) + 0.5;
    below -= histogram[k];
    s0 += n;
    s1 += n * v;
    s2 += n * v * v;
    double c = double(k);
    double saturated = s2 - 2 * c * s1 + c * c * s0;
    double error = (double(below) * (c / levels) * (c / levels) / 12 + saturated) * width * width;
    if (error < bestError) {
      bestError = error;
      best = c * width;
    }
  }
  return best;
}

namespace {

/// Count, sum and sum of squares of the bins below an edge, in units of the bin width.
struct Moments {
  double n = 0, v = 0, v2 = 0;
};

/// Moments below the position x; numbers are spread evenly over their bin.
Moments below(ArrayRef<Moments> edges, double x) {
  size_t bin = std::min(size_t(x), edges.size() - 1);
  Moments at = edges[bin];
  if (bin + 1 < edges.size()) {
    double b = double(bin), f = x - b, n = f * (edges[bin + 1].n - at.n);
    at.n += n;
    at.v += n * (b + f / 2);
    at.v2 += n * (b * b + b * f + f * f / 3);
  }
  return at;
}

} // namespace

double Observer::clipRounded(unsigned levels) const {
  double top = maxAbs();
  if (!hasRange || top == 0)
    return 0;
  double width = std::ldexp(1.0, rangeExponent) / double(histogram.size());
  size_t last = std::min(histogram.size() - 1, size_t(top / width));
  std::vector<Moments> edges(last + 2);
  for (size_t b = 0; b <= last; ++b) {
    double n = double(histogram[b]), v = double(b) + 0.5;
    edges[b + 1] = {edges[b].n + n, edges[b].v + n * v, edges[b].v2 + n * (v * v + 1.0 / 12)};
  }
  double best = top, bestError = -1;
  for (size_t k = last + 1; k > 0; --k) {
    double c = std::min(double(k), top / width), step = c / levels, error = 0;
    // What lies above c costs more than its distance from c, and ever more as c falls.
    Moments inside = below(edges, c), all = edges.back();
    double above = (all.v2 - inside.v2) - 2 * c * (all.v - inside.v) + c * c * (all.n - inside.n);
    if (bestError >= 0 && above > bestError)
      break;
    Moments from;
    for (unsigned q = 0; q <= levels; ++q) {
      // The last level takes everything above its threshold.
      Moments to = q < levels ? below(edges, (q + 0.5) * step) : edges.back();
      double y = q * step;
      error += (to.v2 - from.v2) - 2 * y * (to.v - from.v) + y * y * (to.n - from.n);
      from = to;
    }
    if (bestError < 0 || error < bestError) {
      bestError = error;
      best = c * width;
    }
  }
  return best;
}

double Observer::percentile(double p) const {
  if (!hasRange)
    return 0;
  uint64_t seen = number;
  for (uint64_t n : histogram)
    seen -= n; // the zeros
  double wanted = std::clamp(p, 0.0, 100.0) / 100 * double(number),
         width = std::ldexp(1.0, rangeExponent) / double(histogram.size());
  if (double(seen) >= wanted)
    return 0;
  for (size_t b = 0; b < histogram.size(); ++b) {
    seen += histogram[b];
    if (double(seen) >= wanted)
      return std::min(maxAbs(), double(b + 1) * width);
  }
  return maxAbs();
}

} // namespace wino
