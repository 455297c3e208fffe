// Exact matrices from points and factors. A and G evaluate polynomials; B follows from the identity by exact elimination.
#include "wino/Numerics/NoiseGain.h"

namespace wino {

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

/// Solves M X = T exactly, M with more rows than columns; fails unless the solution exists and is unique.
static llvm::Expected<RationalMatrix> solve(RationalMatrix m, RationalMatrix t) {
  auto error = [](const char *why) { return llvm::createStringError("expected points that give an exact algorithm, got %s", why); };
  for (int col = 0; col < m.cols(); ++col) {
    int pivot = col;
    while (pivot < m.rows() && m.at(pivot, col).isZero())
      ++pivot;
    if (pivot == m.rows())
      return error("dependent products");
    for (int j = 0; j < m.cols(); ++j)
      std::swap(m.at(pivot, j), m.at(col, j));
    for (int j = 0; j < t.cols(); ++j)
      std::swap(t.at(pivot, j), t.at(col, j));
    Rational inverse = Rational(1) / m.at(col, col);
    for (int j = 0; j < m.cols(); ++j)
      m.at(col, j) *= inverse;
    for (int j = 0; j < t.cols(); ++j)
      t.at(col, j) *= inverse;
    for (int i = 0; i < m.rows(); ++i) {
      Rational factor = m.at(i, col);
      if (i == col || factor.isZero())
        continue;
      for (int j = 0; j < m.cols(); ++j)
        m.at(i, j) = m.at(i, j) - factor * m.at(col, j);
      for (int j = 0; j < t.cols(); ++j)
        t.at(i, j) = t.at(i, j) - factor * t.at(col, j);
    }
    if (!m.isValid() || !t.isValid())
      return error("fractions beyond 64 bits");
  }
  RationalMatrix x(m.cols(), t.cols());
  for (int i = 0; i < m.rows(); ++i)
    for (int j = 0; j < t.cols(); ++j) {
      if (i < m.cols())
        x.at(i, j) = t.at(i, j);
      else if (!t.at(i, j).isZero())
        return error("products that do not span the convolution");
    }
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
  RationalMatrix system(spec.m * spec.r, spec.K), target(spec.m * spec.r, result.n);
  for (int i = 0; i < spec.m; ++i)
    for (int k = 0; k < spec.r; ++k) {
      for (int j = 0; j < spec.K; ++j)
        system.at(i * spec.r + k, j) = result.AT.at(i, j) * result.G.at(j, k);
      target.at(i * spec.r + k, i + k) = Rational(1);
    }
  if (!system.isValid())
    return llvm::createStringError("expected points with small fractions, got overflow in '%s'", spec.str().c_str());
  llvm::Expected<RationalMatrix> b = solve(std::move(system), std::move(target));
  if (!b)
    return b.takeError();
  result.BT = std::move(*b);
  if (!result.isExact())
    return llvm::createStringError("expected an exact algorithm, got '%s'", spec.str().c_str());
  return result;
}

bool BilinearAlgorithm::isExact() const {
  for (int i = 0; i < m; ++i)
    for (int k = 0; k < r; ++k)
      for (int l = 0; l < n; ++l) {
        Rational sum;
        for (int j = 0; j < K; ++j)
          sum += AT.at(i, j) * G.at(j, k) * BT.at(j, l);
        if (sum != Rational(l == i + k))
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

} // namespace wino
