// DeviceBatch: many compiled cases in one static ARM program, run once under QEMU.
#ifndef WINO_TEST_E2E_DEVICEBATCH_H
#define WINO_TEST_E2E_DEVICEBATCH_H

#include "CompiledCase.h"

#include "llvm/Support/Error.h"

namespace wino {

/// Runs all trials of the usable cases on the A53 model and compares byte for byte. A difference is written into the
/// case's `failure`; an error is something that stopped the whole batch, and names the case that ran.
llvm::Error runOnDevice(std::vector<CompiledCase> &cases, const TargetData &device);

} // namespace wino

#endif
