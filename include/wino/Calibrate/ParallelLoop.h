// ParallelLoop: independent parts of one step on some threads.
#ifndef WINO_CALIBRATE_PARALLELLOOP_H
#define WINO_CALIBRATE_PARALLELLOOP_H

#include "llvm/Support/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

namespace wino {

class ParallelLoop {
public:
  explicit ParallelLoop(unsigned threads) : threads(threads) {
    if (threads > 1)
      pool = std::make_unique<llvm::DefaultThreadPool>(llvm::hardware_concurrency(threads - 1));
  }

  /// Calls body(i) for every i < count, in any order and on any thread: a result must not depend on either.
  template <typename Body> void operator()(int64_t count, Body body) const {
    std::atomic<int64_t> next{0}; // a busy machine holds some threads up, so nobody's share is fixed
    auto loop = [&] {
      for (int64_t i = next++; i < count; i = next++)
        body(i);
    };
    for (int64_t helper = 1; helper < std::min<int64_t>(threads, count); ++helper)
      pool->async(loop);
    loop();
    if (pool)
      pool->wait();
  }

private:
  unsigned threads;
  std::unique_ptr<llvm::DefaultThreadPool> pool; ///< threads beside the caller's
};

} // namespace wino

#endif
