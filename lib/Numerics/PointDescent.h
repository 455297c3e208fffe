// The two ways in which the point search moves: an evolution strategy on real parameters, and descent on a grid of
// rationals. Both know only a function to minimise; both are deterministic.
#ifndef WINO_LIB_NUMERICS_POINTDESCENT_H
#define WINO_LIB_NUMERICS_POINTDESCENT_H

#include "PointFamily.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace wino {

/// SplitMix64: the same numbers on every host and with every standard library.
class Generator {
public:
  explicit Generator(uint64_t seed) : state(seed) {}
  uint64_t next();
  double uniform() { return double(next() >> 11) * 0x1p-53; } ///< [0, 1)
  double normal();                                            ///< a sum of 12 uniforms: mean 0, variance 1
private:
  uint64_t state;
};

using Parameters = std::vector<double>;
using Indices = std::vector<int>;
using RealObjective = llvm::function_ref<double(const Parameters &)>;
using GridObjective = llvm::function_ref<double(const Indices &)>;

struct RealMinimum {
  double value;
  Parameters parameters;
};

/// A random start for parameters of these kinds.
Parameters randomParameters(const std::vector<ParameterKind> &kinds, Generator &random);

/// (1 + 1) evolution strategy with a step size that grows on success and shrinks on failure.
RealMinimum evolve(const std::vector<ParameterKind> &kinds, Parameters start, double step, int iterations,
                   RealObjective objective, Generator &random);

/// Moves one index by up to `reach` or two indices by up to 2 each, as long as the objective falls by more than a
/// billionth and `accept`, asked last, agrees. `lists`: one per index. Returns the value reached.
double descend(const std::vector<const Candidates *> &lists, Indices &indices, int reach, GridObjective objective,
               llvm::function_ref<bool(const Indices &)> accept);

} // namespace wino

#endif
