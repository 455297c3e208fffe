// Warps of a block take turns; lanes run one after the other up to what they do together.
#include "BlockRunner.h"
#include "Fiber.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

using namespace llvm;

namespace wino {

enum class Waiting { No, ForBlock, ForWarp, Done };

/// cp.async: what has been asked for but need not have arrived.
struct Copy {
  uint8_t *to;
  const uint8_t *from;
  size_t bytes;
  bool isHere = false;

  void deliver() {
    if (isHere)
      return;
    std::memset(to, 0, 16);
    std::memcpy(to, from, bytes);
    isHere = true;
  }
};

struct BlockRunner::Thread {
  Fiber fiber;
  int32_t number = 0;
  Waiting waiting = Waiting::No;
  DeviceOp op = DeviceOp::Barrier;
  int64_t *slots = nullptr;
  std::vector<std::vector<Copy>> groups = {{}}; ///< in order, the last one open
};

struct BlockRunner::State {
  std::vector<std::unique_ptr<Thread>> threads;
  Thread *current = nullptr;
  void (*invoke)(void *const *) = nullptr;
  void *const *arguments = nullptr;
  SharedRaces races;
  std::string wrong; ///< the first race
  std::mt19937_64 random;

  static void enter(void *self) {
    auto *state = static_cast<State *>(self);
    state->invoke(state->arguments);
    state->current->waiting = Waiting::Done;
    state->current->fiber.leave();
  }

  size_t below(size_t count) { return size_t(random() % count); }
  template <typename T> void shuffle(std::vector<T> &list) {
    for (size_t i = list.size(); i > 1; --i)
      std::swap(list[i - 1], list[below(i)]);
  }
  void note(std::string problem) {
    if (wrong.empty())
      wrong = std::move(problem);
  }

  void wait(Thread &thread, size_t pending, const Schedule &schedule) {
    while (thread.groups.size() > pending + 1) {
      for (Copy &copy : thread.groups.front()) {
        copy.deliver();
        if (schedule.findsRaces)
          races.arrive(thread.number, copy.to, 16);
      }
      thread.groups.erase(thread.groups.begin());
    }
  }
};

Schedule Schedule::number(uint64_t n) {
  Schedule schedule;
  schedule.order = n == 0 ? Order::Forward : n == 1 ? Order::Backward : Order::Random;
  schedule.copies = n == 0 ? Copies::Late : n == 1 ? Copies::Early : Copies::Random;
  schedule.seed = n;
  return schedule;
}

BlockRunner::BlockRunner() : state(std::make_unique<State>()) {}
BlockRunner::~BlockRunner() = default;

void BlockRunner::operate(BlockRunner *runner, DeviceOp op, int64_t *slots) {
  State &state = *runner->state;
  Thread &thread = *state.current;
  const Schedule &schedule = runner->schedule;
  auto *address = slots ? reinterpret_cast<uint8_t *>(slots[0]) : nullptr;
  switch (op) {
  case DeviceOp::CopyAsync16: {
    Copy copy{address, reinterpret_cast<const uint8_t *>(slots[1]), size_t(slots[2])};
    if (schedule.findsRaces)
      state.note(state.races.startCopy(thread.number, address, 16));
    bool isEarly =
        schedule.copies == Schedule::Copies::Random ? state.below(2) == 0 : schedule.copies == Schedule::Copies::Early;
    if (isEarly)
      copy.deliver();
    thread.groups.back().push_back(copy);
    return;
  }
  case DeviceOp::CommitGroup: thread.groups.emplace_back(); return;
  case DeviceOp::WaitGroup: state.wait(thread, size_t(slots[0]), schedule); return;
  case DeviceOp::SharedRead:
    if (schedule.findsRaces)
      state.note(state.races.read(thread.number, address, size_t(slots[1])));
    return;
  case DeviceOp::SharedWrite:
    if (schedule.findsRaces)
      state.note(state.races.write(thread.number, address, size_t(slots[1])));
    return;
  default: break;
  }
  thread.waiting = op == DeviceOp::Barrier ? Waiting::ForBlock : Waiting::ForWarp;
  thread.op = op;
  thread.slots = slots;
  ThreadIds mine = runner->ids;
  thread.fiber.leave();
  runner->ids = mine;
}

/// Each lane up to its next operation, then that operation if it is the warp's.
Error BlockRunner::runWarp(int64_t warp, int64_t threads) {
  int64_t first = 32 * warp, count = std::min(first + 32, threads) - first;
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), first);
  if (schedule.order == Schedule::Order::Random)
    state->shuffle(order);
  else if (schedule.order == Schedule::Order::Backward)
    std::reverse(order.begin(), order.end());
  int64_t x = ids.blockExtent[0], y = ids.blockExtent[1], together = 0;
  for (int64_t t : order) {
    Thread &thread = *state->threads[t];
    if (thread.waiting == Waiting::No) {
      ids.thread[0] = int32_t(t % x);
      ids.thread[1] = int32_t(t / x % y);
      ids.thread[2] = int32_t(t / x / y);
      state->current = &thread;
      thread.fiber.enter();
    }
    together += thread.waiting == Waiting::ForWarp;
  }
  if (!state->wrong.empty())
    return createStringError(state->wrong);
  if (together == 0)
    return Error::success();
  std::vector<int64_t *> lanes;
  DeviceOp op = state->threads[first]->op;
  for (int64_t t = first; t < first + count; ++t) {
    Thread &thread = *state->threads[t];
    together -= thread.op != op;
    lanes.push_back(thread.slots);
    thread.waiting = thread.waiting == Waiting::ForWarp ? Waiting::No : thread.waiting;
    if (op == DeviceOp::LoadMatrix4 && schedule.findsRaces && together == 32)
      state->note(state->races.read(thread.number, reinterpret_cast<const void *>(thread.slots[0]), 16));
  }
  if (together != 32)
    return createStringError("expected all 32 lanes of a warp at the same operation, got some elsewhere");
  if (!state->wrong.empty())
    return createStringError(state->wrong);
  executeWarp(op, lanes);
  return Error::success();
}

