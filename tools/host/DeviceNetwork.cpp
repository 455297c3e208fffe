// Lowering for a GPU, step by step.
#include "DeviceNetwork.h"
#include "../common/PipelineOptions.h"
#include "../wino-opt/Pipeline.h"

using namespace llvm;

namespace wino {

Expected<DeviceNetwork> compileForDevice(mlir::ModuleOp integers, const PipelineOptions &options) {
  Expected<CodegenTarget> target = ptxTarget(options.target, options.ptxVersion);
  if (!target)
    return target.takeError();
  auto run = [&](auto add) {
    mlir::PassManager pm(integers.getContext());
    add(pm);
    return pm.run(integers);
  };
  if (failed(run([&](mlir::PassManager &pm) { addLowerPasses(pm, options); })))
    return createStringError("expected lowering for " + options.target + " to succeed, got a failure without a reason");
  DeviceNetwork network;
  Expected<ModelInterface> model = readInterface(integers);
  if (!model)
    return model.takeError();
  network.model = std::move(*model);
  Expected<DeviceProgram> program = takeDeviceProgram(integers, network.model);
  if (!program)
    return program.takeError();
  network.program = std::move(*program);
  if (failed(run(addLLVMPasses)))
    return createStringError("expected kernels to convert to LLVM, got a failure without a reason");
  Expected<PtxCode> code = compileDevice(integers, *target);
  if (!code)
    return code.takeError();
  network.code = std::move(*code);
  return network;
}

} // namespace wino
