// Sums of 8-bit products in 16-bit lanes: which of them fit together.
#ifndef WINO_NUMERICS_NARROWSUMS_H
#define WINO_NUMERICS_NARROWSUMS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <vector>

namespace wino {

/// Parts of a depthwise window of which each is summed in 16 bits: in every channel the magnitudes of a part's weights
/// add up to at most 255, so that |x| <= 128 keeps the part within 32,640. `weights`, within [-127, 127]:
/// [channel][tap], so that any two taps fit. Every tap is in one part. First fit, largest weights first: few parts, not
/// proved to be the fewest.
std::vector<llvm::SmallVector<int64_t>> partsOf16Bits(llvm::ArrayRef<int8_t> weights, int64_t taps);

} // namespace wino

#endif
