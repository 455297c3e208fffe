// Spearman's rank correlation: whether two lists of numbers order things alike, whatever their scales.
#ifndef WINO_NUMERICS_RANKCORRELATION_H
#define WINO_NUMERICS_RANKCORRELATION_H

#include "llvm/ADT/ArrayRef.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace wino {

/// Ranks from 0, equal numbers share the mean of theirs.
inline std::vector<double> ranksOf(llvm::ArrayRef<double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0, last; first < order.size(); first = last) {
    for (last = first + 1; last < order.size() && values[order[last]] == values[order[first]];)
      ++last;
    for (size_t i = first; i < last; ++i)
      ranks[order[i]] = double(first + last - 1) / 2;
  }
  return ranks;
}

/// Pearson's correlation of the ranks, in [-1, 1]; 0 where one list does not vary. The lists have equal lengths and no
/// NaN.
inline double rankCorrelation(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  std::vector<double> x = ranksOf(a), y = ranksOf(b);
  double mean = (double(x.size()) - 1) / 2, xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

} // namespace wino

#endif
