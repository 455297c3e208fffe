// The threads of a block on one thread of the host, and operations of warps against plain loops.
#include "host/BlockRunner.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>

using namespace wino;

namespace {

/// What the kernels below see; they are C++ here.
struct Memory {
  BlockRunner runner;
  int32_t shared[96] = {}, result[96] = {};
  uint8_t bytes[64] = {}, copied[96][16] = {};
  int32_t early[96] = {}, late[96] = {};
};
Memory *memory;

int32_t thread() { return memory->runner.ids.thread[0]; }
void operate(DeviceOp op, int64_t *slots) { BlockRunner::operate(&memory->runner, op, slots); }

class BlockRunnerTest : public ::testing::Test {
protected:
  BlockRunnerTest() { ::memory = &own; }
  Memory own;
  int64_t one[3] = {1, 1, 1};

  llvm::Error run(void (*kernel)(void *const *), int64_t threads, bool isCooperative = true) {
    int64_t block[3] = {threads, 1, 1};
    std::pair<uint8_t *, size_t> shared[] = {{reinterpret_cast<uint8_t *>(own.shared), sizeof own.shared},
                                             {own.copied[0], sizeof own.copied}};
    return own.runner.run(kernel, nullptr, one, block, isCooperative, shared);
  }
  std::string race(void (*kernel)(void *const *)) {
    own.runner.schedule = Schedule();
    std::string first = llvm::toString(run(kernel, 64));
    for (uint64_t n = 1; n < 5; ++n) { // found in any order
      own.runner.schedule = Schedule::number(n);
      EXPECT_NE(llvm::toString(run(kernel, 64)), "") << n;
    }
    return first;
  }
};

/// Accesses to `shared[i]` as emulated code announces them.
void announce(DeviceOp op, int32_t i) {
  int64_t slots[] = {reinterpret_cast<int64_t>(::memory->shared + i), 4};
  operate(op, slots);
}

} // namespace

TEST_F(BlockRunnerTest, threads_meet_at_barriers) {
  auto kernel = [](void *const *) {
    int32_t t = thread();
    ::memory->shared[t] = t + 1;
    operate(DeviceOp::Barrier, nullptr);
    ::memory->result[t] = ::memory->shared[(t + 1) % 96];
    operate(DeviceOp::Barrier, nullptr);
    ::memory->shared[t] = 0;
    ::memory->result[t] += 1000 * thread(); // still its own number
  };
  ASSERT_FALSE(run(kernel, 96));
  for (int t = 0; t < 96; ++t)
    EXPECT_EQ(own.result[t], (t + 1) % 96 + 1 + 1000 * t);
}

TEST_F(BlockRunnerTest, threads_that_end_before_a_barrier_are_an_error) {
  auto kernel = [](void *const *) {
    if (thread() != 5)
      operate(DeviceOp::Barrier, nullptr);
  };
  EXPECT_EQ(llvm::toString(run(kernel, 32)), "expected all threads of a block at a barrier, got some that have ended");
}

TEST_F(BlockRunnerTest, lanes_that_miss_an_operation_of_their_warp_are_an_error) {
  auto kernel = [](void *const *) {
    int64_t slots[16] = {};
    if (thread() < 16)
      operate(DeviceOp::Mma8816, slots);
  };
  EXPECT_EQ(llvm::toString(run(kernel, 32)),
            "expected all 32 lanes of a warp at the same operation, got some elsewhere");
}

