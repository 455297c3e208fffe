// BlockRunner: runs the threads of one block after another on one thread of the host, and does what a warp does
// together. Written from the tables of the PTX ISA (9.7.14: fragments of mma, ldmatrix; 9.7.9.25: cp.async), not from
// the compiler's code, so that a wrong layout there does not cancel out. Warps take turns as a Schedule says, and what
// no order must decide is an error: SharedRaces.h.
#ifndef WINO_TOOLS_HOST_BLOCKRUNNER_H
#define WINO_TOOLS_HOST_BLOCKRUNNER_H

#include "SharedRaces.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace wino {

/// Operations that stop a thread or a warp, or touch shared memory. Operands and results of one call are 64-bit slots,
/// operands first.
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
  SharedRead,       ///< address, bytes: about to be read
  SharedWrite,      ///< address, bytes: about to be written
};

/// What special registers hold: thread, block, extents of both, x y z each.
struct ThreadIds {
  int32_t thread[3], block[3], blockExtent[3], gridExtent[3];
};

/// What the hardware may do in any way, and how it is done here.
struct Schedule {
  enum class Order {
    Forward,  ///< the first warp that can runs until it meets a barrier; blocks in order
    Backward, ///< the last warp, the last block
    Random,   ///< warps change at every operation of a warp, blocks come in any order
  };
  Order order = Order::Forward;
  enum class Copies { Late, Early, Random };
  Copies copies = Copies::Late; ///< cp.async delivers in its wait, or at once
  bool findsRaces = true;       ///< races are errors; else only wrong results tell
  uint64_t seed = 0;            ///< of what is random

  /// 0: forward and late; 1: backward and early; others: random, by that seed.
  static Schedule number(uint64_t n);
};

class BlockRunner {
public:
  BlockRunner();
  ~BlockRunner();

  ThreadIds ids = {}; ///< of the thread that runs; emulated code reads them here
  Schedule schedule;

  /// All threads of all blocks. `shared`, the kernel's, is painted before each block. An error if threads wait for
  /// ever, disagree on what their warp does, or race.
  llvm::Error run(void (*invoke)(void *const *), void *const *arguments, const int64_t (&grid)[3],
                  const int64_t (&block)[3], bool isCooperative, llvm::ArrayRef<std::pair<uint8_t *, size_t>> shared);

  /// Called by emulated code.
  static void operate(BlockRunner *runner, DeviceOp op, int64_t *slots);

private:
  struct Thread;
  struct State;
  llvm::Error runThreads(void (*invoke)(void *const *), void *const *arguments, int64_t threads);
  llvm::Error runWarp(int64_t warp, int64_t threads);
  llvm::Error releaseBarrier(int64_t threads);
  std::unique_ptr<State> state;
};

/// One warp operation on the slots of its 32 lanes.
void executeWarp(DeviceOp op, llvm::ArrayRef<int64_t *> lanes);

} // namespace wino

#endif
