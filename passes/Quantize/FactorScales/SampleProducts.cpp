// Plain loops; one fixed order of sums, so that the result is the same everywhere.
#include "Quantize/FactorScales/SampleProducts.h"
#include "wino/Numerics/TapScales.h"

#include <algorithm>
#include <numeric>

namespace wino {

/// The n x n numbers of each channel that a tile reads, C x n x n; beyond the map they are zero.
static std::vector<float> patches(const FeatureMaps &maps, llvm::ArrayRef<float> image, int64_t n, int64_t top,
                                  int64_t left) {
  std::vector<float> result(maps.channels * n * n);
  for (int64_t c = 0; c < maps.channels; ++c)
    for (int64_t y = std::max<int64_t>(0, -top); y < std::min(n, maps.height - top); ++y)
      for (int64_t x = std::max<int64_t>(0, -left); x < std::min(n, maps.width - left); ++x)
        result[(c * n + y) * n + x] = image[(c * maps.height + top + y) * maps.width + left + x];
  return result;
}

std::vector<float> sampleProducts(const FeatureMaps &maps, const BilinearAlgorithm &algorithm, const TileGrid &grid,
                                  llvm::ArrayRef<double> filter, int64_t channelsOut) {
  constexpr int64_t mostTiles = 512, leastTiles = 32, mostProducts = int64_t(1) << 28;
  int64_t k = algorithm.K, n = algorithm.m + algorithm.r - 1, perImage = grid.tilesHigh * grid.tilesWide;
  int64_t total = maps.images * perImage, perTile = k * k * maps.channels * channelsOut;
  int64_t count = std::min({total, mostTiles, std::max(leastTiles, mostProducts / perTile)});
  std::vector<double> bt = algorithm.BT.toDoubles(), o(k * k * channelsOut);
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
    // U = B^T X B is what V = G W G^T is, of other matrices.
    std::vector<double> u =
        transformFilter(bt, unsigned(k), unsigned(n), patches(maps, maps.image(tile / perImage), n, top, left));
    std::fill(o.begin(), o.end(), 0.0);
    for (int64_t tap = 0; tap < k * k; ++tap)
      for (int64_t c = 0; c < maps.channels; ++c)
        for (int64_t f = 0; f < channelsOut; ++f)
          o[tap * channelsOut + f] += u[tap * maps.channels + c] * filter[(tap * maps.channels + c) * channelsOut + f];
    samples.insert(samples.end(), o.begin(), o.end());
  }
  return samples;
}

} // namespace wino
