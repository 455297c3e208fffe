// Cholesky factorization in place: panels of 64 rows, the rest updated by a kernel of 4 x 4 entries on packed rows.
#include "wino/Numerics/LatticeRounding.h"
#include "wino/Numerics/Parallel.h"

#include <algorithm>
#include <cmath>

namespace wino {

namespace {

constexpr size_t panelRows = 64, lanes = 4, tileGroups = 16; // a tile of 64 columns of a panel is 32 KiB

typedef double Lanes __attribute__((vector_size(lanes * sizeof(double))));

/// Rows of a panel, four columns side by side: (column / 4, row, column mod 4). Columns beyond the last are zero.
struct PackedPanel {
  size_t rows, groups;
  std::vector<Lanes> values;

  const Lanes *group(size_t g) const { return values.data() + g * rows; }
};

PackedPanel pack(const double *entries, size_t stride, size_t first, size_t last, size_t from, size_t n) {
  PackedPanel packed{last - first, (n - from + lanes - 1) / lanes, {}};
  packed.values.assign(packed.groups * packed.rows, Lanes{});
  for (size_t row = first; row < last; ++row)
    for (size_t j = from; j < n; ++j)
      packed.values[(j - from) / lanes * packed.rows + row - first][(j - from) % lanes] = entries[row * stride + j];
  return packed;
}

/// Sum over the rows of a panel of x_i y_j, 4 x 4.
void multiply(const Lanes *x, const Lanes *y, size_t rows, Lanes *sums) {
  Lanes s0{}, s1{}, s2{}, s3{};
  for (size_t l = 0; l < rows; ++l) {
    Lanes right = y[l];
    s0 += x[l][0] * right;
    s1 += x[l][1] * right;
    s2 += x[l][2] * right;
    s3 += x[l][3] * right;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

} // namespace

/// Rows [first, last) of R, given that all rows above have been subtracted.
void QuadraticForm::factorizePanel(size_t first, size_t last, unsigned threads) {
  // Columns are independent once the square block on the diagonal is known, so that each thread repeats that block's
  // pivots from its own columns only after it is done.
  auto eliminate = [&](size_t k, size_t from, size_t to) {
    double *row = entries.data() + k * stride;
    for (size_t l = first; l < k; ++l) {
      const double *above = entries.data() + l * stride;
      double factor = above[k];
      for (size_t j = from; j < to; ++j)
        row[j] -= factor * above[j];
    }
  };
  for (size_t k = first; k < last; ++k) {
    eliminate(k, k, last);
    double *row = entries.data() + k * stride, pivot = std::sqrt(row[k]); // NaN if not positive definite: found later
    row[k] = pivot;
    for (size_t j = k + 1; j < last; ++j)
      row[j] /= pivot;
  }
  size_t rest = n - last, chunk = (rest + threads - 1) / threads;
  onThreads(threads, [&](unsigned thread) {
    size_t from = std::min(n, last + thread * chunk), to = std::min(n, from + chunk);
    for (size_t k = first; k < last && from < to; ++k) {
      eliminate(k, from, to);
      double *row = entries.data() + k * stride, pivot = row[k];
      for (size_t j = from; j < to; ++j)
        row[j] /= pivot;
    }
  });
}

/// H_ij -= sum over the panel's rows l of R_li R_lj for last <= i <= j.
void QuadraticForm::updateTrailing(size_t first, size_t last, unsigned threads) {
  PackedPanel packed = pack(entries.data(), stride, first, last, last, n);
  size_t tiles = (packed.groups + tileGroups - 1) / tileGroups;
  auto updateGroups = [&](size_t gi, size_t gj) {
    Lanes sums[lanes];
    multiply(packed.group(gi), packed.group(gj), packed.rows, sums);
    for (size_t a = 0; a < lanes; ++a) {
      size_t i = last + gi * lanes + a;
      for (size_t b = 0; b < lanes; ++b)
        if (size_t j = last + gj * lanes + b; j >= i && j < n)
          entries[i * stride + j] -= sums[a][b];
    }
  };
  onThreads(threads, [&](unsigned thread) {
    for (size_t tile = thread; tile < tiles; tile += threads) {
      size_t begin = tile * tileGroups, end = std::min(packed.groups, begin + tileGroups);
      for (size_t gi = 0; gi < end; ++gi)
        for (size_t gj = std::max(gi, begin); gj < end; ++gj)
          updateGroups(gi, gj);
    }
  });
}

bool QuadraticForm::factorize(double damping, unsigned threads) {
  double mean = 0;
  for (size_t i = 0; i < n; ++i)
    mean += entries[i * stride + i];
  mean /= double(n);
  for (size_t i = 0; i < n; ++i) {
    double *row = entries.data() + i * stride;
    row[i] = diagonal[i] = mean > 0 ? row[i] + damping * mean : 1;
  }
  constexpr size_t block = 64;
  for (size_t bi = 0; bi < n; bi += block) // the upper triangle becomes R
    for (size_t bj = bi; bj < n; bj += block)
      for (size_t i = bi; i < std::min(n, bi + block); ++i)
        for (size_t j = std::max(bj, i + 1); j < std::min(n, bj + block); ++j)
          entries[i * stride + j] = entries[j * stride + i];
  for (size_t first = 0; first < n; first += panelRows) {
    size_t last = std::min(n, first + panelRows);
    factorizePanel(first, last, threads);
    updateTrailing(first, last, threads);
    for (size_t i = first; i < last; ++i)
      if (!(entries[i * stride + i] > 0) || !std::isfinite(entries[i * stride + i]))
        return false;
  }
  return true;
}

} // namespace wino
