/* POSIX threads that take ranges of pieces. A round is over when its ranges are done, whoever did them: a thread that
 * the system keeps away from its processor delays nobody. Atomics are the __atomic builtins of GCC and Clang, since C99
 * has none. */
#define _POSIX_C_SOURCE 200809L
#include "wino_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { spins_before_sleep = 4096, cache_line = 64 };

typedef struct {
  wino_pool *pool;
  pthread_t thread;
  uint32_t number;
} pool_worker;

struct wino_pool {
  /* The round's work. Written by the caller while the round is closed. */
  wino_pool_task task;
  void *arg;
  uint32_t count, ranges;

  uint32_t workers, chunk, spins;
  pthread_mutex_t mutex;
  pthread_cond_t new_round, round_done;
  int busy;                         /* a caller is inside parallel_for */
  int stop;                         /* no more rounds */
  uint32_t sleepers, caller_sleeps; /* who must be woken; changed with `mutex` held */
  unsigned char space0[cache_line]; /* what is spun on has lines of its own */
  uint64_t state; /* number of the newest round << 32 | first range that nobody has taken, or `closed` */
  unsigned char space1[cache_line];
  uint32_t done; /* ranges of it */
  unsigned char space2[cache_line];
  pool_worker threads[]; /* `workers` - 1 */
};

static const uint32_t closed = UINT32_MAX;

static uint32_t round_of(uint64_t state) { return (uint32_t)(state >> 32); }

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield" ::: "memory");
#endif
}

/* Does ranges of round `round` until none is left that nobody has taken. That a range could be taken shows that the
 * round was not over, and that what was read of its work before was its own: the caller closes a round before it
 * changes any. */
static void do_ranges(wino_pool *pool, uint32_t round, uint32_t worker) {
  uint64_t state = __atomic_load_n(&pool->state, __ATOMIC_ACQUIRE);
  for (;;) {
    wino_pool_task task = __atomic_load_n(&pool->task, __ATOMIC_ACQUIRE);
    void *arg = __atomic_load_n(&pool->arg, __ATOMIC_ACQUIRE);
    uint32_t count = __atomic_load_n(&pool->count, __ATOMIC_ACQUIRE);
    uint32_t ranges = __atomic_load_n(&pool->ranges, __ATOMIC_ACQUIRE);
    uint32_t range = (uint32_t)state;
    if (round_of(state) != round || range == closed || range >= ranges)
      return;
    if (!__atomic_compare_exchange_n(&pool->state, &state, state + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      continue;
    task(arg, (uint32_t)((uint64_t)count * range / ranges), (uint32_t)((uint64_t)count * (range + 1) / ranges), worker);
    if (__atomic_add_fetch(&pool->done, 1, __ATOMIC_SEQ_CST) == ranges && worker != 0 &&
        __atomic_load_n(&pool->caller_sleeps, __ATOMIC_SEQ_CST)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->round_done);
      pthread_mutex_unlock(&pool->mutex);
    }
    state = __atomic_load_n(&pool->state, __ATOMIC_ACQUIRE);
  }
}

/* Returns the number of a round after `seen`. Sleepers are counted before they look at the round for the last time, and
 * callers look at the count after they have changed the round: one of the two sees the other. */
static uint32_t await_round(wino_pool *pool, uint32_t seen) {
  uint32_t round, i;
  for (i = 0; i < pool->spins; ++i) {
    round = round_of(__atomic_load_n(&pool->state, __ATOMIC_ACQUIRE));
    if (round != seen)
      return round;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  while ((round = round_of(__atomic_load_n(&pool->state, __ATOMIC_SEQ_CST))) == seen)
    pthread_cond_wait(&pool->new_round, &pool->mutex);
  __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&pool->mutex);
  return round;
}

/* Opens round `round`, whose work is written. */
static void open_round(wino_pool *pool, uint32_t round) {
  __atomic_store_n(&pool->state, (uint64_t)round << 32, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST) == 0)
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->new_round);
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
  pool_worker *self = argument;
  wino_pool *pool = self->pool;
  uint32_t seen = 0;
  for (;;) {
    seen = await_round(pool, seen);
    if (__atomic_load_n(&pool->stop, __ATOMIC_RELAXED))
      return NULL;
    do_ranges(pool, seen, self->number);
  }
}

static void await_ranges(wino_pool *pool, uint32_t ranges) {
  uint32_t i;
  for (i = 0; i < pool->spins; ++i) {
    if (__atomic_load_n(&pool->done, __ATOMIC_ACQUIRE) == ranges)
      return;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  __atomic_store_n(&pool->caller_sleeps, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&pool->done, __ATOMIC_SEQ_CST) != ranges)
    pthread_cond_wait(&pool->round_done, &pool->mutex);
  __atomic_store_n(&pool->caller_sleeps, 0, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&pool->mutex);
}

