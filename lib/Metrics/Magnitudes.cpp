// Magnitudes: bins by the bits of a binary32 number, which grow with its size.
#include "wino/Metrics/Magnitudes.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;

namespace wino {

/// Sign, 8 bits of exponent and 3 of mantissa stay: 8 bins per octave.
static constexpr unsigned droppedBits = 20;

static double inDecibel(double signal, double noise) {
  return noise == 0 && signal > 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

double MagnitudeGroup::decibel() const { return inDecibel(signal, noise); }

double MagnitudeGroup::roundingDecibel() const { return inDecibel(signal, rounding); }

static void addTo(MagnitudeGroup &group, const MagnitudeGroup &other) {
  group.largest = std::max(group.largest, other.largest);
  group.count += other.count;
  group.signal += other.signal;
  group.noise += other.noise;
  group.rounding += other.rounding;
}

void Magnitudes::add(ArrayRef<float> floats, ArrayRef<float> integers, ArrayRef<float> rounded) {
  std::vector<MagnitudeGroup> dense(size_t(1) << (31 - droppedBits)); // all that there can be
  for (size_t i = 0; i < floats.size(); ++i) {
    double x = floats[i], noise = x - integers[i], rounding = x - rounded[i];
    MagnitudeGroup one{std::fabs(x), 1, x * x, noise * noise, rounding * rounding};
    if (x != 0)
      addTo(dense[bit_cast<uint32_t>(std::fabs(floats[i])) >> droppedBits], one);
  }
  for (uint32_t bits = 0; bits < dense.size(); ++bits)
    if (dense[bits].count)
      addTo(bins[bits], dense[bits]);
}

void Magnitudes::add(const Magnitudes &other) {
  for (const auto &[bits, group] : other.bins)
    addTo(bins[bits], group);
}

std::vector<MagnitudeGroup> Magnitudes::split(unsigned parts) const {
  uint64_t total = 0, before = 0;
  for (const auto &[bits, group] : bins)
    total += group.count;
  std::vector<MagnitudeGroup> groups(parts);
  for (const auto &[bits, group] : bins) {
    double middle = (double(before) + double(group.count) / 2) / double(total);
    addTo(groups[std::min(size_t(middle * parts), size_t(parts) - 1)], group);
    before += group.count;
  }
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const MagnitudeGroup &g) { return g.count == 0; }),
               groups.end());
  return groups;
}

} // namespace wino
