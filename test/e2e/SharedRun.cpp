// Two ways to hand out pieces, as different as can be.
#include "SharedRun.h"

#include <cstdio>
#include <cstdlib>

namespace wino {

SharedRun::SharedRun(uint32_t workers)
    : workers(workers), threadHook{wino_pool_parallel_for, nullptr}, backwardHook{runBackwards, &this->workers} {
  if (wino_pool_status status = wino_pool_create(&pool, workers, workers % 2)) {
    std::fprintf(stderr, "wino_pool_create: %s\n", wino_pool_strerror(status));
    std::exit(2);
  }
  threadHook.first = pool;
}

void SharedRun::runBackwards(void *workers, wino_pool_task task, void *arg, uint32_t count) {
  for (uint32_t i = count; i-- > 0;)
    task(arg, i, i + 1, i % *static_cast<uint32_t *>(workers));
}

} // namespace wino
