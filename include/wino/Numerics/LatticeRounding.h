// LatticeRounding: integers v near real numbers w that make a quadratic form small, e^T H e with e = w - s v. It knows
// matrices only; FilterRounding makes H from the taps of a layer.
#ifndef WINO_NUMERICS_LATTICEROUNDING_H
#define WINO_NUMERICS_LATTICEROUNDING_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace wino {

/// A symmetric positive semidefinite matrix and its Cholesky factor in the same memory, n * n doubles. Below the
/// diagonal stands H, above and on it R with R^T R = H + damping; the diagonal of H + damping is kept apart.
class QuadraticForm {
public:
  explicit QuadraticForm(size_t size) : n(size), stride(size + 8), entries(size * stride), diagonal(size) {}

  size_t size() const { return n; }
  /// Entry to be set before factorize(), i >= j; only this triangle is read.
  double &at(size_t i, size_t j) { return entries[i * stride + j]; }

  /// Adds `damping` times the mean of the diagonal to it and factorizes. A zero matrix counts as the identity. Fails if
  /// the matrix is not positive definite even so.
  bool factorize(double damping, unsigned threads);

  /// H_ij with damping, after factorize().
  double h(size_t i, size_t j) const {
    return i == j ? diagonal[i] : i > j ? entries[i * stride + j] : entries[j * stride + i];
  }
  /// R_ij, j >= i, after factorize().
  double r(size_t i, size_t j) const { return entries[i * stride + j]; }

  /// Row i of H left of the diagonal, and of R from the diagonal on.
  const double *row(size_t i) const { return entries.data() + i * stride; }

private:
  void factorizePanel(size_t first, size_t last, unsigned threads);
  void updateTrailing(size_t first, size_t last, unsigned threads);

  size_t n, stride;
  std::vector<double> entries, diagonal;
};

/// Many problems with one form: column f of w, s, v (n x columns, row-major) is a problem of its own.
struct LatticeProblem {
  size_t columns = 0;
  int32_t limit = 127;        ///< |v| <= limit
  std::vector<double> w;      ///< what is to be approached
  std::vector<double> scales; ///< s > 0
};

/// Sequential rounding with error feedback (GPTQ, which is Babai's nearest plane): v_i for i = n-1, ..., 0 is the
/// integer nearest to the best real number given those before, by (E30) of the README. Then at most `sweeps` rounds of
/// exact coordinate descent, i = n-1, ..., 0: the integer change of v_i that lowers the form most, until nothing
/// changes. Starts from rounding to nearest instead wherever that is better. Sums run in one order: the result does not
/// depend on `threads`.
std::vector<int32_t> roundLattice(const QuadraticForm &form, const LatticeProblem &problem, unsigned sweeps,
                                  unsigned threads);

} // namespace wino

#endif