TEST_F(BlockRunnerTest, a_missing_barrier_is_a_race_in_any_order) {
  EXPECT_EQ(race([](void *const *) {
              announce(DeviceOp::SharedWrite, thread());
              announce(DeviceOp::SharedRead, thread());
              announce(DeviceOp::SharedRead, (thread() + 63) % 64);
            }),
            "expected no read of shared memory that nothing has written, got one by thread 0");
  EXPECT_EQ(race([](void *const *) {
              announce(DeviceOp::SharedWrite, thread());
              operate(DeviceOp::Barrier, nullptr);
              announce(DeviceOp::SharedRead, (thread() + 1) % 64);
              announce(DeviceOp::SharedWrite, thread());
            }),
            "expected a barrier between thread 0 and thread 1, which read and write the same shared memory, got none");
  EXPECT_EQ(race([](void *const *) { announce(DeviceOp::SharedWrite, thread() / 2); }),
            "expected a barrier between thread 0 and thread 1, which both write the same shared memory, got none");
  EXPECT_EQ(race([](void *const *) { announce(DeviceOp::SharedWrite, -64 + thread()); }),
            "expected shared memory of the kernel, got an address outside, from thread 0");
  auto fine = [](void *const *) {
    for (int round = 0; round < 3; ++round) {
      announce(DeviceOp::SharedWrite, thread());
      announce(DeviceOp::SharedRead, thread());
      operate(DeviceOp::Barrier, nullptr);
      announce(DeviceOp::SharedRead, (thread() + 1) % 64);
      announce(DeviceOp::SharedRead, (thread() + 2) % 64);
      operate(DeviceOp::Barrier, nullptr);
    }
  };
  for (uint64_t n = 0; n < 5; ++n) {
    own.runner.schedule = Schedule::number(n);
    EXPECT_EQ(llvm::toString(run(fine, 64)), "") << n;
  }
}

TEST_F(BlockRunnerTest, what_a_copy_is_on_the_way_to_is_nobodys) {
  EXPECT_EQ(race([](void *const *) {
              int64_t slots[] = {reinterpret_cast<int64_t>(::memory->copied[thread()]),
                                 reinterpret_cast<int64_t>(::memory->bytes), 16};
              operate(DeviceOp::CopyAsync16, slots);
              operate(DeviceOp::CommitGroup, nullptr);
              int64_t read[] = {slots[0], 4};
              operate(DeviceOp::SharedRead, read);
            }),
            "expected no access to shared memory that a cp.async of thread 0 is on the way to, got one by thread 0");
}

/// Which thread comes first, and whether a copy is there before its wait, differ between schedules.
TEST_F(BlockRunnerTest, schedules_change_orders_and_arrivals) {
  auto kernel = [](void *const *) {
    Memory &m = *::memory;
    m.early[m.result[95]++] = thread();
    int64_t slots[] = {reinterpret_cast<int64_t>(m.copied[thread()]), reinterpret_cast<int64_t>(m.bytes), 16};
    operate(DeviceOp::CopyAsync16, slots);
    operate(DeviceOp::CommitGroup, nullptr);
    m.late[thread()] = m.copied[thread()][0];
    int64_t pending[] = {0};
    operate(DeviceOp::WaitGroup, pending);
    m.result[thread()] = m.copied[thread()][0];
  };
  own.bytes[0] = 77;
  std::vector<std::vector<int32_t>> orders;
  for (uint64_t n = 0; n < 4; ++n) {
    own.runner.schedule = Schedule::number(n);
    own.result[95] = 0;
    ASSERT_FALSE(run(kernel, 64));
    orders.emplace_back(own.early, own.early + 64);
    int here = int(std::count(own.late, own.late + 64, 77));
    if (n < 2)
      EXPECT_EQ(here, n == 0 ? 0 : 64);
    else
      EXPECT_TRUE(here > 10 && here < 54) << here;
    EXPECT_EQ(std::count(own.result, own.result + 64, 77), 64);
  }
  for (int t = 0; t < 64; ++t) {
    EXPECT_EQ(orders[0][t], t);
    EXPECT_EQ(orders[1][t], 63 - t);
  }
  EXPECT_NE(orders[2], orders[3]);
  std::sort(orders[2].begin(), orders[2].end());
  EXPECT_EQ(orders[2], orders[0]);
}

TEST_F(BlockRunnerTest, blocks_and_threads_are_numbered) {
  auto kernel = [](void *const *) {
    const ThreadIds &ids = ::memory->runner.ids;
    ::memory->result[((ids.block[1] * 3 + ids.block[0]) * 2 + ids.thread[1]) * 4 + ids.thread[0]] += 1;
  };
  int64_t grid[3] = {3, 4, 1}, block[3] = {4, 2, 1};
  ASSERT_FALSE(own.runner.run(kernel, nullptr, grid, block, false, {}));
  for (int32_t count : own.result)
    EXPECT_EQ(count, 1);
}

