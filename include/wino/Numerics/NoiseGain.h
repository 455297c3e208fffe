// How much a tile amplifies rounding noise of its taps: the scale-invariant gain E (lib/Numerics/README.md, E4).
#ifndef WINO_NUMERICS_NOISEGAIN_H
#define WINO_NUMERICS_NOISEGAIN_H

#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/PointObjective.h"

namespace wino {

/// E = sum_j |A_j|^2 |B_j|^2 |G_j|^2 / (m r) of the 1-D algorithm; a tile has relative noise proportional to E if it is
/// square, else to the geometric mean of its two.
double noiseGain(const BilinearAlgorithm &algorithm);

/// E with the second moments R of the input and S of the filter instead of the identity (E10).
double noiseGain(const BilinearAlgorithm &algorithm, const Moments &moments);

/// How far matrices that are stated are from an exact algorithm: error power of the 2-D result relative to its own, for
/// white input and filter, without any rounding (E4b). 0 if both are exact, up to rounding in binary64.
double inexactness(const BilinearAlgorithm &down, const BilinearAlgorithm &across);

} // namespace wino

#endif
