// The reference interpreter as tools use it: as calibration's Runner on a float network, and on an integer network.
#ifndef WINO_TOOLS_COMMON_INTERPRET_H
#define WINO_TOOLS_COMMON_INTERPRET_H

#include "wino/Calibrate/Runner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>
#include <vector>

namespace wino {

/// Runs a float network op by op in the interpreter.
std::unique_ptr<Runner> makeInterpreterRunner(mlir::func::FuncOp main);

/// Called for every tensor of an integer network, in order.
using ObserveInteger = llvm::function_ref<void(mlir::Value, llvm::ArrayRef<int32_t>)>;

/// Runs an integer network on one quantized input in logical order; returns its results in logical order.
llvm::Expected<std::vector<std::vector<int32_t>>> runInteger(mlir::func::FuncOp main, llvm::ArrayRef<int32_t> input,
                                                             ObserveInteger observe = nullptr);

} // namespace wino

#endif
