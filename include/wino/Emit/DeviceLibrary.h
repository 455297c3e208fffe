// The library of a network for a GPU: constant data for runtime/wino_cuda, as an object file for the host.
#ifndef WINO_EMIT_DEVICELIBRARY_H
#define WINO_EMIT_DEVICELIBRARY_H

#include "wino/Emit/DeviceProgram.h"
#include "wino/Emit/ObjectCode.h"

namespace wino {

/// The processor beside a GPU of this --target: aarch64 beside sm_87, which is a Jetson's, else x86-64.
CodegenTarget hostBeside(llvm::StringRef target);

/// `lib<name>.a`: `<prefix>_network`, a `wino_cuda_network` of runtime/wino_cuda.h with the PTX text, the weights and
/// the list of launches. `capability`: 80 for sm_80. An error if a kernel has more arguments than the runtime takes.
llvm::Expected<std::string> buildDeviceLibrary(const DeviceProgram &program, const ModelInterface &model,
                                               llvm::StringRef ptx, unsigned capability, const CodegenTarget &host);

} // namespace wino

#endif
