/* wino_pool: threads for the parallel_for hook of generated libraries (see <name>_set_parallel_for in their headers).
 * C99 and POSIX threads, nothing else; firmware without threads leaves this file out, or brings a hook of its own.
 *
 *     wino_pool *pool;
 *     if (wino_pool_create(&pool, 4, 0) == WINO_POOL_OK)
 *       status = resnet20_set_parallel_for(&ctx, wino_pool_parallel_for, pool, wino_pool_workers(pool));
 *     ...
 *     wino_pool_destroy(pool);
 */
#ifndef WINO_POOL_H_INCLUDED
#define WINO_POOL_H_INCLUDED

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t wino_pool_status;
enum {
  WINO_POOL_OK = 0,
  WINO_POOL_ERROR_NULL = -1,    /* a pointer is NULL */
  WINO_POOL_ERROR_WORKERS = -2, /* fewer than 1 or more than WINO_POOL_MAX_WORKERS workers */
  WINO_POOL_ERROR_MEMORY = -3,  /* no memory */
  WINO_POOL_ERROR_THREAD = -4   /* the system refused a thread, mutex or condition variable */
};
enum { WINO_POOL_MAX_WORKERS = 64 };

typedef struct wino_pool wino_pool;
typedef void (*wino_pool_task)(void *arg, uint32_t begin, uint32_t end, uint32_t worker);

/* Starts `workers` - 1 threads; whoever calls wino_pool_parallel_for is worker 0. Pieces are taken in ranges by whoever
 * is free first. `chunk` 0: as many ranges as workers, as equal as can be, which is best on cores that have nothing
 * else to do; `chunk` >= 1: ranges of at most so many pieces, which is better where cores differ or are busy. All
 * memory is allocated here. On an error *pool is NULL and nothing is left behind. */
wino_pool_status wino_pool_create(wino_pool **pool, uint32_t workers, uint32_t chunk);

/* 1 for NULL. */
uint32_t wino_pool_workers(const wino_pool *pool);

/* Calls task(arg, begin, end, worker) for ranges that together are [0, count), each number once, and returns when all
 * calls have returned. What a caller wrote before, its tasks see; what tasks wrote, the caller sees after. `pool` is a
 * wino_pool *; NULL: the caller does everything, in one call. The same if another thread is inside this function with
 * the same pool, or if a task calls it: correct, but without help.
 *
 * Threads wait for work and callers for its end by spinning some thousand times (tens of microseconds; not at all where
 * workers outnumber processors), then asleep on a condition variable: layers of one inference follow each other
 * fast, inferences do not. */
void wino_pool_parallel_for(void *pool, wino_pool_task task, void *arg, uint32_t count);

/* Stops the threads and frees the pool; NULL is allowed. Not during a call of wino_pool_parallel_for. */
void wino_pool_destroy(wino_pool *pool);

/* A constant text for a status; never NULL. */
const char *wino_pool_strerror(wino_pool_status status);

#ifdef __cplusplus
}
#endif

#endif
