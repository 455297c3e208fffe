// FloatTransform: a Winograd tile whose taps are binary32 or binary16. Matrices are the exact rationals, each rounded
// once to binary32; how a transform adds is stated here once, over a machine (ElementaryFunctions.h), so that
// interpreter, emitted code and cost model agree. README, section 13.
#ifndef WINO_NUMERICS_FLOATTRANSFORM_H
#define WINO_NUMERICS_FLOATTRANSFORM_H

#include "wino/Numerics/BilinearAlgorithm.h"

#include "llvm/ADT/SmallVector.h"

#include <cmath>

namespace wino {

/// y = matrix * x by sums that leave zeros out and start with the terms of +1, then -1, then all others, each in the
/// order of the columns: +-1 adds or subtracts, any other entry is fused (as the first term it is only multiplied). Two
/// neighbouring columns that are equal up to sign, with both signs, are used as their sum and their difference; where
/// there are none, two neighbouring rows of that kind share their two halves.
struct FloatMatrix {
  int rows = 0, columns = 0;
  std::vector<float> values;

  FloatMatrix() = default;
  /// Row i times 2^-exponents[i]; none: as it is.
  explicit FloatMatrix(const RationalMatrix &exact, llvm::ArrayRef<int> exponents = {});
  float at(int i, int j) const { return values[size_t(i * columns + j)]; }

  template <typename M> llvm::SmallVector<typename M::Float> apply(M &m, llvm::ArrayRef<typename M::Float> x) const;

private:
  /// Whether |a_k| = |b_k| for all k, with equal and opposite ones among them that are not 0.
  template <typename A, typename B> static bool arePaired(int count, A a, B b) {
    bool equal = false, opposite = false;
    for (int k = 0; k < count; ++k) {
      if (std::fabs(a(k)) != std::fabs(b(k)))
        return false;
      (a(k) == b(k) ? equal : opposite) |= a(k) != 0;
    }
    return equal && opposite;
  }
  /// sum of x_j c_j; +0 where there is no term.
  template <typename M, typename X, typename C> static typename M::Float sumOf(M &m, int columns, X x, C c) {
    std::optional<typename M::Float> sum;
    for (int pass = 0; pass < 3; ++pass)
      for (int j = 0; j < columns; ++j) {
        float factor = c(j);
        if (factor == 0 || (factor == 1 ? 0 : factor == -1 ? 1 : 2) != pass)
          continue;
        if (!sum)
          sum = pass == 0 ? x(j) : pass == 1 ? m.neg(x(j)) : m.mul(x(j), m.f32(factor));
        else
          sum = pass == 0 ? m.add(*sum, x(j)) : pass == 1 ? m.sub(*sum, x(j)) : m.fma(x(j), m.f32(factor), *sum);
      }
    return sum ? *sum : m.f32(0);
  }
};

template <typename M>
llvm::SmallVector<typename M::Float> FloatMatrix::apply(M &m, llvm::ArrayRef<typename M::Float> x) const {
  using F = typename M::Float;
  auto column = [&](int j) { return [this, j](int i) { return at(i, j); }; };
  auto row = [&](int i) { return [this, i](int j) { return at(i, j); }; };
  llvm::SmallVector<F> sums(x.begin(), x.end()), differences(x.begin(), x.end());
  std::vector<bool> isFirst(size_t(columns), false), isSecond(size_t(columns), false);
  bool hasColumns = false;
  for (int j = 0; j + 1 < columns; ++j)
    if (!isSecond[size_t(j)] && arePaired(rows, column(j), column(j + 1))) {
      sums[size_t(j)] = m.add(x[size_t(j)], x[size_t(j) + 1]);
      differences[size_t(j)] = m.sub(x[size_t(j)], x[size_t(j) + 1]);
      isFirst[size_t(j)] = isSecond[size_t(j) + 1] = hasColumns = true;
    }
  llvm::SmallVector<F> y;
  auto input = [&](int j) { return x[size_t(j)]; };
  for (int i = 0; i < rows; ++i) {
    if (!hasColumns && i + 1 < rows && arePaired(columns, row(i), row(i + 1))) {
      F even = sumOf(m, columns, input, [&](int j) { return at(i, j) == at(i + 1, j) ? at(i, j) : 0; });
      F odd = sumOf(m, columns, input, [&](int j) { return at(i, j) == at(i + 1, j) ? 0 : at(i, j); });
      y.push_back(m.add(even, odd));
      y.push_back(m.sub(even, odd));
      ++i;
      continue;
    }
    auto half = [&](int j) {
      bool isDifference = isFirst[size_t(j)] && at(i, j) != at(i, j + 1);
      return (isDifference ? differences : sums)[size_t(j)];
    };
    y.push_back(sumOf(m, columns, half, [&](int j) { return isSecond[size_t(j)] ? 0 : at(i, j); }));
  }
  return y;
}

/// V of a layer, [tap][output][input], as numbers of the tap type: of output f they are 2^exponents[f] times those of
/// the filter (0 for binary32).
struct FloatTaps {
  std::vector<float> values;
  std::vector<int> exponents;
};

/// Products that are summed in binary16, one after the other, before the sum goes to one of binary32 (E61).
constexpr int64_t halfRun = 32;

/// What the numbers of a layer's input are known to be: magnitudes up to `largest`, [0, largest] if `isUnsigned`.
struct FloatInput {
  double largest;
  bool isUnsigned;
};

/// Largest magnitudes that a layer can reach, rounding included (E63), and the bits between them and the largest finite
/// number of their types.
struct FloatBounds {
  double input = 0, filter = 0; ///< of U and V, in the tap type
  double sums = 0;              ///< of O, of A^T O A and of what lies between, in binary32
  double halves = 0;            ///< of the sums of halfRun products in binary16; 0: there are none
  double headroom = 0;          ///< least; negative: something may not fit
  const char *stage = "";       ///< that has it
};

struct FloatTransform {
  TapType taps = TapType::F32;
  bool sumsHalves = false;              ///< out=f16
  FloatMatrix inputDown, inputAcross;   ///< B^T, row i times 2^-p_i (E62)
  FloatMatrix outputDown, outputAcross; ///< A^T

