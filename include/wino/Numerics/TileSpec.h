// TileSpec: the one text form of a convolution algorithm, shared by IR, plan file, policy file and report.
//
//   direct
//   F(4,3)                                      K = n and the points of least noise gain E that the table knows
//   F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi6 out=i16
//   F(2,3) K=4 at=[1,1,1,0;0,1,-1,1] g=[1,0,0;1/2,1/2,1/2;1/2,-1/2,1/2;0,0,1] bt=[1,0,-1,0;0,1,1,0;0,-1,1,0;0,-1,0,1]
//
// A factor x^2+b*x+c is evaluated at three values t (a rational or inf); K = points + 3 * factors, n = points + 2 *
// factors. at, g and bt state the matrices themselves, row by row; they need not be an exact algorithm (optimised
// transforms are not).
#ifndef WINO_NUMERICS_TILESPEC_H
#define WINO_NUMERICS_TILESPEC_H

#include "wino/Numerics/Rational.h"

namespace wino {

/// Integer type of one operand of the tap products; the value is its width in bits. Up to 8 bits are stored as bytes.
enum class TapType { I4 = 4, I5 = 5, I6 = 6, I7 = 7, I8 = 8, I16 = 16 };

/// Largest magnitude of a symmetric tap: 127 for i8.
inline int32_t tapLimit(TapType type) { return (int32_t(1) << (int(type) - 1)) - 1; }

/// Integer type in which the sums of products O leave the tap products: the accumulator itself, or rounded to fewer
/// bits with factorized scales (FSQ).
enum class ProductType { I8 = 8, I16 = 16, I32 = 32 };

/// Reads "i8", "i16" or "i32".
llvm::Expected<ProductType> parseProductType(llvm::StringRef text);

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
  RationalMatrix AT, G, BT; ///< m x K, K x r, K x n; empty unless the matrices are stated
  TapType inputTap = TapType::I8, filterTap = TapType::I8;
  ProductType product = ProductType::I32;

  /// Input tile extent m + r - 1.
  int n() const { return m + r - 1; }
  /// Whether the text states A^T, G and B^T instead of points.
  bool hasMatrices() const { return BT.rows() > 0; }
  /// Whether both operands of the products are bytes; otherwise both are stored in 16 bits.
  bool hasByteTaps() const { return inputTap != TapType::I16; }
  /// This tile with i8 taps and 32-bit products: the key of everything that depends on the matrices alone.
  TileSpec withoutFormats() const;
  /// This tile, its formats included, with these matrices stated instead of points or other matrices.
  TileSpec withMatrices(RationalMatrix at, RationalMatrix g, RationalMatrix bt) const;

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
