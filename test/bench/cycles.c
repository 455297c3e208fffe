/* cycles.c - runs one compiled model with warm caches between a53sim's markers.
 *
 * usage: cycles [INPUT.bin]; without a file the input is a fixed pattern.
 * Prints a checksum of the output. tools/bench_cycles builds and runs it. */
#include "../c/model.h"
#include "a53sim/mark.h"

#include <stdio.h>

static _Alignas(model_arena_align) uint8_t arena[model_arena_bytes];
static model_input input[model_input_elements];
static model_outputs outputs;

static int read_input(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t bytes = file ? fread(input, 1, sizeof input, file) : 0;
  if (file)
    fclose(file);
  return bytes == sizeof input;
}

int main(int argc, char **argv) {
  const uint8_t *bytes = (const uint8_t *)&outputs;
  uint32_t checksum = 0, noise = 1;
  model_ctx ctx;
  int32_t status;
  size_t i;
  for (i = 0; i < model_input_elements; ++i) {
    noise = noise * 1664525u + 1013904223u;
    input[i] = (model_input)(noise >> 25);
  }
  if (argc > 1 && !read_input(argv[1])) {
    fprintf(stderr, "%s: expected %zu bytes\n", argv[1], sizeof input);
    return 2;
  }
  status = MODEL_INIT(&ctx, arena, sizeof arena);
  if (!status)
    status = MODEL_RUN(&ctx, input, &outputs);
  if (status) {
    fprintf(stderr, "cycles: %s\n", MODEL_STRERROR(status));
    return 1;
  }
  MARK_WARM();
  MODEL_RUN(&ctx, input, &outputs);
  MARK_START();
  MODEL_RUN(&ctx, input, &outputs);
  MARK_STOP();
  for (i = 0; i < sizeof outputs; ++i)
    checksum = checksum * 31 + bytes[i];
  printf("checksum %08x\n", (unsigned)checksum);
  return 0;
}
