// First-fit partition of a window's taps.
#include "wino/Numerics/NarrowSums.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace wino {

std::vector<llvm::SmallVector<int64_t>> partsOf16Bits(llvm::ArrayRef<int8_t> weights, int64_t taps) {
  int64_t channels = int64_t(weights.size()) / taps;
  auto magnitude = [&](int64_t channel, int64_t tap) { return std::abs(int(weights[channel * taps + tap])); };
  llvm::SmallVector<int64_t> order(taps), largest(taps, 0);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t channel = 0; channel < channels; ++channel)
      largest[tap] = std::max<int64_t>(largest[tap], magnitude(channel, tap));
  llvm::stable_sort(order, [&](int64_t a, int64_t b) { return largest[a] > largest[b]; });
  std::vector<llvm::SmallVector<int64_t>> parts;
  std::vector<std::vector<int>> sums; // per part and channel
  for (int64_t tap : order) {
    auto fits = [&](size_t part) {
      for (int64_t channel = 0; channel < channels; ++channel)
        if (sums[part][channel] + magnitude(channel, tap) > 255)
          return false;
      return true;
    };
    size_t part = 0;
    while (part < parts.size() && !fits(part))
      ++part;
    if (part == parts.size()) {
      parts.emplace_back();
      sums.emplace_back(channels, 0);
    }
    parts[part].push_back(tap);
    for (int64_t channel = 0; channel < channels; ++channel)
      sums[part][channel] += magnitude(channel, tap);
  }
  return parts;
}

} // namespace wino
