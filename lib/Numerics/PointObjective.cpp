// Closed forms for the objective of the point search. No elimination and no allocation: one call costs a few thousand
// operations. Only + - * / and sqrt are used, so that the same search runs the same way on every host.
#include "wino/Numerics/PointObjective.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace wino {

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr int maxLength = RealTile::maxProducts + 2;

RealTile RealTile::of(const TileSpec &spec) {
  assert(spec.points.size() <= size_t(maxProducts) && spec.factors.size() <= size_t(maxFactors));
  auto value = [](const Point &p) { return p.infinite ? infinity : p.value.toDouble(); };
  RealTile tile;
  tile.m = spec.m;
  tile.r = spec.r;
  for (const Point &p : spec.points)
    tile.points[tile.numPoints++] = value(p);
  for (const QuadraticFactor &f : spec.factors)
    tile.factors[tile.numFactors++] = {f.b.toDouble(), f.c.toDouble(), {value(f.t[0]), value(f.t[1]), value(f.t[2])}};
  return tile;
}

Moments Moments::autoregressive(int n, double rho, double dc) {
  Moments moments;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      double power = 1;
      for (int k = 0; k < std::abs(i - j); ++k)
        power *= rho;
      moments.input.push_back((power + dc) / (1 + dc));
    }
  return moments;
}

/// Cholesky elimination of a copy; a pivot may vanish only together with its row.
static bool isPositiveSemidefinite(std::vector<double> a, int size) {
  double scale = 0;
  for (int i = 0; i < size; ++i)
    scale = std::max(scale, a[i * size + i]);
  const double tolerance = 1e-9 * scale;
  for (int k = 0; k < size; ++k) {
    double pivot = a[k * size + k];
    if (pivot < -tolerance)
      return false;
    for (int i = k + 1; i < size; ++i) {
      double factor = a[i * size + k];
      if (pivot <= tolerance) {
        if (std::fabs(factor) > std::sqrt(1e-9) * scale)
          return false;
        continue;
      }
      for (int j = k + 1; j < size; ++j)
        a[i * size + j] -= factor / pivot * a[k * size + j];
    }
  }
  return scale > 0;
}

static llvm::Error checkMatrix(const std::vector<double> &matrix, int size, const char *name) {
  if (matrix.empty())
    return llvm::Error::success();
  if (matrix.size() != size_t(size) * size)
    return llvm::createStringError("expected %s of %d x %d entries, got %zu", name, size, size, matrix.size());
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      double a = matrix[i * size + j], b = matrix[j * size + i];
      if (!std::isfinite(a) || std::fabs(a) > 1e100)
        return llvm::createStringError("expected finite entries in %s, got %g", name, a);
      if (std::fabs(a - b) > 1e-9 * (std::fabs(a) + std::fabs(b)))
        return llvm::createStringError("expected a symmetric %s, got %g and %g", name, a, b);
    }
  if (!isPositiveSemidefinite(matrix, size))
    return llvm::createStringError("expected a positive semidefinite %s, got another", name);
  return llvm::Error::success();
}

llvm::Error Moments::check(int n, int r) const {
  if (llvm::Error error = checkMatrix(input, n, "input moment"))
    return error;
  return checkMatrix(filter, r, "filter moment");
}

namespace {

/// Coefficients, lowest first.
struct Polynomial {
  double c[maxLength] = {1};
  int length = 1;

