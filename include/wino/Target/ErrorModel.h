// ErrorModel: noise-to-signal power that 8-bit arithmetic adds to one convolution's output, predicted from statistics.
// Measured errors are the report's business; equations and their limits are in lib/Target/README.md.
#ifndef WINO_TARGET_ERRORMODEL_H
#define WINO_TARGET_ERRORMODEL_H

#include "wino/Numerics/TileSpec.h"
#include "wino/Target/CostModel.h"

#include <optional>

namespace wino {

/// Power and quantization step of one tensor.
struct TensorNoise {
  double power = 0; ///< mean square
  double step = 0;  ///< real units per integer step
};

struct LayerStats {
  ConvShape shape;
  llvm::ArrayRef<float> filter;      ///< C_out x C_in/groups x r_h x r_w; empty when not constant
  std::optional<TensorNoise> input;  ///< as calibrated
  std::optional<TensorNoise> output; ///< after the activation, as calibrated
  double activationGain = 1;         ///< mean squared slope of the activation: the share of the noise that passes it
};

/// Noise of one 8-bit rounding relative to the power of what is rounded, for near-Gaussian numbers clipped at least
/// error: at 4 rms the step gives (4 / 127)^2 / 12, the rest is what is clipped.
constexpr double relativeNoise8 = 8.5e-5;

/// (E11)-(E13).
double directError(const LayerStats &stats);

/// (E14)-(E17). `taps`: K x K x (max, rms, clip) of U, or empty. Fails when `tile` has no exact algorithm.
llvm::Expected<double> winogradError(const LayerStats &stats, const TileSpec &tile, llvm::ArrayRef<double> taps);

} // namespace wino

#endif
