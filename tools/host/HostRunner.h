// HostRunner: the float network as host code that this compiler makes in process.
#ifndef WINO_TOOLS_HOST_HOSTRUNNER_H
#define WINO_TOOLS_HOST_HOSTRUNNER_H

#include "HostCode.h"
#include "wino/Calibrate/Runner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Compiles a copy of the float function; one input. Every tensor is shown to the observer after a run, the input
/// first, by the name of the op that makes it (the input by its `wino.name`).
llvm::Expected<std::unique_ptr<Runner>> makeHostRunner(mlir::func::FuncOp main);

} // namespace wino

#endif
