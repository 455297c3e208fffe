// DeviceProgram: what a module after wino-lower-to-ptx asks of a GPU, as data: the bytes of its constants and the
// kernels to launch, in order. The code of the kernels is PtxCode.h's.
#ifndef WINO_EMIT_DEVICEPROGRAM_H
#define WINO_EMIT_DEVICEPROGRAM_H

#include "wino/Emit/ModelInterface.h"

namespace wino {

/// An address that a kernel is given.
struct LaunchArgument {
  enum class Base { Arena, Weights, Input, Output };
  Base base = Base::Arena;
  int64_t index = 0;  ///< of the input or output
  int64_t offset = 0; ///< bytes
};

struct LaunchInfo {
  std::string kernel; ///< name in the PTX
  int64_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  std::vector<LaunchArgument> arguments;
};

struct DeviceProgram {
  std::vector<LaunchInfo> launches; ///< one after the other
  std::string weights;              ///< to be brought to the device once
  /// Both as JSON, without the bytes of the weights.
  std::string toJson(const ModelInterface &model) const;
};

/// Reads `@<prefix>_run_impl` and `@<prefix>_weights`, and takes both out of the module: what is left is the kernels.
llvm::Expected<DeviceProgram> takeDeviceProgram(mlir::ModuleOp module, const ModelInterface &model);

} // namespace wino

#endif
