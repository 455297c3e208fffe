/* critical.c - what a53sim counts of one inference that several workers share: all of it, or what is left when of each
 * layer's ranges only the longest counts. The ranges are those of wino_pool with chunk 0 and run one after the other.
 *
 * usage: critical WORKERS all|first|last    first, last: which of several longest ranges counts */
#include "../../c/model.h"
#include "../a53sim/mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(model_arena_align) uint8_t arena[model_arena_bytes];
static model_input input[model_input_elements];
static model_outputs outputs, expected;
static uint32_t workers;
static int only_longest, of_many_last, counting;

static uint32_t begin_of(uint32_t count, uint32_t worker) { return (uint32_t)((uint64_t)count * worker / workers); }

static void hook(void *pool, MODEL_NAME(_task) task, void *arg, uint32_t count) {
  uint32_t w, longest = 0, size = 0;
  (void)pool;
  for (w = 0; w < workers; ++w) {
    uint32_t own = begin_of(count, w + 1) - begin_of(count, w);
    if (own > size || (own == size && of_many_last)) {
      size = own;
      longest = w;
    }
  }
  for (w = 0; w < workers; ++w) {
    uint32_t begin = begin_of(count, w), end = begin_of(count, w + 1);
    if (counting && only_longest && w != longest)
      MARK_WARM();
    if (begin < end)
      task(arg, begin, end, w);
    if (counting)
      MARK_START();
  }
}

int main(int argc, char **argv) {
  uint32_t noise = 1;
  model_ctx ctx;
  size_t i;
  workers = argc == 3 ? (uint32_t)atoi(argv[1]) : 0;
  if (workers < 1 || workers > MODEL_MACRO(_MAX_WORKERS))
    return 2;
  only_longest = strcmp(argv[2], "all") != 0;
  of_many_last = strcmp(argv[2], "last") == 0;
  for (i = 0; i < model_input_elements; ++i) {
    noise = noise * 1664525u + 1013904223u;
    input[i] = (model_input)(noise >> 25);
  }
  if (MODEL_INIT(&ctx, arena, sizeof arena) || MODEL_RUN(&ctx, input, &expected) ||
      MODEL_NAME(_set_parallel_for)(&ctx, hook, NULL, workers))
    return 2;
  MARK_WARM();
  MODEL_RUN(&ctx, input, &outputs);
  MARK_START();
  counting = 1;
  MODEL_RUN(&ctx, input, &outputs);
  MARK_STOP();
  return memcmp(&outputs, &expected, sizeof outputs) ? 1 : 0;
}
