/* One inference of net.h on host memory and one on device memory; what wino_cuda says of everything. */
#include "net.h"

#include <stdio.h>
#include <string.h>

static NET_INPUT0_TYPE input[NET_INPUT0_ELEMENTS];
static NET_OUTPUT0_TYPE output[NET_OUTPUT0_ELEMENTS];
static unsigned char arena[NET_ARENA_BYTES];

int main(int argc, char **argv) {
  net_ctx ctx;
  net_status status =
      argc > 1 && strcmp(argv[1], "1") == 0 ? net_init_on(&ctx, 1) : net_init(&ctx, arena, sizeof arena);
  printf("init: %s [%s]\n", net_strerror(status), net_detail(&ctx));
  if (status == NET_OK) {
    int i;
    for (i = 0; i < 3; ++i) { /* the second makes a graph, the third uses it again */
      status = net_run(&ctx, input, output);
      printf("run: %s [%s]\n", net_strerror(status), net_detail(&ctx));
    }
    status = net_run_device(&ctx, (void *)16, 8, 32);
    printf("odd address: %s\n", net_strerror(status));
  } else {
    printf("run: %s\n", net_strerror(net_run(&ctx, input, output)));
  }
  net_close(&ctx);
  printf("closed: %s\n", net_strerror(net_run(&ctx, input, output)));
  printf("null: %s, %s\n", net_strerror(net_init(NULL, NULL, 0)), net_strerror(wino_cuda_open(NULL, NULL, 0)));
  return 0;
}
