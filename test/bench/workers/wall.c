/* wall.c - wall time of one inference by 1, 2, ... workers of wino_pool, in turns.
 *
 * usage: wall WORKERS SECONDS
 * Prints a line per number of workers: the number, milliseconds: median, and that which a tenth of the runs keep to.
 * Exit code 1 if outputs differ. */
#define _POSIX_C_SOURCE 200809L
#include "../../c/model.h"
#include "wino_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { max_runs = 20000 };

static _Alignas(model_arena_align) uint8_t arena[model_arena_bytes];
static model_input input[model_input_elements];
static model_outputs outputs, expected;
static double times[WINO_POOL_MAX_WORKERS][max_runs];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int workers = argc == 3 ? atoi(argv[1]) : 0, w, count;
  double begin, end = argc == 3 ? now() + atof(argv[2]) : 0;
  uint32_t noise = 1;
  wino_pool *pools[WINO_POOL_MAX_WORKERS];
  model_ctx ctx;
  size_t i;
  if (workers < 1 || workers > MODEL_MACRO(_MAX_WORKERS))
    return 2;
  for (i = 0; i < model_input_elements; ++i) {
    noise = noise * 1664525u + 1013904223u;
    input[i] = (model_input)(noise >> 25);
  }
  if (MODEL_INIT(&ctx, arena, sizeof arena) || MODEL_RUN(&ctx, input, &expected))
    return 2;
  for (w = 0; w < workers; ++w)
    if (wino_pool_create(&pools[w], (uint32_t)w + 1, 0))
      return 2;
  for (count = 0; count < max_runs && (now() < end || count < 10); ++count)
    for (w = 0; w < workers; ++w) {
      if (MODEL_NAME(_set_parallel_for)(&ctx, wino_pool_parallel_for, pools[w], (uint32_t)w + 1))
        return 2;
      MODEL_RUN(&ctx, input, &outputs); /* caches and threads awake */
      begin = now();
      MODEL_RUN(&ctx, input, &outputs);
      times[w][count] = 1e3 * (now() - begin);
      if (memcmp(&outputs, &expected, sizeof outputs))
        return 1;
    }
  for (w = 0; w < workers; ++w) {
    qsort(times[w], (size_t)count, sizeof times[w][0], by_value);
    printf("%d %.6f %.6f\n", w + 1, times[w][count / 2], times[w][count / 10]);
    wino_pool_destroy(pools[w]);
  }
  return 0;
}
