// TapSamples: the integer input taps of one layer on sample maps, exactly as the integer pipeline makes them, and what
// can be summed over them.
#ifndef WINO_NUMERICS_TAPSAMPLES_H
#define WINO_NUMERICS_TAPSAMPLES_H

#include "wino/Numerics/IntegerTransform.h"

#include <cstdint>
#include <vector>

namespace wino {

/// Float maps of one tensor, image after image, each channels x height x width.
struct SampleMaps {
  llvm::ArrayRef<float> values;
  int64_t images = 0, channels = 0, height = 0, width = 0;
};

/// How a layer reads its input: all that winograd.input_transform states.
struct InputTiling {
  double scale = 1;                         ///< of the quantized input
  int32_t lo = -128, hi = 127;              ///< its stored range
  int64_t padTop = 0, padLeft = 0;          ///< zeros around the map
  int64_t strideDown = 1, strideAcross = 1; ///< those of the tile
  int64_t outHeight = 0, outWidth = 0;      ///< of the layer's output
  std::vector<int32_t> multipliers, shifts; ///< tap requantizations
};

/// Tiles of which the first `rows` x `cols` outputs lie on the map.
struct TapGroup {
  int rows = 0, cols = 0;
  int64_t tiles = 0;
  std::vector<int8_t> taps; ///< (taps x channels) x tiles: taps of one channel side by side over the tiles
};

struct TapSamples {
  unsigned tapCount = 0;
  int64_t channels = 0, images = 0;
  double inputPower = 0;        ///< mean square of the quantized input, in its real unit
  std::vector<TapGroup> groups; ///< up to four: whole tiles, and those cut at the bottom, at the right, at both

  size_t unknowns() const { return size_t(tapCount) * channels; }
};

/// Quantizes maps, q = clamp(rhu(x / scale), lo, hi), and runs the input transform with byte taps on them. Takes as
/// many of the first images as fit `byteLimit`, at least one.
TapSamples sampleTaps(const IntegerTransform &transform, const InputTiling &tiling, const SampleMaps &maps,
                      size_t byteLimit, unsigned threads);

} // namespace wino

#endif
