// Error and accuracy measures, summed in one fixed order: per image first, images in their own order.
#ifndef WINO_TOOLS_COMMON_ACCURACY_H
#define WINO_TOOLS_COMMON_ACCURACY_H

#include "llvm/ADT/ArrayRef.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace wino {

/// Signal and noise energy.
struct Energy {
  double signal = 0, noise = 0;

  void add(llvm::ArrayRef<float> reference, llvm::ArrayRef<float> value) {
    double s = 0, n = 0;
    for (size_t i = 0; i < reference.size(); ++i) {
      double r = reference[i], d = r - value[i];
      s += r * r;
      n += d * d;
    }
    signal += s;
    noise += n;
  }
  void add(const Energy &other) {
    signal += other.signal;
    noise += other.noise;
  }
  /// 10 log10(signal / noise); infinite where there is no noise at all, NaN where noise is.
  double decibel() const {
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
  }
};

/// Index of the largest value, the first of equal ones; NaN never wins.
template <typename T> size_t argmax(llvm::ArrayRef<T> values) {
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[best] || values[best] != values[best])
      best = i;
  return best;
}

} // namespace wino

#endif
