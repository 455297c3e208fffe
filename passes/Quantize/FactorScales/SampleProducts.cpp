// Plain loops; one fixed order of sums, so that the result is the same everywhere.
#include "Quantize/FactorScales/SampleProducts.h"
#include "wino/Numerics/TapScales.h"

#include <algorithm>
#include <numeric>

namespace wino {

/// The numbers of each channel that a tile reads, C x high x wide; beyond the map they are zero.
static std::vector<float> patches(const FeatureMaps &maps, llvm::ArrayRef<float> image, int64_t high, int64_t wide,
                                  int64_t top, int64_t left) {
  std::vector<float> result(maps.channels * high * wide);
  for (int64_t c = 0; c < maps.channels; ++c)
    for (int64_t y = std::max<int64_t>(0, -top); y < std::min(high, maps.height - top); ++y)
      for (int64_t x = std::max<int64_t>(0, -left); x < std::min(wide, maps.width - left); ++x)
        result[(c * high + y) * wide + x] = image[(c * maps.height + top + y) * maps.width + left + x];
  return result;
}

std::vector<float> sampleProducts(const FeatureMaps &maps, const IntegerTransform &transform, const TileGrid &grid,
                                  llvm::ArrayRef<double> filter, int64_t channelsOut) {
  constexpr int64_t mostTiles = 512, leastTiles = 32, mostProducts = int64_t(1) << 28;
  const BilinearAlgorithm &down = transform.down.algorithm, &across = transform.across.algorithm;
  int64_t taps = int64_t(down.K) * across.K, perImage = grid.tilesHigh * grid.tilesWide;
  int64_t total = maps.images * perImage, perTile = taps * maps.channels * channelsOut;
  int64_t count = std::min({total, mostTiles, std::max(leastTiles, mostProducts / perTile)});
  LineMatrix btDown(down.BT), btAcross(across.BT);
  std::vector<double> o(taps * channelsOut);
  std::vector<float> samples;
  samples.reserve(count * taps * channelsOut);
  // Steps of the golden ratio that share no factor with the number of tiles: every place of the map gets its share, the
  // border's tiles no more than that.
  int64_t step = std::max<int64_t>(1, int64_t(double(total) * 0.6180339887));
  while (std::gcd(step, total) != 1)
    ++step;
  for (int64_t s = 0; s < count; ++s) {
    int64_t tile = int64_t(uint64_t(s) * uint64_t(step) % uint64_t(total)), at = tile % perImage;
    int64_t top = at / grid.tilesWide * down.m * down.stride - grid.padTop;
    int64_t left = at % grid.tilesWide * across.m * across.stride - grid.padLeft;
    // U = B^T X B is what V = G W G^T is, of other matrices.
    std::vector<double> u =
        transformFilter(btDown, btAcross, patches(maps, maps.image(tile / perImage), down.n, across.n, top, left));
    std::fill(o.begin(), o.end(), 0.0);
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t c = 0; c < maps.channels; ++c)
        for (int64_t f = 0; f < channelsOut; ++f)
          o[tap * channelsOut + f] += u[tap * maps.channels + c] * filter[(tap * maps.channels + c) * channelsOut + f];
    samples.insert(samples.end(), o.begin(), o.end());
  }
  return samples;
}

} // namespace wino
