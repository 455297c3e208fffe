// TapObserver: U = B^T X B of every tile, channels last so that the inner loops
// run over channels (and columns) without strides.
#include "wino/Calibrate/TapObserver.h"
#include <algorithm>

using namespace llvm;

namespace wino {

TapStats statsOf(const Observer &tap) {
  TapStats stats{tap.maxAbs(), tap.rms(), tap.percentile(99.9), {}};
  for (int bits = TapStats::leastBits; bits < TapStats::mostBits; ++bits)
    stats.clips[bits - TapStats::leastBits] = tap.clipRounded((1u << (bits - 1)) - 1);
  stats.clips.back() = tap.clipMse(127);
  return stats;
}

void PaddedMap::assign(const float *chw, int64_t newChannels, int64_t h, int64_t w, int64_t top, int64_t left,
                       int64_t newHeight, int64_t newWidth) {
  height = newHeight;
  width = newWidth;
  channels = newChannels;
  data.assign(size_t(height * width * channels), 0);
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t y = 0; y < std::min(h, height - top); ++y) {
      const float *from = chw + (c * h + y) * w;
      float *to = data.data() + ((y + top) * width + left) * channels + c;
      for (int64_t x = 0; x < std::min(w, width - left); ++x)
        to[x * channels] = from[x];
    }
}

TapObserver::Line TapObserver::Line::of(const BilinearAlgorithm &algorithm) {
  Line line{{unsigned(algorithm.K), unsigned(algorithm.n), {}}, unsigned(algorithm.m), unsigned(algorithm.stride)};
  for (double entry : algorithm.BT.toDoubles())
    line.bt.data.push_back(float(entry));
  return line;
}

TapObserver::TapObserver(Line downIn, Line acrossIn, std::array<int64_t, 4> pads, unsigned bins)
    : down(std::move(downIn)), across(std::move(acrossIn)), pads(pads), observers(taps(), Observer(bins)) {}

bool TapObserver::fits(int64_t h, int64_t w) const {
  return h > 0 && w > 0 && pads[0] + h + pads[2] >= down.kernel() && pads[1] + w + pads[3] >= across.kernel();
}

/// out = sum over a of row[a] * in[a * stride .. + length), in the order of a;
/// zero coefficients add nothing.
static void combine(ArrayRef<float> row, const float *in, size_t stride, float *out, size_t length) {
  bool first = true;
  for (size_t a = 0; a < row.size(); ++a) {
    float factor = row[a];
    if (factor == 0)
      continue;
    const float *from = in + a * stride;
    if (first)
      for (size_t i = 0; i < length; ++i)
        out[i] = factor * from[i];
    else
      for (size_t i = 0; i < length; ++i)
        out[i] = out[i] + factor * from[i];
    first = false;
  }
  if (first)
    std::fill_n(out, length, 0.0f);
}

void TapObserver::add(const float *nchw, int64_t images, int64_t channels, int64_t h, int64_t w) {
  int64_t n = down.bt.cols, wide = across.bt.cols, k = across.bt.rows;
  int64_t tilesHigh = down.tiles(pads[0] + h + pads[2]), tilesWide = across.tiles(pads[1] + w + pads[3]);
  int64_t paddedHeight = (tilesHigh - 1) * down.step() + n, paddedWidth = (tilesWide - 1) * across.step() + wide;
  size_t rowFloats = size_t(paddedWidth * channels), tileRowFloats = size_t(tilesWide * channels);
  columnPass.resize(rowFloats);
  rowPass.resize(tileRowFloats);
  ArrayRef<float> first(down.bt.data), second(across.bt.data);
  for (int64_t image = 0; image < images; ++image) {
    map.assign(nchw + image * channels * h * w, channels, h, w, pads[0], pads[1], paddedHeight, paddedWidth);
    for (int64_t ty = 0; ty < tilesHigh; ++ty)
      for (int64_t i = 0; i < int64_t(down.bt.rows); ++i) {
        combine(first.slice(i * n, n), map.data.data() + ty * down.step() * rowFloats, rowFloats, columnPass.data(),
                rowFloats);
        for (int64_t j = 0; j < k; ++j) {
          for (int64_t tx = 0; tx < tilesWide; ++tx)
            combine(second.slice(j * wide, wide), columnPass.data() + tx * across.step() * channels, channels,
                    rowPass.data() + tx * channels, channels);
          observers[i * k + j].add(rowPass);
        }
      }
  }
}

} // namespace wino