  void timesLinear(double root) { // (x - root)
    c[length] = c[length - 1];
    for (int i = length - 1; i > 0; --i)
      c[i] = c[i - 1] - root * c[i];
    c[0] = -root * c[0];
    ++length;
  }
  void timesQuadratic(double b, double c0) { // (x^2 + b x + c0)
    double old[maxLength];
    std::copy(c, c + length, old);
    std::fill(c + length, c + length + 2, 0.0);
    for (int i = 0; i < length; ++i)
      c[i] = old[i] * c0;
    for (int i = 0; i < length; ++i) {
      c[i + 1] += old[i] * b;
      c[i + 2] += old[i];
    }
    length += 2;
  }
  double at(double x) const {
    double value = 0;
    for (int i = length; i-- > 0;)
      value = value * x + c[i];
    return value;
  }
};

/// v M v^T for the first `length` entries of v, the rest zero; M is size x size, or the identity when empty.
double quadratic(const double *v, int length, const std::vector<double> &matrix, int size) {
  double total = 0;
  if (matrix.empty()) {
    for (int i = 0; i < length; ++i)
      total += v[i] * v[i];
    return total;
  }
  for (int i = 0; i < length; ++i) {
    double row = 0;
    for (int j = 0; j < length; ++j)
      row += matrix[i * size + j] * v[j];
    total += v[i] * row;
  }
  return total;
}

/// 1, a, a^2, ..; at infinity the last unit vector (E1).
void powers(double a, int length, double *row) {
  if (std::isinf(a)) {
    std::fill(row, row + length, 0.0);
    row[length - 1] = 1;
    return;
  }
  double power = 1;
  for (int i = 0; i < length; ++i, power *= a)
    row[i] = power;
}

/// x^k mod x^2 + b x + c at x = t (E2).
void residues(const RealTile::Factor &f, double t, int length, double *row) {
  double u0 = 1, u1 = 0;
  for (int i = 0; i < length; ++i) {
    row[i] = std::isinf(t) ? u1 : u0 + t * u1;
    double next = u0 - f.b * u1;
    u0 = -f.c * u1;
    u1 = next;
  }
}

struct Gain {
  const RealTile &tile;
  const Moments &moments;

  /// Product of all moduli but one point or one factor.
  Polynomial others(int point, int factor) const {
    Polynomial q;
    for (int i = 0; i < tile.numPoints; ++i)
      if (i != point && !std::isinf(tile.points[i]))
        q.timesLinear(tile.points[i]);
    for (int i = 0; i < tile.numFactors; ++i)
      if (i != factor)
        q.timesQuadratic(tile.factors[i].b, tile.factors[i].c);
    return q;
  }

  /// |A_j|^2 g_j S g_j^T of one product whose values of 1, x, .. come from `evaluate`.
  template <typename Evaluate> double sides(Evaluate evaluate) const {
    double row[maxLength];
    evaluate(tile.m, row);
    double a = quadratic(row, tile.m, {}, 0);
    evaluate(tile.r, row);
    return a * quadratic(row, tile.r, moments.filter, tile.r);
  }

  double point(int j) const {
    double a = tile.points[j];
    Polynomial q = others(j, -1);
    double norm = std::isinf(a) ? 1 : q.at(a);
    double b = quadratic(q.c, q.length, moments.input, tile.n()) / (norm * norm);
    return b * sides([&](int length, double *row) { powers(a, length, row); });
  }

