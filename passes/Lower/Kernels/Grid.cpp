// Thread numbers, their division among loops, and the size of the launch.
#include "Lower/Kernels/Grid.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace wino {

Value threadIndex(Kernel &k, int dimension) {
  switch (dimension) {
  case 0: return k.b.create<NVVM::ThreadIdXOp>(k.i32());
  case 1: return k.b.create<NVVM::ThreadIdYOp>(k.i32());
  default: return k.b.create<NVVM::ThreadIdZOp>(k.i32());
  }
}

Value blockIndex(Kernel &k, int dimension) {
  switch (dimension) {
  case 0: return k.b.create<NVVM::BlockIdXOp>(k.i32());
  case 1: return k.b.create<NVVM::BlockIdYOp>(k.i32());
  default: return k.b.create<NVVM::BlockIdZOp>(k.i32());
  }
}

static int64_t roundUpTo32(int64_t threads) { return (threads + 31) / 32 * 32; } // whole warps

Grid::Grid(Kernel &k) : k(k), head(k.b.getInsertionBlock()), used(1, 0) { k.grid = this; }

void Grid::share(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(Value)> body) {
  size_t level = depth;
  if (levels.size() == level) {
    OpBuilder::InsertionGuard guard(k.b);
    k.b.setInsertionPointToStart(head);
    levels.push_back({k.b.create<UnrealizedConversionCastOp>(TypeRange{k.i64()}, ValueRange{}).getResult(0)});
    used.resize(level + 1, 0);
  }
  int64_t first = used[level], count = (hi - lo + step - 1) / step;
  used[level] += count;
  levels[level].extent = std::max(levels[level].extent, used[level]);
  Value round = k.add(levels[level].number, -first);
  Value mine = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, round, k.index(count));
  llvm::SaveAndRestore deeper(depth, level + 1);
  if (used.size() > depth)
    used[depth] = 0;
  k.ifThen(mine, [&] { body(k.add(k.mul(round, step), lo)); });
}

LaunchShape Grid::finish(int64_t block) {
  k.grid = nullptr;
  LaunchShape shape;
  if (levels.empty()) // everything by one thread
    return shape;
  int64_t threads = 1;
  for (const Level &level : levels)
    threads *= level.extent;
  shape.block[0] = std::min(block, roundUpTo32(threads));
  shape.grid[0] = (threads + shape.block[0] - 1) / shape.block[0];
  OpBuilder::InsertionGuard guard(k.b);
  k.b.setInsertionPointToStart(head);
  Value rest = k.add(k.mul(blockIndex(k, 0), shape.block[0]), threadIndex(k, 0));
  for (size_t l = levels.size(); l-- > 0;) {
    // The first number has no bound: threads behind the last round find themselves in no range.
    Value number = rest;
    if (l > 0) {
      Value extent = k.constant(k.i32(), levels[l].extent);
      number = k.b.create<arith::RemUIOp>(rest, extent);
      rest = k.b.create<arith::DivUIOp>(rest, extent);
    }
    levels[l].number.replaceAllUsesWith(k.zext(number, k.i64()));
  }
  for (const Level &level : levels)
    level.number.getDefiningOp()->erase();
  return shape;
}

} // namespace wino