/// Once no thread can go on: a barrier that all have reached.
Error BlockRunner::releaseBarrier(int64_t threads) {
  for (int64_t t = 0; t < threads; ++t)
    if (state->threads[t]->waiting != Waiting::ForBlock)
      return createStringError("expected all threads of a block at a barrier, got some that have ended");
  for (int64_t t = 0; t < threads; ++t)
    state->threads[t]->waiting = Waiting::No;
  state->races.barrier();
  return Error::success();
}

Error BlockRunner::runThreads(void (*invoke)(void *const *), void *const *arguments, int64_t threads) {
  state->invoke = invoke;
  state->arguments = arguments;
  while (int64_t(state->threads.size()) < threads)
    state->threads.push_back(std::make_unique<Thread>());
  for (int64_t t = 0; t < threads; ++t) {
    Thread &thread = *state->threads[t];
    thread.number = int32_t(t);
    thread.waiting = Waiting::No;
    thread.groups = {{}};
    thread.fiber.begin(&State::enter, state.get());
  }
  auto waits = [&](int64_t warp, Waiting how) {
    for (int64_t t = 32 * warp; t < std::min(32 * warp + 32, threads); ++t)
      if (state->threads[t]->waiting == how)
        return true;
    return false;
  };
  int64_t warps = (threads + 31) / 32;
  for (;;) {
    std::vector<int64_t> ready;
    for (int64_t warp = 0; warp < warps; ++warp)
      if (waits(warp, Waiting::No))
        ready.push_back(warp);
    if (!ready.empty()) {
      size_t chosen = schedule.order == Schedule::Order::Forward    ? 0
                      : schedule.order == Schedule::Order::Backward ? ready.size() - 1
                                                                    : state->below(ready.size());
      if (Error error = runWarp(ready[chosen], threads))
        return error;
      continue;
    }
    bool done = true;
    for (int64_t warp = 0; warp < warps; ++warp)
      done &= !waits(warp, Waiting::ForBlock);
    if (done)
      return Error::success();
    if (Error error = releaseBarrier(threads))
      return error;
  }
}

Error BlockRunner::run(void (*invoke)(void *const *), void *const *arguments, const int64_t (&grid)[3],
                       const int64_t (&block)[3], bool isCooperative, ArrayRef<std::pair<uint8_t *, size_t>> shared) {
  for (int d = 0; d < 3; ++d) {
    ids.blockExtent[d] = int32_t(block[d]);
    ids.gridExtent[d] = int32_t(grid[d]);
  }
  state->random.seed(schedule.seed);
  state->wrong.clear();
  std::vector<int64_t> blocks(grid[0] * grid[1] * grid[2]);
  std::iota(blocks.begin(), blocks.end(), 0);
  if (schedule.order == Schedule::Order::Backward)
    std::reverse(blocks.begin(), blocks.end());
  else if (schedule.order == Schedule::Order::Random)
    state->shuffle(blocks);
  int64_t threads = block[0] * block[1] * block[2];
  for (int64_t number : blocks) {
    ids.block[0] = int32_t(number % grid[0]);
    ids.block[1] = int32_t(number / grid[0] % grid[1]);
    ids.block[2] = int32_t(number / grid[0] / grid[1]);
    if (isCooperative) {
      for (auto [bytes, size] : shared)
        std::memset(bytes, 0x5A, size);
      state->races.begin(shared);
      if (Error error = runThreads(invoke, arguments, threads))
        return error;
      continue;
    }
    for (int64_t t = 0; t < threads; ++t) {
      ids.thread[0] = int32_t(t % block[0]);
      ids.thread[1] = int32_t(t / block[0] % block[1]);
      ids.thread[2] = int32_t(t / block[0] / block[1]);
      invoke(arguments);
    }
  }
  return Error::success();
}

} // namespace wino
