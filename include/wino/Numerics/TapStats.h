// TapStats: what calibration knows of one tap of U, and which of its clips a format takes. Measuring is Calibrate's
// work; the row of numbers below is the form in which statistics travel through files and attributes.
#ifndef WINO_NUMERICS_TAPSTATS_H
#define WINO_NUMERICS_TAPSTATS_H

#include "wino/Numerics/TileSpec.h"

#include "llvm/ADT/ArrayRef.h"

#include <array>

namespace wino {

/// How far the largest level of a symmetric format reaches: to the maximum, to the 99.9th percentile of the magnitudes,
/// or to where the mean squared error is least.
enum class ClipRule { Max, Percentile, Mse };

/// Reads "max", "percentile" or "mse".
llvm::Expected<ClipRule> parseClipRule(llvm::StringRef text);

/// One tap (i, j) of U over all tiles and channels. Clips are 0 when the tap is always zero.
struct TapStats {
  static constexpr int leastBits = 4, mostBits = 8;
  static constexpr size_t numbers = 8; ///< max, rms, p99.9, best clips for 4, 5, .., 8 bits

  double max = 0; ///< of |U|
  double rms = 0;
  double percentile = 0;                                ///< 99.9 % of |U| are below
  std::array<double, mostBits - leastBits + 1> clips{}; ///< of least squared error for 4, 5, .., 8 bits

  std::array<double, numbers> row() const;
  static TapStats fromRow(llvm::ArrayRef<double> row);

  /// Value that becomes tapLimit(type). Types of more than 8 bits are not clipped: the maximum.
  double clip(TapType type, ClipRule rule) const;
};

} // namespace wino

#endif
