// The pool: every piece once, workers never doubled, errors, rounds after sleep, callers that come at the same time.
#include "wino/Target/Workers.h"
#include "wino_pool.h"

#include "gtest/gtest.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Pool {
  Pool(uint32_t workers, uint32_t chunk) { EXPECT_EQ(wino_pool_create(&pool, workers, chunk), WINO_POOL_OK); }
  ~Pool() { wino_pool_destroy(pool); }
  wino_pool *pool = nullptr;
};

/// What a round did: how often each piece was done, and by whom.
struct Round {
  explicit Round(uint32_t count, uint32_t workers) : done(count), calls(workers), inside(workers) {}
  std::vector<std::atomic<int>> done;
  std::vector<std::atomic<int>> calls, inside;
  std::atomic<bool> doubled{false};

  static void task(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    auto *round = static_cast<Round *>(arg);
    if (round->inside.at(worker)++ != 0)
      round->doubled = true;
    ++round->calls[worker];
    EXPECT_LT(begin, end);
    for (uint32_t i = begin; i < end; ++i)
      ++round->done.at(i);
    --round->inside[worker];
  }
  bool isComplete() const {
    for (const std::atomic<int> &times : done)
      if (times != 1)
        return false;
    return !doubled;
  }
};

} // namespace

TEST(WinoPool, every_piece_once_for_any_workers_chunks_and_counts) {
  for (uint32_t workers : {1u, 2u, 3u, 8u})
    for (uint32_t chunk : {0u, 1u, 3u}) {
      Pool pool(workers, chunk);
      for (uint32_t count : {1u, 2u, 3u, 7u, 64u, 1000u}) {
        Round round(count, workers);
        wino_pool_parallel_for(pool.pool, Round::task, &round, count);
        EXPECT_TRUE(round.isComplete()) << workers << " workers, chunk " << chunk << ", count " << count;
      }
    }
}

TEST(WinoPool, nothing_to_do_calls_nobody) {
  Pool pool(2, 0);
  wino_pool_parallel_for(pool.pool, [](void *, uint32_t, uint32_t, uint32_t) { FAIL(); }, nullptr, 0);
}

TEST(WinoPool, ranges_are_as_equal_as_can_be) {
  struct Sizes {
    std::mutex mutex;
    std::multiset<uint32_t> sizes;
    static void task(void *arg, uint32_t begin, uint32_t end, uint32_t) {
      auto *all = static_cast<Sizes *>(arg);
      std::lock_guard<std::mutex> lock(all->mutex);
      all->sizes.insert(end - begin);
    }
  };
  Pool whole(3, 0), pieces(3, 4);
  Sizes three, chunks;
  wino_pool_parallel_for(whole.pool, Sizes::task, &three, 11);
  EXPECT_EQ(three.sizes, (std::multiset<uint32_t>{3, 4, 4}));
  wino_pool_parallel_for(pieces.pool, Sizes::task, &chunks, 13);
  EXPECT_EQ(chunks.sizes, (std::multiset<uint32_t>{3, 3, 3, 4}));
}

/// Two pieces that come back only if the other one runs too.
static void meet(wino_pool *pool) {
  std::atomic<int> arrived{0};
  auto task = [](void *arg, uint32_t, uint32_t, uint32_t) {
    auto *both = static_cast<std::atomic<int> *>(arg);
    ++*both;
    while (*both < 2)
      std::this_thread::yield();
  };
  wino_pool_parallel_for(pool, task, &arrived, 2);
  EXPECT_EQ(arrived, 2);
}

TEST(WinoPool, pieces_run_at_the_same_time) {
  Pool pool(2, 0);
  for (int i = 0; i < 100; ++i)
    meet(pool.pool);
}