void wino_pool_parallel_for(void *argument, wino_pool_task task, void *arg, uint32_t count) {
  wino_pool *pool = argument;
  uint32_t round, ranges;
  if (count == 0)
    return;
  if (!pool || pool->workers == 1 || count == 1 || __atomic_exchange_n(&pool->busy, 1, __ATOMIC_ACQUIRE)) {
    task(arg, 0, count, 0);
    return;
  }
  round = round_of(__atomic_load_n(&pool->state, __ATOMIC_RELAXED)) + 1;
  ranges = pool->chunk ? (count - 1) / pool->chunk + 1 : count < pool->workers ? count : pool->workers;
  __atomic_store_n(&pool->state, (uint64_t)(round - 1) << 32 | closed, __ATOMIC_SEQ_CST);
  __atomic_store_n(&pool->task, task, __ATOMIC_RELEASE);
  __atomic_store_n(&pool->arg, arg, __ATOMIC_RELEASE);
  __atomic_store_n(&pool->count, count, __ATOMIC_RELEASE);
  __atomic_store_n(&pool->ranges, ranges, __ATOMIC_RELEASE);
  __atomic_store_n(&pool->done, 0, __ATOMIC_RELAXED);
  open_round(pool, round);
  do_ranges(pool, round, 0);
  await_ranges(pool, ranges);
  __atomic_store_n(&pool->busy, 0, __ATOMIC_RELEASE);
}

/* Ends the first `started` threads. */
static void stop_threads(wino_pool *pool, uint32_t started) {
  uint32_t i;
  __atomic_store_n(&pool->stop, 1, __ATOMIC_RELAXED);
  open_round(pool, round_of(__atomic_load_n(&pool->state, __ATOMIC_RELAXED)) + 1);
  for (i = 0; i < started; ++i)
    pthread_join(pool->threads[i].thread, NULL);
}

static int init_waiting(wino_pool *pool) {
  if (pthread_mutex_init(&pool->mutex, NULL))
    return 0;
  if (pthread_cond_init(&pool->new_round, NULL)) {
    pthread_mutex_destroy(&pool->mutex);
    return 0;
  }
  if (pthread_cond_init(&pool->round_done, NULL)) {
    pthread_cond_destroy(&pool->new_round);
    pthread_mutex_destroy(&pool->mutex);
    return 0;
  }
  return 1;
}

static void end_waiting(wino_pool *pool) {
  pthread_cond_destroy(&pool->round_done);
  pthread_cond_destroy(&pool->new_round);
  pthread_mutex_destroy(&pool->mutex);
}

wino_pool_status wino_pool_create(wino_pool **result, uint32_t workers, uint32_t chunk) {
  wino_pool *pool;
  uint32_t i;
  if (!result)
    return WINO_POOL_ERROR_NULL;
  *result = NULL;
  if (workers < 1 || workers > WINO_POOL_MAX_WORKERS)
    return WINO_POOL_ERROR_WORKERS;
  pool = calloc(1, sizeof *pool + (workers - 1) * sizeof pool->threads[0]);
  if (!pool)
    return WINO_POOL_ERROR_MEMORY;
  pool->workers = workers;
  pool->chunk = chunk;
  pool->spins = spins_before_sleep;
#ifdef _SC_NPROCESSORS_ONLN
  if (sysconf(_SC_NPROCESSORS_ONLN) < (long)workers)
    pool->spins = 0;
#endif
  if (!init_waiting(pool)) {
    free(pool);
    return WINO_POOL_ERROR_THREAD;
  }
  for (i = 0; i + 1 < workers; ++i) {
    pool->threads[i].pool = pool;
    pool->threads[i].number = i + 1;
    if (pthread_create(&pool->threads[i].thread, NULL, work, &pool->threads[i])) {
      stop_threads(pool, i);
      end_waiting(pool);
      free(pool);
      return WINO_POOL_ERROR_THREAD;
    }
  }
  *result = pool;
  return WINO_POOL_OK;
}

uint32_t wino_pool_workers(const wino_pool *pool) { return pool ? pool->workers : 1; }

void wino_pool_destroy(wino_pool *pool) {
  if (!pool)
    return;
  stop_threads(pool, pool->workers - 1);
  end_waiting(pool);
  free(pool);
}

const char *wino_pool_strerror(wino_pool_status status) {
  switch (status) {
  case WINO_POOL_OK: return "ok";
  case WINO_POOL_ERROR_NULL: return "expected a pointer, got NULL";
  case WINO_POOL_ERROR_WORKERS: return "expected 1 to WINO_POOL_MAX_WORKERS workers, got another number";
  case WINO_POOL_ERROR_MEMORY: return "expected memory for a pool, got none";
  case WINO_POOL_ERROR_THREAD: return "expected a thread from the system, got an error";
  }
  return "unknown status";
}
