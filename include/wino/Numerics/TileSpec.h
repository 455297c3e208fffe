// TileSpec: the one text form of a convolution algorithm, shared by IR, plan file, policy file and report.
//
//   direct
//   F(4,3)                                      K = n and the points of least noise gain E that the table knows
//   F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi6 out=i16
//   F(2,3) K=4 at=[1,1,1,0;0,1,-1,1] g=[1,0,0;1/2,1/2,1/2;1/2,-1/2,1/2;0,0,1] bt=[1,0,-1,0;0,1,1,0;0,-1,1,0;0,-1,0,1]
//   F(4x2,3) K=6x4 points=[0,1,-1,2,-2,inf]x[0,1,-1,inf]      4 x 2 outputs: 6 products down, 4 across
//   F(4,3) taps=f32xf32                         transforms and products in floats, or of taps stored in halves: f16xf16
//   F(4,3) taps=f16xf16 out=f16                 the same with products summed in halves, 32 at a time
//   F(1x4,1x3)                                                1 x 3 filters: no transform down, K = 1 there
//   F(4,3)/2 K=9 points=[1/2,-1/2,5/4,-5/4,inf] stride 2 by phases: F(4,2) of these points for the outer filter taps, 4
//   products for the middle one
//
// Everything but the formats may be stated twice with an x between, for the direction down the columns (heights) and
// then for the one across (widths); what is stated once holds for both. Tiles of equal directions print as square.
// A factor x^2+b*x+c is evaluated at three values t (a rational or inf); K = points + 3 * factors, n = points + 2 *
// factors. at, g and bt state the matrices themselves, row by row; they need not be an exact algorithm (optimised
// transforms are not).
#ifndef WINO_NUMERICS_TILESPEC_H
#define WINO_NUMERICS_TILESPEC_H

#include "wino/Numerics/Rational.h"

#include <optional>

namespace wino {

/// Type of one operand of the tap products; the value of integers is their width in bits, up to 8 bits are stored as
/// bytes. Floats (IEEE binary16 and binary32) are the type of both operands or of none, and sums are then binary32.
enum class TapType { I4 = 4, I5 = 5, I6 = 6, I7 = 7, I8 = 8, I16 = 16, F16 = 256 + 16, F32 = 256 + 32 };

inline bool isFloatTap(TapType type) { return int(type) > 256; }
/// Bits of a tap, of integers or floats.
inline int tapBits(TapType type) { return int(type) % 256; }
/// "i8", "f16"
std::string tapText(TapType type);
/// Largest magnitude of a symmetric tap of integers: 127 for i8.
inline int32_t tapLimit(TapType type) { return (int32_t(1) << (int(type) - 1)) - 1; }

/// Integer type in which the sums of products O leave the tap products: the accumulator itself, or rounded to fewer
/// bits with factorized scales (FSQ). Beside taps in floats I32 stands for sums in binary32, F16 for those of a few
/// products each in binary16 (Numerics, E61).
enum class ProductType { I8 = 8, I16 = 16, I32 = 32, F16 = -16 };

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

/// One direction of a tile: the 1-D algorithm F(m, r).
struct TileLine {
  int m = 0;      ///< output tile, 1..8
  int r = 3;      ///< kernel
  int K = 0;      ///< products, at most 16
  int stride = 1; ///< of the inputs from output to output, 1 or 2
  std::vector<Point> points;
  std::vector<QuadraticFactor> factors;
  RationalMatrix AT, G, BT; ///< m x K, K x r, K x n; empty unless the matrices are stated

  /// Input tile extent: m + r - 1, of stride 2 2 m + r - 2.
  int n() const { return (m - 1) * stride + r; }
  /// Inputs from tile to tile.
  int step() const { return m * stride; }
  /// Whether the text states A^T, G and B^T instead of points.
  bool hasMatrices() const { return BT.rows() > 0; }
  /// Tiles that cover `extent` outputs.
  int64_t tilesOver(int64_t extent) const { return (extent + m - 1) / m; }
  /// As a square tile without formats: "F(4,3) K=6 points=[..]".
  std::string str() const;
};

/// A square tile is its one line, used in both directions; the members of TileLine are then those of either.
struct TileSpec : TileLine {
  bool direct = true;
  std::optional<TileLine> rowLine; ///< the direction across where it is another than the one down
  TapType inputTap = TapType::I8, filterTap = TapType::I8;
  ProductType product = ProductType::I32;

  /// The algorithm down the columns of a patch: pass 1, heights, tap index i.
  const TileLine &down() const { return *this; }
  /// The algorithm across, along the rows: pass 2, widths, tap index j.
  const TileLine &across() const { return rowLine ? *rowLine : *this; }
  bool isSquare() const { return !rowLine; }
  /// Products of a tile; tap (i, j) has number i * across().K + j.
  int taps() const { return down().K * across().K; }
  /// The filter's size as it is written in the text: "3", or "1x3" where both directions differ.
  std::string filterText() const;
  /// "F(4,3)", "F(4x2,3)", "F(4,3)/2"
  std::string sizeText() const;
  /// Whether both operands of the products are bytes; otherwise both are stored in 16 bits, or are floats.
  bool hasByteTaps() const { return int(inputTap) <= 8; }
  /// Whether transforms and products are in floats.
  bool hasFloatTaps() const { return isFloatTap(inputTap); }
  /// This tile with i8 taps and 32-bit products: the key of everything that depends on the matrices alone.
  TileSpec withoutFormats() const;
  /// This tile, its formats included, with these matrices stated instead of points or other matrices; square
  /// tiles only.
  TileSpec withMatrices(RationalMatrix at, RationalMatrix g, RationalMatrix bt) const;

  /// Reads the text above; omitted points come from a table. Errors say what was expected.
  static llvm::Expected<TileSpec> parse(llvm::StringRef text);
  /// Canonical text; parse(str()) gives the same tile.
  std::string str() const;
  /// Without points and factors, for tables: "F(4,3) i8xi8", "F(6,3) K=9 i16xi16", "F(4x2,3) i8xi8", "direct".
  std::string shortStr() const;
  friend bool operator==(const TileSpec &a, const TileSpec &b) { return a.str() == b.str(); }
};

} // namespace wino

#endif
