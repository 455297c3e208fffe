// PlainLoops: sums that tests of several rooms write out in full.
#ifndef WINO_TEST_LIB_PLAINLOOPS_H
#define WINO_TEST_LIB_PLAINLOOPS_H

#include <cstddef>
#include <vector>

namespace wino::test {

/// Entry (i, j) of M X M^T for a matrix M of rows of `size` numbers and X = at(a, b).
template <typename At> double onBothSides(const std::vector<double> &matrix, size_t size, size_t i, size_t j, At at) {
  double sum = 0;
  for (size_t a = 0; a < size; ++a)
    for (size_t b = 0; b < size; ++b)
      sum += matrix[i * size + a] * at(a, b) * matrix[j * size + b];
  return sum;
}

} // namespace wino::test

#endif
