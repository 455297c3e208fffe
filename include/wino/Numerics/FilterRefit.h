// FilterRefit: float filter and bias of one layer, fitted again so that its outputs on quantized inputs come near to
// what the float network has there (README, section 8). Before any rounding of the filter; knows windows, no tiles.
#ifndef WINO_NUMERICS_FILTERREFIT_H
#define WINO_NUMERICS_FILTERREFIT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace wino {

/// How a convolution of one group reads a map; a fully connected layer is one with kernel, map and output of 1 x 1.
struct WindowGeometry {
  int64_t channels = 1, height = 1, width = 1;
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strideY = 1, strideX = 1, dilationY = 1, dilationX = 1;
  int64_t padTop = 0, padLeft = 0;
  int64_t outHeight = 1, outWidth = 1;

  /// Numbers that one output channel reads.
  size_t reads() const { return size_t(channels * kernelHeight * kernelWidth); }
  size_t outputs() const { return size_t(outHeight * outWidth); }
};

struct RefitOptions {
  /// Strengths of the ridge to try, in parts of the mean square of the inputs.
  std::vector<double> ridges = {1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3};
  unsigned threads = 2; ///< results do not depend on it
};

struct RefitResult {
  std::vector<float> weights, bias; ///< as given where nothing helps
  double ridge = 0;                 ///< chosen; infinite: only the bias changed; negative: nothing changed
  double before = 0, after = 0;     ///< squared error of the outputs of the checked images, (E40), over their squares
};

/// One layer. Add images, then solve.
class FilterRefit {
public:
  /// `weights`: C_out x reads, in the order channel, kernel row, kernel column; outputs are clamped to [lo, hi] by the
  /// activation. `inputScale`: value of one step of the inputs.
  FilterRefit(const WindowGeometry &geometry, double inputScale, std::vector<float> weights, std::vector<float> bias,
              double lo, double hi, RefitOptions options);

  /// Inputs channels x height x width in steps, |q| <= 255. `target`: C_out x outputs, what the clamped sum of the
  /// layer's output and `addend` (empty: 0) should be. Images to check with choose the ridge.
  void add(llvm::ArrayRef<int32_t> input, llvm::ArrayRef<float> target, llvm::ArrayRef<float> addend, bool isCheck);

  /// Least squares with each ridge on the images to fit; the one of least error on those to check, then the same ridge
  /// on all images.
  RefitResult solve();

private:
  /// Sums over windows of the reads x, with a last one that is always 1, and of the residuals r.
  struct Sums {
    std::vector<int64_t> products;      ///< x_i x_j, j <= i
    std::vector<double> residuals;      ///< x_i r_f, reads + 1 times C_out
    std::vector<double> squares, power; ///< r_f^2 and target_f^2
    size_t windows = 0;
  };

  void gather(llvm::ArrayRef<int32_t> input, size_t output, size_t column);
  void flush();
  std::vector<double> fit(const Sums &sums, double ridge) const;
  double error(const Sums &sums, llvm::ArrayRef<double> change) const;

  WindowGeometry geometry;
  double inputScale;
  std::vector<float> weights, bias;
  double lo, hi;
  RefitOptions options;
  size_t cOut, unknowns; ///< reads and the constant
  size_t filled = 0;     ///< columns of the buffers in use
  bool isFilledToCheck = false;
  std::vector<int16_t> reads;          ///< unknowns x columns
  std::vector<float> targets, addends; ///< C_out x columns
  std::vector<float> residuals;        ///< C_out x columns
  Sums toFit, toCheck;
};

/// (E40) What the sum y = output + addend lacks to the target t, which is a number after clamping to [lo, hi]: where t
/// is a bound, any y beyond it is right.
inline float outputResidual(float target, float sum, double lo, double hi) {
  if (target <= lo)
    return sum > target ? target - sum : 0;
  if (target >= hi)
    return sum < target ? target - sum : 0;
  return target - sum;
}

} // namespace wino

#endif
