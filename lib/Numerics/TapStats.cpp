// The order of a row of tap statistics, and the choice of a clip.
#include "wino/Numerics/TapStats.h"
#include "wino/Numerics/ParseChoice.h"

#include <cassert>

namespace wino {

llvm::Expected<ClipRule> parseClipRule(llvm::StringRef text) {
  return parseChoice<ClipRule>(text,
                               {{"max", ClipRule::Max}, {"percentile", ClipRule::Percentile}, {"mse", ClipRule::Mse}});
}

std::array<double, TapStats::numbers> TapStats::row() const {
  return {max, rms, percentile, clips[0], clips[1], clips[2], clips[3], clips[4]};
}

TapStats TapStats::fromRow(llvm::ArrayRef<double> row) {
  assert(row.size() == numbers && "expected a whole row");
  return {row[0], row[1], row[2], {row[3], row[4], row[5], row[6], row[7]}};
}

double TapStats::clip(TapType type, ClipRule rule) const {
  if (int(type) > mostBits || rule == ClipRule::Max)
    return max;
  return rule == ClipRule::Percentile ? percentile : clips[int(type) - leastBits];
}

} // namespace wino
