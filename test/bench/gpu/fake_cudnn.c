/* A cuDNN without a GPU, for the test of the bench, beside test/runtime/fake_cuda.c: convolutions of bytes by plain
 * loops, as kernels of the fake driver. Algorithm 1 with tensor math takes one kernel, algorithm 0 three, algorithm 2
 * one and computes something else; all else is not supported, the graph API neither. */
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_SUPPORTED = 3000, BAD = 2000 };
typedef struct {
  int form, kind, n, c, h, w;
} tensor;
typedef struct {
  int math, reorder, compute;
} convolution;

/* What the fake driver runs as a kernel whose name starts with @. */
struct host_kernel {
  char name[16];
  void (*run)(void *);
  tensor x, y;
  const int8_t *input, *filters;
  const float *bias;
  int8_t *output;
  float scale;
  int is_wrong;
};
static void *stream;
static int (*launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
                     void **);

size_t cudnnGetVersion(void) { return 90000; }
const char *cudnnGetErrorString(int status) {
  return status == NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED" : "CUDNN_STATUS_BAD_PARAM";
}
int cudnnCreate(void **handle) {
  *handle = malloc(1);
  *(void **)&launch = dlsym(dlopen("libcuda.so.1", RTLD_NOW), "cuLaunchKernel");
  return launch ? 0 : BAD;
}
int cudnnDestroy(void *handle) { return free(handle), 0; }
int cudnnSetStream(void *handle, void *to) { return stream = to, handle && !getenv("FAKE_NO_STREAM") ? 0 : BAD; }
int cudnnCreateTensorDescriptor(void **t) { return *t = calloc(1, sizeof(tensor)), 0; }
int cudnnCreateFilterDescriptor(void **t) { return cudnnCreateTensorDescriptor(t); }
int cudnnCreateActivationDescriptor(void **a) { return *a = calloc(1, sizeof(int)), 0; }
int cudnnCreateConvolutionDescriptor(void **c) { return *c = calloc(1, sizeof(convolution)), 0; }
int cudnnSetTensor4dDescriptor(tensor *t, int form, int kind, int n, int c, int h, int w) {
  *t = (tensor){form, kind, n, c, h, w};
  return 0;
}
int cudnnSetFilter4dDescriptor(tensor *t, int kind, int form, int n, int c, int h, int w) {
  return cudnnSetTensor4dDescriptor(t, form, kind, n, c, h, w);
}
int cudnnSetActivationDescriptor(int *a, int mode, int nan, double bound) {
  return *a = mode, nan || bound != 0 ? BAD : 0;
}
int cudnnSetConvolution2dDescriptor(convolution *c, int padH, int padW, int u, int v, int dh, int dw, int mode,
                                    int compute) {
  c->compute = compute;
  return padH == 1 && padW == 1 && u == 1 && v == 1 && dh == 1 && dw == 1 && mode == 1 ? 0 : NOT_SUPPORTED;
}
int cudnnSetConvolutionMathType(convolution *c, int math) { return c->math = math, 0; }
int cudnnSetConvolutionReorderType(convolution *c, int reorder) { return c->reorder = reorder, 0; }
int cudnnReorderFilterAndBias(void *handle, tensor *w, int reorder, const void *filters, void *filtersOut, int hasBias,
                              const void *bias, void *biasOut) {
  memcpy(filtersOut, filters, (size_t)w->n * w->c * w->h * w->w);
  memcpy(biasOut, bias, (size_t)w->n * 4);
  return handle && reorder == 0 && hasBias ? 0 : BAD;
}
int cudnnGetConvolutionForwardWorkspaceSize(void *handle, tensor *x, tensor *w, convolution *c, tensor *y,
                                            int algorithm, size_t *size) {
  *size = algorithm == 1 ? 1000 : 0;
  return !handle || x->c != w->c || y->c != w->n            ? BAD
         : c->math != 1 || c->compute != 4 || algorithm > 2 ? NOT_SUPPORTED
                                                            : 0;
}

static size_t at(const tensor *t, int n, int c, int h, int w) {
  if (t->form == 1)
    return (((size_t)n * t->h + h) * t->w + w) * t->c + c;
  return ((((size_t)n * (t->c / 32) + c / 32) * t->h + h) * t->w + w) * 32 + c % 32;
}
static void convolve(void *kernel) {
  const struct host_kernel *k = kernel;
  tensor filters = {k->x.form, 3, k->y.c, k->x.c, 3, 3};
  for (int n = 0; n < k->y.n; ++n)
    for (int f = 0; f < k->y.c; ++f)
      for (int h = 0; h < k->y.h; ++h)
        for (int w = 0; w < k->y.w; ++w) {
          int sum = k->is_wrong * 1000;
          for (int u = 0; u < 3; ++u)
            for (int v = 0; v < 3; ++v)
              for (int c = 0; c < k->x.c; ++c)
                if (h + u >= 1 && h + u <= k->x.h && w + v >= 1 && w + v <= k->x.w)
                  sum += k->input[at(&k->x, n, c, h + u - 1, w + v - 1)] * k->filters[at(&filters, f, c, u, v)];
          float value = rintf((float)sum * k->scale + k->bias[f]);
          k->output[at(&k->y, n, f, h, w)] = (int8_t)(value < 0 ? 0 : value > 127 ? 127 : value);
        }
}
static void nothing(void *kernel) { (void)kernel; }

int cudnnConvolutionBiasActivationForward(void *handle, const float *alpha, tensor *x, const void *input, tensor *w,
                                          const void *filters, convolution *c, int algorithm, void *workspace,
                                          size_t size, const float *beta, tensor *z, const void *zData, tensor *b,
                                          const float *bias, int *activation, tensor *y, void *output) {
  struct host_kernel *k = malloc(sizeof *k), *idle = malloc(sizeof *idle);
  size_t needed;
  int status = cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, c, y, algorithm, &needed);
  if (status || *beta != 0 || !z || !zData || b->c != y->c || *activation != 1 || size < needed ||
      (needed && !workspace))
    return status ? status : BAD;
  if (x->form == 2 && (c->reorder != 1 || x->kind != 8))
    return BAD;
  *k = (struct host_kernel){"@convolution", convolve, *x, *y, input, filters, bias, output, *alpha, algorithm == 2};
  *idle = (struct host_kernel){.name = "@nothing", .run = nothing};
  for (int i = 0; algorithm == 0 && i < 2; ++i)
    launch(idle, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL);
  return launch(k, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL);
}
int cudnnBackendCreateDescriptor(int kind, void **descriptor) {
  return *descriptor = NULL, kind >= 0 ? NOT_SUPPORTED : BAD;
}
