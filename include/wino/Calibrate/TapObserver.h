// TapObserver: statistics of every tap of U = B^T X B for one tile over feature
// maps. Which convolutions and tiles are looked at is Calibrator's business;
// where B^T comes from is Numerics'.
#ifndef WINO_CALIBRATE_TAPOBSERVER_H
#define WINO_CALIBRATE_TAPOBSERVER_H

#include "wino/Calibrate/Observer.h"
#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/TapStats.h"
#include <array>

namespace wino {

/// A small dense matrix, row-major.
struct DenseMatrix {
  unsigned rows = 0, cols = 0;
  std::vector<float> data;
};

/// One channels-last image with zeros around it, so that tiles of any size can
/// be cut without tests of borders.
struct PaddedMap {
  int64_t height = 0, width = 0,
          channels = 0; ///< height and width with the zeros
  std::vector<float> data;

  /// Copies one image (channels x h x w) with `top` rows and `left` columns of
  /// zeros before it, to height x width in all.
  void assign(const float *chw, int64_t channels, int64_t h, int64_t w, int64_t top, int64_t left, int64_t height,
              int64_t width);
};

/// What calibration keeps of one tap.
TapStats statsOf(const Observer &tap);

class TapObserver {
public:
  /// B^T, K x n, output tile m and stride of one direction.
  struct Line {
    DenseMatrix bt;
    unsigned m = 0, stride = 1;

    static Line of(const BilinearAlgorithm &algorithm);
    int64_t kernel() const { return int64_t(bt.cols) - (m - 1) * stride; }
    int64_t step() const { return int64_t(m) * stride; }
    /// Tiles over a map that is this long with its padding.
    int64_t tiles(int64_t padded) const { return ((padded - kernel()) / stride + 1 + m - 1) / m; }
  };

  /// `pads`: top, left, bottom, right (ONNX order).
  TapObserver(Line down, Line across, std::array<int64_t, 4> pads, unsigned bins);

  /// Whether maps of h x w give any output.
  bool fits(int64_t h, int64_t w) const;

  /// Adds all tiles of `images` maps (each channels x h x w) with fits(h, w).
  /// Tiles as in the integer semantics: row-major, ceil(OH/m) x ceil(OW/m),
  /// zero outside the map. Arithmetic is binary32: first T = B^T X down the
  /// columns, then U = T B along the rows, each sum in the order of rising
  /// index, zero coefficients left out.
  void add(const float *nchw, int64_t images, int64_t channels, int64_t h, int64_t w);

  unsigned taps() const { return down.bt.rows * across.bt.rows; }
  const Observer &tap(unsigned index) const { return observers[index]; } ///< index = i * K_across + j

private:
  Line down, across;
  std::array<int64_t, 4> pads;
  std::vector<Observer> observers;
  PaddedMap map;
  std::vector<float> columnPass, rowPass;
};

} // namespace wino

#endif // WINO_CALIBRATE_TAPOBSERVER_H
