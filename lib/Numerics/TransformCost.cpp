// Price of the transforms.
#include "wino/Numerics/TransformCost.h"

namespace wino {

double transformCost(const IntegerTransform &transform, const VectorUnit &unit, int dimensions) {
  const TileLine &down = transform.spec.down(), &across = transform.spec.across();
  auto in = [&](const LineTransform &line) { return line.input.counts().total() * 2 / double(unit.bytes); };
  auto out = [&](const LineTransform &line) { return line.output.counts().total() * 4 / double(unit.bytes); };
  double cycles = dimensions == 1 ? (in(transform.down) + out(transform.down)) / down.m
                                  : (across.n() * in(transform.down) + down.K * in(transform.across) +
                                     across.K * out(transform.down) + down.m * out(transform.across)) /
                                        (down.m * across.m);
  return cycles * unit.opCycles;
}

} // namespace wino
