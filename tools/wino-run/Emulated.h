// GPU kernels of a compiled folder, run on this machine.
#ifndef WINO_TOOLS_WINO_RUN_EMULATED_H
#define WINO_TOOLS_WINO_RUN_EMULATED_H

#include "../host/DeviceEmulator.h"
#include "DeviceCode.h"
#include "Evaluate.h"

namespace wino {

/// Compiles the folder's integer network again, checks that this gives the folder's PTX byte by byte, and loads the
/// same kernels for this machine, once per thread.
llvm::Expected<std::vector<std::unique_ptr<DeviceEmulator>>> makeEmulators(mlir::func::FuncOp main,
                                                                           const EvaluateOptions &options);

/// `count` inferences on inputs behind each other. Seconds are those of this machine and mean nothing.
llvm::Expected<DeviceCode::Result> runEmulated(DeviceEmulator &emulator, llvm::ArrayRef<uint8_t> inputs, size_t count,
                                               size_t first);

} // namespace wino

#endif
