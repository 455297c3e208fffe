// Plain loops; one fixed order of sums, so that the result is the same everywhere.
#include "Quantize/FactorScales/SampleProducts.h"

#include <algorithm>
#include <numeric>

namespace wino {

/// U of one tile and channel, K x K.
static void transformTile(const FeatureMaps &maps, llvm::ArrayRef<float> plane, llvm::ArrayRef<double> bt, int64_t k,
                          int64_t n, int64_t top, int64_t left, std::vector<double> &u) {
  std::vector<double> middle(k * n);
  for (int64_t i = 0; i < k; ++i)
    for (int64_t x = 0; x < n; ++x) {
      double sum = 0;
      for (int64_t y = 0; y < n; ++y)
        if (top + y >= 0 && top + y < maps.height && left + x >= 0 && left + x < maps.width)
          sum += bt[i * n + y] * double(plane[(top + y) * maps.width + left + x]);
      middle[i * n + x] = sum;
    }
  for (int64_t i = 0; i < k; ++i)
    for (int64_t j = 0; j < k; ++j) {
      double sum = 0;
      for (int64_t x = 0; x < n; ++x)
        sum += bt[j * n + x] * middle[i * n + x];
      u[i * k + j] = sum;
    }
}

std::vector<float> sampleProducts(const FeatureMaps &maps, const BilinearAlgorithm &algorithm, const TileGrid &grid,
                                  llvm::ArrayRef<double> filter, int64_t channelsOut) {
  constexpr int64_t mostTiles = 512, leastTiles = 32, mostProducts = int64_t(1) << 28;
  int64_t k = algorithm.K, n = algorithm.m + algorithm.r - 1, perImage = grid.tilesHigh * grid.tilesWide;
  int64_t total = maps.images * perImage, perTile = k * k * maps.channels * channelsOut;
  int64_t count = std::min({total, mostTiles, std::max(leastTiles, mostProducts / perTile)});
  std::vector<double> bt, u(k * k), o(k * k * channelsOut);
  for (int64_t i = 0; i < k; ++i)
    for (int64_t j = 0; j < n; ++j)
      bt.push_back(algorithm.BT.at(int(i), int(j)).toDouble());
  std::vector<float> samples;
  samples.reserve(count * k * k * channelsOut);
  // Steps of the golden ratio that share no factor with the number of tiles: every place of the map gets its share, the
  // border's tiles no more than that.
  int64_t step = std::max<int64_t>(1, int64_t(double(total) * 0.6180339887));
  while (std::gcd(step, total) != 1)
    ++step;
  for (int64_t s = 0; s < count; ++s) {
    int64_t tile = int64_t(uint64_t(s) * uint64_t(step) % uint64_t(total)), at = tile % perImage;
    int64_t top = at / grid.tilesWide * algorithm.m - grid.padTop,
            left = at % grid.tilesWide * algorithm.m - grid.padLeft;
    llvm::ArrayRef<float> image = maps.image(tile / perImage);
    std::fill(o.begin(), o.end(), 0.0);
    for (int64_t c = 0; c < maps.channels; ++c) {
      size_t plane = size_t(maps.height * maps.width);
      transformTile(maps, image.slice(size_t(c) * plane, plane), bt, k, n, top, left, u);
      for (int64_t tap = 0; tap < k * k; ++tap)
        for (int64_t f = 0; f < channelsOut; ++f)
          o[tap * channelsOut + f] += u[tap] * filter[(tap * maps.channels + c) * channelsOut + f];
    }
    samples.insert(samples.end(), o.begin(), o.end());
  }
  return samples;
}

} // namespace wino
