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

TapObserver::TapObserver(DenseMatrix btIn, unsigned m, std::array<int64_t, 4> pads, unsigned bins)
    : bt(std::move(btIn)), m(m), pads(pads), observers(size_t(bt.rows) * bt.rows, Observer(bins)) {}

bool TapObserver::fits(int64_t h, int64_t w) const {
  int64_t r = int64_t(bt.cols) - m + 1;
  return h > 0 && w > 0 && pads[0] + h + pads[2] >= r && pads[1] + w + pads[3] >= r;
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
  int64_t n = bt.cols, k = bt.rows, r = n - m + 1;
  int64_t tilesHigh = (pads[0] + h + pads[2] - r + 1 + m - 1) / m,
          tilesWide = (pads[1] + w + pads[3] - r + 1 + m - 1) / m;
  int64_t paddedHeight = (tilesHigh - 1) * m + n, paddedWidth = (tilesWide - 1) * m + n;
  size_t rowFloats = size_t(paddedWidth * channels), tileRowFloats = size_t(tilesWide * channels);
  columnPass.resize(rowFloats);
  rowPass.resize(tileRowFloats);
  ArrayRef<float> matrix(bt.data);
  for (int64_t image = 0; image < images; ++image) {
    map.assign(nchw + image * channels * h * w, channels, h, w, pads[0], pads[1], paddedHeight, paddedWidth);
    for (int64_t ty = 0; ty < tilesHigh; ++ty)
      for (int64_t i = 0; i < k; ++i) {
        combine(matrix.slice(i * n, n), map.data.data() + ty * m * rowFloats, rowFloats, columnPass.data(), rowFloats);
        for (int64_t j = 0; j < k; ++j) {
          for (int64_t tx = 0; tx < tilesWide; ++tx)
            combine(matrix.slice(j * n, n), columnPass.data() + tx * m * channels, channels,
                    rowPass.data() + tx * channels, channels);
          observers[i * k + j].add(rowPass);
        }
      }
  }
}

} // namespace wino
