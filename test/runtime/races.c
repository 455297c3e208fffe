/* races.c - runs a lowered network by three threads (races.sh). Argument `good`: as it should be, static and dynamic
 * ranges, equal outputs; `same-scratch`: every worker is told that it is worker 0. */
#include "wino_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*hook_function)(void *, wino_pool_task, void *, uint32_t);
typedef struct {
  hook_function function;
  void *first;
} hook;
void net_run_impl(void *arena, const void *in, void *out, hook *threads);

enum { arena_bytes = 1 << 21, in_bytes = 3 * 32 * 32, out_bytes = 10 }; /* more than the arena needs */

static wino_pool_task real_task;
static void as_worker_0(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
  (void)worker;
  real_task(arg, begin, end, 0);
}
static void same_scratch(void *pool, wino_pool_task task, void *arg, uint32_t count) {
  real_task = task;
  wino_pool_parallel_for(pool, as_worker_0, arg, count);
}

void *__tsan_memset(void *, int, size_t);
void *__tsan_memcpy(void *, const void *, size_t);
/* Clang's names for what gcc's ThreadSanitizer watches under the usual ones. */
void *__tsan_memset(void *to, int value, size_t bytes) { return memset(to, value, bytes); }
void *__tsan_memcpy(void *to, const void *from, size_t bytes) { return memcpy(to, from, bytes); }

int main(int argc, char **argv) {
  static unsigned char in[in_bytes], out[4][out_bytes];
  unsigned char *arena = aligned_alloc(64, arena_bytes);
  int broken = argc == 2 && !strcmp(argv[1], "same-scratch");
  uint32_t round;
  if (!arena)
    return 2;
  for (uint32_t i = 0; i < in_bytes; ++i)
    in[i] = (unsigned char)(i * 2654435761u >> 25);
  for (round = 0; round < 4; ++round) {
    wino_pool *pool;
    hook threads = {broken ? same_scratch : wino_pool_parallel_for, NULL};
    if (wino_pool_create(&pool, round == 0 ? 1 : 3, round % 2))
      return 3;
    threads.first = pool;
    net_run_impl(arena, in, out[round], &threads);
    wino_pool_destroy(pool);
    if (!broken && memcmp(out[0], out[round], out_bytes)) {
      fprintf(stderr, "races: round %u differs from one worker\n", (unsigned)round);
      return 1;
    }
  }
  free(arena);
  return 0;
}
