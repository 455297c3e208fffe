// PairedDrop: what integers lose against floats on the same trials (images, or objects to be found), how sure that is,
// and the worst of several buckets of them.
#ifndef WINO_METRICS_PAIREDDROP_H
#define WINO_METRICS_PAIREDDROP_H

#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace wino {

/// What a bucket's numbers say about a budget of lost points.
enum class Verdict {
  Kept,   ///< the measured drop is within the budget
  Missed, ///< it is not, and luck does not explain how far
  TooFew  ///< it is not, but so few trials can do that by luck: nothing is judged
};

/// Right answers of two networks on the same trials.
struct PairedDrop {
  size_t trials = 0, floatRight = 0, integerRight = 0;
  size_t lost = 0;   ///< right by floats only
  size_t gained = 0; ///< right by integers only

  void add(bool isFloatRight, bool isIntegerRight);
  void add(const PairedDrop &other);

  /// Points (percent) that integers lose; negative where they gain. 0 without trials.
  double points() const;
  /// (E1) The 95 % interval of the points on trials like these. -100 to 100 without trials.
  std::pair<double, double> interval() const;
  /// (E2) How often luck alone would lose at least as many of the trials on which the two differ, if either were right
  /// equally often: 0 to 1.
  double luck() const;
  /// (E3) One bucket of `family` that are judged together. `maxDrop` in points.
  Verdict judge(double maxDrop, size_t family) const;

private:
  /// (E1) with z standard errors to either side.
  std::pair<double, double> interval(double z) const;
};

/// What a trial is: an image that is classified, or (E9) an object that is to be found, something that is shown.
enum class Measure { TopOne, Recall, Precision };

/// Trials that share a value: of a column of tags, a class, a size.
struct Bucket {
  std::string column, value;
  size_t family = 1; ///< buckets that are judged with it, itself too: of its column unless more are put together
  PairedDrop drop;
  Measure measure = Measure::TopOne;
};

/// The bucket whose drop is at least largest, by the lower end of its interval, among those that lose anything;
/// nothing if none does. Of equal ones the first.
const Bucket *worstBucket(llvm::ArrayRef<Bucket> buckets);

/// One bucket per value of a column, in the order of values that are numbers, then of other text. `values` and the
/// right answers are one per trial.
std::vector<Bucket> bucketsOf(const std::string &column, llvm::ArrayRef<std::string> values,
                              const std::vector<bool> &isFloatRight, const std::vector<bool> &isIntegerRight);

} // namespace wino

#endif // WINO_METRICS_PAIREDDROP_H
