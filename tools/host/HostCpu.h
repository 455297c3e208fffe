// HostCpu: whether this machine can run the code that we make for hosts (TargetData `x86-64`). Without the question the
// answer would be an illegal instruction.
#ifndef WINO_TOOLS_HOST_HOSTCPU_H
#define WINO_TOOLS_HOST_HOSTCPU_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <string>

namespace wino {

/// What `features` (LLVM's names, as of sys::getHostCPUFeatures) lacks of x86-64-v3, as in "avx2, fma"; empty if
/// nothing.
std::string missingFeatures(const llvm::StringMap<bool> &features);

/// Asks this processor, once per process. The error names what is missing.
llvm::Error checkHostCpu();

} // namespace wino

#endif
