// DeviceEmulator: kernels of a GPU run in this process. The LLVM IR that PTX is made of is compiled for the host;
// threads of a block are fibers that change places at barriers, and what a warp does together is done here for all its
// lanes. No two threads run at once; that nothing depends on it is what schedules and the search for races are for
// (BlockRunner.h). Global memory is not searched: blocks in any order must do there.
#ifndef WINO_TOOLS_HOST_DEVICEEMULATOR_H
#define WINO_TOOLS_HOST_DEVICEEMULATOR_H

#include "BlockRunner.h"
#include "DeviceNetwork.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace wino {

class DeviceEmulator {
public:
  ~DeviceEmulator();

  /// Compiles the kernels. An error on a processor without AVX2, or if they use what is not emulated.
  static llvm::Expected<std::unique_ptr<DeviceEmulator>> load(const DeviceNetwork &network);

  /// All launches of one inference. Inputs and outputs are dense bytes as the header of a library describes them. The
  /// arena is painted with `paint` first, and warps, blocks and copies come as `schedule` says; results must depend on
  /// neither. Races are errors.
  llvm::Error run(llvm::ArrayRef<std::vector<uint8_t>> inputs, std::vector<std::vector<uint8_t>> &outputs,
                  uint8_t paint = 0xA5, const Schedule &schedule = Schedule());

private:
  struct KernelCode {
    void (*invoke)(void *const *arguments);
    bool isCooperative; ///< has barriers, warp operations or shared memory: its threads are fibers
    std::vector<std::pair<uint8_t *, size_t>> shared;
  };
  ModelInterface model;
  DeviceProgram program;
  std::vector<KernelCode> kernels; ///< of the launches
  std::unique_ptr<BlockRunner> runner;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace wino

#endif
