// SharedScales: fewer scales than one per tap, for targets whose requantization knows one scale per tensor or per
// channel; and factors of the rows of B^T and G that make such a scale fit all taps (README, section 9).
#ifndef WINO_NUMERICS_SHAREDSCALES_H
#define WINO_NUMERICS_SHAREDSCALES_H

#include "wino/Numerics/TapStats.h"

#include <optional>
#include <vector>

namespace wino {

/// Which input taps have one scale together.
enum class InputSharing { Tap, Tensor };

/// Which filter taps have one scale together: those of one tap and output channel, of one tap, of one output channel,
/// or all.
enum class FilterSharing { TapChannel, Tap, Channel, Tensor };

/// Which rows get factors where taps share a scale: none; rows d of B^T with 1 / d of G, so that A stays; or both by
/// factors of their own, which columns of A^T take back.
enum class Balance { None, Paired, Free };

/// Reads "tap" or "tensor"; "tap-channel", "tap", "channel" or "tensor"; "none", "paired" or "free".
llvm::Expected<InputSharing> parseInputSharing(llvm::StringRef text);
llvm::Expected<FilterSharing> parseFilterSharing(llvm::StringRef text);
llvm::Expected<Balance> parseBalance(llvm::StringRef text);

/// Whether taps of different (i, j) share a scale.
inline bool sharesTaps(InputSharing sharing) { return sharing == InputSharing::Tensor; }
inline bool sharesTaps(FilterSharing sharing) {
  return sharing == FilterSharing::Channel || sharing == FilterSharing::Tensor;
}

/// Numbers per tap are K x K, row-major.
struct BalanceProblem {
  unsigned k = 0;
  std::vector<double> inputClips;  ///< what the largest level has to reach, in U
  std::vector<double> inputPowers; ///< mean squares of U
  std::vector<double> filterClips; ///< likewise of V
  /// Of sum_c V^2, mean over output channels, and the number of input channels.
  std::vector<double> filterPowers;
  double channelsIn = 1;
  std::vector<double> weights; ///< of noise of O in the outputs: |A_i|^2 |A_j|^2
  double inputLimit = 127, filterLimit = 127;
  bool sharesInput = true, sharesFilter = true;
};

/// (E51) of row factors d: rounding noise of the outputs where U' = d_i d_j U and V' = V / (d_i d_j) have one scale.
double balancedNoise(const BalanceProblem &problem, llvm::ArrayRef<double> factors);

/// Row factors of small noise (E51): K positive numbers, all 1 where nothing is shared or no tap has a size.
std::vector<double> balanceRows(const BalanceProblem &problem);

/// Factors d with U' = d_i d_j U and e with V' = V / (e_i e_j), K each.
struct RowFactors {
  std::vector<double> input, filter;
};
RowFactors chooseRowFactors(const BalanceProblem &problem, Balance balance);

/// Scales of filter taps V `values`, taps x channels x C_in: taps x channels numbers s e_tap with one s per group that
/// `sharing` makes, chosen on V / e_tap by `rule` as chooseNarrowScale does (i16: as fine as the accumulator allows),
/// and made coarser for the whole group where sum |v| * inputBounds[tap] would leave 32 bits. `factors`: e_tap, e_i e_j
/// of tap (i, j). Nothing if even |v| <= 1 would not fit.
std::optional<std::vector<double>> sharedFilterScales(llvm::ArrayRef<double> values, size_t taps, size_t channels,
                                                      llvm::ArrayRef<double> factors, FilterSharing sharing,
                                                      TapType type, llvm::ArrayRef<double> inputBounds, ClipRule rule);

} // namespace wino

#endif
