// The whole network tuned at once: filters and biases for which its integers come near to what the floats were.
#ifndef WINO_TOOLS_WINO_OPT_DISTILLNETWORK_H
#define WINO_TOOLS_WINO_OPT_DISTILLNETWORK_H

#include "Calibration.h"
#include "wino/Distill/Student.h"

#include "mlir/IR/BuiltinOps.h"

namespace wino {

/// `module` is the float network with statistics and plans; its filters and biases become the tuned ones. The images
/// are the first `--fit-images` of those that calibration may see. Says where gradients end at ops of no known
/// derivative; fails where that leaves nothing to tune.
llvm::Expected<DistillResult> distillNetwork(mlir::ModuleOp module, Calibration &calibration, const Options &options);

} // namespace wino

#endif
