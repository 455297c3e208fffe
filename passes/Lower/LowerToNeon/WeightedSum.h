// Sums of 8-bit maps as NEON assembly.
#ifndef WINO_LOWER_LOWERTONEON_WEIGHTEDSUM_H
#define WINO_LOWER_LOWERTONEON_WEIGHTEDSUM_H

#include "Lower/Kernels/Pointwise.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// The first `bytes` elements, a multiple of 64, of y = clamp(rshr(sum of x_i M_i, s), lo, hi). Operands: x_1, (x_2,)
/// y. None unless 8 <= s <= 15 and the |M_i| add up to at most 16,319, as those of chooseSumMultipliers usually do:
///
/// With M = 128 H + L and -64 <= L < 64, P = sum of x_i H_i and Q = sum of x_i L_i,
///
///     rshr(128 P + Q, s) = floor((P + floor(Q / 128) + 2^(s - 8)) / 2^(s - 7)) = rshr(P + (Q >> 7), s - 7),
///
/// since 2^(s - 1) is a multiple of 128. All of it fits 16-bit lanes: |Q| <= 2 * 255 * 64, P + (Q >> 7) is the whole
/// sum over 128, at most 255 * 16,319 / 128 < 2^15, and P alone may wrap.
std::optional<Assembly> weightedSumCode(const WeightedSum &sum, int64_t bytes, const TargetData &core);

} // namespace wino

#endif
