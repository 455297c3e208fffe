// From images, or from a saved profile, to the statistics that planning and quantization need.
#ifndef WINO_TOOLS_WINO_OPT_CALIBRATION_H
#define WINO_TOOLS_WINO_OPT_CALIBRATION_H

#include "Options.h"
#include "wino/Calibrate/LayerInputs.h"
#include "wino/Calibrate/Profile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace wino {

struct Calibration {
  std::shared_ptr<const Profile> profile;
  std::unique_ptr<ImageSource> images; ///< none with --profile alone
  std::vector<size_t> heldOut;         ///< indices into images that calibration has not seen
  std::vector<size_t> seen;            ///< all others
  std::string imagesSha256;            ///< of the contents of all images, held-out ones included

  /// The float network as host code. `main` is compiled by the first call; plans and statistics, which later calls may
  /// have on it, change nothing that it computes.
  llvm::Expected<Runner *> floatRunner(mlir::func::FuncOp main);
  /// Its memory is of no more use.
  void dropRunner() { runner.reset(); }

private:
  std::unique_ptr<Runner> runner;
};

/// Loads or measures the profile of the float network, and writes it where it was asked for.
llvm::Expected<Calibration> calibrateNetwork(mlir::func::FuncOp main, const Options &options,
                                             llvm::StringRef modelSha256);

/// The maps that convolutions with a Winograd plan read, of the first `--fit-images` images that calibration may see
/// (as many as fit 256 MiB, at least one). `planned` is the float network after planning. None if nothing is planned.
llvm::Expected<std::shared_ptr<const LayerInputs>> collectFitMaps(Calibration &calibration, mlir::func::FuncOp planned,
                                                                  const Options &options);

} // namespace wino

#endif
