// BlockRunner: runs the threads of one block after another on one thread of the host, and does what a warp does
// together. Written from the tables of the PTX ISA (9.7.14: fragments of mma, ldmatrix; 9.7.9.25: cp.async), not from
// the compiler's code, so that a wrong layout there does not cancel out.
#ifndef WINO_TOOLS_HOST_BLOCKRUNNER_H
#define WINO_TOOLS_HOST_BLOCKRUNNER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wino {

/// Operations that stop a thread or a warp. Operands and results of one call are 64-bit slots, operands first.
enum class DeviceOp : int32_t {
  Barrier,          ///< bar.sync 0
  Mma16832,         ///< a0-a3, b0-b1, c0-c3 -> d0-d3: s8 by s8, wrapping
  Mma16832Unsigned, ///< the same, u8 by s8
  Mma8816,          ///< a0, b0, c0-c1 -> d0-d1: s8 by s8, wrapping
  Mma8816Unsigned,  ///< the same, u8 by s8
  LoadMatrix4,      ///< address -> d0-d3: ldmatrix.x4.b16
  CopyAsync16,      ///< to, from, bytes to read (the rest is zero): cp.async.cg 16
  CommitGroup,      ///< cp.async.commit_group
  WaitGroup,        ///< how many groups may be pending: cp.async.wait_group
};

/// What special registers hold: thread, block, extents of both, x y z each.
struct ThreadIds {
  int32_t thread[3], block[3], blockExtent[3], gridExtent[3];
};

class BlockRunner {
public:
  BlockRunner();
  ~BlockRunner();

  ThreadIds ids = {}; ///< of the thread that runs; emulated code reads them here

  /// All threads of all blocks. `shared` is painted before each block. An error if threads wait for ever or disagree on
  /// what their warp does.
  llvm::Error run(void (*invoke)(void *const *), void *const *arguments, const int64_t (&grid)[3],
                  const int64_t (&block)[3], bool isCooperative, llvm::ArrayRef<std::pair<uint8_t *, size_t>> shared);

  /// Called by emulated code.
  static void operate(BlockRunner *runner, DeviceOp op, int64_t *slots);

private:
  struct Fiber;
  struct State;
  llvm::Error runFibers(void (*invoke)(void *const *), void *const *arguments, int64_t threads);
  llvm::Error releaseWaiting(int64_t threads);
  std::unique_ptr<State> state;
};

/// One warp operation on the slots of its 32 lanes.
void executeWarp(DeviceOp op, llvm::ArrayRef<int64_t *> lanes);

} // namespace wino

#endif
