// SharedRun: hooks for host code that workers share, in the form that run_impl takes them: a function and what it takes
// first.
#ifndef WINO_TEST_E2E_SHAREDRUN_H
#define WINO_TEST_E2E_SHAREDRUN_H

#include "wino_pool.h"

namespace wino {

class SharedRun {
public:
  /// Ends the process if there are no threads to be had.
  explicit SharedRun(uint32_t workers);
  ~SharedRun() { wino_pool_destroy(pool); }
  SharedRun(const SharedRun &) = delete;
  SharedRun &operator=(const SharedRun &) = delete;

  /// Real threads.
  void *threads() { return &threadHook; }
  /// No threads: pieces one by one, the last one first, each by another worker than the one before.
  void *backwards() { return &backwardHook; }

private:
  using Hook = void (*)(void *, wino_pool_task, void *, uint32_t);
  static void runBackwards(void *workers, wino_pool_task task, void *arg, uint32_t count);

  uint32_t workers;
  wino_pool *pool = nullptr;
  struct {
    Hook function;
    void *first;
  } threadHook, backwardHook;
};

} // namespace wino

#endif