  /// Fails where the tile has no float taps or no algorithm.
  static llvm::Expected<FloatTransform> make(const TileSpec &tile);

  /// V of filters [output][input][row][column]: G W G^T in binary64, row i of G times 2^p_i, rounded once. `from`
  /// matters to sums in halves, which V must leave room for.
  FloatTaps filterTaps(llvm::ArrayRef<float> filter, int64_t outputs, int64_t inputs, FloatInput from) const;
  /// What U and O reach.
  FloatBounds bounds(FloatInput from, llvm::ArrayRef<float> filterTaps, int64_t outputs) const;

  /// down * x * across^T for a row-major patch: columns first, then rows.
  template <typename M>
  static llvm::SmallVector<typename M::Float> apply(M &m, const FloatMatrix &down, const FloatMatrix &across,
                                                    llvm::ArrayRef<typename M::Float> patch) {
    using F = typename M::Float;
    std::vector<llvm::SmallVector<F>> columns;
    for (int j = 0; j < across.columns; ++j) {
      llvm::SmallVector<F> column;
      for (int i = 0; i < down.columns; ++i)
        column.push_back(patch[size_t(i * across.columns + j)]);
      columns.push_back(down.apply(m, llvm::ArrayRef<F>(column)));
    }
    llvm::SmallVector<F> result;
    for (int i = 0; i < down.rows; ++i) {
      llvm::SmallVector<F> row;
      for (auto &column : columns)
        row.push_back(column[size_t(i)]);
      result.append(across.apply(m, llvm::ArrayRef<F>(row)));
    }
    return result;
  }

  /// Instructions of both passes over one tile, on one vector of channels.
  int inputOperations() const { return operations(inputDown, inputAcross); }
  int outputOperations() const { return operations(outputDown, outputAcross); }

private:
  std::vector<double> filterDown, filterAcross; // G, K x r, row i times 2^p_i
  /// (E63) Of U, per tap.
  std::vector<double> inputBounds(FloatInput from) const;
  static int operations(const FloatMatrix &down, const FloatMatrix &across);
};

} // namespace wino

#endif
