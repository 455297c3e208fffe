// How much of the noise at each tensor arrives in the network's outputs: measured on the float network by adding noise.
#ifndef WINO_TOOLS_COMMON_SENSITIVITY_H
#define WINO_TOOLS_COMMON_SENSITIVITY_H

#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Runner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>
#include <string>

namespace wino {

struct SensitivityOptions {
  double macs = 2e10;     ///< multiply-accumulates that all reruns together may take
  size_t mostImages = 16; ///< even when more would fit
  double noise = 1e-3;    ///< power of the added noise over that of the tensor: about what 8-bit taps add
};

/// Tensor name -> relative noise power at the first result (before softmax) per relative noise power at the tensor, of
/// the input and of every tensor that quantization rounds. White noise of one magnitude and random sign (fixed seed) is
/// added, behind a relu or clip only where the number is inside the limits, the network is run again from there, and
/// energies are summed over the first images of `indices`. Where `macs` do not suffice for one image, only every k-th
/// tensor is measured and the others lie between their neighbours, in proportion to the logarithm. Deterministic.
llvm::Expected<std::map<std::string, double>>
measureSensitivity(mlir::func::FuncOp main, Runner &runner, ImageSource &images, llvm::ArrayRef<size_t> indices,
                   const SensitivityOptions &options = {},
                   llvm::function_ref<void(size_t done, size_t total)> progress = nullptr);

/// Node name -> the same for the noise that Winograd with 8-bit taps makes, for every convolution that can have such a
/// plan. That noise is not white: what rounding of V adds is the same in every tile and every image, and means do not
/// remove it. So the layer is quantized alone with a tile of middling noise, its output put in the place of the float
/// one, and the network run on from there. `main` has statistics attached; at most 8 images and
/// `interpreted` multiply-accumulates of direct convolution. Scales are those of default options.
llvm::Expected<std::map<std::string, double>> measureTapSensitivity(mlir::func::FuncOp main, Runner &runner,
                                                                    ImageSource &images, llvm::ArrayRef<size_t> indices,
                                                                    double interpreted = 2e9);

} // namespace wino

#endif
