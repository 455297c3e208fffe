// Layer by layer, in the order of the network: each filter is fitted to what the integers before it really feed it.
#ifndef WINO_TOOLS_WINO_OPT_FITNETWORK_H
#define WINO_TOOLS_WINO_OPT_FITNETWORK_H

#include "Calibration.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace wino {

/// What became of one layer.
struct FittedLayer {
  std::string node;
  double ridge = -1;            ///< negative: its filter stayed
  double before = 0, after = 0; ///< relative squared error of its target on images that were not fitted to
};

struct FittedNetwork {
  mlir::OwningOpRef<mlir::ModuleOp> integers; ///< quantized, planned convolutions as ops in explicit integers
  std::vector<FittedLayer> layers;
};

/// `module` is the float network with statistics and plans. The images are the first `--fit-images` of those that
/// calibration may see; every fourth is for the choice of ridges. Errors name the layer.
llvm::Expected<FittedNetwork> fitNetwork(mlir::ModuleOp module, Calibration &calibration, const Options &options);

/// Says in `winograd.why` of the planned convolutions what became of their filters.
void noteFits(mlir::ModuleOp planned, llvm::ArrayRef<FittedLayer> layers);

} // namespace wino

#endif
