// Scales of Winograd taps: from calibrated clips and actual filters to the multipliers of the three integer stages.
// Pure arithmetic; transforms come in as matrices and bounds (IntegerTransform.h makes them), IR is the business of
// wino-decompose-conv.
//
// Units. Inputs have scale s_x. Integer tap u_ij stands for u_ij * s_U[ij], filter tap v for v * s_V[ijf], output for q
// * s_y.
//   U_fix = U_true / s_x * 2^prescale * beta_i * beta_j              so one step of U_fix is unit_ij = s_x /
//   (2^prescale beta_i beta_j) O' = acc * s_U[ij] * s_V[ijf] / (alpha_i alpha_j) / (s_y 2^-shift)   because column j of
//   A' is alpha_j * A^T[:,j]
#ifndef WINO_NUMERICS_TAPSCALES_H
#define WINO_NUMERICS_TAPSCALES_H

#include "wino/Numerics/QuantizeScale.h"
#include "wino/Numerics/TapStats.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace wino {

/// u = clamp(rshr(mulhi16(t, multiplier), shift)) to the tap's type, multiplier in [2^14, 2^15), 0 <= shift <= 15.
struct TapRequant {
  int32_t multiplier, shift;
  double scale; ///< value of one step of u: exactly unit * 2^(15 + shift) / multiplier
};

/// Requantization of an input tap so that `clip` becomes `limit` (127 for i8). `unit`: value of one step of U_fix. A
/// clip below `limit` units is raised to it (the int16 value is then taken almost as it is); one above limit * 2^16
/// units never occurs, as t has 16 bits.
TapRequant chooseTapRequant(double clip, double unit, int32_t limit);

/// A matrix in binary64, row-major.
struct LineMatrix {
  unsigned rows, cols;
  std::vector<double> values;
  explicit LineMatrix(const RationalMatrix &exact)
      : rows(unsigned(exact.rows())), cols(unsigned(exact.cols())), values(exact.toDoubles()) {}
};

/// V = G W G^T of one output channel, G K x r in each direction. weights: C_in x r_down x r_across; result: K_down x
/// K_across x C_in. Binary64, W G^T row by row, each sum in the order of rising index.
std::vector<double> transformFilter(const LineMatrix &down, const LineMatrix &across, llvm::ArrayRef<float> weights);

/// Scale of one (tap, output channel) with taps of `type`, at most 8 bits, in [-limit, limit], limit = tapLimit(type).
/// Max: max|v| / limit. Mse: for 8 bits the clip of least squared error on a grid below the maximum; for fewer bits the
/// best of all scales, or, of many taps, the best of a finer and deeper grid, from which the scale and the rounded taps
/// are fitted to each other in turn. All zeros get 2^-40.
double chooseNarrowScale(llvm::ArrayRef<double> taps, TapType type, ClipRule rule);

/// What sum |v| / scale may be over `channels` i16 filter taps before rounding, so that sum |v| * inputBound stays
/// below 2^31. Below 1, the tile cannot be used.
double wideBudget(int64_t channels, double inputBound);

/// Scale of one (tap, output channel) with i16 taps: the least one for which every |v| <= 2^14 - 1 and sum |v| *
/// inputBound stays below 2^31. All zeros get 2^-40. Nothing if even |v| <= 1 would not fit.
std::optional<double> chooseWideScale(llvm::ArrayRef<double> taps, double inputBound);

/// Scale of one (tap, output channel) whatever the type: chooseWideScale for i16; for fewer bits chooseNarrowScale,
/// made coarser where sum |v| * inputBound would leave 32 bits.
std::optional<double> chooseFilterTapScale(llvm::ArrayRef<double> taps, TapType type, double inputBound, ClipRule rule);

/// v = clamp(rhu(value / scale), -limit, limit).
int32_t quantizeTap(double value, double scale, int32_t limit);

/// What the output side of one layer needs to choose its unit.
struct OutputScalingProblem {
  unsigned taps = 0;
  int64_t channels = 0;
  /// IntegerTransform::outputBound: from bounds of |O'|, per tap, to the bound of all that the output code computes.
  /// The same function as the proof's, so that what is chosen here is proved there.
  std::function<double(llvm::ArrayRef<double>)> transformBound;
  std::vector<double> factors;   ///< acc -> output steps, taps x channels: s_U s_V / (alpha_i alpha_j s_y)
  std::vector<double> accBounds; ///< proven |acc|, taps x channels
  std::vector<double> bias;      ///< real bias / s_y, per channel
  std::optional<ResidualScale> residual = std::nullopt;
};

struct OutputScaling {
  int64_t pre, shift;
  std::vector<int32_t> multipliers; ///< taps x channels, in [0, 2^31): O' = mulhi32(acc << pre, M)
  std::vector<int32_t> bias;        ///< rhu(bias * 2^shift)
  int32_t residual = 0;             ///< multiplier of the residual
};

/// Largest value that the output transform reaches for channel f with these integers, with |bias| and the rounding
/// addend 2^(shift - 1) and the largest residual.
double outputBound(const OutputScalingProblem &problem, const OutputScaling &scaling, int64_t f);

/// The largest shift in [1, 16] for which some pre keeps every multiplier below 2^31 and every acc << pre in 32 bits,
/// and every outputBound is below 2^31; the smallest such pre, since it costs an instruction.
std::optional<OutputScaling> chooseOutputScaling(const OutputScalingProblem &problem);

} // namespace wino

#endif
