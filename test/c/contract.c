/* contract.c - what the generated header promises, checked on one model:
 * error codes for bad arguments, no byte written outside of arena and output,
 * inputs unchanged, no dependence on the arena's contents, two contexts at
 * once, stack use within X_STACK_BYTES. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { guard = 4096, paint = 0xA5 };

static int failures;
static void expect(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "contract: expected %s\n", what);
    ++failures;
  }
}

/* The arena starts at a multiple of 4096, which any X_ARENA_ALIGN divides. */
static struct {
  _Alignas(4096) uint8_t before[guard];
  uint8_t arena[model_arena_bytes];
  uint8_t after[guard];
} memory[2];
static model_input input[2][model_input_elements], saved[model_input_elements];
static struct {
  uint8_t before[guard];
  model_outputs value;
  uint8_t after[guard];
} output[2];
static model_outputs reference[2];

static int all_painted(const uint8_t *bytes, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i)
    if (bytes[i] != paint)
      return 0;
  return 1;
}

static void fill_input(model_input *in, uint32_t seed) {
  size_t i;
  for (i = 0; i < model_input_elements; ++i) {
    seed = seed * 1664525u + 1013904223u;
    in[i] = (model_input)(seed >> 25); /* 0..127 fits every input type */
  }
}

static uint8_t *arena_of(int which) { return memory[which].arena; }

static void check_arguments(void) {
  model_ctx ctx;
  uint8_t *arena = arena_of(0);
  int32_t status;
  expect(MODEL_INIT(&ctx, arena, model_arena_bytes) == 0, "a fitting arena");
  expect(MODEL_INIT(&ctx, arena, model_arena_bytes + 1) == 0, "a large arena");
  status = MODEL_INIT(&ctx, arena, model_arena_bytes - 1);
  expect(status == MODEL_MACRO(_ERROR_ARENA_SIZE), "an error: arena too small");
  status = MODEL_RUN(&ctx, input[0], &output[0].value);
  expect(status == MODEL_MACRO(_ERROR_NOT_INIT), "an error: not initialized");
  if (model_arena_align > 1) {
    status = MODEL_INIT(&ctx, arena + 1, model_arena_bytes + guard - 1);
    expect(status == MODEL_MACRO(_ERROR_ARENA_ALIGN), "an error: misaligned");
  }
  expect(MODEL_INIT(NULL, arena, model_arena_bytes) == MODEL_MACRO(_ERROR_NULL), "an error: no context");
  expect(MODEL_INIT(&ctx, NULL, model_arena_bytes) == MODEL_MACRO(_ERROR_NULL), "an error: no arena");
  expect(MODEL_INIT(&ctx, arena, model_arena_bytes) == 0, "a second init");
  expect(MODEL_RUN(&ctx, NULL, &output[0].value) == MODEL_MACRO(_ERROR_NULL), "an error: no input");
  expect(MODEL_STRERROR(0) && MODEL_STRERROR(-1) && MODEL_STRERROR(12345), "a text for every status");
}

static void check_memory(void) {
  model_ctx ctx;
  memset(memory, paint, sizeof memory);
  memset(output, paint, sizeof output);
  fill_input(input[0], 1);
  memcpy(saved, input[0], sizeof saved);
  expect(!MODEL_INIT(&ctx, arena_of(0), model_arena_bytes), "init");
  expect(!MODEL_RUN(&ctx, input[0], &output[0].value), "run");
  expect(all_painted(memory[0].before, guard), "nothing written before the arena");
  expect(all_painted(memory[0].after, guard), "nothing written behind the arena");
  expect(all_painted(output[0].before, guard), "nothing before the output");
  expect(all_painted(output[0].after, guard), "nothing behind the output");
  expect(!memcmp(saved, input[0], sizeof saved), "the input unchanged");
  reference[0] = output[0].value;
  /* another content of the arena, the same result */
  memset(arena_of(0), 0, model_arena_bytes);
  expect(!MODEL_RUN(&ctx, input[0], &output[0].value), "run");
  expect(!memcmp(&reference[0], &output[0].value, sizeof reference[0]),
         "a result that does not depend on the arena's contents");
}

static void check_two_contexts(void) {
  model_ctx ctx[2];
  int which, round;
  fill_input(input[1], 2);
  for (which = 0; which < 2; ++which) {
    expect(!MODEL_INIT(&ctx[which], arena_of(which), model_arena_bytes), "init");
    expect(!MODEL_RUN(&ctx[which], input[which], &reference[which]), "run");
  }
  for (round = 0; round < 4; ++round) {
    which = round % 2;
    expect(!MODEL_RUN(&ctx[which], input[which], &output[which].value), "run");
    expect(!memcmp(&reference[which], &output[which].value, sizeof reference[which]),
           "contexts that do not disturb each other");
  }
}

/* Runs the model on a painted stack of its own and looks how deep it went.
 * `call_overhead` is for the frame of on_own_stack() and what swapcontext()
 * leaves there. */
enum { stack_bytes = 1 << 18, call_overhead = 512 };
static _Alignas(64) uint8_t stack[stack_bytes];
static ucontext_t caller, callee;
static model_ctx own_ctx;

static void on_own_stack(void) { MODEL_RUN(&own_ctx, input[0], &output[0].value); }

static size_t stack_used(void) {
  size_t untouched = 0;
  while (untouched < sizeof stack && stack[untouched] == paint)
    ++untouched;
  return sizeof stack - untouched;
}

static void check_stack(void) {
  size_t used;
  expect(!MODEL_INIT(&own_ctx, arena_of(0), model_arena_bytes), "init");
  memset(stack, paint, sizeof stack);
  getcontext(&callee);
  callee.uc_stack.ss_sp = stack;
  callee.uc_stack.ss_size = sizeof stack;
  callee.uc_link = &caller;
  makecontext(&callee, on_own_stack, 0);
  swapcontext(&caller, &callee);
  used = stack_used();
  printf("contract: stack used %zu, published %d\n", used, (int)model_stack_bytes);
  expect(used <= model_stack_bytes + call_overhead, "a run within X_STACK_BYTES of stack");
  expect(!memcmp(&reference[0], &output[0].value, sizeof reference[0]), "the same result on another stack");
}

int main(void) {
  check_arguments();
  check_memory();
  check_two_contexts();
  check_stack();
  if (failures)
    return EXIT_FAILURE;
  puts("contract: holds");
  return EXIT_SUCCESS;
}
