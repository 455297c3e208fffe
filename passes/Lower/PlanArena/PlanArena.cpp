// Arena planning by live ranges, greedy by size, repaired where that leaves gaps.
#include "Lower/Kernels/Layout.h"
#include "Lower/LowerToPtx/Sizes.h"
#include "Lower/LowerToX86/Blocking.h"
#include "wino/Passes/Passes.h"
#include "wino/Target/TargetData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

using namespace mlir;

namespace wino {

#define GEN_PASS_DEF_PLANARENA
#include "wino/Passes/Passes.h.inc"

namespace {

constexpr int64_t alignment = 64;
constexpr int64_t maxBufferBytes = int64_t(1) << 40; // sums of all buffers stay far from overflow

struct Buffer {
  int64_t bytes, first, last; // live from op number `first` to `last`, both included
  std::function<void(int64_t)> place;
  int64_t offset = -1;
};

/// Ops that make no tensor in memory: constants, and tile ops that the output transform's kernel takes in.
bool hasNoBuffer(Operation &op) {
  return isa<arith::ConstantOp, InputTransformOp, TapMatmulOp, FilterTransformOp, quant::StorageCastOp>(op);
}

/// The largest sum of buffers that live during one op: no arena can be smaller.
int64_t largestSum(ArrayRef<Buffer> buffers, int64_t ops) {
  std::vector<int64_t> change(ops + 1, 0);
  for (const Buffer &buffer : buffers) {
    change[buffer.first] += roundUp(buffer.bytes, alignment);
    change[buffer.last + 1] -= roundUp(buffer.bytes, alignment);
  }
  int64_t sum = 0, largest = 0;
  for (int64_t bytes : change)
    largest = std::max(largest, sum += bytes);
  return largest;
}

/// Gives offsets in the given order, each the lowest where no live buffer is; the bytes that this takes.
int64_t placeInOrder(ArrayRef<Buffer *> order) {
  std::vector<Buffer *> placed;
  int64_t total = 0;
  for (Buffer *buffer : order) {
    llvm::SmallVector<std::pair<int64_t, int64_t>> taken; // offset, end of buffers alive at the same time
    for (Buffer *other : placed)
      if (other->first <= buffer->last && buffer->first <= other->last)
        taken.push_back({other->offset, other->offset + other->bytes});
    llvm::sort(taken);
    int64_t offset = 0;
    for (auto [begin, end] : taken) {
      if (offset + buffer->bytes <= begin)
        break;
      offset = std::max(offset, roundUp(end, alignment));
    }
    buffer->offset = offset;
    placed.push_back(buffer);
    total = std::max(total, offset + buffer->bytes);
  }
  return roundUp(total, alignment);
}

/// Largest first; then, while the arena is larger than it must be, again with the buffer that reached its end first of
/// all. The best attempt counts.
int64_t placeAll(std::vector<Buffer> &buffers, int64_t least) {
  constexpr int attempts = 64;
  std::vector<Buffer *> order;
  for (Buffer &buffer : buffers)
    order.push_back(&buffer);
  std::stable_sort(order.begin(), order.end(), [](const Buffer *a, const Buffer *b) { return a->bytes > b->bytes; });
  std::vector<Buffer *> best = order;
  int64_t bytes = placeInOrder(order);
  for (int64_t attempt = 1, total = 0; attempt < attempts && bytes > least; ++attempt) {
    auto end = [](const Buffer *buffer) { return buffer->offset + buffer->bytes; };
    auto last =
        std::max_element(order.begin(), order.end(), [&](const Buffer *a, const Buffer *b) { return end(a) < end(b); });
    std::rotate(order.begin(), last, last + 1);
    if ((total = placeInOrder(order)) < bytes) {
      bytes = total;
      best = order;
    }
  }
  placeInOrder(best);
  for (Buffer &buffer : buffers)
    buffer.place(buffer.offset);
  return bytes;
}

struct PlanArena : impl::PlanArenaBase<PlanArena> {
  using PlanArenaBase::PlanArenaBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    Builder b(&getContext());
    bool ownForms = target == "x86-64", onDevice = ptx::isDevice(target);
    // A hand-over and the lines that move between cores took 9 us a layer on a host at 3.2 GHz (test/bench/workers).
    int64_t least = ownForms ? 8 * int64_t(leastShared) : int64_t(leastShared);
    llvm::Expected<const TargetData *> data = findTarget(target);
    const TargetData *chip = data && onDevice ? *data : nullptr;
    if (!data)
      llvm::consumeError(data.takeError()); // a name for the shared forms
    else if ((*data)->products != ByteProducts::Widening)
      least *= 4; // so much faster are products than the rough count has them
    if (workers < 1 || workers > maxWorkers) {
      func.emitError("expected 1 to ") << maxWorkers << " workers, got " << int64_t(workers);
      return signalPassFailure();
    }
    if (onDevice && workers > 1) {
      func.emitError("expected one worker for a GPU, whose threads share every layer, got ") << int64_t(workers);
      return signalPassFailure();
    }
    if (fuse != "auto" && fuse != "always" && fuse != "never") {
      func.emitError("expected fuse=auto, always or never, got ") << fuse;
      return signalPassFailure();
    }
    ptx::AskedForm asked{ranges, std::nullopt};
    if (fuse != "auto")
      asked.fuse = fuse == "always";
    if (ranges < 0 || ranges > 32) {
      func.emitError("expected 0 to 32 ranges of a depth, got ") << int64_t(ranges);
      return signalPassFailure();
    }
    llvm::DenseMap<Operation *, int64_t> number;
    int64_t count = 0;
    for (Operation &op : func.getBody().front())
      number[&op] = count++;
    // The op of the graph that really reads a value: tile ops read it when their output transform runs.
    std::function<int64_t(Value)> lastUse = [&](Value value) {
      int64_t last = 0;
      for (Operation *user : value.getUsers()) {
        bool passesOn = isa<InputTransformOp, TapMatmulOp>(user);
        if (auto reshape = dyn_cast<ReshapeOp>(user))
          passesOn = isFreeReshape(reshape.getInput(), reshape.getOutput());
        last = std::max(last, passesOn ? lastUse(user->getResult(0)) : number[user]);
      }
      return last;
    };
    std::vector<Buffer> buffers;
    for (BlockArgument arg : func.getArguments()) {
      bool needsPacking =
          Layout::internal(arg).bytes != Layout::external(arg).bytes &&
          llvm::any_of(arg.getUsers(), [&](Operation *user) { return onDevice || !isa<Conv2DOp>(user); });
      if (needsPacking)
        buffers.push_back({Layout::internal(arg).bytes, 0, lastUse(arg), [=](int64_t offset) mutable {
                             func.setArgAttr(arg.getArgNumber(), "wino.packed", b.getI64IntegerAttr(offset));
                           }});
    }
    for (Operation &op : func.getBody().front()) {
      if (op.getNumResults() != 1 || hasNoBuffer(op))
        continue;
      auto reshape = dyn_cast<ReshapeOp>(op);
      bool shares = reshape && isFreeReshape(reshape.getInput(), reshape.getOutput());
      if (!shares && !placeInConcat(op.getResult(0))) {
        Buffer buffer{Layout::internal(op.getResult(0)).bytes, number[&op],
                      std::max(number[&op], lastUse(op.getResult(0))), [&op, b](int64_t offset) mutable {
                        op.setAttr("wino.offset", b.getI64IntegerAttr(offset));
                        for (Value operand : op.getOperands())
                          if (auto place = placeInConcat(operand); place && place->concat == &op)
                            operand.getDefiningOp()->setAttr("wino.offset",
                                                             b.getI64IntegerAttr(offset + place->channel));
                      }};
        // A concat's memory is written by those whose results lie in it.
        for (Value operand : op.getOperands())
          if (auto place = placeInConcat(operand); place && place->concat == &op)
            buffer.first = std::min(buffer.first, number[operand.getDefiningOp()]);
        buffers.push_back(std::move(buffer));
      }
      // Before blocks are chosen, which takes time that grows with the map.
      if (int64_t bytes = Layout::internal(op.getResult(0)).bytes; bytes < 0 || bytes > maxBufferBytes) {
        func.emitError("expected buffers of at most ") << maxBufferBytes << " bytes, got one of " << bytes;
        return signalPassFailure();
      }
      bool inFloats = isFloat(op.getResult(0));
      int64_t sharing =
          workers > 1 && !inFloats && canShare(&op) && roughCycles(&op, ownForms) >= double(least) ? workers : 1;
      op.removeAttr("wino.workers");
      if (sharing > 1)
        op.setAttr("wino.workers", b.getI64IntegerAttr(sharing));
      numShared += sharing > 1;
      if (chip)
        ptx::chooseForm(&op, asked, *chip);
      if (int64_t scratch = onDevice                ? ptx::scratchBytes(&op)
                            : ownForms && !inFloats ? avx2::scratchBytes(&op, sharing)
                                                    : scratchBytes(&op, sharing))
        buffers.push_back({scratch, number[&op], number[&op], [&op, b](int64_t offset) mutable {
                             op.setAttr("wino.scratch", b.getI64IntegerAttr(offset));
                           }});
    }
    numBuffers = buffers.size();
    for (const Buffer &buffer : buffers)
      if (buffer.bytes < 0 || buffer.bytes > maxBufferBytes) {
        func.emitError("expected buffers of at most ") << maxBufferBytes << " bytes, got one of " << buffer.bytes;
        return signalPassFailure();
      }
    int64_t live = largestSum(buffers, count), bytes = placeAll(buffers, live);
    func->setAttr("wino.arena_bytes", b.getI64IntegerAttr(bytes));
    func->setAttr("wino.live_bytes", b.getI64IntegerAttr(live));
    func->removeAttr("wino.max_workers");
    if (workers > 1)
      func->setAttr("wino.max_workers", b.getI64IntegerAttr(workers));
    if (ownForms || onDevice)
      func->setAttr("wino.arena_target", b.getStringAttr(target));
  }
};

} // namespace
} // namespace wino
