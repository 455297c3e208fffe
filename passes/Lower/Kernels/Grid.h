// Grid: the loops of a kernel as threads of a device. Emitters of kernels state loops over constant ranges; on a CPU
// they run one after the other, with a Grid each round is a thread. Loops inside loops that carry values stay loops.
#ifndef WINO_LOWER_KERNELS_GRID_H
#define WINO_LOWER_KERNELS_GRID_H

#include "Lower/Kernels/Kernel.h"

namespace wino {

/// Blocks of a launch and threads of a block.
struct LaunchShape {
  int64_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
};

/// Number of this thread, or of this block, in one dimension (0 to 2); i32.
mlir::Value threadIndex(Kernel &k, int dimension);
mlir::Value blockIndex(Kernel &k, int dimension);

/// A thread's number is split into one number per depth of nesting. Loops behind each other at one depth take ranges
/// behind each other, so that a round is run by one thread, as often as its surrounding rounds are.
class Grid {
public:
  /// Loops of `k` are threads from here on.
  explicit Grid(Kernel &k);
  /// for (i = lo; i < hi; i += step) body(i), each round by a thread of its own. Called by Kernel::loop.
  void share(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  /// Once the body is complete: computes the numbers at the head of the kernel. `block` threads per block at most.
  LaunchShape finish(int64_t block);

private:
  struct Level {
    mlir::Value number; // i64; stands for what finish() computes
    int64_t extent = 1; // rounds, the largest sum below one surrounding round
  };
  Kernel &k;
  mlir::Block *head;
  std::vector<Level> levels;
  std::vector<int64_t> used; // rounds given out at a depth, below the present surrounding round
  size_t depth = 0;
};

} // namespace wino

#endif
