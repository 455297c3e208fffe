// The bound on threads that may share one inference of a generated library.
#ifndef WINO_TARGET_WORKERS_H
#define WINO_TARGET_WORKERS_H

#include <cstdint>

namespace wino {

/// Most workers that can be asked for; runtime/wino_pool.h has the same bound.
constexpr int64_t maxWorkers = 64;

} // namespace wino

#endif
