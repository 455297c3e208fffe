// A compiled library as a program: built with the generated header, run on this machine or under QEMU on files of
// inputs.
#ifndef WINO_TOOLS_WINO_RUN_DEVICECODE_H
#define WINO_TOOLS_WINO_RUN_DEVICECODE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace wino {

/// The C program: reads inputs, runs them one by one, writes outputs. Buffers end at pages without access, so that any
/// access beyond them ends the program.
/// More than one worker: with a wino_pool (runtime/).
std::string driverSource(llvm::StringRef name, size_t outputs, unsigned workers);

class DeviceCode {
public:
  /// Compiles the driver against <folder>/<name>.h and <folder>/lib<name>.a, for qemu-aarch64's `qemuCpu`, or for this
  /// machine if that is empty.
  static llvm::Expected<DeviceCode> build(llvm::StringRef folder, llvm::StringRef name, size_t outputs,
                                          llvm::StringRef qemuCpu, unsigned workers = 1);

  DeviceCode(DeviceCode &&other)
      : qemuCpu(std::move(other.qemuCpu)), work(std::move(other.work)), program(std::move(other.program)) {
    other.work.clear();
  }
  ~DeviceCode();

  /// What one run of the program gave.
  struct Result {
    std::vector<uint8_t> outputs; ///< all outputs of the first image, then of the second, ...
    double seconds = 0;           ///< inside <name>_run, all images together
  };

  /// Runs on `count` inputs, one after the other in memory order. Calls may overlap if their `slot` differs.
  llvm::Expected<Result> run(llvm::ArrayRef<uint8_t> inputs, size_t count, unsigned slot = 0) const;

private:
  explicit DeviceCode(llvm::StringRef qemuCpu) : qemuCpu(qemuCpu) {}
  llvm::Error execute(std::vector<std::string> command, const std::string &what, llvm::StringRef log) const;

  std::string qemuCpu;
  llvm::SmallString<128> work; ///< a temporary folder, removed at the end
  std::string program;
};

} // namespace wino

#endif
