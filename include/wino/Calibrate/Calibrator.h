// Calibrator: runs a network over images and collects a Profile in memory that
// grows with the number of layers, not of images. Running is Runner's work,
// statistics are Observer's and TapObserver's.
#ifndef WINO_CALIBRATE_CALIBRATOR_H
#define WINO_CALIBRATE_CALIBRATOR_H

#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Profile.h"
#include "wino/Calibrate/Runner.h"
#include "wino/Numerics/TileSpec.h"
#include <array>

namespace wino {

/// A convolution and a tile that could compute it.
struct TapRequest {
  std::string node;                           ///< the convolution's node name, a key of Profile::taps
  std::string input;                          ///< the tensor that it reads
  std::array<int64_t, 4> pads = {0, 0, 0, 0}; ///< top, left, bottom, right
  TileSpec tile;
};

struct CalibrateOptions {
  size_t tapImages = 96; ///< taps are observed on the first so many calibration
                         ///< images, to bound the time
  unsigned tensorBins = 2048;
  unsigned tapBins = 512;
};

/// Observes every tensor of `runner` on the images that are not held out
/// (`heldOut` has one entry per image) and the taps of `requests`.
/// `progress(done, total)` is called after each image. The profile's
/// modelSha256 is left to the caller.
llvm::Expected<Profile> calibrate(Runner &runner, ImageSource &images, const std::vector<bool> &heldOut,
                                  const std::vector<TapRequest> &requests, const CalibrateOptions &options = {},
                                  llvm::function_ref<void(size_t done, size_t total)> progress = nullptr);

} // namespace wino

#endif // WINO_CALIBRATE_CALIBRATOR_H
