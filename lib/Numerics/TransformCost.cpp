// Price of the transforms.
#include "wino/Numerics/TransformCost.h"

namespace wino {

double transformCost(const IntegerTransform &transform, const VectorUnit &unit, int dimensions) {
  const TileSpec &spec = transform.spec;
  double in = transform.input.counts().total() * 2 / double(unit.bytes);   // 16-bit lanes
  double out = transform.output.counts().total() * 4 / double(unit.bytes); // 32-bit lanes
  double cycles =
      dimensions == 1 ? (in + out) / spec.m : ((spec.n() + spec.K) * in + (spec.K + spec.m) * out) / (spec.m * spec.m);
  return cycles * unit.opCycles;
}

} // namespace wino
