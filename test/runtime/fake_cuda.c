/* A CUDA driver without a GPU, for tests of runtime/wino_cuda and of test/bench/gpu: memory is the host's, launches are
 * written to standard output (unless FAKE=quiet), and FAKE=WHAT in the environment makes one call fail. What is left
 * open at the end is reported. Kernels do nothing; but where FAKE_OUTPUTS names a folder with NETWORK.bin, a kernel
 * NETWORK_.. whose second argument is a block of as many bytes fills it with them. Time is made up: 10 microseconds per
 * kernel, 5 per graph, 1 per 100,000 bytes set. A function whose text starts with @ is a host_kernel that runs itself
 * (test/bench/gpu/fake_cudnn.c). Compiled with -DOLD it has no graphs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int contexts, pushed, modules, blocks, streams, graphs, execs;
static int is_broken;    /* by an error that does not go away */
static double now;       /* ms */
static const char *text; /* the PTX loaded last */

/* A launch, of which the driver keeps the arguments' values. */
struct launch {
  const char *kernel;
  unsigned grid[3], block[3];
  void *stream;
  int count, is_wrong;
  unsigned long long arguments[16];
};
static struct graph {
  struct launch launches[256];
  int count;
} captured;
static void *capturing; /* the stream */
static struct {
  char *from;
  size_t bytes;
} memory[64];

static int fails(const char *what) {
  const char *fake = getenv("FAKE");
  return fake && strcmp(fake, what) == 0;
}

__attribute__((destructor)) static void report(void) {
  printf("left: %d contexts, %d pushed, %d modules, %d blocks, %d streams, %d graphs\n", contexts, pushed, modules,
         blocks, streams, graphs + execs);
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
  *value = attribute == 75   ? (fails("old-gpu") ? 7 : 9)
           : attribute == 76 ? 0
           : attribute == 16 ? 10      /* multiprocessors */
           : attribute == 13 ? 1000000 /* kHz */
           : attribute == 36 ? 1000000 /* of memory */
           : attribute == 37 ? 1000    /* bits of its bus */
           : attribute == 38 ? 1 << 20 /* bytes of L2 */
                             : -1;
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
  text = ptx;
  if (!fails("quiet"))
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
  if (is_broken)
    return 700;
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
  if (!fails("quiet")) {
    unsigned long long sum = 0;
    for (size_t i = 0; i < bytes; ++i)
      sum = sum * 31 + ((const unsigned char *)from)[i];
    printf("copied: %zu bytes to %d, sum %llu\n", bytes, blockOf(to, bytes), sum);
  }
  return 0;
}
int cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  if (blockOf(from, bytes) < 0)
    return 1;
  memcpy(to, (void *)(uintptr_t)from, bytes);
  return 0;
}
/* Parameters of a kernel in the PTX. */
static int parametersOf(const char *kernel) {
  char entry[300];
  int count = 0;
  const char *at, *end;
  snprintf(entry, sizeof entry, ".entry %s(", kernel);
  if (!text || !(at = strstr(text, entry)) || !(end = strchr(at + strlen(entry), ')')))
    return 0;
  while ((at = strstr(at + 1, ".param")) && at < end)
    ++count;
  return count;
}
static void fill(const struct launch *l) {
  const char *folder = getenv("FAKE_OUTPUTS");
  char path[1000];
  size_t length = strlen(l->kernel);
  int block = l->count > 1 ? blockOf(l->arguments[1], 1) : -1;
  for (; folder && block >= 0 && length > 0; --length)
    if (l->kernel[length] == '_') {
      FILE *file;
      snprintf(path, sizeof path, "%s/%.*s.bin", folder, (int)length, l->kernel);
      if (!(file = fopen(path, "rb")))
        continue;
      fseek(file, 0, SEEK_END);
      if ((size_t)ftell(file) == memory[block].bytes) {
        rewind(file);
        if (fread(memory[block].from, 1, memory[block].bytes, file) == 0)
          abort();
      }
      fclose(file);
    }
}
struct host_kernel {
  char name[16];
  void (*run)(void *);
};
static void run(const struct launch *l, const char *how) {
  now += 0.01;
  if (l->kernel[0] == '@')
    ((const struct host_kernel *)(const void *)l->kernel)->run((void *)l->kernel);
  else
    fill(l);
  if (fails("quiet"))
    return;
  printf("%s: %s %u %u %u by %u %u %u stream %p", how, l->kernel, l->grid[0], l->grid[1], l->grid[2], l->block[0],
         l->block[1], l->block[2], l->stream);
  for (int i = 0; i < l->count; ++i) { /* blocks are numbered as they were made */
    int block = blockOf(l->arguments[i], 1);
    printf(" %d+%llu", block, block < 0 ? 0 : l->arguments[i] - (uintptr_t)memory[block].from);
  }
  printf("%s\n", l->is_wrong ? " WRONG" : "");
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **arguments, void **extra) {
  struct launch l = {function, {gx, gy, gz}, {bx, by, bz}, stream, 0, shared || extra || pushed < 1, {0}};
  is_broken |= fails("sticky") && strstr(function, "winograd_b1") != NULL;
  if (fails("launch") || is_broken)
    return 700;
  l.count = parametersOf(function);
  for (int i = 0; i < l.count; ++i) {
    memcpy(&l.arguments[i], arguments[i], 8);
    l.is_wrong |= blockOf(l.arguments[i], 1) < 0;
  }
  if (capturing && capturing == stream) {
    if (captured.count == 256)
      return 1;
    captured.launches[captured.count++] = l;
    return 0;
  }
  run(&l, "launch");
  return 0;
}
int cuStreamSynchronize(void *stream) { return is_broken ? 700 : stream && stream == capturing ? 900 : 0; }

