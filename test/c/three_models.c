/* three_models.c - the libraries of models net1 to net3 in one program: no symbol clashes, and net1 gives the same
 * result before and after the others ran. */
#include "net1.h"
#include "net2.h"
#include "net3.h"

#include <stdio.h>
#include <string.h>

#define RUN(name, NAME)                                                                                                \
  static int run_##name(NAME##_OUTPUT0_TYPE *out) {                                                                    \
    static _Alignas(NAME##_ARENA_ALIGN) uint8_t arena[NAME##_ARENA_BYTES];                                             \
    static NAME##_INPUT0_TYPE in[NAME##_INPUT0_ELEMENTS];                                                              \
    name##_ctx ctx;                                                                                                    \
    size_t i;                                                                                                          \
    for (i = 0; i < NAME##_INPUT0_ELEMENTS; ++i)                                                                       \
      in[i] = (NAME##_INPUT0_TYPE)(i * 7 % 101);                                                                       \
    return name##_init(&ctx, arena, sizeof arena) || name##_run(&ctx, in, out);                                        \
  }
/* clang-format off */
RUN(net1, NET1)
RUN(net2, NET2)
RUN(net3, NET3)
/* clang-format on */

int main(void) {
  static NET1_OUTPUT0_TYPE first[NET1_OUTPUT0_ELEMENTS], again[NET1_OUTPUT0_ELEMENTS];
  static NET2_OUTPUT0_TYPE second[NET2_OUTPUT0_ELEMENTS];
  static NET3_OUTPUT0_TYPE third[NET3_OUTPUT0_ELEMENTS];
  if (run_net1(first) || run_net2(second) || run_net3(third) || run_net1(again)) {
    fprintf(stderr, "three_models: expected three runs\n");
    return 1;
  }
  if (memcmp(first, again, sizeof first)) {
    fprintf(stderr, "three_models: expected models that keep apart\n");
    return 1;
  }
  puts("three_models: ok");
  return 0;
}
