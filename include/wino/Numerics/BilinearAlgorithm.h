// BilinearAlgorithm: the exact matrices of one 1-D F(m, r), computed from points and factors: Y = A^T [(G w) * (B^T
// x)]. Of stride 2, y_i = w_0 x_2i + w_1 x_2i+1 + w_2 x_2i+2: F(m, 2) on the even inputs, and a product of its own for
// each w_1 x_2i+1 (E4c).
#ifndef WINO_NUMERICS_BILINEARALGORITHM_H
#define WINO_NUMERICS_BILINEARALGORITHM_H

#include "wino/Numerics/TileSpec.h"

namespace wino {

struct BilinearAlgorithm {
  int m = 0, r = 0, n = 0, K = 0, stride = 1;
  RationalMatrix AT; ///< m x K
  RationalMatrix G;  ///< K x r
  RationalMatrix BT; ///< K x n

  /// Builds A and G by evaluation (README (E1), (E2)) and solves for B (E3); fails if the points do not give an
  /// algorithm. Matrices that the tile states are taken as they are.
  static llvm::Expected<BilinearAlgorithm> make(const TileLine &line);
  /// The one algorithm of a square tile; fails for others, which have two.
  static llvm::Expected<BilinearAlgorithm> make(const TileSpec &spec);

  /// The identity on every pair of basis vectors; since the algorithm is bilinear this is a proof (E3).
  bool isExact() const;
};

} // namespace wino

#endif
