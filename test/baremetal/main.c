/* main.c - firmware without an operating system or a C library: runs a compiled
 * model on an embedded image and compares its output with the expected bytes.
 *
 * Prints through semihosting; returns 0 if all bytes agree. The only functions
 * a model may need, memcpy and memset, are supplied here. */
#include "../c/model.h"

static _Alignas(model_arena_align) uint8_t arena[model_arena_bytes];
static model_outputs outputs;

extern const uint8_t image_input[], image_input_end[];
extern const uint8_t image_expected[], image_expected_end[];

/* Byte loops that the compiler must not turn into calls of themselves. */
void *memcpy(void *to, const void *from, size_t count) {
  volatile uint8_t *out = to;
  const uint8_t *in = from;
  while (count--)
    *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t count) {
  volatile uint8_t *out = to;
  while (count--)
    *out++ = (uint8_t)value;
  return to;
}

static void print(const char *text) {
  register long operation __asm__("x0") = 4; /* SYS_WRITE0 */
  register const char *argument __asm__("x1") = text;
  __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
}

static void print_number(size_t value) {
  char text[24], *digit = text + sizeof text - 1;
  *digit = 0;
  do
    *--digit = (char)('0' + value % 10);
  while (value /= 10);
  print(digit);
}

static int fail(const char *what) {
  print("bare metal: ");
  print(what);
  print("\n");
  return 1;
}

int main(void) {
  const uint8_t *bytes = (const uint8_t *)&outputs;
  size_t i, wrong = 0;
  model_ctx ctx;
  int32_t status;
  if ((size_t)(image_input_end - image_input) != model_input_elements * sizeof(model_input))
    return fail("expected an input of X_INPUT0_ELEMENTS elements");
  if ((size_t)(image_expected_end - image_expected) != sizeof outputs)
    return fail("expected an output of X_OUTPUT0_ELEMENTS elements");
  status = MODEL_INIT(&ctx, arena, sizeof arena);
  if (!status)
    status = MODEL_RUN(&ctx, (const model_input *)image_input, &outputs);
  if (status)
    return fail(MODEL_STRERROR(status));
  for (i = 0; i < sizeof outputs; ++i)
    wrong += bytes[i] != image_expected[i];
  print("bare metal: ");
  print_number(sizeof outputs - wrong);
  print(" of ");
  print_number(sizeof outputs);
  print(" output bytes as expected\n");
  return wrong != 0;
}
