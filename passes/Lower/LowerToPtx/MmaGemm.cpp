// Products on tensor cores: blocks of A and B come through shared memory, some steps ahead where the chip has cp.async,
// and each of four warps multiplies its part by mma.sync.
//
// Rows of 64 bytes lie in shared memory behind each other, their four chunks exchanged by row (chunk ^ (row / 2) % 4),
// so that the eight rows that ldmatrix reads at once lie in different banks.
#include "Lower/LowerToPtx/MmaGemm.h"
#include "Lower/Kernels/Layout.h"
#include "Lower/LowerToPtx/MmaCode.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace wino::ptx {

namespace {

constexpr int64_t kThreads = 128, kStepBytes = DeviceGemm::stepBytes, kStepChunks = kStepBytes / 16;
constexpr int64_t kLoadRows = kThreads / kStepChunks; // rows that all threads together load at once
constexpr int64_t kStages = 3;

struct Emitter : MmaCode {
  const MmaGemm &gemm;
  const MmaOperands &operands;

  int64_t warpsAcross = gemm.blockColumns == 64 ? 2 : 1, warpsDown = 4 / warpsAcross;
  int64_t warpRows = gemm.blockRows / warpsDown, warpColumns = gemm.blockColumns / warpsAcross;
  int64_t tilesDown = warpRows / 16, tilesAcross = warpColumns / 8;
  int64_t aBytes = gemm.blockRows * kStepBytes, stageBytes = aBytes + gemm.blockColumns * kStepBytes;
  int64_t steps = gemm.stepsOfRange();
  int64_t stages = chip.hasAsyncCopy ? std::min(kStages, steps) : 1;

  Value thread, lane, warpRow, warpColumn, firstRow, firstColumn, batch, range, b;
  Value storeAt, aAt[2], bAt[2]; // in a stage: of this thread's chunk; of this lane's ldmatrix rows, per half of 32 k
  std::vector<Kernel::Values> loadRows;
  Kernel::Values rowValid;

  void locate() {
    thread = threadIndex(k, 0);
    lane = lowBits(thread, 5);
    Value warp = bitsFrom(thread, 5, 2);
    warpRow = k.mul(warpsAcross == 1 ? warp : bitsFrom(warp, 1, 1), warpRows);
    warpColumn = warpsAcross == 1 ? i32(0) : k.mul(lowBits(warp, 1), warpColumns);
    firstRow = k.mul(blockIndex(k, 0), gemm.blockRows);
    firstColumn = k.mul(blockIndex(k, 1), gemm.blockColumns);
    batch = blockIndex(k, 2);
    if (gemm.ranges > 1) {
      Value number = batch;
      batch = k.b.create<arith::DivUIOp>(number, i32(gemm.ranges));
      range = k.sub(number, k.mul(batch, gemm.ranges));
    }
    // Thread t loads chunk t % 4 of rows t / 4, t / 4 + 32, ...; 32 rows on, the exchange is the same.
    auto place = [&](Value row, Value chunk, Value exchange) {
      return k.add(k.mul(row, kStepBytes), k.mul(exclusive(chunk, exchange), 16));
    };
    storeAt = place(bitsFrom(thread, 2, 5), lowBits(thread, 2), bitsFrom(thread, 3, 2));
    // Lane l gives ldmatrix the address of row l % 8 of matrix l / 8. Of A: rows 0 to 7 and 8 to 15, then their next 16
    // bytes. Of B, whose rows are columns of the product: two chunks of columns 0 to 7, then of columns 8 to 15.
    Value row = lowBits(lane, 3), odd = bitsFrom(lane, 3, 1), high = bitsFrom(lane, 4, 1);
    Value exchange = bitsFrom(lane, 1, 2);
    for (int64_t half = 0; half < 2; ++half) {
      aAt[half] = place(k.add(warpRow, k.add(row, k.mul(odd, 8))), k.add(high, 2 * half), exchange);
      bAt[half] = k.add(place(k.add(warpColumn, k.add(row, k.mul(high, 8))), k.add(odd, 2 * half), exchange), aBytes);
    }
    for (int64_t i = 0; i < gemm.blockRows; i += kLoadRows) {
      Value at = k.add(k.add(firstRow, bitsFrom(thread, 2, 5)), i);
      rowValid.push_back(below(at, gemm.rows));
      loadRows.push_back(operands.row(batch, k.select(rowValid.back(), at, i32(0))));
    }
    Value column = k.add(k.add(k.mul(batch, gemm.paddedColumns()), firstColumn), bitsFrom(thread, 2, 5));
    b = k.at(operands.b, k.mul(k.zext(column, k.i64()), gemm.paddedDepth()));
  }

  /// Blocks of A and B of step number `step` (i32) into the stage at `stage`.
  void load(Value step, Value stage) {
    if (range)
      step = k.add(step, k.mul(range, steps));
    Value chunk = k.add(k.mul(step, kStepChunks), lowBits(thread, 2)), to = k.add(stage, storeAt);
    for (size_t i = 0; i < loadRows.size(); ++i) {
      auto [address, valid] = operands.chunk(loadRows[i], chunk);
      valid = k.both(valid, rowValid[i]);
      if (gemm.depth != gemm.paddedDepth())
        valid = k.both(valid, below(chunk, gemm.depth / 16));
      copy(k.add(to, int64_t(i) * kLoadRows * kStepBytes), k.select(valid, address, operands.a), valid);
    }
    Value from = k.at(b, k.mul(k.zext(chunk, k.i64()), 16));
    for (int64_t i = 0; i < gemm.blockColumns; i += kLoadRows) {
      auto columns = [&] { copy(k.add(to, aBytes + i * kStepBytes), k.at(from, i * gemm.paddedDepth()), Value()); };
      if (gemm.blockColumns - i >= kLoadRows)
        columns();
      else
        k.ifThen(below(thread, (gemm.blockColumns - i) * kStepChunks), columns);
    }
  }

