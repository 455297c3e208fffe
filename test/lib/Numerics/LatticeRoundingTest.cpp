// LatticeRounding against GPTQ as its authors state it (by the inverse), exhaustive search, and plain sums.
#include "wino/Numerics/LatticeRounding.h"
#include "wino/Numerics/FixedPoint.h"
#include "gtest/gtest.h"
#include <random>

using namespace wino;

namespace {

using Matrix = std::vector<std::vector<double>>;

/// X^T X / rows of correlated columns.
Matrix randomGram(size_t n, size_t rows, std::mt19937 &random) {
  std::normal_distribution<double> normal;
  Matrix h(n, std::vector<double>(n));
  for (size_t p = 0; p < rows; ++p) {
    std::vector<double> x(n);
    double common = normal(random);
    for (size_t i = 0; i < n; ++i)
      x[i] = (normal(random) + common) * (1 + 0.1 * double(i % 5));
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j)
        h[i][j] += x[i] * x[j] / double(rows);
  }
  return h;
}

QuadraticForm formOf(const Matrix &h, double damping, unsigned threads = 1) {
  QuadraticForm form(h.size());
  for (size_t i = 0; i < h.size(); ++i)
    for (size_t j = 0; j <= i; ++j)
      form.at(i, j) = h[i][j];
  EXPECT_TRUE(form.factorize(damping, threads));
  return form;
}

LatticeProblem randomProblem(size_t n, size_t columns, int32_t limit, std::mt19937 &random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> scale(0.3, 0.6);
  LatticeProblem problem;
  problem.columns = columns;
  problem.limit = limit;
  for (size_t i = 0; i < n * columns; ++i) {
    problem.w.push_back(normal(random));
    problem.scales.push_back(scale(random));
  }
  return problem;
}

/// Column `column` of the form by plain sums, without damping.
double plainError(const Matrix &h, const LatticeProblem &problem, const std::vector<int32_t> &v, size_t column) {
  size_t n = h.size(), columns = problem.columns;
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      auto e = [&](size_t at) { return problem.w[at] - problem.scales[at] * v[at]; };
      sum += e(i * columns + column) * h[i][j] * e(j * columns + column);
    }
  return sum;
}

/// Gauss-Jordan.
Matrix inverse(Matrix h) {
  size_t n = h.size();
  Matrix result(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    result[i][i] = 1;
  for (size_t k = 0; k < n; ++k) {
    double pivot = h[k][k];
    for (size_t j = 0; j < n; ++j) {
      h[k][j] /= pivot;
      result[k][j] /= pivot;
    }
    for (size_t i = 0; i < n; ++i) {
      double factor = h[i][k];
      for (size_t j = 0; i != k && j < n; ++j) {
        h[i][j] -= factor * h[k][j];
        result[i][j] -= factor * result[k][j];
      }
    }
  }
  return result;
}

/// Frantar et al., "GPTQ", equations (2) and (3), one weight at a time from the last to the first: round, spread the
/// error over what is left by a row of the inverse, remove the weight from the inverse.
std::vector<int32_t> gptqByInverse(const Matrix &h, const LatticeProblem &problem) {
  size_t n = h.size(), columns = problem.columns;
  std::vector<int32_t> v(n * columns);
  std::vector<double> w = problem.w;
  Matrix inv = inverse(h);
  for (size_t q = n; q-- > 0;) {
    for (size_t f = 0; f < columns; ++f) {
      size_t at = q * columns + f;
      double rounded = roundHalfUp(w[at] / problem.scales[at]);
      v[at] = int32_t(std::clamp(rounded, -double(problem.limit), double(problem.limit)));
      double error = (w[at] - problem.scales[at] * v[at]) / inv[q][q];
      for (size_t i = 0; i < q; ++i)
        w[i * columns + f] -= error * inv[i][q];
    }
    Matrix smaller = inv;
    for (size_t i = 0; i < q; ++i)
      for (size_t j = 0; j < q; ++j)
        smaller[i][j] -= inv[i][q] * inv[q][j] / inv[q][q];
    inv = smaller;
  }
  return v;
}

} // namespace

// Sizes below, at and above the panels and groups of the blocked code.
TEST(LatticeRounding, FactorMultipliesBackToTheMatrix) {
  std::mt19937 random(1);
  for (size_t n : {1, 3, 64, 67, 130, 201}) {
    Matrix h = randomGram(n, 2 * n, random);
    QuadraticForm form = formOf(h, 0.01, 2);
    double mean = 0;
    for (size_t i = 0; i < n; ++i)
      mean += h[i][i] / double(n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = i; j < n; ++j) {
        double sum = 0;
        for (size_t l = 0; l <= i; ++l)
          sum += form.r(l, i) * form.r(l, j);
        double expected = h[i][j] + (i == j ? 0.01 * mean : 0);
        EXPECT_NEAR(sum, expected, 1e-9) << n << " " << i << " " << j;
        EXPECT_NEAR(form.h(i, j), expected, 1e-12);
        EXPECT_EQ(form.h(i, j), form.h(j, i));
      }
  }
}