/* Of test/bench/gpu. */
int cuDriverGetVersion(int *version) { return *version = 12040, 0; }
int cuDeviceGetName(char *name, int length, int device) {
  snprintf(name, (size_t)length, "Fake GPU %d", device);
  return 0;
}
int cuMemsetD8Async(unsigned long long at, unsigned char value, size_t bytes, void *stream) {
  if (blockOf(at, bytes) < 0 || (stream && stream == capturing))
    return 1;
  now += 1e-8 * (double)bytes;
  memset((void *)(uintptr_t)at, value, bytes);
  return 0;
}
int cuEventCreate(void **event, unsigned flags) { return *event = calloc(1, sizeof now), (int)flags; }
int cuEventRecord(void *event, void *stream) {
  memcpy(event, &now, sizeof now);
  return stream && stream == capturing ? 900 : 0;
}
int cuEventSynchronize(void *event) { return event ? 0 : 400; }
int cuEventElapsedTime(float *ms, void *first, void *second) {
  double a, b;
  memcpy(&a, first, sizeof a);
  memcpy(&b, second, sizeof b);
  *ms = (float)(b - a);
  return 0;
}
int cuEventDestroy_v2(void *event) { return free(event), 0; }

int cuStreamCreate(void **stream, unsigned flags) {
  *stream = malloc(1);
  return ++streams, flags == 1 ? 0 : 1;
}
int cuStreamDestroy_v2(void *stream) { return free(stream), --streams, 0; }
#ifndef OLD
int cuStreamIsCapturing(void *stream, int *status) { return *status = stream && stream == capturing, 0; }
int cuStreamBeginCapture_v2(void *stream, int mode) {
  if (capturing || !stream || mode != 1 || fails("capture"))
    return 901;
  capturing = stream;
  captured.count = 0;
  return 0;
}
int cuStreamEndCapture(void *stream, void **graph) {
  if (capturing != stream)
    return 901;
  capturing = NULL;
  *graph = memcpy(malloc(sizeof captured), &captured, sizeof captured);
  return ++graphs, 0;
}
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long flags) {
  if (fails("instantiate") || flags)
    return 2;
  *exec = memcpy(malloc(sizeof captured), graph, sizeof captured);
  return ++execs, 0;
}
int cuGraphDestroy(void *graph) { return free(graph), --graphs, 0; }
int cuGraphExecDestroy(void *exec) { return free(exec), --execs, 0; }
int cuGraphLaunch(void *exec, void *stream) {
  struct graph *graph = exec;
  if (fails("graph"))
    return 700;
  now += 0.005;
  for (int i = 0; i < graph->count; ++i) {
    struct launch l = graph->launches[i];
    l.stream = stream;
    run(&l, "graph");
  }
  return 0;
}
#endif
