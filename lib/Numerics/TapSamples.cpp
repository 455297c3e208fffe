// Input tiles of sample maps, channel by channel.
#include "wino/Numerics/TapSamples.h"
#include "wino/Numerics/Parallel.h"

namespace wino {

namespace {

constexpr int maxTile = 16; ///< TileSpec bounds K, and n <= K

/// Writes the taps of one channel of one image.
class ChannelTiler {
public:
  ChannelTiler(const IntegerTransform &transform, const InputTiling &tiling, const SampleMaps &maps,
               TapSamples &samples)
      : transform(transform), tiling(tiling), maps(maps), samples(samples), down(transform.spec.down()),
        across(transform.spec.across()), limit(tapLimit(transform.spec.inputTap)), integers(maps.height * maps.width) {}

  /// Returns the sum of q^2.
  double run(int64_t image, int64_t channel);

private:
  void makeTaps(int64_t top, int64_t left);

  const IntegerTransform &transform;
  const InputTiling &tiling;
  const SampleMaps &maps;
  TapSamples &samples;
  const TileLine &down, &across;
  int64_t limit;                 ///< of input taps
  std::vector<int16_t> integers; ///< the channel, quantized and prescaled
  int16_t taps[maxTile * maxTile];
};

} // namespace

void ChannelTiler::makeTaps(int64_t top, int64_t left) {
  int16_t columns[maxTile * maxTile], line[maxTile], result[maxTile];
  int n = across.n();
  for (int x = 0; x < n; ++x) {
    for (int y = 0; y < down.n(); ++y) {
      bool isInside = top + y >= 0 && top + y < maps.height && left + x >= 0 && left + x < maps.width;
      line[y] = isInside ? integers[(top + y) * maps.width + left + x] : 0;
    }
    transform.down.input.run(line, result);
    for (int i = 0; i < down.K; ++i)
      columns[i * n + x] = result[i];
  }
  for (int i = 0; i < down.K; ++i)
    transform.across.input.run(columns + i * n, taps + i * across.K);
}

double ChannelTiler::run(int64_t image, int64_t channel) {
  const float *plane = maps.values.data() + (image * maps.channels + channel) * maps.height * maps.width;
  double squares = 0;
  for (size_t i = 0; i < integers.size(); ++i) {
    double q = roundHalfUp(plane[i] / tiling.scale);
    q = q < tiling.lo ? tiling.lo : q > tiling.hi ? tiling.hi : q;
    squares += q * q;
    integers[i] = int16_t(int32_t(q) * (1 << transform.prescale));
  }
  int64_t tilesY = down.tilesOver(tiling.outHeight), tilesX = across.tilesOver(tiling.outWidth);
  for (TapGroup &group : samples.groups) {
    // Cut tiles are the last of their row or column.
    bool cutY = group.rows < down.m, cutX = group.cols < across.m;
    int64_t wholeY = tiling.outHeight / down.m, wholeX = tiling.outWidth / across.m;
    int64_t firstY = cutY ? wholeY : 0, lastY = cutY ? tilesY : wholeY;
    int64_t firstX = cutX ? wholeX : 0, lastX = cutX ? tilesX : wholeX;
    int64_t tile = image * (lastY - firstY) * (lastX - firstX);
    for (int64_t ty = firstY; ty < lastY; ++ty)
      for (int64_t tx = firstX; tx < lastX; ++tx, ++tile) {
        makeTaps(ty * down.step() - tiling.padTop, tx * across.step() - tiling.padLeft);
        for (int tap = 0; tap < transform.spec.taps(); ++tap)
          group.taps[(tap * samples.channels + channel) * group.tiles + tile] = clampTo<int8_t>(
              rshr(mulhi16(taps[tap], int16_t(tiling.multipliers[tap])), tiling.shifts[tap]), -limit - 1, limit);
      }
  }
  return squares;
}

TapSamples sampleTaps(const IntegerTransform &transform, const InputTiling &tiling, const SampleMaps &maps,
                      size_t byteLimit, unsigned threads) {
  TapSamples samples;
  samples.tapCount = unsigned(transform.spec.taps());
  samples.channels = maps.channels;
  int64_t high = transform.spec.down().m, wide = transform.spec.across().m, tilesPerImage = 0;
  auto addGroup = [&](int64_t rows, int64_t cols, int64_t tiles) {
    if (tiles > 0)
      samples.groups.push_back({int(rows), int(cols), tiles, {}});
    tilesPerImage += tiles;
  };
  int64_t wholeY = tiling.outHeight / high, wholeX = tiling.outWidth / wide;
  int64_t restY = tiling.outHeight % high, restX = tiling.outWidth % wide;
  addGroup(high, wide, wholeY * wholeX);
  addGroup(restY, wide, restY ? wholeX : 0);
  addGroup(high, restX, restX ? wholeY : 0);
  addGroup(restY, restX, restY && restX);
  int64_t bytesPerImage = int64_t(samples.unknowns()) * tilesPerImage;
  int64_t images = std::min<int64_t>(maps.images, std::max<int64_t>(1, int64_t(byteLimit) / bytesPerImage));
  samples.images = images;
  for (TapGroup &group : samples.groups) {
    group.tiles *= images;
    group.taps.resize(samples.unknowns() * group.tiles);
  }
  std::vector<double> squares(maps.channels); // of integers below 2^53: exact
  onThreads(threads, [&](unsigned thread) {
    ChannelTiler tiler(transform, tiling, maps, samples);
    for (int64_t channel = thread; channel < maps.channels; channel += threads)
      for (int64_t image = 0; image < images; ++image)
        squares[channel] += tiler.run(image, channel);
  });
  for (double sum : squares)
    samples.inputPower += sum * tiling.scale * tiling.scale / double(images * maps.channels * maps.height * maps.width);
  return samples;
}

} // namespace wino
