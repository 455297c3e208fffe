// Drawing tiles of a layer's feature maps, and their exact convolutions.
#include "wino/Calibrate/TileKernels.h"
#include "wino/Calibrate/TileModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <random>

namespace wino {

TileSample TileSample::draw(const TileLayer &layer, int m, int r, int64_t firstImage, int64_t lastImage,
                            int64_t limit) {
  const FeatureMaps &maps = *layer.inputs;
  int64_t n = m + r - 1, cIn = maps.channels, cOut = layer.channelsOut, window = int64_t(r) * r;
  int64_t outHigh = layer.pads[0] + maps.height + layer.pads[2] - r + 1,
          outWide = layer.pads[1] + maps.width + layer.pads[3] - r + 1;
  int64_t high = int64_t(llvm::divideCeil(uint64_t(std::max<int64_t>(outHigh, 0)), uint64_t(m))),
          wide = int64_t(llvm::divideCeil(uint64_t(std::max<int64_t>(outWide, 0)), uint64_t(m)));
  // The first `limit` of a random order: swaps of Fisher and Yates, with a generator that every library has alike.
  std::vector<int64_t> order(size_t((lastImage - firstImage) * high * wide));
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = int64_t(i);
  TileSample sample;
  sample.channelsIn = cIn;
  sample.channelsOut = cOut;
  sample.count = std::min(limit, int64_t(order.size()));
  std::mt19937_64 random(1);
  for (size_t i = 0; i < size_t(sample.count); ++i)
    std::swap(order[i], order[i + random() % (order.size() - i)]);

  std::vector<float> turned(size_t(window * cIn * cOut)), patches(size_t(m * m * window * cIn));
  for (int64_t f = 0; f < cOut; ++f)
    for (int64_t c = 0; c < cIn; ++c)
      for (int64_t w = 0; w < window; ++w)
        turned[size_t((w * cIn + c) * cOut + f)] = layer.filter[size_t((f * cIn + c) * window + w)];
  sample.x.assign(size_t(sample.count * n * n * cIn), 0);
  sample.y.resize(size_t(sample.count * m * m * cOut));
  for (int64_t p = 0; p < sample.count; ++p) {
    int64_t index = order[size_t(p)], image = firstImage + index / (high * wide), ty = index / wide % high * m,
            tx = index % wide * m;
    llvm::ArrayRef<float> map = maps.image(image);
    float *x = &sample.x[size_t(p * n * n * cIn)];
    for (int64_t a = 0; a < n; ++a)
      for (int64_t b = 0; b < n; ++b) {
        int64_t row = ty + a - layer.pads[0], col = tx + b - layer.pads[1];
        if (row < 0 || row >= maps.height || col < 0 || col >= maps.width)
          continue;
        for (int64_t c = 0; c < cIn; ++c)
          x[(a * n + b) * cIn + c] = map[size_t((c * maps.height + row) * maps.width + col)];
      }
    int64_t validRows = std::min<int64_t>(m, outHigh - ty), validCols = std::min<int64_t>(m, outWide - tx);
    sample.validRows.push_back(uint8_t(validRows));
    sample.validCols.push_back(uint8_t(validCols));
    for (int64_t a = 0; a < m; ++a)
      for (int64_t b = 0; b < m; ++b)
        for (int64_t w = 0; w < window; ++w)
          std::copy_n(x + ((a + w / r) * n + b + w % r) * cIn, cIn, &patches[size_t(((a * m + b) * window + w) * cIn)]);
    float *y = &sample.y[size_t(p * m * m * cOut)];
    kernels::multiply(y, patches.data(), size_t(window * cIn), 1, turned.data(), size_t(m * m), size_t(window * cIn),
                      size_t(cOut));
    for (int64_t a = 0; a < m; ++a)
      for (int64_t b = 0; b < m; ++b)
        if (a >= validRows || b >= validCols)
          std::fill_n(y + (a * m + b) * cOut, cOut, 0.0f);
    sample.power += kernels::dot(y, y, size_t(m * m * cOut));
  }
  return sample;
}

} // namespace wino
