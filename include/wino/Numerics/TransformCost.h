// What the two transforms of a tile cost on a vector unit, counted from the code that is emitted for them.
#ifndef WINO_NUMERICS_TRANSFORMCOST_H
#define WINO_NUMERICS_TRANSFORMCOST_H

#include "wino/Numerics/IntegerTransform.h"

namespace wino {

/// The part of a target that transforms see.
struct VectorUnit {
  double opCycles = 1; ///< one add, shift or multiply on a full vector, cycles
  int bytes = 16;      ///< width of a vector
};

/// (E12): cycles of input and output transform per output element and channel, loads and stores left out. dimensions:
/// 1, which is down, or 2.
double transformCost(const IntegerTransform &transform, const VectorUnit &unit = {}, int dimensions = 2);

} // namespace wino

#endif
