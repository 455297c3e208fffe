// Observer: statistics of a stream of numbers in constant memory, and the clip
// that quantizes them best. It knows no tensors or files.
#ifndef WINO_CALIBRATE_OBSERVER_H
#define WINO_CALIBRATE_OBSERVER_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace wino {

/// Count, minimum, maximum, sum of squares and a histogram of |x|. Results
/// depend on the numbers and on their split into calls of add(), never on the
/// host: sums are binary64 in 8 lanes (element i of a call in lane i mod 8),
/// added up as
/// ((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7)).
class Observer {
public:
  /// `bins`: a power of two from 16 to 65536.
  explicit Observer(unsigned bins = 2048);

  /// Adds numbers. Those that are not finite only raise nonFinite().
  void add(llvm::ArrayRef<float> values);

  uint64_t count() const { return number; }
  uint64_t nonFinite() const { return bad; }
  uint64_t nonZero() const; ///< numbers that are not 0
  bool hasNegative() const { return low < 0; }
  double min() const { return low; } ///< 0 when there are no numbers, as for all of these
  double max() const { return high; }
  double maxAbs() const { return high > -low ? high : -low; }
  double sumOfSquares() const { return squares; }
  double rms() const;

  /// The clip c that minimises the expected squared error of rounding to
  /// `levels` steps of c/levels and saturating at c (E1):
  ///   E(c) = n(c) (c/levels)^2 / 12 + sum over bins b with centre v_b >= c of
  ///   count_b (v_b - c)^2,
  /// where n(c) counts the nonzero numbers below c (zero is exact). c runs over
  /// the upper edges of all bins up to the one with maxAbs(), the last of which
  /// is replaced by maxAbs() itself; the largest of equals wins. 127 levels for
  /// symmetric int8, 255 for unsigned. 0 when every number is 0: the caller
  /// chooses any scale then.
  double clipMse(double levels) const;

  /// The same for few levels, where numbers below half a step, which round to
  /// zero with less error than a step's mean, are many (E2): the error is that of
  /// rounding to q c/levels, |q| <= levels, with numbers spread evenly over
  /// their bins.
  double clipRounded(unsigned levels) const;

  /// The upper edge of the first bin below which lie at least p percent of |x|,
  /// but not more than maxAbs(). p in [0, 100].
  double percentile(double p) const;

private:
  void setRange(uint32_t maxBits);
  void addFinite(llvm::ArrayRef<float> values);

  std::vector<uint64_t> histogram; ///< of nonzero |x|; bin b holds [b w, (b +
                                   ///< 1) w), w = 2^rangeExponent / bins
  std::vector<uint32_t> scratch;   ///< 4 histograms of one call, so that equal
                                   ///< neighbours do not wait for each other
  int rangeExponent;               ///< every |x| < 2^rangeExponent
  bool hasRange = false;
  uint64_t number = 0, bad = 0;
  double low = 0, high = 0, squares = 0;
};

} // namespace wino

#endif // WINO_CALIBRATE_OBSERVER_H
