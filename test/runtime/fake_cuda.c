/* A CUDA driver without a GPU, for tests of runtime/wino_cuda: memory is the host's, launches are written to standard
 * output, and FAKE=WHAT in the environment makes one call fail. What is left open at the end is reported. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int contexts, pushed, modules, blocks;
static struct {
  char *from;
  size_t bytes;
} memory[64];

static int fails(const char *what) {
  const char *fake = getenv("FAKE");
  return fake && strcmp(fake, what) == 0;
}

__attribute__((destructor)) static void report(void) {
  printf("left: %d contexts, %d pushed, %d modules, %d blocks\n", contexts, pushed, modules, blocks);
}

int cuInit(unsigned flags) { return fails("no-gpu") ? 100 : (int)flags; }
int cuGetErrorString(int code, const char **text) {
  *text = code == 2     ? "out of memory"
          : code == 100 ? "no CUDA-capable device is detected"
          : code == 222 ? "PTX too new"
                        : "failed";
  return 0;
}
int cuDeviceGet(int *device, int number) {
  *device = number;
  return number == 0 ? 0 : 101;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  *value = attribute == 75 ? (fails("old-gpu") ? 7 : 9) : attribute == 76 ? 0 : -1;
  return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = &contexts;
  return ++contexts, device;
}
int cuDevicePrimaryCtxRelease_v2(int device) { return --contexts, device; }
int cuCtxPushCurrent_v2(void *context) { return ++pushed, context == &contexts ? 0 : 201; }
int cuCtxPopCurrent_v2(void **context) {
  *context = &contexts;
  return --pushed, 0;
}
int cuModuleLoadDataEx(void **module, const void *ptx, unsigned count, int *options, void **values) {
  if (fails("ptx-too-new"))
    return 222;
  if (fails("bad-ptx")) {
    if (count == 2 && options[0] == 5)
      strcpy(values[0], "ptxas: line 1: what is this");
    return 218;
  }
  printf("module: %.12s\n", strstr(ptx, ".target"));
  *module = &modules;
  return ++modules, 0;
}
int cuModuleUnload(void *module) { return --modules, module == &modules ? 0 : 400; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = (void *)name;
  return module == &modules ? 0 : 400;
}
int cuMemAlloc_v2(unsigned long long *at, size_t bytes) {
  if (fails("no-memory"))
    return 2;
  for (int i = 0; i < 64; ++i)
    if (!memory[i].from) {
      memory[i].from = aligned_alloc(256, (bytes + 255) / 256 * 256);
      memory[i].bytes = bytes;
      memset(memory[i].from, 7, bytes);
      *at = (uintptr_t)memory[i].from;
      return ++blocks, 0;
    }
  return 2;
}
static int blockOf(unsigned long long at, size_t bytes) {
  for (int i = 0; i < 64; ++i)
    if (memory[i].from && at >= (uintptr_t)memory[i].from && at + bytes <= (uintptr_t)memory[i].from + memory[i].bytes)
      return i;
  return -1;
}
int cuMemFree_v2(unsigned long long at) {
  int i = blockOf(at, 0);
  if (i < 0)
    return 1;
  free(memory[i].from);
  memory[i].from = NULL;
  return --blocks, 0;
}
int cuMemcpyHtoD_v2(unsigned long long to, const void *from, size_t bytes) {
  if (blockOf(to, bytes) < 0)
    return 1;
  memcpy((void *)(uintptr_t)to, from, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  if (blockOf(from, bytes) < 0)
    return 1;
  memcpy(to, (void *)(uintptr_t)from, bytes);
  return 0;
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **arguments, void **extra) {
  unsigned long long first, second;
  if (fails("launch"))
    return 700;
  memcpy(&first, arguments[0], 8);
  memcpy(&second, arguments[1], 8);
  printf("launch: %s %u %u %u by %u %u %u stream %p%s\n", (const char *)function, gx, gy, gz, bx, by, bz, stream,
         shared || extra || pushed != 1 || blockOf(first, 1) < 0 || blockOf(second, 1) < 0 ? " WRONG" : "");
  return 0;
}
int cuStreamSynchronize(void *stream) { return stream ? 400 : 0; }
