// ResizeImage: separable weights in fixed point.
#include "wino/Calibrate/ResizeImage.h"

#include <algorithm>
#include <cmath>

using namespace llvm;

namespace wino {

namespace {

constexpr unsigned weightBits = 22;

/// What one result is made of.
struct Window {
  size_t first;
  std::vector<int64_t> weights;
};

} // namespace

static std::vector<Window> windowsOf(size_t from, size_t to) {
  std::vector<Window> windows;
  double scale = double(from) / double(to), reach = std::max(scale, 1.0);
  for (size_t i = 0; i < to; ++i) {
    double centre = (double(i) + 0.5) * scale, sum = 0;
    size_t first = size_t(std::max(centre - reach + 0.5, 0.0));
    size_t last = std::min(size_t(centre + reach + 0.5), from);
    std::vector<double> weights;
    for (size_t j = first; j < last; ++j) {
      weights.push_back(std::max(0.0, 1 - std::fabs((double(j) - centre + 0.5) / reach)));
      sum += weights.back();
    }
    windows.push_back({first, {}});
    for (double weight : weights)
      windows.back().weights.push_back(int64_t(std::floor(weight / sum * double(1 << weightBits) + 0.5)));
  }
  return windows;
}

/// `lines` lines of which each sample is `stride` behind the last; lines start where `start` says.
template <typename Start>
static void resizeLines(const uint8_t *in, uint8_t *out, ArrayRef<Window> windows, size_t lines, size_t inStride,
                        size_t outStride, Start start) {
  for (size_t line = 0; line < lines; ++line) {
    auto [from, to] = start(line);
    for (size_t i = 0; i < windows.size(); ++i) {
      int64_t sum = 1 << (weightBits - 1);
      const uint8_t *samples = in + from + windows[i].first * inStride;
      for (size_t k = 0; k < windows[i].weights.size(); ++k)
        sum += windows[i].weights[k] * samples[k * inStride];
      out[to + i * outStride] = uint8_t(std::clamp<int64_t>(sum >> weightBits, 0, 255));
    }
  }
}

std::vector<uint8_t> resizeImage(ArrayRef<uint8_t> samples, ImageSize from, ImageSize to) {
  size_t channels = from.channels, inRow = from.width * channels, outRow = to.width * channels;
  std::vector<uint8_t> narrow(from.height * outRow), result(to.height * outRow);
  resizeLines(samples.data(), narrow.data(), windowsOf(from.width, to.width), from.height * channels, channels,
              channels, [&](size_t line) {
                size_t y = line / channels, c = line % channels;
                return std::pair(y * inRow + c, y * outRow + c);
              });
  resizeLines(narrow.data(), result.data(), windowsOf(from.height, to.height), outRow, outRow, outRow,
              [&](size_t line) { return std::pair(line, line); });
  return result;
}

} // namespace wino