  void multiplyStage(Kernel::Values &sums, Value stage) {
    for (int64_t half = 0; half < 2; ++half) {
      std::vector<Kernel::Values> a, columns;
      for (int64_t i = 0; i < tilesDown; ++i)
        a.push_back(loadMatrices(k.add(k.add(stage, aAt[half]), i * 16 * kStepBytes)));
      for (int64_t j = 0; j < tilesAcross; j += 2)
        columns.push_back(loadMatrices(k.add(k.add(stage, bAt[half]), j * 8 * kStepBytes)));
      for (int64_t i = 0; i < tilesDown; ++i)
        for (int64_t j = 0; j < tilesAcross; ++j)
          multiply(MutableArrayRef<Value>(sums).slice((i * tilesAcross + j) * 4, 4), a[i],
                   ValueRange(columns[j / 2]).slice(j % 2 * 2, 2));
    }
  }

  Value nextStage(Value stage) {
    if (stages == 1)
      return stage;
    Value next = k.add(stage, stageBytes);
    Value ends = k.b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, next, i32(stages * stageBytes));
    return k.select(ends, i32(0), next);
  }

  Kernel::Values products() {
    Kernel::Values state(tilesDown * tilesAcross * 4, i32(0));
    size_t count = state.size();
    if (!chip.hasAsyncCopy)
      return k.loop(0, steps, 1, state, [&](Value step, Kernel::Values sums) {
        k.b.create<NVVM::Barrier0Op>(); // everyone is done with the step before
        load(k.trunc(step, k.i32()), i32(0));
        k.b.create<NVVM::Barrier0Op>();
        multiplyStage(sums, i32(0));
        return sums;
      });
    for (int64_t s = 0; s + 1 < stages; ++s) {
      load(i32(s), i32(s * stageBytes));
      k.b.create<NVVM::CpAsyncCommitGroupOp>();
    }
    state.append({i32(0), i32((stages - 1) * stageBytes)}); // stage to read, stage to fill
    state = k.loop(0, steps, 1, state, [&](Value step, Kernel::Values now) {
      Value read = now[count], fill = now[count + 1];
      k.b.create<NVVM::CpAsyncWaitGroupOp>(k.b.getI32IntegerAttr(int32_t(std::max<int64_t>(stages - 2, 0))));
      k.b.create<NVVM::Barrier0Op>(); // the step is here for everyone, and everyone is done with the one before
      now.truncate(count);
      Value ahead = k.add(k.trunc(step, k.i32()), stages - 1);
      if (stages > 1)
        k.ifThen(below(ahead, steps), [&] { load(ahead, fill); });
      k.b.create<NVVM::CpAsyncCommitGroupOp>(); // empty ones at the end, so that the count of groups goes on
      multiplyStage(now, read);
      now.append({nextStage(read), nextStage(fill)});
      return now;
    });
    state.truncate(count);
    return state;
  }

  Emitter(Kernel &k, const MmaGemm &gemm, const MmaOperands &operands)
      : MmaCode{k, gemm.chip, gemm.isUnsigned}, gemm(gemm), operands(operands) {}

  void emit() {
    allocateShared(stages * stageBytes);
    locate();
    if (chip.hasAsyncCopy && stages == 1) { // a single step: nothing to be ahead of
      load(i32(0), i32(0));
      k.b.create<NVVM::CpAsyncCommitGroupOp>();
    }
    Kernel::Values sums = products();
    // Sums 0 and 1 of a tile are of row lane / 4, columns lane % 4 * 2 and the next; 2 and 3 eight rows below.
    for (int64_t i = 0; i < tilesDown; ++i)
      for (int64_t below8 = 0; below8 < 2; ++below8) {
        Value row = k.add(k.add(firstRow, k.add(warpRow, bitsFrom(lane, 2, 3))), i * 16 + below8 * 8);
        k.ifThen(below(row, gemm.rows), [&] {
          for (int64_t j = 0; j < tilesAcross; ++j) {
            Value column = k.add(k.add(firstColumn, k.add(warpColumn, k.mul(lowBits(lane, 2), 2))), j * 8);
            Value *pair = &sums[(i * tilesAcross + j) * 4 + below8 * 2];
            operands.sums({range, batch, row, column}, pair[0], pair[1]);
          }
        });
      }
  }
};

} // namespace

int64_t MmaGemm::stepsOfRange() const { return roundUp(steps(), ranges) / ranges; }
int64_t MmaGemm::paddedColumns() const { return roundUp(columns, blockColumns); }
int64_t MmaGemm::paddedDepth() const { return ranges * stepsOfRange() * kStepBytes; }

LaunchShape MmaGemm::launch() const {
  return {{roundUp(rows, blockRows) / blockRows, paddedColumns() / blockColumns, batches * ranges}, {kThreads, 1, 1}};
}

std::vector<int8_t> packColumns(const MmaGemm &gemm, llvm::function_ref<int8_t(int64_t, int64_t, int64_t)> at) {
  int64_t columns = gemm.paddedColumns(), depth = gemm.paddedDepth();
  std::vector<int8_t> packed(gemm.batches * columns * depth, 0);
  for (int64_t batch = 0; batch < gemm.batches; ++batch)
    for (int64_t column = 0; column < gemm.columns; ++column)
      for (int64_t i = 0; i < gemm.depth; ++i)
        packed[(batch * columns + column) * depth + i] = at(batch, column, i);
  return packed;
}

void emitMmaGemm(Kernel &k, const MmaGemm &gemm, const MmaOperands &operands) { Emitter(k, gemm, operands).emit(); }

} // namespace wino::ptx
