// Fibers of a block, round robin between barriers.
#include "BlockRunner.h"

#include <cstring>
#include <ucontext.h>

using namespace llvm;

namespace wino {

enum class Waiting { No, ForBlock, ForWarp, Done };

struct BlockRunner::Fiber {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(64 << 10);
  Waiting waiting = Waiting::No;
  DeviceOp op = DeviceOp::Barrier;
  int64_t *slots = nullptr;
  /// cp.async: what has been asked for but need not have arrived. Groups in order, the last one open.
  struct Copy {
    uint8_t *to;
    const uint8_t *from;
    size_t bytes;
  };
  std::vector<std::vector<Copy>> groups = {{}};

  void wait(size_t pending) {
    while (groups.size() > pending + 1) {
      for (const Copy &copy : groups.front()) {
        std::memset(copy.to, 0, 16);
        std::memcpy(copy.to, copy.from, copy.bytes);
      }
      groups.erase(groups.begin());
    }
  }
};

struct BlockRunner::State {
  std::vector<std::unique_ptr<Fiber>> fibers;
  ucontext_t scheduler;
  Fiber *current = nullptr;
  void (*invoke)(void *const *) = nullptr;
  void *const *arguments = nullptr;

  static void enter(unsigned low, unsigned high) {
    auto *self = reinterpret_cast<State *>(uintptr_t(low) | uintptr_t(high) << 32);
    self->invoke(self->arguments);
    self->current->waiting = Waiting::Done;
    swapcontext(&self->current->context, &self->scheduler);
  }
};

BlockRunner::BlockRunner() : state(std::make_unique<State>()) {}
BlockRunner::~BlockRunner() = default;

void BlockRunner::operate(BlockRunner *runner, DeviceOp op, int64_t *slots) {
  Fiber &fiber = *runner->state->current;
  switch (op) {
  case DeviceOp::CopyAsync16:
    fiber.groups.back().push_back(
        {reinterpret_cast<uint8_t *>(slots[0]), reinterpret_cast<const uint8_t *>(slots[1]), size_t(slots[2])});
    return;
  case DeviceOp::CommitGroup: fiber.groups.emplace_back(); return;
  case DeviceOp::WaitGroup: fiber.wait(size_t(slots[0])); return;
  default: break;
  }
  fiber.waiting = op == DeviceOp::Barrier ? Waiting::ForBlock : Waiting::ForWarp;
  fiber.op = op;
  fiber.slots = slots;
  ThreadIds mine = runner->ids;
  swapcontext(&fiber.context, &runner->state->scheduler);
  runner->ids = mine;
}

/// Once no thread can go on: a barrier that all have reached, or warps that are complete.
Error BlockRunner::releaseWaiting(int64_t threads) {
  auto count = [&](int64_t first, int64_t end, auto is) {
    int64_t found = 0;
    for (int64_t t = first; t < end; ++t)
      found += is(*state->fibers[t]);
    return found;
  };
  bool released = false;
  for (int64_t first = 0; first < threads; first += 32) {
    int64_t end = std::min(first + 32, threads);
    const Fiber &lead = *state->fibers[first];
    if (count(first, end, [](Fiber &f) { return f.waiting == Waiting::ForWarp; }) == 0)
      continue;
    if (end - first != 32 ||
        count(first, end, [&](Fiber &f) { return f.waiting == Waiting::ForWarp && f.op == lead.op; }) != 32)
      return createStringError("expected all 32 lanes of a warp at the same operation, got some elsewhere");
    std::vector<int64_t *> lanes;
    for (int64_t t = first; t < end; ++t)
      lanes.push_back(state->fibers[t]->slots);
    executeWarp(lead.op, lanes);
    for (int64_t t = first; t < end; ++t)
      state->fibers[t]->waiting = Waiting::No;
    released = true;
  }
  if (released)
    return Error::success();
  if (count(0, threads, [](Fiber &f) { return f.waiting == Waiting::ForBlock; }) != threads)
    return createStringError("expected all threads of a block at a barrier, got some that have ended");
  for (int64_t t = 0; t < threads; ++t)
    state->fibers[t]->waiting = Waiting::No;
  return Error::success();
}

Error BlockRunner::runFibers(void (*invoke)(void *const *), void *const *arguments, int64_t threads) {
  state->invoke = invoke;
  state->arguments = arguments;
  while (int64_t(state->fibers.size()) < threads)
    state->fibers.push_back(std::make_unique<Fiber>());
  auto address = reinterpret_cast<uintptr_t>(state.get());
  for (int64_t t = 0; t < threads; ++t) {
    Fiber &fiber = *state->fibers[t];
    fiber.waiting = Waiting::No;
    fiber.groups = {{}};
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = fiber.stack.size();
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&State::enter), 2, unsigned(address),
                unsigned(address >> 32));
  }
  for (;;) {
    bool ran = false, done = true;
    for (int64_t t = 0; t < threads; ++t) {
      Fiber &fiber = *state->fibers[t];
      if (fiber.waiting == Waiting::No) {
        int64_t x = ids.blockExtent[0], y = ids.blockExtent[1];
        ids.thread[0] = int32_t(t % x);
        ids.thread[1] = int32_t(t / x % y);
        ids.thread[2] = int32_t(t / x / y);
        state->current = &fiber;
        swapcontext(&state->scheduler, &fiber.context);
        ran = true;
      }
      done &= fiber.waiting == Waiting::Done;
    }
    if (done)
      return Error::success();
    if (!ran)
      if (Error error = releaseWaiting(threads))
        return error;
  }
}

Error BlockRunner::run(void (*invoke)(void *const *), void *const *arguments, const int64_t (&grid)[3],
                       const int64_t (&block)[3], bool isCooperative, ArrayRef<std::pair<uint8_t *, size_t>> shared) {
  for (int d = 0; d < 3; ++d) {
    ids.blockExtent[d] = int32_t(block[d]);
    ids.gridExtent[d] = int32_t(grid[d]);
  }
  auto nest = [](const int64_t(&extents)[3], int32_t(&at)[3], auto body) -> Error {
    for (int64_t z = 0; z < extents[2]; ++z)
      for (int64_t y = 0; y < extents[1]; ++y)
        for (int64_t x = 0; x < extents[0]; ++x) {
          at[0] = int32_t(x);
          at[1] = int32_t(y);
          at[2] = int32_t(z);
          if (Error error = body())
            return error;
        }
    return Error::success();
  };
  return nest(grid, ids.block, [&]() -> Error {
    for (auto [bytes, size] : shared)
      std::memset(bytes, 0x5A, size);
    if (isCooperative)
      return runFibers(invoke, arguments, block[0] * block[1] * block[2]);
    return nest(block, ids.thread, [&] {
      invoke(arguments);
      return Error::success();
    });
  });
}

} // namespace wino
