// TileModel: one convolution layer computed by quantized Winograd taps on a sample of its tiles, in floats, with the
// gradient of its error in A, B and G (README, "Optimised transforms"). It knows no IR and no integers beyond rounding.
#ifndef WINO_CALIBRATE_TILEMODEL_H
#define WINO_CALIBRATE_TILEMODEL_H

#include "wino/Calibrate/FilterTaps.h"
#include "wino/Calibrate/LayerInputs.h"
#include "wino/Numerics/BilinearAlgorithm.h"

#include <array>

namespace wino {

/// A^T (m x K), G (K x r) and B^T (K x n) as numbers, row-major; also their gradients.
struct TileMatrices {
  int m = 0, r = 0, K = 0;
  std::vector<double> at, g, bt;

  int n() const { return m + r - 1; }
  static TileMatrices zeros(int m, int r, int K);
  static TileMatrices from(const BilinearAlgorithm &algorithm);
};

/// One layer as the optimiser sees it: what it reads, and its filter, C_out x C_in x r x r.
struct TileLayer {
  const FeatureMaps *inputs = nullptr;
  std::array<int64_t, 4> pads{}; ///< top, left, bottom, right
  llvm::ArrayRef<float> filter;
  int64_t channelsOut = 0;
};

/// Input tiles and the exact convolution of each. Outputs beyond the map are not computed: a tile has validRows x
/// validCols of them.
struct TileSample {
  int64_t count = 0, channelsIn = 0, channelsOut = 0;
  std::vector<float> x;                      ///< count x n x n x C_in
  std::vector<float> y;                      ///< count x m x m x C_out; zero where not valid
  std::vector<uint8_t> validRows, validCols; ///< 1..m
  double power = 0;                          ///< sum of y^2

  /// Draws at most `limit` different tiles of the images [firstImage, lastImage), the same ones every time.
  static TileSample draw(const TileLayer &layer, int m, int r, int64_t firstImage, int64_t lastImage, int64_t limit);
};

/// Symmetric quantizers of U (per tap) and V (per tap and output channel); a limit of 0 leaves the numbers as they are.
struct TapQuantizers {
  int inputLimit = 0, filterLimit = 0; ///< 127 for 8 bits
  std::vector<float> inputScales;      ///< K x K
  std::vector<float> filterScales;     ///< K x K x C_out
};

class TileModel {
public:
  /// The filter is copied. Results do not depend on `threads`.
  TileModel(const TileLayer &layer, int m, int r, int K, unsigned threads);

  /// Sets the scales of least squared error: U by the clip of an Observer over the tiles [first, first + count), V as
  /// chooseNarrowScale does, but with the limits of `quantizers`.
  void fitScales(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                 TapQuantizers &quantizers);
  void fitFilterScales(const TileMatrices &matrices, TapQuantizers &quantizers);

  /// (T2) Sum of |Y_hat - Y|^2 over the tiles [first, first + count). With `gradient`, also its derivative in A^T, G
  /// and B^T by straight-through estimators (T3); overwritten, not added to.
  double error(const TileMatrices &matrices, const TapQuantizers &quantizers, const TileSample &sample, int64_t first,
               int64_t count, TileMatrices *gradient = nullptr);

private:
  void transformInput(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count);
  double transformOutput(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                         TileMatrices *gradient);
  void inputGradient(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                     TileMatrices &gradient);

  int m, r, K, n;
  size_t cIn, cOut;
  ParallelLoop forEach;
  FilterTaps filter;
  std::vector<float> t, u, uQuantized, o; ///< per batch: tiles x K x n x C_in; K x K x tiles x channels
  std::vector<float> du;
};

} // namespace wino

#endif
