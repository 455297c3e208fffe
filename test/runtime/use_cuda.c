/* One inference of net.h on host memory and one on device memory; what wino_cuda says of everything. */
#include "net.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static NET_INPUT0_TYPE input[NET_INPUT0_ELEMENTS];
static NET_OUTPUT0_TYPE output[NET_OUTPUT0_ELEMENTS];
static unsigned char arena[NET_ARENA_BYTES];

/* Memory of the device by the driver itself, or, of 0 bytes, given back; 0 without a driver. */
static int device_memory(unsigned long long *at, size_t bytes) {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW);
  int (*take)(unsigned long long *, size_t), (*give)(unsigned long long);
  if (!driver)
    return 0;
  *(void **)&take = dlsym(driver, "cuMemAlloc_v2");
  *(void **)&give = dlsym(driver, "cuMemFree_v2");
  return (bytes ? take(at, bytes) : give(*at)) == 0;
}

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
    for (i = 0; i < 6; ++i) { /* outputs take turns: the third and fourth make graphs */
      static unsigned long long fixed[3];
      if (i == 0 && (!device_memory(&fixed[0], sizeof input) || !device_memory(&fixed[1], sizeof output) ||
                     !device_memory(&fixed[2], sizeof output)))
        break;
      status = net_run_device(&ctx, NULL, fixed[0], fixed[1 + i % 2]);
      printf("turns: %s [%s]\n", net_strerror(status), net_detail(&ctx));
      if (i == 5)
        device_memory(&fixed[0], 0), device_memory(&fixed[1], 0), device_memory(&fixed[2], 0);
    }
    status = net_run_device(&ctx, (void *)16, 8, 32);
    printf("odd address: %s [%s]\n", net_strerror(status), net_detail(&ctx));
  } else {
    printf("run: %s\n", net_strerror(net_run(&ctx, input, output)));
  }
  net_close(&ctx);
  printf("closed: %s\n", net_strerror(net_run(&ctx, input, output)));
  printf("null: %s, %s\n", net_strerror(net_init(NULL, NULL, 0)), net_strerror(wino_cuda_open(NULL, NULL, 0)));
  return 0;
}
