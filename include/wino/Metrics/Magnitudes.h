// Magnitudes: error split by the size of the float signal, so that damage to faint signals shows, which the energy of
// the strong ones hides.
#ifndef WINO_METRICS_MAGNITUDES_H
#define WINO_METRICS_MAGNITUDES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <map>
#include <vector>

namespace wino {

/// Sums over the numbers of one range of magnitude.
struct MagnitudeGroup {
  double largest = 0; ///< no |x| of the group is beyond
  uint64_t count = 0;
  double signal = 0;   ///< sum of x^2
  double noise = 0;    ///< sum of (x - integer result)^2
  double rounding = 0; ///< noise if x itself were rounded to the integers' step: what no better plan undercuts

  /// 10 log10(signal / noise): infinite where there is no noise, NaN where nothing is.
  double decibel() const;
  double roundingDecibel() const;
};

/// A histogram of |x| with 8 bins per octave, the four sums in each. Bins are added in the order of calls.
class Magnitudes {
public:
  /// One tensor of an image: floats, the integers' values, and the floats rounded to the integers' step, all of one
  /// length. Zeros are left out of the groups.
  void add(llvm::ArrayRef<float> floats, llvm::ArrayRef<float> integers, llvm::ArrayRef<float> rounded);
  void add(const Magnitudes &other);

  /// (E7) `parts` groups of about equally many numbers that are not 0, from faint to strong; whole bins. A group that
  /// no bin falls into is left out.
  std::vector<MagnitudeGroup> split(unsigned parts = 10) const;

private:
  std::map<uint32_t, MagnitudeGroup> bins; ///< by the upper bits of |x| as binary32
};

} // namespace wino

#endif // WINO_METRICS_MAGNITUDES_H
