// Exact matrices from points and factors. A and G evaluate polynomials; B follows from the identity by exact
// elimination. Entries of A, G and B fit 64-bit fractions, but the elimination and the proof pass through larger ones
// (F(8,3)); those are unbounded.
#include "wino/Numerics/NoiseGain.h"

#include "llvm/ADT/DynamicAPInt.h"

#include <array>

namespace wino {

namespace {

/// A fraction without limits, positive denominator, lowest terms.
struct Wide {
  llvm::DynamicAPInt num{0}, den{1};

  Wide() = default;
  Wide(const Rational &v) : num(v.numerator()), den(v.denominator()) {}
  Wide(llvm::DynamicAPInt n, llvm::DynamicAPInt d) : num(std::move(n)), den(std::move(d)) {
    if (den < 0) {
      num = -num;
      den = -den;
    }
    llvm::DynamicAPInt divisor = gcd(num < 0 ? -num : num, den);
    num /= divisor;
    den /= divisor;
  }
  bool isZero() const { return num == 0; }
  Wide plusProduct(const Wide &a, const Wide &b) const {
    llvm::DynamicAPInt product = a.den * b.den;
    return Wide(num * product + a.num * b.num * den, den * product);
  }
  Wide operator*(const Wide &b) const { return Wide(num * b.num, den * b.den); }
  Wide operator-() const {
    Wide result = *this;
    result.num = -result.num;
    return result;
  }
  Wide inverse() const { return Wide(den, num); }
  /// Invalid when it does not fit.
  Rational narrow() const {
    const llvm::DynamicAPInt limit(INT64_MAX);
    if (num > limit || num < -limit || den > limit)
      return Rational(1, 0);
    return Rational(int64_t(num), int64_t(den));
  }
};

using WideMatrix = std::vector<std::vector<Wide>>;

} // namespace

/// Row of `length` coefficients: 1, a, a^2, .. or, at infinity, the last unit vector (E1).
static std::vector<Rational> evaluate(const Point &p, int length) {
  std::vector<Rational> row(length);
  if (p.infinite) {
    row[length - 1] = Rational(1);
    return row;
  }
  Rational power(1);
  for (Rational &v : row) {
    v = power;
    power *= p.value;
  }
  return row;
}

/// x^k mod x^2 + b x + c = u0 + u1 x, evaluated at x = t; at infinity u1 (E2).
static std::vector<Rational> evaluateResidue(const QuadraticFactor &f, const Point &t, int length) {
  std::vector<Rational> row(length);
  Rational u0(1), u1(0);
  for (Rational &v : row) {
    v = t.infinite ? u1 : u0 + t.value * u1;
    Rational next = u0 - f.b * u1; // x * (u0 + u1 x) = -c u1 + (u0 - b u1) x
    u0 = -(f.c * u1);
    u1 = next;
  }
  return row;
}

/// Solves M X = T exactly, M with at least as many rows as columns; fails unless the solution exists, is unique and
/// fits 64 bits. Each row of `system` is a row of M followed by the row of T.
static llvm::Expected<RationalMatrix> solve(WideMatrix system, int unknowns) {
  auto error = [](const char *why) {
    return llvm::createStringError("expected points that give an exact algorithm, got %s", why);
  };
  int rows = int(system.size()), width = int(system[0].size());
  for (int col = 0; col < unknowns; ++col) {
    int pivot = col;
    while (pivot < rows && system[pivot][col].isZero())
      ++pivot;
    if (pivot >= rows)
      return error("dependent products");
    std::swap(system[pivot], system[col]);
    Wide inverse = system[col][col].inverse();
    for (int j = col; j < width; ++j)
      system[col][j] = system[col][j] * inverse;
    for (int i = 0; i < rows; ++i) {
      if (i == col || system[i][col].isZero())
        continue;
      Wide factor = -system[i][col];
      for (int j = col; j < width; ++j)
        if (!system[col][j].isZero())
          system[i][j] = system[i][j].plusProduct(factor, system[col][j]);
    }
  }
  RationalMatrix x(unknowns, width - unknowns);
  for (int i = 0; i < rows; ++i)
    for (int j = unknowns; j < width; ++j) {
      if (i < unknowns)
        x.at(i, j - unknowns) = system[i][j].narrow();
      else if (!system[i][j].isZero())
        return error("products that do not span the convolution");
    }
  if (!x.isValid())
    return error("fractions beyond 64 bits");
  return x;
}

llvm::Expected<BilinearAlgorithm> BilinearAlgorithm::make(const TileLine &line) {
  BilinearAlgorithm result;
  result.m = line.m;
  result.r = line.r;
  result.n = line.n();
  result.K = line.K;
  result.stride = line.stride;
  if (line.K < 1)
    return llvm::createStringError("expected a tile F(m,r), got 'direct'");
  if (line.hasMatrices()) { // as stated, exact or not
    result.AT = line.AT;
    result.G = line.G;
    result.BT = line.BT;
    return result;
  }
  result.AT = RationalMatrix(line.m, line.K);
  result.G = RationalMatrix(line.K, line.r);
  int product = 0;
  // Points are those of the filter taps 0, 1, .., of stride 2 of the taps 0, 2, ..
  int apart = line.stride, length = (line.r + apart - 1) / apart;
  auto append = [&](const std::vector<Rational> &a, const std::vector<Rational> &g) {
    for (int i = 0; i < line.m; ++i)
      result.AT.at(i, product) = a[i];
    for (int k = 0; k < length; ++k)
      result.G.at(product, k * apart) = g[k];
    ++product;
  };
  for (const Point &p : line.points)
    append(evaluate(p, line.m), evaluate(p, length));
  for (const QuadraticFactor &f : line.factors)
    for (const Point &t : f.t)
      append(evaluateResidue(f, t, line.m), evaluateResidue(f, t, length));
  for (int i = 0; i < line.m && product < line.K; ++i, ++product)
    result.AT.at(i, product) = result.G.at(product, 1) = Rational(1);
  // (E3): sum over j of A[i,j] G[j,k] B[j,l] = 1 if l = i * stride + k, else 0.
  if (!result.AT.isValid() || !result.G.isValid())
    return llvm::createStringError("expected points with small fractions, got overflow in '%s'", line.str().c_str());
  WideMatrix system(size_t(line.m) * line.r, std::vector<Wide>(line.K + result.n));
  for (int i = 0; i < line.m; ++i)
    for (int k = 0; k < line.r; ++k) {
      std::vector<Wide> &row = system[i * line.r + k];
      for (int j = 0; j < line.K; ++j)
        row[j] = Wide(result.AT.at(i, j)) * Wide(result.G.at(j, k));
      row[line.K + i * line.stride + k] = Wide(Rational(1));
    }
  llvm::Expected<RationalMatrix> b = solve(std::move(system), line.K);
  if (!b)
    return b.takeError();
  result.BT = std::move(*b);
  if (!result.isExact())
    return llvm::createStringError("expected an exact algorithm, got '%s'", line.str().c_str());
  return result;
}

llvm::Expected<BilinearAlgorithm> BilinearAlgorithm::make(const TileSpec &spec) {
  if (!spec.isSquare())
    return llvm::createStringError("expected a square tile F(m,r), got '%s'", spec.str().c_str());
  return make(spec.down());
}

bool BilinearAlgorithm::isExact() const {
  if (!AT.isValid() || !G.isValid() || !BT.isValid())
    return false;
  for (int i = 0; i < m; ++i)
    for (int k = 0; k < r; ++k)
      for (int l = 0; l < n; ++l) {
        Wide sum;
        for (int j = 0; j < K; ++j)
          sum = sum.plusProduct(Wide(AT.at(i, j)) * Wide(G.at(j, k)), Wide(BT.at(j, l)));
        if (sum.narrow() != Rational(l == i * stride + k))
          return false;
      }
  return true;
}

double noiseGain(const BilinearAlgorithm &algorithm) {
  double total = 0;
  for (int j = 0; j < algorithm.K; ++j) {
    double a = 0, b = 0, g = 0;
    auto square = [](const Rational &v) { return v.toDouble() * v.toDouble(); };
    for (int i = 0; i < algorithm.m; ++i)
      a += square(algorithm.AT.at(i, j));
    for (int k = 0; k < algorithm.r; ++k)
      g += square(algorithm.G.at(j, k));
    for (int l = 0; l < algorithm.n; ++l)
      b += square(algorithm.BT.at(j, l));
    total += a * b * g;
  }
  return total / (algorithm.m * algorithm.r);
}

/// Sum of squares of the 1-D tensor, sum of the entries that should be 1, and their number.
static std::array<double, 3> tensorSums(const BilinearAlgorithm &algorithm) {
  double square = 0, wanted = 0;
  for (int i = 0; i < algorithm.m; ++i)
    for (int k = 0; k < algorithm.r; ++k)
      for (int l = 0; l < algorithm.n; ++l) {
        double entry = 0;
        for (int j = 0; j < algorithm.K; ++j)
          entry +=
              algorithm.AT.at(i, j).toDouble() * algorithm.G.at(j, k).toDouble() * algorithm.BT.at(j, l).toDouble();
        square += entry * entry;
        wanted += l == i * algorithm.stride + k ? entry : 0;
      }
  return {square, wanted, double(algorithm.m) * algorithm.r};
}

double inexactness(const BilinearAlgorithm &down, const BilinearAlgorithm &across) {
  auto [square1, wanted1, ones1] = tensorSums(down);
  auto [square2, wanted2, ones2] = tensorSums(across);
  double ones = ones1 * ones2;
  return std::max(0.0, (square1 * square2 - 2 * wanted1 * wanted2 + ones) / ones);
}

} // namespace wino
