// Parallel: a fixed number of workers on a fixed partition of work. Callers give each result to one worker and sum in
// one order, so that results do not depend on the number of threads.
#ifndef WINO_NUMERICS_PARALLEL_H
#define WINO_NUMERICS_PARALLEL_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <thread>
#include <vector>

namespace wino {

/// Calls work(0), ..., work(threads - 1), each on a thread of its own, and waits for all.
inline void onThreads(unsigned threads, llvm::function_ref<void(unsigned thread)> work) {
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads; ++thread)
    others.emplace_back([work, thread] { work(thread); });
  work(0);
  for (std::thread &other : others)
    other.join();
}

} // namespace wino

#endif