TEST_F(BlockRunnerTest, copies_arrive_with_the_wait_for_their_group) {
  std::iota(own.bytes, own.bytes + 64, uint8_t(1));
  auto kernel = [](void *const *) {
    Memory &m = *::memory;
    int32_t t = thread();
    for (int64_t bytes : {16, 4}) { // two groups: all of a chunk, then four bytes and zeros
      int64_t slots[] = {reinterpret_cast<int64_t>(m.copied[t]), reinterpret_cast<int64_t>(m.bytes), bytes};
      operate(DeviceOp::CopyAsync16, slots);
      operate(DeviceOp::CommitGroup, slots);
    }
    m.early[t] = m.copied[t][9];
    int64_t pending[] = {1};
    operate(DeviceOp::WaitGroup, pending);
    m.late[t] = m.copied[t][9];
    pending[0] = 0;
    operate(DeviceOp::WaitGroup, pending);
    m.result[t] = m.copied[t][3] * 100 + m.copied[t][9];
  };
  own.runner.schedule.findsRaces = false; // two copies to one place, in groups one after the other
  ASSERT_FALSE(run(kernel, 32));
  for (int t = 0; t < 32; ++t) {
    EXPECT_EQ(own.early[t], 0x5A); // paint
    EXPECT_EQ(own.late[t], 10);
    EXPECT_EQ(own.result[t], 400); // byte 9 beyond the four is zero
  }
}

namespace {

/// Fragments by ldmatrix, product by mma, against a plain product of the matrices in memory. A is rows x 32 or 16
/// bytes, B 8 columns of as many.
void checkProduct(DeviceOp op, int rows, int depth, bool isUnsigned) {
  std::vector<uint8_t> a(rows * depth), b(8 * depth);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = uint8_t(i * 37 + 11);
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = uint8_t(i * 101 + 200);
  int aWords = rows * depth / 128, bWords = depth / 16, sums = rows / 4;
  int64_t fragments[32][16], loads[32][5];
  int64_t *lanes[32];
  // Matrices of 8 rows x 16 bytes: of A down first, then right; of B right.
  auto load = [&](const std::vector<uint8_t> &from, bool isA, int words, int at) {
    for (int lane = 0; lane < 32; ++lane) {
      int matrix = lane / 8, down = isA && rows == 16 ? matrix % 2 : 0, right = isA && rows == 16 ? matrix / 2 : matrix;
      int row = std::min(down * 8 + lane % 8, (isA ? rows : 8) - 1), chunk = std::min(right, depth / 16 - 1);
      loads[lane][0] = reinterpret_cast<int64_t>(from.data() + row * depth + chunk * 16);
      lanes[lane] = loads[lane];
    }
    executeWarp(DeviceOp::LoadMatrix4, lanes);
    for (int lane = 0; lane < 32; ++lane)
      for (int w = 0; w < words; ++w)
        fragments[lane][at + w] = loads[lane][1 + w];
  };
  load(a, true, aWords, 0);
  load(b, false, bWords, aWords);
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < sums; ++i)
      fragments[lane][aWords + bWords + i] = 2147483647 - lane - i; // so that sums wrap
    lanes[lane] = fragments[lane];
  }
  executeWarp(op, lanes);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < 8; ++column) {
      int lane = row % 8 * 4 + column / 2, i = row / 8 * 2 + column % 2;
      uint32_t expected = 2147483647u - uint32_t(lane) - uint32_t(i);
      for (int k = 0; k < depth; ++k) {
        int32_t x = isUnsigned ? int32_t(a[row * depth + k]) : int8_t(a[row * depth + k]);
        expected += uint32_t(x * int8_t(b[column * depth + k]));
      }
      ASSERT_EQ(int32_t(fragments[lane][aWords + bWords + sums + i]), int32_t(expected)) << row << ", " << column;
    }
}

} // namespace

TEST(WarpOpsTest, products_of_fragments_are_products_of_matrices) {
  checkProduct(DeviceOp::Mma16832, 16, 32, false);
  checkProduct(DeviceOp::Mma16832Unsigned, 16, 32, true);
  checkProduct(DeviceOp::Mma8816, 8, 16, false);
  checkProduct(DeviceOp::Mma8816Unsigned, 8, 16, true);
}
