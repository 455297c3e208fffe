// A network's integer graph as kernels for a GPU: what wino-opt writes, and what tests run without one.
#ifndef WINO_TOOLS_HOST_DEVICENETWORK_H
#define WINO_TOOLS_HOST_DEVICENETWORK_H

#include "wino/Emit/DeviceProgram.h"
#include "wino/Emit/PtxCode.h"

namespace wino {

struct PipelineOptions;

struct DeviceNetwork {
  ModelInterface model;
  DeviceProgram program;
  PtxCode code;
};

/// Plans the arena, lowers and compiles in place; of the options it looks at name, target and PTX version. Reasons of
/// passes are diagnostics of the context.
llvm::Expected<DeviceNetwork> compileForDevice(mlir::ModuleOp integers, const PipelineOptions &options);

} // namespace wino

#endif
