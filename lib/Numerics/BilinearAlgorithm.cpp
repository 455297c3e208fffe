// Exact matrices from points and factors. A and G evaluate polynomials; B follows from the identity by exact
// elimination. Entries of A, G and B fit 64-bit fractions, but the elimination and the proof pass through larger ones
// (F(8,3)); those are unbounded.
#include "wino/Numerics/NoiseGain.h"

#include "llvm/ADT/DynamicAPInt.h"

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

llvm::Expected<BilinearAlgorithm> BilinearAlgorithm::make(const TileSpec &spec) {
  BilinearAlgorithm result;
  result.m = spec.m;
  result.r = spec.r;
  result.n = spec.n();
  result.K = spec.K;
  if (spec.direct || spec.K < 1)
    return llvm::createStringError("expected a tile F(m,r), got '%s'", spec.str().c_str());
  if (spec.hasMatrices()) { // as stated, exact or not
    result.AT = spec.AT;
    result.G = spec.G;
    result.BT = spec.BT;
    return result;
  }
  result.AT = RationalMatrix(spec.m, spec.K);
  result.G = RationalMatrix(spec.K, spec.r);
  int product = 0;
  auto append = [&](const std::vector<Rational> &a, const std::vector<Rational> &g) {
    for (int i = 0; i < spec.m; ++i)
      result.AT.at(i, product) = a[i];
    for (int k = 0; k < spec.r; ++k)
      result.G.at(product, k) = g[k];
    ++product;
  };
  for (const Point &p : spec.points)
    append(evaluate(p, spec.m), evaluate(p, spec.r));
  for (const QuadraticFactor &f : spec.factors)
    for (const Point &t : f.t)
      append(evaluateResidue(f, t, spec.m), evaluateResidue(f, t, spec.r));
  // (E3): sum over j of A[i,j] G[j,k] B[j,l] = 1 if l = i + k, else 0.
  if (!result.AT.isValid() || !result.G.isValid())
    return llvm::createStringError("expected points with small fractions, got overflow in '%s'", spec.str().c_str());
  WideMatrix system(size_t(spec.m) * spec.r, std::vector<Wide>(spec.K + result.n));
  for (int i = 0; i < spec.m; ++i)
    for (int k = 0; k < spec.r; ++k) {
      std::vector<Wide> &row = system[i * spec.r + k];
      for (int j = 0; j < spec.K; ++j)
        row[j] = Wide(result.AT.at(i, j)) * Wide(result.G.at(j, k));
      row[spec.K + i + k] = Wide(Rational(1));
    }
  llvm::Expected<RationalMatrix> b = solve(std::move(system), spec.K);
  if (!b)
    return b.takeError();
  result.BT = std::move(*b);
  if (!result.isExact())
    return llvm::createStringError("expected an exact algorithm, got '%s'", spec.str().c_str());
  return result;
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
        if (sum.narrow() != Rational(l == i + k))
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

double inexactness(const BilinearAlgorithm &algorithm) {
  double square = 0, wanted = 0; // of the 1-D tensor: sum of squares, and of the entries that should be 1
  for (int i = 0; i < algorithm.m; ++i)
    for (int k = 0; k < algorithm.r; ++k)
      for (int l = 0; l < algorithm.n; ++l) {
        double entry = 0;
        for (int j = 0; j < algorithm.K; ++j)
          entry +=
              algorithm.AT.at(i, j).toDouble() * algorithm.G.at(j, k).toDouble() * algorithm.BT.at(j, l).toDouble();
        square += entry * entry;
        wanted += l == i + k ? entry : 0;
      }
  double ones = double(algorithm.m) * algorithm.r;
  return std::max(0.0, (square * square - 2 * wanted * wanted + ones * ones) / (ones * ones));
}

} // namespace wino
