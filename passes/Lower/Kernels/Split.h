// Split: how workers share a layer: by which pieces, and with which scratch. Integers do not depend on it; PlanArena
// and the emitters ask the same functions, so that scratch and code cannot disagree.
#ifndef WINO_LOWER_KERNELS_SPLIT_H
#define WINO_LOWER_KERNELS_SPLIT_H

#include "wino/Target/Workers.h"

#include "mlir/IR/Operation.h"

namespace wino {

/// Pieces 0, 1, ..., `pieces` - 1, which may run in any order and at the same time. Each worker has `ownBytes` bytes of
/// scratch, a multiple of 64, behind `sharedBytes` that all of them see.
struct Split {
  int64_t workers = 1; // at most; 1: one caller does the layer whole
  int64_t pieces = 1;
  bool byChannels = false; // pieces are blocks of output channels, else of tiles, pixels, rows or bytes
  int64_t sharedBytes = 0, ownBytes = 0;

  bool isShared() const { return workers > 1; }
};

/// Which part of a layer's work the busiest of `workers` has, where pieces are equal: ceil(pieces / workers) / pieces.
inline double busiestShare(int64_t pieces, int64_t workers) {
  return double((pieces + workers - 1) / workers) / double(pieces);
}

/// Cycles of an op on one core, roughly: products by the rate of register blocks, all else by bytes. `wide`: a core
/// with AVX2, else one like the Cortex-A53.
double roughCycles(mlir::Operation *op, bool wide);

/// Ranges that the kernels of a GPU cut the depth of an op's products into, as PlanArena has decided.
inline int64_t rangesOf(mlir::Operation *op) {
  auto ranges = op->getAttrOfType<mlir::IntegerAttr>("wino.ranges");
  return ranges ? std::clamp<int64_t>(ranges.getInt(), 1, 32) : 1;
}

/// Whether blocks of products of a Winograd layer transform their own tiles there.
inline bool isFused(mlir::Operation *op) { return op->hasAttr("wino.fused"); }

/// Workers of an op as PlanArena has decided: those of `wino.workers`, else 1.
int64_t workersOf(mlir::Operation *op);
/// Whether the kernel of an op comes in pieces at all.
bool canShare(mlir::Operation *op);

/// Rows of an output map (or bytes of a dense buffer) in pieces of `step`: about four for every worker, so that a
/// worker that comes late does not keep the others waiting for long; at least `least` units each. One piece for one
/// worker.
struct Strips {
  int64_t step, pieces;
};
Strips stripsOf(int64_t extent, int64_t workers, int64_t least);

} // namespace wino

#endif