TEST(LatticeRounding, SequentialRoundingIsGptq) {
  std::mt19937 random(2);
  Matrix h = randomGram(40, 60, random);
  for (int32_t limit : {127, 2}) {
    LatticeProblem problem = randomProblem(40, 7, limit, random);
    QuadraticForm form = formOf(h, 0);
    std::vector<int32_t> v = roundLattice(form, problem, 0, 1), expected = gptqByInverse(h, problem);
    for (size_t f = 0; f < 7; ++f) {
      std::vector<int32_t> nearest = expected;
      for (size_t i = 0; i < 40; ++i) {
        double q = roundHalfUp(problem.w[i * 7 + f] / problem.scales[i * 7 + f]);
        nearest[i * 7 + f] = int32_t(std::clamp(q, -double(limit), double(limit)));
      }
      const std::vector<int32_t> &better =
          plainError(h, problem, expected, f) <= plainError(h, problem, nearest, f) ? expected : nearest;
      for (size_t i = 0; i < 40; ++i)
        EXPECT_EQ(v[i * 7 + f], better[i * 7 + f]) << "limit " << limit << ", row " << i << ", column " << f;
    }
  }
}

// All roundings of 7 unknowns to the three integers around the nearest one.
TEST(LatticeRounding, DescentComesNearTheBestOfAllRoundings) {
  std::mt19937 random(4);
  constexpr size_t n = 7, columns = 60;
  double found = 0, best = 0, nearestSum = 0;
  Matrix h = randomGram(n, 10, random);
  LatticeProblem problem = randomProblem(n, columns, 3, random);
  QuadraticForm form = formOf(h, 0);
  std::vector<int32_t> v = roundLattice(form, problem, 50, 1);
  for (size_t f = 0; f < columns; ++f) {
    double error = plainError(h, problem, v, f), least = 1e300, nearest = 0;
    for (int code = 0; code < 2187; ++code) { // 3^7
      std::vector<int32_t> tried = v;
      bool isNearest = true;
      for (size_t i = 0, rest = code; i < n; ++i, rest /= 3) {
        int change = int(rest % 3) - 1;
        double q = roundHalfUp(problem.w[i * columns + f] / problem.scales[i * columns + f]) + change;
        tried[i * columns + f] = int32_t(std::clamp(q, -3.0, 3.0));
        isNearest &= change == 0;
      }
      double other = plainError(h, problem, tried, f);
      least = std::min(least, other);
      if (isNearest)
        nearest = other;
    }
    EXPECT_LE(error, nearest * (1 + 1e-9));
    for (size_t i = 0; i < n; ++i) // a local optimum: no single step of one lowers the form
      for (int step : {-1, 1}) {
        std::vector<int32_t> tried = v;
        tried[i * columns + f] += step;
        if (std::abs(tried[i * columns + f]) <= 3)
          EXPECT_GE(plainError(h, problem, tried, f), error * (1 - 1e-9));
      }
    found += error;
    best += least;
    nearestSum += nearest;
  }
  EXPECT_LE(found, 1.25 * best);
  EXPECT_GT(nearestSum, 1.5 * found); // or there was nothing to find
}

TEST(LatticeRounding, SweepsNeverRaiseTheForm) {
  std::mt19937 random(5);
  Matrix h = randomGram(100, 120, random);
  LatticeProblem problem = randomProblem(100, 20, 7, random);
  QuadraticForm form = formOf(h, 0.01);
  Matrix damped = h;
  for (size_t i = 0; i < 100; ++i)
    damped[i][i] = form.h(i, i);
  std::vector<double> before;
  for (unsigned sweeps : {0, 1, 2, 8}) {
    std::vector<int32_t> v = roundLattice(form, problem, sweeps, 1);
    std::vector<double> errors;
    for (size_t f = 0; f < problem.columns; ++f)
      errors.push_back(plainError(damped, problem, v, f));
    for (size_t f = 0; f < before.size(); ++f)
      EXPECT_LE(errors[f], before[f] * (1 + 1e-12));
    before = errors;
  }
}

TEST(LatticeRounding, ThreadsChangeNoBit) {
  std::mt19937 random(6);
  Matrix h = randomGram(150, 200, random);
  LatticeProblem problem = randomProblem(150, 45, 7, random);
  QuadraticForm one = formOf(h, 0.01, 1), three = formOf(h, 0.01, 3);
  for (size_t i = 0; i < 150; ++i)
    for (size_t j = i; j < 150; ++j)
      ASSERT_EQ(one.r(i, j), three.r(i, j));
  EXPECT_EQ(roundLattice(one, problem, 3, 1), roundLattice(three, problem, 3, 3));
}

TEST(LatticeRounding, LimitsHoldAndZeroMatrixRoundsToNearest) {
  LatticeProblem problem;
  problem.columns = 1;
  problem.limit = 7;
  problem.w = {100, -100, 2.5, -2.5};
  problem.scales = {1, 1, 1, 1};
  QuadraticForm form(4);
  ASSERT_TRUE(form.factorize(0.01, 1));
  EXPECT_EQ(roundLattice(form, problem, 3, 1), (std::vector<int32_t>{7, -7, 3, -2}));
}

TEST(LatticeRounding, IndefiniteMatrixIsRefused) {
  QuadraticForm form(2);
  form.at(0, 0) = form.at(1, 1) = 1;
  form.at(1, 0) = 2;
  EXPECT_FALSE(form.factorize(0.01, 1));
}
