// From images, or from a saved profile, to the statistics that planning and quantization need.
#ifndef WINO_TOOLS_WINO_OPT_CALIBRATION_H
#define WINO_TOOLS_WINO_OPT_CALIBRATION_H

#include "Options.h"
#include "wino/Calibrate/Profile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace wino {

struct Calibration {
  std::shared_ptr<const Profile> profile;
  std::unique_ptr<ImageSource> images; ///< none with --profile alone
  std::vector<size_t> heldOut;         ///< indices into images that calibration has not seen
};

/// Loads or measures the profile of the float network, and writes it where it was asked for.
llvm::Expected<Calibration> calibrateNetwork(mlir::func::FuncOp main, const Options &options,
                                             llvm::StringRef modelSha256);

} // namespace wino

#endif
