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

/// Sum and sum of squares of some numbers.
struct Moments {
  double sum = 0, squares = 0;

  void add(double x) {
    sum += x;
    squares += x * x;
  }
};

/// Noise over signal that `others` more images are expected not to exceed, from that of these: the ratio of the sums,
/// and `standardErrors` of the difference between two samples of it (ratio estimator, linearised; Cochran, Sampling
/// Techniques, 2.11). Infinite for fewer than two images.
inline double noiseBound(llvm::ArrayRef<Energy> images, size_t others, double standardErrors) {
  Energy sum;
  for (const Energy &image : images)
    sum.add(image);
  double ratio = sum.noise / sum.signal, squares = 0, n = double(images.size());
  if (images.size() < 2)
    return std::numeric_limits<double>::infinity();
  for (const Energy &image : images)
    squares += (image.noise - ratio * image.signal) * (image.noise - ratio * image.signal);
  double variance = n / (n - 1) * squares / (sum.signal * sum.signal);
  return ratio + standardErrors * std::sqrt(variance * (1 + n / double(others)));
}

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
