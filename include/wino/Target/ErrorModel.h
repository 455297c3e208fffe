// ErrorModel: noise-to-signal power that 8-bit arithmetic adds to one convolution's output, predicted from statistics.
// Measured errors are the report's business; equations and their limits are in lib/Target/README.md.
#ifndef WINO_TARGET_ERRORMODEL_H
#define WINO_TARGET_ERRORMODEL_H

#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/TapStats.h"
#include "wino/Target/CostModel.h"

#include <optional>

namespace wino {

/// Power and quantization step of one tensor.
struct TensorNoise {
  double power = 0;   ///< mean square
  double step = 0;    ///< real units per integer step
  double nonzero = 1; ///< share of the numbers that are not zero: zero is exact
};

/// Rules by which the compiler clips taps of at most 8 bits.
struct TapClips {
  ClipRule input = ClipRule::Mse, filter = ClipRule::Mse;
};

struct LayerStats {
  ConvShape shape;
  llvm::ArrayRef<float> filter;      ///< C_out x C_in/groups x r_h x r_w; empty when not constant
  std::optional<TensorNoise> input;  ///< as calibrated
  std::optional<TensorNoise> output; ///< after the activation, as calibrated
  double activationGain = 1;         ///< mean squared slope of the activation: the share of the noise that passes it
  TapClips clips;                    ///< as the compiler will be told
};

/// Noise of one 8-bit rounding relative to the power of what is rounded, for near-Gaussian numbers clipped at least
/// error: at 4 rms the step gives (4 / 127)^2 / 12, the rest is what is clipped.
constexpr double relativeNoise8 = 8.5e-5;

/// Where the noise of a Winograd layer comes from; every number is noise over the power of the layer's output.
struct LayerNoise {
  double input = 0;      ///< rounding of the input, (E15)
  double taps = 0;       ///< rounding and clipping of U, V and O, (E16)
  double output = 0;     ///< rounding of the output
  unsigned worstTap = 0; ///< i * K_across + j of the tap with the largest share of `taps`
  double worstShare = 0; ///< that share; 0 when taps were not measured
  double total() const { return input + taps + output; }
};

/// (E11)-(E13).
double directError(const LayerStats &stats);

/// (E14)-(E17). `taps`: per tap (max, rms, clip) of U, or empty.
LayerNoise winogradNoise(const LayerStats &stats, const IntegerTransform &transform, llvm::ArrayRef<double> taps);

/// (E25) Likewise of a tile with taps in floats.
LayerNoise floatTilesNoise(const LayerStats &stats, const TileSpec &tile, const BilinearAlgorithm &down,
                           const BilinearAlgorithm &across);

/// (E26) Of a layer between maps of floats that sums `inputs` products, direct or by a tile; against exact numbers.
/// `halves`: how many of its maps and filters are stored in 16 bits.
double floatLayerNoise(int64_t inputs, int halves);
double floatLayerNoise(const TileSpec &tile, int64_t inputs, int halves, const BilinearAlgorithm &down,
                       const BilinearAlgorithm &across);

} // namespace wino

#endif
