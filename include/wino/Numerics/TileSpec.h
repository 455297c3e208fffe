// TileSpec: the one text form of a convolution algorithm, shared by IR, plan file, policy file and report.
//
//   direct
//   F(4,3)                                      K = n and the points of least noise gain E that the table knows
//   F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8
//
// A factor x^2+b*x+c is evaluated at three values t (a rational or inf); K = points + 3 * factors, n = points + 2 *
// factors.
#ifndef WINO_NUMERICS_TILESPEC_H
#define WINO_NUMERICS_TILESPEC_H

#include "wino/Numerics/Rational.h"

namespace wino {

/// Integer type of one operand of the tap products.
enum class TapType { I8, I16 };

/// An interpolation point: a rational or infinity.
struct Point {
  bool infinite = false;
  Rational value;
  friend bool operator==(const Point &a, const Point &b) {
    return a.infinite == b.infinite && (a.infinite || a.value == b.value);
  }
  std::string str() const { return infinite ? "inf" : value.str(); }
};

/// The factor x^2 + b x + c with its three evaluations of the residue u0 + u1 x at x = t (inf: u1).
struct QuadraticFactor {
  Rational b, c;
  Point t[3];
  friend bool operator==(const QuadraticFactor &x, const QuadraticFactor &y) {
    return x.b == y.b && x.c == y.c && x.t[0] == y.t[0] && x.t[1] == y.t[1] && x.t[2] == y.t[2];
  }
  std::string str() const;
};

struct TileSpec {
  bool direct = true;
  int m = 0; ///< output tile, 1..8
  int r = 3; ///< kernel
  int K = 0; ///< products per dimension, at most 16
  std::vector<Point> points;
  std::vector<QuadraticFactor> factors;
  TapType inputTap = TapType::I8, filterTap = TapType::I8;

  /// Input tile extent m + r - 1.
  int n() const { return m + r - 1; }

  /// Reads the text above; omitted points come from a table. Errors say what was expected.
  static llvm::Expected<TileSpec> parse(llvm::StringRef text);
  /// Canonical text; parse(str()) gives the same tile.
  std::string str() const;
  /// Without points and factors, for tables: "F(4,3)", "F(6,3) K=9", "F(4,3) i16", "direct".
  std::string shortStr() const;
  friend bool operator==(const TileSpec &a, const TileSpec &b) { return a.str() == b.str(); }
};

} // namespace wino

#endif
