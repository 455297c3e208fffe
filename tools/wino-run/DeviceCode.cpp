// Building the driver, running it, carrying bytes in and out through files.
#include "DeviceCode.h"

#include "../host/HostCpu.h"
#include "wino/Calibrate/AtomicFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace wino {

DeviceCode::~DeviceCode() {
  if (!work.empty())
    sys::fs::remove_directories(work);
}

static std::string fileText(const Twine &path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// Standard output goes to <log>.txt, errors to <log>.errors.txt.
Error DeviceCode::execute(std::vector<std::string> command, const std::string &what, StringRef log) const {
  ErrorOr<std::string> path = sys::findProgramByName(command[0]);
  if (!path)
    return createStringError("expected the program '" + command[0] + "' to " + what +
                             ", got: " + path.getError().message());
  std::vector<StringRef> arguments(command.begin(), command.end());
  std::string output = (log + ".txt").str(), errors = (log + ".errors.txt").str(), message;
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(output), StringRef(errors)};
  int code = sys::ExecuteAndWait(*path, arguments, std::nullopt, redirects, 0, 0, &message);
  if (code == 0)
    return Error::success();
  std::string reason = fileText(errors);
  return createStringError("expected '" + command[0] + "' to " + what + ", got exit code " + Twine(code) + ": " +
                           (reason.empty() ? message : StringRef(reason).trim().take_front(2000).str()));
}

/// The pool's sources, as they were when this tool was built.
static const char kPoolHeader[] = {
#include "wino_pool.h.inc"
};
static const char kPoolSource[] = {
#include "wino_pool.c.inc"
};

Expected<DeviceCode> DeviceCode::build(StringRef folder, StringRef name, size_t outputs, StringRef qemuCpu,
                                       unsigned workers) {
  DeviceCode code(qemuCpu);
  if (qemuCpu.empty())
    if (Error error = checkHostCpu())
      return std::move(error);
  if (std::error_code problem = sys::fs::createUniqueDirectory("wino-run", code.work))
    return createStringError("temporary folder: " + problem.message());
  std::string source = (code.work + "/driver.c").str();
  code.program = (code.work + "/driver").str();
  if (Error error = writeFileAtomically(source, driverSource(name, outputs, workers)))
    return std::move(error);
  std::string compiler = qemuCpu.empty() ? "gcc" : "aarch64-linux-gnu-gcc";
  std::vector<std::string> command = {
      compiler,  "-std=gnu11", "-O1",        "-Wall", "-Wextra",
      "-Werror", "-I",         folder.str(), source,  (folder + "/lib" + name + ".a").str(),
      "-o",      code.program};
  if (!qemuCpu.empty())
    command.push_back("-static");
  if (workers > 1) {
    std::string header = (code.work + "/wino_pool.h").str(), pool = (code.work + "/wino_pool.c").str();
    if (Error error = writeFileAtomically(header, StringRef(kPoolHeader, sizeof kPoolHeader)))
      return std::move(error);
    if (Error error = writeFileAtomically(pool, StringRef(kPoolSource, sizeof kPoolSource)))
      return std::move(error);
    command.insert(command.end(), {"-pthread", pool});
  }
  if (Error error = code.execute(command, "build the driver", (code.work + "/build").str()))
    return std::move(error);
  return std::move(code);
}

Expected<DeviceCode::Result> DeviceCode::run(ArrayRef<uint8_t> inputs, size_t count, unsigned slot) const {
  std::string base = (work + "/" + Twine(slot)).str(), in = base + ".in", out = base + ".out";
  if (Error error = writeFileAtomically(in, StringRef(reinterpret_cast<const char *>(inputs.data()), inputs.size())))
    return std::move(error);
  std::vector<std::string> command = {program, in, out};
  if (!qemuCpu.empty())
    command.insert(command.begin(), {"qemu-aarch64", "-cpu", qemuCpu});
  if (Error error = execute(command, "run " + std::to_string(count) + " inferences", base))
    return std::move(error);
  Result result;
  (void)StringRef(fileText(base + ".txt")).trim().getAsDouble(result.seconds); // stays 0 if it is no number
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(out, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(Twine("outputs of the driver: ") + buffer.getError().message());
  result.outputs.assign((*buffer)->getBuffer().bytes_begin(), (*buffer)->getBuffer().bytes_end());
  return result;
}

} // namespace wino
