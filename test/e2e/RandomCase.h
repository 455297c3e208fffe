// The random networks of the end-to-end suite. A case depends on its seed alone.
#ifndef WINO_TEST_E2E_RANDOMCASE_H
#define WINO_TEST_E2E_RANDOMCASE_H

#include "GraphText.h"

namespace wino {

struct RandomCase {
  std::string text; ///< float module without statistics
  std::string description;
  std::vector<bool> unsignedArguments;
};

/// A convolution with this input, direct or Winograd; products are kept below `work`. `activates`: how likely it has an
/// activation.
GraphText::Value addConvolution(GraphText &graph, GraphText::Value input, bool direct, int64_t work,
                                double activates = 0.6);

/// What a residual block ends in: a convolution's result and another map of its shape, made from `source`, added in
/// either order, with an activation or without. The sum, and now and then the convolution's result or the map in
/// `results`.
GraphText::Value addResidual(GraphText &graph, GraphText::Value source, GraphText::Value result,
                             std::vector<GraphText::Value> &results);

/// Nine of ten cases: one convolution, or a few in a row.
RandomCase randomConvolutions(uint64_t seed);

/// The others: a handful of arbitrary ops.
/// `inFloats`: with functions whose results a table of bytes could not hold.
RandomCase randomGraph(uint64_t seed, bool inFloats = false);

} // namespace wino

#endif