  double factor(int j) const {
    const RealTile::Factor &f = tile.factors[j];
    if (std::isinf(f.t[0]) + std::isinf(f.t[1]) + std::isinf(f.t[2]) > 1)
      return infinity;
    Polynomial q = others(-1, j);
    // q mod f = r0 + r1 x, and its inverse modulo f.
    double r0 = 0, r1 = 0, u0 = 1, u1 = 0;
    for (int i = 0; i < q.length; ++i) {
      r0 += q.c[i] * u0;
      r1 += q.c[i] * u1;
      double next = u0 - f.b * u1;
      u0 = -f.c * u1;
      u1 = next;
    }
    double norm = r0 * r0 - f.b * r0 * r1 + f.c * r1 * r1;
    double v0 = (r0 - f.b * r1) / norm, v1 = -r1 / norm;
    double total = 0;
    for (int i = 0; i < 3; ++i) {
      // Lagrange polynomial of t_i, reduced modulo f, times that inverse: w0 + w1 x.
      Polynomial lagrange;
      double divisor = 1;
      for (int k = 0; k < 3; ++k)
        if (k != i && !std::isinf(f.t[k])) {
          lagrange.timesLinear(f.t[k]);
          divisor *= std::isinf(f.t[i]) ? 1 : f.t[i] - f.t[k];
        }
      double l2 = lagrange.length > 2 ? lagrange.c[2] : 0, l1 = lagrange.length > 1 ? lagrange.c[1] : 0;
      double l0 = (lagrange.c[0] - f.c * l2) / divisor;
      l1 = (l1 - f.b * l2) / divisor;
      double w0 = l0 * v0 - f.c * l1 * v1, w1 = l0 * v1 + l1 * v0 - f.b * l1 * v1;
      double row[maxLength];
      row[0] = w0 * q.c[0];
      for (int k = 1; k < q.length; ++k)
        row[k] = w0 * q.c[k] + w1 * q.c[k - 1];
      row[q.length] = w1 * q.c[q.length - 1];
      total += quadratic(row, q.length + 1, moments.input, tile.n()) *
               sides([&](int length, double *values) { residues(f, f.t[i], length, values); });
    }
    return total;
  }
};

} // namespace

double fastNoiseGain(const RealTile &tile, const Moments &moments) {
  Gain gain{tile, moments};
  if (std::count_if(tile.points, tile.points + tile.numPoints, [](double a) { return std::isinf(a); }) > 1)
    return infinity;
  double total = 0;
  for (int j = 0; j < tile.numPoints; ++j)
    total += gain.point(j);
  for (int j = 0; j < tile.numFactors; ++j)
    total += gain.factor(j);
  total /= tile.m * tile.r;
  return total < infinity ? total : infinity; // also for NaN, where products coincide
}

double vandermondeCondition(const RealTile &tile) {
  double rows[RealTile::maxProducts][maxLength];
  int numRows = 0, width = 2 * tile.numFactors;
  for (int i = 0; i < tile.numPoints; ++i)
    width += !std::isinf(tile.points[i]);
  for (int i = 0; i < tile.numPoints; ++i)
    if (!std::isinf(tile.points[i]))
      powers(tile.points[i], width, rows[numRows++]);
  for (int i = 0; i < tile.numFactors; ++i)
    for (double t : tile.factors[i].t)
      residues(tile.factors[i], t, width, rows[numRows++]);
  // One-sided Jacobi rotations make the columns orthogonal; their norms are then the singular values.
  for (int sweep = 0; sweep < 40; ++sweep) {
    bool rotated = false;
    for (int p = 0; p < width; ++p)
      for (int q = p + 1; q < width; ++q) {
        double alpha = 0, beta = 0, gamma = 0;
        for (int i = 0; i < numRows; ++i) {
          alpha += rows[i][p] * rows[i][p];
          beta += rows[i][q] * rows[i][q];
          gamma += rows[i][p] * rows[i][q];
        }
        if (std::fabs(gamma) <= 1e-14 * std::sqrt(alpha * beta))
          continue;
        rotated = true;
        double zeta = (beta - alpha) / (2 * gamma);
        double t = (zeta < 0 ? -1 : 1) / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta));
        double cosine = 1 / std::sqrt(1 + t * t), sine = cosine * t;
        for (int i = 0; i < numRows; ++i) {
          double x = rows[i][p], y = rows[i][q];
          rows[i][p] = cosine * x - sine * y;
          rows[i][q] = sine * x + cosine * y;
        }
      }
    if (!rotated)
      break;
  }
  double least = infinity, largest = 0;
  for (int j = 0; j < width; ++j) {
    double power = 0;
    for (int i = 0; i < numRows; ++i)
      power += rows[i][j] * rows[i][j];
    least = std::min(least, power);
    largest = std::max(largest, power);
  }
  double condition = std::sqrt(largest / least);
  return condition < infinity ? condition : infinity;
}

} // namespace wino
