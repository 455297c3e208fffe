// From the integer graph of a folder to emulated kernels.
#include "Emulated.h"

#include "../common/PipelineOptions.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace wino {

/// The version of PTX that a text states, as in 8.0.
static std::string versionOf(StringRef ptx) {
  return ptx.split(".version ").second.take_until([](char c) { return isspace(c); }).str();
}

Expected<std::vector<std::unique_ptr<DeviceEmulator>>> makeEmulators(mlir::func::FuncOp main,
                                                                     const EvaluateOptions &options) {
  std::string path = options.folder + "/" + options.name + ".ptx";
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError(path + ": " + file.getError().message());
  mlir::OwningOpRef<mlir::ModuleOp> copy = main->getParentOfType<mlir::ModuleOp>().clone();
  PipelineOptions pipeline;
  pipeline.name = options.name;
  pipeline.target = (*copy)->getAttrOfType<mlir::StringAttr>("wino.target").getValue().str();
  if (auto fuse = (*copy)->getAttrOfType<mlir::StringAttr>("wino.fuse"))
    pipeline.fuse = fuse.getValue().str();
  if (auto ranges = (*copy)->getAttrOfType<mlir::IntegerAttr>("wino.ranges"))
    pipeline.ranges = ranges.getInt();
  pipeline.ptxVersion = versionOf((*file)->getBuffer());
  Expected<DeviceNetwork> network = compileForDevice(*copy, pipeline);
  if (!network)
    return network.takeError();
  if (network->code.ptx != (*file)->getBuffer())
    return createStringError(path + ": expected the PTX that this wino-run makes of the integer network, got another; "
                                    "compile with the wino-opt beside it");
  std::vector<std::unique_ptr<DeviceEmulator>> emulators;
  for (unsigned thread = 0; thread < options.threads; ++thread) {
    Expected<std::unique_ptr<DeviceEmulator>> emulator = DeviceEmulator::load(*network);
    if (!emulator)
      return emulator.takeError();
    emulators.push_back(std::move(*emulator));
  }
  return std::move(emulators);
}

Expected<DeviceCode::Result> runEmulated(DeviceEmulator &emulator, ArrayRef<uint8_t> inputs, size_t count,
                                         size_t first) {
  DeviceCode::Result result;
  size_t perImage = inputs.size() / count;
  for (size_t i = 0; i < count; ++i) {
    std::vector<uint8_t> image(inputs.begin() + i * perImage, inputs.begin() + (i + 1) * perImage);
    std::vector<std::vector<uint8_t>> outputs;
    if (Error error = emulator.run({image}, outputs, uint8_t(0xA5 + 37 * (first + i)), Schedule::number(first + i)))
      return std::move(error);
    for (const std::vector<uint8_t> &output : outputs)
      result.outputs.insert(result.outputs.end(), output.begin(), output.end());
  }
  return std::move(result);
}

} // namespace wino
