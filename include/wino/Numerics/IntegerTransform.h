// IntegerTransform: one tile realised in integers. Rows of B^T are scaled by beta and columns of A^T by alpha (the tap
// scales take both back), so that the input transform fits 16-bit lanes and the output transform 32-bit lanes without
// losing precision.
#ifndef WINO_NUMERICS_INTEGERTRANSFORM_H
#define WINO_NUMERICS_INTEGERTRANSFORM_H

#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/TransformDag.h"

namespace wino {

/// One direction of a tile.
struct LineTransform {
  BilinearAlgorithm algorithm;
  TransformDag input;          ///< n -> K on int16: output j is beta_j * BT[j] * x (approximately, if !exactInput)
  std::vector<double> beta;    ///< K row scales
  TransformDag output;         ///< K -> m on int32: column j is alpha_j * AT[:, j] (approximately, if !exactOutput)
  std::vector<Rational> alpha; ///< K column scales
};

struct IntegerTransform {
  TileSpec spec;
  LineTransform down, across; ///< pass 1 runs `down` on columns, pass 2 `across` on rows; the same in a square tile
  bool exactInput = true;     ///< small integers without rounding; otherwise Q15 constants
  int prescale = 0;           ///< x << prescale before pass 1
  bool exactOutput = true;    ///< small integers without rounding; otherwise largest entry 1 and Q31 constants

  /// Scale of tap number i * K_across + j: beta_i beta_j, alpha_i alpha_j.
  double betaOf(unsigned tap) const {
    size_t columns = across.beta.size();
    return down.beta[tap / columns] * across.beta[tap % columns];
  }
  double alphaOf(unsigned tap) const {
    size_t columns = across.alpha.size();
    return down.alpha[tap / columns].toDouble() * across.alpha[tap % columns].toDouble();
  }

  /// Chooses the form for an 8-bit input and proves it: xAbsMax = 255 means an unsigned input in [0, 255], 128 a signed
  /// one in
  /// [-128, 127]. Both must be the same wherever one layer is made, run or proved. The error names stage, bound and
  /// type.
  static llvm::Expected<IntegerTransform> make(const TileSpec &spec, int xAbsMax = 255);

  /// Proved bound of |Ufix_ij| after both passes for an input as in make, per tap; U_true = Ufix / (2^prescale beta_i
  /// beta_j).
  std::vector<double> tapBounds(int xAbsMax) const;

  /// Proved bound of |Y_ab| before bias, for |O'_ij| <= oBounds (per tap); the largest over the outputs of a tile and
  /// over what rounding products read in either pass (sums elsewhere may wrap).
  double outputBound(llvm::ArrayRef<double> oBounds) const;

  /// Bound of the rounding errors of the output code itself, in units of Y; zero if exactOutput.
  double outputError() const;

  /// Standard deviation, in units of O', that rounding every O' to an integer adds to the output it hurts most: each
  /// has variance 1/12 and passes through A' on both sides.
  double outputRounding() const;
};

} // namespace wino

#endif
