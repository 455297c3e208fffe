/* wino_cuda_driver: what wino_cuda.c uses of the CUDA driver API, the types and numbers of its ABI, and the object. */
#ifndef WINO_CUDA_DRIVER_H_INCLUDED
#define WINO_CUDA_DRIVER_H_INCLUDED

#include <stddef.h>
#include <stdint.h>

/* Of cuda.h, as the driver's ABI has them. */
typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef void *CUhandle; /* contexts, modules, functions, streams */
enum {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CAPABILITY_MAJOR = 75,
  CAPABILITY_MINOR = 76,
  JIT_ERROR_LOG_BUFFER = 5,
  JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
  STREAM_NON_BLOCKING = 1,
  CAPTURE_THREAD_LOCAL = 1, /* other threads may go on allocating */
  NOT_CAPTURING = 0
};

/* name in the library, name here, arguments */
#define FUNCTIONS(F)                                                                                                   \
  F(cuInit, init, (unsigned))                                                                                          \
  F(cuGetErrorString, text, (CUresult, const char **))                                                                 \
  F(cuDeviceGet, device, (CUdevice *, int))                                                                            \
  F(cuDeviceGetAttribute, attribute, (int *, int, CUdevice))                                                           \
  F(cuDevicePrimaryCtxRetain, retain, (CUhandle *, CUdevice))                                                          \
  F(cuDevicePrimaryCtxRelease_v2, release, (CUdevice))                                                                 \
  F(cuCtxPushCurrent_v2, push, (CUhandle))                                                                             \
  F(cuCtxPopCurrent_v2, pop, (CUhandle *))                                                                             \
  F(cuModuleLoadDataEx, load, (CUhandle *, const void *, unsigned, int *, void **))                                    \
  F(cuModuleUnload, unload, (CUhandle))                                                                                \
  F(cuModuleGetFunction, function, (CUhandle *, CUhandle, const char *))                                               \
  F(cuMemAlloc_v2, alloc, (CUdeviceptr *, size_t))                                                                     \
  F(cuMemFree_v2, release_memory, (CUdeviceptr))                                                                       \
  F(cuMemcpyHtoD_v2, to_device, (CUdeviceptr, const void *, size_t))                                                   \
  F(cuMemcpyDtoH_v2, from_device, (void *, CUdeviceptr, size_t))                                                       \
  F(cuLaunchKernel, launch,                                                                                            \
    (CUhandle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUhandle, void **, void **))      \
  F(cuStreamSynchronize, synchronize, (CUhandle))

/* Of CUDA 11.4 and later; older drivers get one launch after the other. */
#define GRAPH_FUNCTIONS(F)                                                                                             \
  F(cuStreamCreate, make_stream, (CUhandle *, unsigned))                                                               \
  F(cuStreamDestroy_v2, destroy_stream, (CUhandle))                                                                    \
  F(cuStreamIsCapturing, capturing, (CUhandle, int *))                                                                 \
  F(cuStreamBeginCapture_v2, begin_capture, (CUhandle, int))                                                           \
  F(cuStreamEndCapture, end_capture, (CUhandle, CUhandle *))                                                           \
  F(cuGraphInstantiateWithFlags, instantiate, (CUhandle *, CUhandle, unsigned long long))                              \
  F(cuGraphDestroy, destroy_graph, (CUhandle))                                                                         \
  F(cuGraphExecDestroy, destroy_exec, (CUhandle))                                                                      \
  F(cuGraphLaunch, launch_graph, (CUhandle, CUhandle))

enum { MOST_GRAPHS = 4, REMEMBERED = 4 };

struct wino_cuda {
  const wino_cuda_network *network;
  void *library;
#define MEMBER(symbol, name, arguments) CUresult(*name) arguments;
  FUNCTIONS(MEMBER)
  GRAPH_FUNCTIONS(MEMBER)
#undef MEMBER
  CUdevice number;
  CUhandle context, module;
  CUhandle *kernels; /* of the launches */
  CUdeviceptr arena, weights;
  CUdeviceptr *ports; /* inputs, outputs: made by the first wino_cuda_run */
  /* All launches on some inputs and outputs as one graph, kept until the end: those that came again among the last
   * few. */
  struct {
    CUhandle exec;
    uint64_t *addresses;
  } graphs[MOST_GRAPHS];
  int graph_count, has_graphs;
  uint64_t *last, *scratch; /* addresses of the last few different inferences, of this one */
  int next;                 /* of those, to be replaced */
  CUhandle capture_stream;
  int is_open;
  char detail[1024];
};

#endif
