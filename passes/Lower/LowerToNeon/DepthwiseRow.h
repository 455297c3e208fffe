// Rows of depthwise convolutions as NEON assembly.
#ifndef WINO_LOWER_LOWERTONEON_DEPTHWISEROW_H
#define WINO_LOWER_LOWERTONEON_DEPTHWISEROW_H

#include "Lower/Kernels/DepthwiseConvolution.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// Sixteen channels of one row of the output, as Isa::depthwiseRow says. None for windows of more than 8 rows or
/// maxDepthwiseTaps taps, rows of 65536 pixels or more, or offsets that no load can state.
std::optional<Assembly> depthwiseRowCode(const DepthwiseConvolution &conv, const TargetData &core);

} // namespace wino

#endif
