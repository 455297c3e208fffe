/* wino_cuda: runs a network that wino-opt compiled for an NVIDIA GPU, by the CUDA driver API. The driver (libcuda.so.1)
 * is opened when it is first needed: nothing of CUDA is needed to build or link. C99 and dlopen.
 *
 *     wino_cuda *net;
 *     wino_cuda_status status = wino_cuda_open(&net, &resnet20_network, 0);
 *     if (status == WINO_CUDA_OK)
 *       status = wino_cuda_run(net, inputs, outputs);
 *     if (status != WINO_CUDA_OK)
 *       fprintf(stderr, "%s: %s\n", wino_cuda_strerror(status), wino_cuda_detail(net));
 *     wino_cuda_close(net);
 */
#ifndef WINO_CUDA_H_INCLUDED
#define WINO_CUDA_H_INCLUDED

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t wino_cuda_status;
enum {
  WINO_CUDA_OK = 0,
  WINO_CUDA_ERROR_NULL = -1,          /* a pointer is NULL */
  WINO_CUDA_ERROR_NETWORK = -2,       /* made by a wino-opt of another ABI, or damaged */
  WINO_CUDA_ERROR_MEMORY = -3,        /* no memory on the host */
  WINO_CUDA_ERROR_NO_DRIVER = -4,     /* no libcuda.so.1, or one that lacks functions */
  WINO_CUDA_ERROR_NO_DEVICE = -5,     /* no such GPU */
  WINO_CUDA_ERROR_TOO_OLD = -6,       /* the GPU's compute capability is below that of the network's target */
  WINO_CUDA_ERROR_PTX_TOO_NEW = -7,   /* the driver does not know the version of PTX: update it, or --ptx-version */
  WINO_CUDA_ERROR_PTX = -8,           /* the driver refused the PTX for another reason */
  WINO_CUDA_ERROR_DEVICE_MEMORY = -9, /* no memory on the GPU */
  WINO_CUDA_ERROR_ALIGNMENT = -10,    /* a device address is not a multiple of 16 */
  WINO_CUDA_ERROR_DRIVER = -11,       /* another call of the driver failed */
  WINO_CUDA_ERROR_NOT_OPEN = -12      /* wino_cuda_open did not succeed on this object */
};

/* A network as constant data; wino-opt writes it. Addresses of kernels are offsets from the arena (base 0), the weights
 * (1), input number `index` (2) or output number `index` (3). */
typedef struct {
  uint32_t base, index;
  uint64_t offset;
} wino_cuda_argument;
typedef struct {
  const char *kernel;
  uint32_t grid[3], block[3];
  uint32_t first, count; /* arguments */
} wino_cuda_launch;
enum { WINO_CUDA_ABI = 1 };
typedef struct {
  uint32_t abi;        /* WINO_CUDA_ABI */
  uint32_t capability; /* 80 for sm_80 */
  const char *ptx;
  const void *weights;
  uint64_t weights_bytes, arena_bytes;
  uint32_t inputs, outputs, launches, arguments;
  const uint64_t *input_bytes, *output_bytes;
  const wino_cuda_launch *launch;
  const wino_cuda_argument *argument;
} wino_cuda_network;

typedef struct wino_cuda wino_cuda;

/* Loads the kernels and brings the weights to GPU number `device`, in its primary context. On an error *net is an
 * object for wino_cuda_detail and wino_cuda_close alone, or NULL. `network` must live as long. */
wino_cuda_status wino_cuda_open(wino_cuda **net, const wino_cuda_network *network, int device);

/* One inference on host memory: copies in, runs (from the second on by one graph), copies out, waits. */
wino_cuda_status wino_cuda_run(wino_cuda *net, const void *const *inputs, void *const *outputs);

/* One inference on device memory, put into a stream (a CUstream or cudaStream_t of the device's primary context; NULL
 * is the default stream) without waiting. Addresses are multiples of 16. The arena is the object's: inferences of one
 * object that may overlap in time need the same stream.
 *
 * Where the driver has CUDA graphs (11.4 and later), addresses that come again among the last four different sets
 * are captured: from then on they take one launch, for up to four sets of addresses. Into a stream that the caller
 * captures go the kernels themselves, so that several inferences become one graph of the caller's. */
wino_cuda_status wino_cuda_run_device(wino_cuda *net, void *stream, const uint64_t *inputs, const uint64_t *outputs);

/* Frees everything; NULL is allowed. */
void wino_cuda_close(wino_cuda *net);

/* A constant text for a status; never NULL. */
const char *wino_cuda_strerror(wino_cuda_status status);
/* What the driver said of the last error, or an empty text; never NULL. Valid until the next call on the object. */
const char *wino_cuda_detail(const wino_cuda *net);

#ifdef __cplusplus
}
#endif

#endif
