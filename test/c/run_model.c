/* run_model.c - one inference from a file of raw input bytes to a file of raw
 * output bytes; usage: run_model INPUT.bin OUTPUT.bin */
#include "model.h"

#include <stdio.h>
#include <string.h>

static _Alignas(model_arena_align) uint8_t arena[model_arena_bytes];
static model_input input[model_input_elements];
static model_outputs outputs;

int main(int argc, char **argv) {
  model_ctx ctx;
  FILE *file;
  int32_t status;
  size_t bytes;
  if (argc != 3) {
    fprintf(stderr, "usage: run_model INPUT.bin OUTPUT.bin\n");
    return 2;
  }
  file = fopen(argv[1], "rb");
  bytes = file ? fread(input, 1, sizeof input, file) : 0;
  if (file)
    fclose(file);
  if (bytes != sizeof input) {
    fprintf(stderr, "%s: expected %zu bytes, got %zu\n", argv[1], sizeof input, bytes);
    return 2;
  }
  status = MODEL_INIT(&ctx, arena, sizeof arena);
  if (!status)
    status = MODEL_RUN(&ctx, input, &outputs);
  if (status) {
    fprintf(stderr, "run_model: %s\n", MODEL_STRERROR(status));
    return 1;
  }
  file = fopen(argv[2], "wb");
  if (!file || fwrite(&outputs, sizeof outputs, 1, file) != 1 || fclose(file)) {
    fprintf(stderr, "%s: cannot write\n", argv[2]);
    return 2;
  }
  return 0;
}
