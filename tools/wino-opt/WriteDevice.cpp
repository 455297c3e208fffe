// What a compilation for a GPU writes: PTX, constants and the list of launches, beside plan, integer network and
// reports.
#include "Compiler.h"
#include "Pipeline.h"

#include "../host/DeviceNetwork.h"
#include "wino/Emit/CHeader.h"
#include "wino/Emit/DeviceLibrary.h"

using namespace llvm;

namespace wino {

static Expected<DeviceNetwork> compiled(mlir::ModuleOp module, const Options &options, Diagnostics &diagnostics) {
  Expected<DeviceNetwork> network = compileForDevice(module, options);
  if (network)
    return network;
  return diagnostics.take(toString(network.takeError()));
}

Expected<std::string> Compiler::deviceText(FileKind kind) {
  if (Error error = runPasses(addBatchPasses, "the batch"))
    return std::move(error);
  if (kind == FileKind::Object)
    return createStringError("--emit=obj: expected a processor, got " + options.target +
                             ", whose code is text; use --emit=asm for PTX");
  Expected<DeviceNetwork> network = compiled(*module, options, diagnostics);
  if (!network)
    return network.takeError();
  return kind == FileKind::LLVMIR ? network->code.ir : network->code.ptx;
}

Error Compiler::writeDevice() {
  if (Error error = runPasses(addBatchPasses, "the batch"))
    return error;
  OutputFolder folder(options.output);
  addNetwork(folder);
  Expected<DeviceNetwork> network = compiled(*module, options, diagnostics);
  if (!network)
    return network.takeError();
  folder.add(options.name + ".ptx", network->code.ptx);
  folder.add(options.name + ".weights.bin", network->program.weights);
  folder.add(options.name + ".launches.json", network->program.toJson(network->model));
  unsigned capability = 0;
  StringRef(options.target).drop_front(3).getAsInteger(10, capability); // sm_NN
  Expected<std::string> library =
      buildDeviceLibrary(network->program, network->model, network->code.ptx, capability, hostBeside(options.target));
  if (!library)
    return library.takeError();
  folder.add("lib" + options.name + ".a", *library);
  folder.add(options.name + ".h", writeDeviceHeader(network->model, headerNotes()));
  report.arenaBytes = network->model.arenaBytes;
  report.weightsBytes = network->model.weightsBytes;
  report.codeBytes = int64_t(network->code.ptx.size());
  addReports(folder);
  return folder.commit();
}

} // namespace wino
