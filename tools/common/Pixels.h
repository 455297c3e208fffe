// The preprocessing flags that wino-opt and wino-run share, and preprocessing as attributes of a module, so that a
// compiled network remembers what it was calibrated with.
#ifndef WINO_TOOLS_COMMON_PIXELS_H
#define WINO_TOOLS_COMMON_PIXELS_H

#include "wino/Calibrate/Images.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/CommandLine.h"

namespace wino {

/// `--scale --mean --std --channel-order --layout --resize`. Make one before parsing the command line.
struct PixelFlags {
  explicit PixelFlags(llvm::cl::OptionCategory &category);

  /// The preprocessing that was asked for; what was not asked for is as in `defaults`. Errors: `expected ..., got ...`.
  llvm::Expected<Preprocess> read(const Preprocess &defaults = {}) const;

  llvm::cl::opt<double> scale;
  llvm::cl::opt<std::string> mean, stddev, channelOrder, layout;
  llvm::cl::opt<bool> resize;
};

/// "x = (pixel * 0.00392 - [0.5]) / [0.25], rgb", for reports.
std::string preprocessText(const Preprocess &preprocess);

/// Attributes `wino.pixel_scale`, `wino.mean`, `wino.std`, `wino.bgr`. Layout and resizing belong to files of
/// images, not to a network.
void attachPreprocess(mlir::ModuleOp module, const Preprocess &preprocess);
Preprocess attachedPreprocess(mlir::ModuleOp module);

} // namespace wino

#endif
