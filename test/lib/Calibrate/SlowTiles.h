// SlowTiles: quantized Winograd on single tiles by plain loops in binary64, to check TileModel against.
#ifndef WINO_TEST_LIB_CALIBRATE_SLOWTILES_H
#define WINO_TEST_LIB_CALIBRATE_SLOWTILES_H

#include "../PlainLoops.h"
#include "wino/Calibrate/TileModel.h"

#include <cmath>

namespace wino::test {

/// What a tap was rounded by, and whether it was clipped, at some point; replayed elsewhere this is the function whose
/// derivative a straight-through estimator is.
struct Rounding {
  double offset = 0, clipped = 0;
  bool isClipped = false;
};

struct SlowTiles {
  const TileLayer &layer;
  const TileSample &sample;
  TapQuantizers quantizers;
  bool replay = false; ///< take roundings as recorded
  std::vector<Rounding> roundings{};
  size_t next = 0;

  double round(double x, double scale, int limit) {
    if (!limit)
      return x;
    if (!replay) {
      double steps = std::floor(x / scale + 0.5), clamped = std::min(std::max(steps, -limit - 1.0), double(limit));
      roundings.push_back({clamped * scale - x, clamped * scale, clamped != steps});
      return clamped * scale;
    }
    const Rounding &known = roundings[next++];
    return known.isClipped ? known.clipped : x + known.offset;
  }

  /// Sum of squared errors over all tiles, straight from the definition.
  double error(const TileMatrices &x) {
    size_t m = size_t(x.m), r = size_t(x.r), K = size_t(x.K), n = size_t(x.n()), cIn = size_t(sample.channelsIn),
           cOut = size_t(sample.channelsOut);
    next = 0;
    if (!replay)
      roundings.clear();
    std::vector<double> v(K * K * cOut * cIn);
    for (size_t i = 0; i < K; ++i)
      for (size_t j = 0; j < K; ++j)
        for (size_t f = 0; f < cOut; ++f)
          for (size_t c = 0; c < cIn; ++c) {
            double sum = onBothSides(x.g, r, i, j,
                                     [&](size_t a, size_t b) { return layer.filter[((f * cIn + c) * r + a) * r + b]; });
            size_t tap = i * K + j;
            double scale = quantizers.filterLimit ? quantizers.filterScales[tap * cOut + f] : 0;
            v[(tap * cOut + f) * cIn + c] = round(sum, scale, quantizers.filterLimit);
          }
    double total = 0;
    for (size_t p = 0; p < size_t(sample.count); ++p) {
      std::vector<double> o(K * K * cOut);
      for (size_t i = 0; i < K; ++i)
        for (size_t j = 0; j < K; ++j)
          for (size_t c = 0; c < cIn; ++c) {
            double u = onBothSides(x.bt, n, i, j,
                                   [&](size_t a, size_t b) { return sample.x[((p * n + a) * n + b) * cIn + c]; });
            size_t tap = i * K + j;
            u = round(u, quantizers.inputLimit ? quantizers.inputScales[tap] : 0, quantizers.inputLimit);
            for (size_t f = 0; f < cOut; ++f)
              o[tap * cOut + f] += u * v[(tap * cOut + f) * cIn + c];
          }
      for (size_t a = 0; a < sample.validRows[p]; ++a)
        for (size_t b = 0; b < sample.validCols[p]; ++b)
          for (size_t f = 0; f < cOut; ++f) {
            double y = onBothSides(x.at, K, a, b, [&](size_t i, size_t j) { return o[(i * K + j) * cOut + f]; });
            y -= double(sample.y[((p * m + a) * m + b) * cOut + f]);
            total += y * y;
          }
    }
    return total;
  }
};

} // namespace wino::test

#endif