TEST(WinoPool, rounds_see_what_was_written_before_without_atomics) {
  Pool pool(3, 0);
  std::vector<uint64_t> values(300, 1);
  auto task = [](void *arg, uint32_t begin, uint32_t end, uint32_t) {
    auto &list = *static_cast<std::vector<uint64_t> *>(arg);
    for (uint32_t i = begin; i < end; ++i) // of another worker's half, written in the round before
      list[150 + i] = list[149 - i] + 1;
  };
  auto back = [](void *arg, uint32_t begin, uint32_t end, uint32_t) {
    auto &list = *static_cast<std::vector<uint64_t> *>(arg);
    for (uint32_t i = begin; i < end; ++i)
      list[i] = list[299 - i];
  };
  for (int i = 0; i < 1000; ++i) {
    wino_pool_parallel_for(pool.pool, task, &values, 150);
    wino_pool_parallel_for(pool.pool, back, &values, 150);
  }
  for (uint64_t value : values)
    EXPECT_EQ(value, 1001u);
}

TEST(WinoPool, wakes_after_sleep) {
  Pool pool(2, 0);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30)); // far beyond the spins
    meet(pool.pool);
  }
}

TEST(WinoPool, waits_for_a_range_that_takes_long) {
  Pool pool(2, 0);
  std::atomic<int> done{0};
  auto task = [](void *arg, uint32_t begin, uint32_t, uint32_t) {
    if (begin == 1) // far beyond the spins of whoever is ready
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    ++*static_cast<std::atomic<int> *>(arg);
  };
  for (int i = 1; i <= 3; ++i) {
    wino_pool_parallel_for(pool.pool, task, &done, 2);
    EXPECT_EQ(done, 2 * i);
  }
}

TEST(WinoPool, second_caller_and_nested_call_work_alone) {
  Pool pool(2, 1);
  struct Both {
    wino_pool *pool;
    Round inner{5, 2};
  } both{pool.pool};
  auto nested = [](void *arg, uint32_t begin, uint32_t, uint32_t) {
    auto *b = static_cast<Both *>(arg);
    if (begin == 0)
      wino_pool_parallel_for(b->pool, Round::task, &b->inner, 5);
  };
  wino_pool_parallel_for(pool.pool, nested, &both, 4);
  EXPECT_TRUE(both.inner.isComplete());
  EXPECT_EQ(both.inner.calls[0], 1);
  EXPECT_EQ(both.inner.calls[1], 0);

  std::vector<std::thread> callers;
  std::atomic<int> complete{0};
  for (int t = 0; t < 3; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        Round round(16, 2);
        wino_pool_parallel_for(pool.pool, Round::task, &round, 16);
        complete += round.isComplete();
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(complete, 600);
}

TEST(WinoPool, no_pool_is_one_call_by_the_caller) {
  Round round(5, 1);
  wino_pool_parallel_for(nullptr, Round::task, &round, 5);
  EXPECT_TRUE(round.isComplete());
  EXPECT_EQ(round.calls[0], 1);
  EXPECT_EQ(wino_pool_workers(nullptr), 1u);
  wino_pool_destroy(nullptr);
}

TEST(WinoPool, errors_are_returned) {
  wino_pool *pool = reinterpret_cast<wino_pool *>(8);
  EXPECT_EQ(wino_pool_create(nullptr, 2, 0), WINO_POOL_ERROR_NULL);
  EXPECT_EQ(wino_pool_create(&pool, 0, 0), WINO_POOL_ERROR_WORKERS);
  EXPECT_EQ(pool, nullptr);
  static_assert(WINO_POOL_MAX_WORKERS == wino::maxWorkers, "a library may ask for as many as a pool can have");
  EXPECT_EQ(wino_pool_create(&pool, WINO_POOL_MAX_WORKERS + 1, 0), WINO_POOL_ERROR_WORKERS);
  std::set<std::string> texts;
  for (wino_pool_status status = WINO_POOL_ERROR_THREAD - 1; status <= WINO_POOL_OK; ++status)
    texts.insert(wino_pool_strerror(status));
  EXPECT_EQ(texts.size(), 6u); // all differ, the unknown one too
}

TEST(WinoPool, largest_pool_comes_and_goes) {
  for (int i = 0; i < 5; ++i) {
    Pool pool(WINO_POOL_MAX_WORKERS, 0);
    EXPECT_EQ(wino_pool_workers(pool.pool), uint32_t(WINO_POOL_MAX_WORKERS));
    Round round(1000, WINO_POOL_MAX_WORKERS);
    wino_pool_parallel_for(pool.pool, Round::task, &round, 1000);
    EXPECT_TRUE(round.isComplete());
  }
}
