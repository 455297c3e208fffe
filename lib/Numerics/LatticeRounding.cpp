// Sequential rounding and coordinate descent on the columns of a lattice problem; columns are spread over threads and
// never meet. Inside a thread a row of n x columns is the innermost loop.
#include "wino/Numerics/LatticeRounding.h"
#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/Parallel.h"

#include <algorithm>

namespace wino {

namespace {

/// Columns [first, last) of a problem.
class ColumnBlock {
public:
  ColumnBlock(const QuadraticForm &form, const LatticeProblem &problem, size_t first, size_t last)
      : form(form), problem(problem), n(form.size()), first(first), width(last - first), v(n * width), e(n * width) {}

  void roundToNearest() {
    for (size_t i = 0; i < n; ++i)
      for (size_t f = 0; f < width; ++f)
        choose(i, f, w(i, f));
  }

  void roundInOrder();
  std::vector<double> gradient() const;
  std::vector<double> errors(const std::vector<double> &gradient) const;
  void takeBetter(const ColumnBlock &other, std::vector<double> &gradient, const std::vector<double> &otherGradient);
  void descend(std::vector<double> &gradient, unsigned sweeps);

  void store(std::vector<int32_t> &result) const {
    for (size_t i = 0; i < n; ++i)
      std::copy_n(v.data() + i * width, width, result.data() + i * problem.columns + first);
  }

private:
  double w(size_t i, size_t f) const { return problem.w[i * problem.columns + first + f]; }
  double scale(size_t i, size_t f) const { return problem.scales[i * problem.columns + first + f]; }
  void assign(size_t i, size_t f, int32_t value) {
    v[i * width + f] = value;
    e[i * width + f] = w(i, f) - scale(i, f) * value;
  }
  void choose(size_t i, size_t f, double target) {
    double limit = problem.limit;
    assign(i, f, int32_t(std::clamp(roundHalfUp(target / scale(i, f)), -limit, limit)));
  }
  bool descendAt(size_t i, std::vector<double> &gradient, std::vector<double> &column, std::vector<double> &steps);

  const QuadraticForm &form;
  const LatticeProblem &problem;
  size_t n, first, width;
  std::vector<int32_t> v; ///< n x width
  std::vector<double> e;  ///< w - s v
};

} // namespace

void ColumnBlock::roundInOrder() {
  std::vector<double> sums(width);
  for (size_t i = n; i-- > 0;) {
    std::fill(sums.begin(), sums.end(), 0);
    const double *row = form.row(i);
    for (size_t j = i + 1; j < n; ++j)
      for (size_t f = 0; f < width; ++f)
        sums[f] += row[j] * e[j * width + f];
    for (size_t f = 0; f < width; ++f)
      choose(i, f, w(i, f) + sums[f] / row[i]);
  }
}

/// H e.
std::vector<double> ColumnBlock::gradient() const {
  std::vector<double> g(n * width);
  for (size_t i = 0; i < n; ++i) {
    const double *row = form.row(i), *ei = e.data() + i * width;
    double *gi = g.data() + i * width, own = form.h(i, i);
    for (size_t f = 0; f < width; ++f)
      gi[f] += own * ei[f];
    for (size_t j = 0; j < i; ++j) {
      const double *ej = e.data() + j * width;
      double *gj = g.data() + j * width, h = row[j];
      for (size_t f = 0; f < width; ++f) {
        gi[f] += h * ej[f];
        gj[f] += h * ei[f];
      }
    }
  }
  return g;
}

std::vector<double> ColumnBlock::errors(const std::vector<double> &gradient) const {
  std::vector<double> sums(width);
  for (size_t i = 0; i < n; ++i)
    for (size_t f = 0; f < width; ++f)
      sums[f] += e[i * width + f] * gradient[i * width + f];
  return sums;
}

void ColumnBlock::takeBetter(const ColumnBlock &other, std::vector<double> &gradient,
                             const std::vector<double> &otherGradient) {
  std::vector<double> mine = errors(gradient), theirs = other.errors(otherGradient);
  for (size_t f = 0; f < width; ++f) {
    if (mine[f] <= theirs[f])
      continue;
    for (size_t at = f; at < n * width; at += width) {
      v[at] = other.v[at];
      e[at] = other.e[at];
      gradient[at] = otherGradient[at];
    }
  }
}

/// Changes v_i of every column to the best integer, the others held; true if any changed.
bool ColumnBlock::descendAt(size_t i, std::vector<double> &gradient, std::vector<double> &column,
                            std::vector<double> &steps) {
  double own = form.h(i, i);
  bool isChanged = false;
  for (size_t f = 0; f < width; ++f) {
    steps[f] = 0;
    int32_t &value = v[i * width + f];
    double s = scale(i, f), g = gradient[i * width + f], limit = problem.limit;
    // The form changes by d s (d s H_ii - 2 g_i) when v_i grows by d.
    double d = std::clamp(roundHalfUp(g / (s * own)), -limit - value, limit - value);
    if (d * (d * s * own - 2 * g) >= -1e-9 * s * own)
      continue;
    assign(i, f, value + int32_t(d));
    steps[f] = s * d;
    isChanged = true;
  }
  if (!isChanged)
    return false;
  for (size_t j = 0; j < n; ++j)
    column[j] = form.h(i, j);
  for (size_t j = 0; j < n; ++j)
    for (size_t f = 0; f < width; ++f)
      gradient[j * width + f] -= column[j] * steps[f];
  return true;
}

void ColumnBlock::descend(std::vector<double> &gradient, unsigned sweeps) {
  std::vector<double> column(n), steps(width);
  bool isChanged = true;
  for (unsigned sweep = 0; sweep < sweeps && isChanged; ++sweep) {
    isChanged = false;
    for (size_t i = n; i-- > 0;)
      isChanged |= descendAt(i, gradient, column, steps);
  }
}

/// Calls work(first, last) for blocks of at most 32 columns: what a thread holds of 2,304 x 32 fits its cache.
template <typename Work> static void overColumns(size_t columns, unsigned threads, Work work) {
  size_t most = std::min<size_t>(32, (columns + threads - 1) / threads);
  onThreads(threads, [&](unsigned thread) {
    for (size_t first = thread * most; first < columns; first += threads * most)
      work(first, std::min(columns, first + most));
  });
}

std::vector<int32_t> roundLattice(const QuadraticForm &form, const LatticeProblem &problem, unsigned sweeps,
                                  unsigned threads) {
  std::vector<int32_t> result(form.size() * problem.columns);
  overColumns(problem.columns, threads, [&](size_t first, size_t last) {
    ColumnBlock block(form, problem, first, last), nearest(form, problem, first, last);
    block.roundInOrder();
    nearest.roundToNearest();
    std::vector<double> gradient = block.gradient();
    block.takeBetter(nearest, gradient, nearest.gradient());
    block.descend(gradient, sweeps);
    block.store(result);
  });
  return result;
}

} // namespace wino
