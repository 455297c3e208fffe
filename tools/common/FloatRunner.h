// The one place that decides what runs a float network.
#ifndef WINO_TOOLS_COMMON_FLOATRUNNER_H
#define WINO_TOOLS_COMMON_FLOATRUNNER_H

#include "wino/Calibrate/Runner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace wino {

/// A runner of its own for each caller: runners are used by one thread at a time.
llvm::Expected<std::unique_ptr<Runner>> makeFloatRunner(mlir::func::FuncOp main);

} // namespace wino

#endif
