// Scales of 8-bit tensors and the integer multipliers that carry values from one scale to another. Pure arithmetic on
// doubles; which tensor gets which scale is decided by wino-quantize-graph, and the integer formulas themselves are in
// FixedPoint.h.
#ifndef WINO_NUMERICS_QUANTIZESCALE_H
#define WINO_NUMERICS_QUANTIZESCALE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace wino {

/// Scale of a tensor whose values beyond +-clip saturate: clip / qmax, rounded to binary32 so that IR text and C header
/// state it exactly. A clip that is zero, negative, not finite or too small for binary32 belongs to a tensor that
/// calibration never saw move; it counts as 1, which keeps the multipliers of its neighbours in range.
double activationScale(double clip, int32_t qmax);

/// The step of which all numbers of a filter's channel are multiples by -127 ... 127, but for the rounding of binary32:
/// what a quantized model or one trained with rounded filters holds. The finest one, at which biases lose least; a
/// binary32 where its products are the very numbers. Nothing where there is none, or all are 0.
std::optional<double> filterGrid(llvm::ArrayRef<float> channel);

/// Scale of one output channel of a filter, symmetric in [-127, 127]: filterGrid, else max|w| / 127, and large enough
/// that the bias in units of scale * inputScale stays within +-2^26. A channel of zeros gets 2^-40: its multiplier then
/// is next to nothing.
double filterScale(llvm::ArrayRef<float> channel, double bias, double inputScale);

/// clamp(floor(x + 1/2), lo, hi) in binary64. x may be infinite.
int32_t quantizeValue(double x, int32_t lo, int32_t hi);

/// pre, shift and multipliers of requant or of the 16-bit formulas (FixedPoint.h).
struct ScaleMultipliers {
  int64_t pre = 0, shift = 1;
  std::vector<int32_t> multipliers;
  int32_t residual = 0; ///< multiplier of a residual
};

/// What is added to a layer's result before its rounding (lib/Numerics, E52): |r| <= bound, r * factor in output steps.
struct ResidualScale {
  double factor = 0, bound = 0;

  /// rhu(factor 2^shift), none where it is no 16-bit number.
  std::optional<int32_t> multiplier(int64_t shift) const;
};

/// Multipliers of y = rshr(mulhi32(acc << pre, M), shift) for the real factors `factors` (>= 0), that is
/// M = rhu(factor * 2^(31 + shift - pre)) < 2^31. Takes the smallest `pre` that gives at least 8 guard bits (shift >=
/// 8) between the two roundings, else the most guard bits there are; then the largest shift <= 16. |acc| <= accBound
/// must keep acc << pre inside int32. Nothing if no pre and shift fit. With a residual, 12 guard
/// bits are wanted, so that its multiplier is rounded by little; that keeps to 16 bits, and the sum with the rounding
/// addend 2^(shift - 1) to 32.
std::optional<ScaleMultipliers> chooseRequant(llvm::ArrayRef<double> factors, double accBound,
                                              std::optional<ResidualScale> residual = std::nullopt);

/// Multipliers of y = rshr(a * M_a + b * M_b + ..., shift): M = rhu(factor * 2^shift). The largest shift in [8, 15]
/// with |M_a| + |M_b| + ... <= 16319, with which 8-bit operands need 16-bit lanes only (passes/Lower,
/// LowerToNeon/WeightedSum.h); if there is none, the largest in [1, 16] with each |M| <= 32767. Nothing if a factor is
/// too large for shift 1. Rounding of M moves a result that does not saturate by less than 1/25.
std::optional<ScaleMultipliers> chooseSumMultipliers(llvm::ArrayRef<double> factors);

/// 256 entries of clamp(rhu(function(q * inputScale) / outputScale), lo, hi) for q = qmin ... qmin + 255.
std::vector<int32_t> lookupTable(llvm::function_ref<double(double)> function, double inputScale, int32_t qmin,
                                 double outputScale, int32_t lo, int32_t hi);

/// Entries rhu(exp(-d * inputScale) * 65535), 256 or, up to `levels`, more until one is 0: numerators of a softmax at
/// distance d below the maximum. exp is the host's; libm is good to within one unit in the last place of 53 bits, so
/// entries agree on every host but for exact ties.
std::vector<int32_t> softmaxTable(double inputScale, int32_t levels = 256);

/// Most elements along the axis of an integer softmax: the sum of 65535 * elements fits uint32.
constexpr int64_t maxSoftmaxElements = 65536;

} // namespace wino

#endif
