/* wino_cuda: the CUDA driver API through dlopen. */
#include "wino_cuda.h"
#include "wino_cuda_driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wino_cuda_strerror(wino_cuda_status status) {
  switch (status) {
  case WINO_CUDA_OK: return "no error";
  case WINO_CUDA_ERROR_NULL: return "a pointer is NULL";
  case WINO_CUDA_ERROR_NETWORK: return "the network was made by a wino-opt of another ABI, or is damaged";
  case WINO_CUDA_ERROR_MEMORY: return "no memory on the host";
  case WINO_CUDA_ERROR_NO_DRIVER: return "no CUDA driver (libcuda.so.1), or one that lacks functions";
  case WINO_CUDA_ERROR_NO_DEVICE: return "no such GPU";
  case WINO_CUDA_ERROR_TOO_OLD: return "the GPU's compute capability is below that of the network's target";
  case WINO_CUDA_ERROR_PTX_TOO_NEW:
    return "the driver does not know this version of PTX: update the driver, or compile with an older --ptx-version";
  case WINO_CUDA_ERROR_PTX: return "the driver refused the PTX";
  case WINO_CUDA_ERROR_DEVICE_MEMORY: return "no memory on the GPU";
  case WINO_CUDA_ERROR_ALIGNMENT: return "a device address is not a multiple of 16";
  case WINO_CUDA_ERROR_DRIVER: return "a call of the CUDA driver failed";
  case WINO_CUDA_ERROR_NOT_OPEN: return "the network was not opened";
  default: return "unknown status";
  }
}

const char *wino_cuda_detail(const wino_cuda *net) { return net ? net->detail : ""; }

static const char *symbol_of(const char *called) {
#define COMPARE(symbol, name, arguments)                                                                               \
  if (strcmp(called, #name) == 0)                                                                                      \
    return #symbol;
  FUNCTIONS(COMPARE)
  GRAPH_FUNCTIONS(COMPARE)
#undef COMPARE
  return called;
}

static void leave(wino_cuda *net) {
  CUhandle context;
  net->pop(&context);
}

/* The status for a result of the driver, whose words are kept; `otherwise` where it is none of the special ones. */
static wino_cuda_status check(wino_cuda *net, CUresult result, const char *call, wino_cuda_status otherwise) {
  const char *text = NULL;
  if (result == CUDA_SUCCESS)
    return WINO_CUDA_OK;
  if (net->text(result, &text) != CUDA_SUCCESS || !text)
    text = "unknown error";
  snprintf(net->detail, sizeof net->detail, "%s: %s (%d)", call, text, result);
  switch (result) {
  case CUDA_ERROR_OUT_OF_MEMORY: return WINO_CUDA_ERROR_DEVICE_MEMORY;
  case CUDA_ERROR_NO_DEVICE:
  case CUDA_ERROR_INVALID_DEVICE: return WINO_CUDA_ERROR_NO_DEVICE;
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION: return WINO_CUDA_ERROR_PTX_TOO_NEW;
  default: return otherwise;
  }
}

#define CALL(name, ...)                                                                                                \
  do {                                                                                                                 \
    status = check(net, net->name(__VA_ARGS__), symbol_of(#name), WINO_CUDA_ERROR_DRIVER);                             \
    if (status != WINO_CUDA_OK)                                                                                        \
      return status;                                                                                                   \
  } while (0)

static wino_cuda_status open_driver(wino_cuda *net) {
  net->library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!net->library) {
    const char *why = dlerror();
    snprintf(net->detail, sizeof net->detail, "%s", why ? why : "");
    return WINO_CUDA_ERROR_NO_DRIVER;
  }
#define FIND(symbol, name, arguments)                                                                                  \
  *(void **)&net->name = dlsym(net->library, #symbol);                                                                 \
  if (!net->name) {                                                                                                    \
    snprintf(net->detail, sizeof net->detail, "libcuda.so.1 lacks %s", #symbol);                                       \
    return WINO_CUDA_ERROR_NO_DRIVER;                                                                                  \
  }
  FUNCTIONS(FIND)
#undef FIND
  net->has_graphs = 1;
#define FIND(symbol, name, arguments)                                                                                  \
  *(void **)&net->name = dlsym(net->library, #symbol);                                                                 \
  net->has_graphs &= net->name != NULL;
  GRAPH_FUNCTIONS(FIND)
#undef FIND
  return WINO_CUDA_OK;
}

static wino_cuda_status load_kernels(wino_cuda *net) {
  const wino_cuda_network *n = net->network;
  wino_cuda_status status;
  char log[512] = "";
  int options[] = {JIT_ERROR_LOG_BUFFER, JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, (void *)(uintptr_t)sizeof log};
  CUresult result = net->load(&net->module, n->ptx, 2, options, values);
  status = check(net, result, "cuModuleLoadDataEx", WINO_CUDA_ERROR_PTX);
  if (status != WINO_CUDA_OK) {
    size_t length = strlen(net->detail);
    log[sizeof log - 1] = 0;
    snprintf(net->detail + length, sizeof net->detail - length, "%s%s", log[0] ? ": " : "", log);
    net->module = NULL;
    return status;
  }
  for (uint32_t i = 0; i < n->launches; ++i)
    CALL(function, &net->kernels[i], net->module, n->launch[i].kernel);
  return WINO_CUDA_OK;
}

static wino_cuda_status allocate(wino_cuda *net, CUdeviceptr *memory, uint64_t bytes) {
  wino_cuda_status status;
  CALL(alloc, memory, bytes ? (size_t)bytes : 1); /* the driver refuses none */
  return WINO_CUDA_OK;
}

static wino_cuda_status bring_up(wino_cuda *net, int device) {
  const wino_cuda_network *n = net->network;
  wino_cuda_status status = open_driver(net);
  int major = 0, minor = 0;
  if (status != WINO_CUDA_OK)
    return status;
  CALL(init, 0);
  CALL(device, &net->number, device);
  CALL(attribute, &major, CAPABILITY_MAJOR, net->number);
  CALL(attribute, &minor, CAPABILITY_MINOR, net->number);
  if ((uint32_t)(10 * major + minor) < n->capability) {
    snprintf(net->detail, sizeof net->detail, "expected compute capability %u or later, got %d", n->capability,
             10 * major + minor);
    return WINO_CUDA_ERROR_TOO_OLD;
  }
  CALL(retain, &net->context, net->number);
  CALL(push, net->context);
  status = load_kernels(net);
  if (status == WINO_CUDA_OK)
    status = allocate(net, &net->arena, n->arena_bytes);
  if (status == WINO_CUDA_OK)
    status = allocate(net, &net->weights, n->weights_bytes);
  if (status == WINO_CUDA_OK && n->weights_bytes)
    status = check(net, net->to_device(net->weights, n->weights, (size_t)n->weights_bytes), "cuMemcpyHtoD",
                   WINO_CUDA_ERROR_DRIVER);
  /* A copy from pageable memory may return before it has arrived; other streams do not wait for it. */
  if (status == WINO_CUDA_OK)
    status = check(net, net->synchronize(NULL), "cuStreamSynchronize", WINO_CUDA_ERROR_DRIVER);
  leave(net);
  net->is_open = status == WINO_CUDA_OK;
  return status;
}

/* Whether every number of the network is in its range. */
static int is_sound(const wino_cuda_network *n) {
  if (n->abi != WINO_CUDA_ABI || !n->ptx || !n->launch || !n->argument || !n->input_bytes || !n->output_bytes ||
      (n->weights_bytes && !n->weights))
    return 0;
  for (uint32_t i = 0; i < n->launches; ++i)
    if (!n->launch[i].kernel || n->launch[i].first > n->arguments ||
        n->launch[i].count > n->arguments - n->launch[i].first || n->launch[i].count > 16)
      return 0;
  for (uint32_t i = 0; i < n->arguments; ++i) {
    const wino_cuda_argument *a = &n->argument[i];
    if (a->base > 3 || (a->base == 2 && a->index >= n->inputs) || (a->base == 3 && a->index >= n->outputs))
      return 0;
  }
  return 1;
}

wino_cuda_status wino_cuda_open(wino_cuda **out, const wino_cuda_network *network, int device) {
  wino_cuda *net;
  if (!out)
    return WINO_CUDA_ERROR_NULL;
  *out = NULL;
  if (!network)
    return WINO_CUDA_ERROR_NULL;
  if (!is_sound(network))
    return WINO_CUDA_ERROR_NETWORK;
  net = calloc(1, sizeof *net);
  if (!net)
    return WINO_CUDA_ERROR_MEMORY;
  net->network = network;
  net->kernels = calloc(network->launches + 1u, sizeof *net->kernels);
  net->ports = calloc((size_t)network->inputs + network->outputs + 1u, sizeof *net->ports);
  net->last = calloc((REMEMBERED + 1u) * ((size_t)network->inputs + network->outputs + 1u), sizeof *net->last);
  net->scratch = net->last ? net->last + REMEMBERED * ((size_t)network->inputs + network->outputs + 1u) : NULL;
  *out = net;
  return net->kernels && net->ports && net->last ? bring_up(net, device) : WINO_CUDA_ERROR_MEMORY;
}

/* The context is current. */
static wino_cuda_status launch_all(wino_cuda *net, CUhandle stream, const uint64_t *inputs, const uint64_t *outputs) {
  const wino_cuda_network *n = net->network;
  wino_cuda_status status;
  for (uint32_t i = 0; i < n->launches; ++i) {
    const wino_cuda_launch *l = &n->launch[i];
    CUdeviceptr values[16];
    void *arguments[16];
    for (uint32_t a = 0; a < l->count; ++a) {
      const wino_cuda_argument *from = &n->argument[l->first + a];
      uint64_t base = from->base == 0   ? net->arena
                      : from->base == 1 ? net->weights
                      : from->base == 2 ? inputs[from->index]
                                        : outputs[from->index];
      values[a] = base + from->offset;
      arguments[a] = &values[a];
    }
    CALL(launch, net->kernels[i], l->grid[0], l->grid[1], l->grid[2], l->block[0], l->block[1], l->block[2], 0, stream,
         arguments, NULL);
  }
  return WINO_CUDA_OK;
}

/* All launches on these addresses as one more graph. Where the driver will not (another thread may capture in a way
 * that forbids it), there are no graphs from here on: launches one by one do the same. */
static void add_graph(wino_cuda *net, const uint64_t *addresses) {
  size_t ports = (size_t)net->network->inputs + net->network->outputs;
  CUhandle graph = NULL, exec = NULL;
  uint64_t *copy = malloc((ports + 1) * sizeof *copy);
  wino_cuda_status status;
  net->has_graphs = 0;
  if (!copy)
    return;
  if (!net->capture_stream && net->make_stream(&net->capture_stream, STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
    net->capture_stream = NULL;
    free(copy);
    return;
  }
  if (net->begin_capture(net->capture_stream, CAPTURE_THREAD_LOCAL) == CUDA_SUCCESS) {
    status = launch_all(net, net->capture_stream, addresses, addresses + net->network->inputs);
    /* Also after a failure: it ends the capture. */
    if (net->end_capture(net->capture_stream, &graph) == CUDA_SUCCESS && graph) {
      if (status == WINO_CUDA_OK && net->instantiate(&exec, graph, 0) == CUDA_SUCCESS) {
        net->graphs[net->graph_count].exec = exec;
        net->graphs[net->graph_count++].addresses = memcpy(copy, addresses, ports * sizeof *copy);
        net->has_graphs = 1;
      }
      net->destroy_graph(graph);
    }
  }
  if (!net->has_graphs)
    free(copy);
}

/* Whether these addresses are among the last few; from now on they are. */
static int came_before(wino_cuda *net, const uint64_t *now, size_t ports) {
  int i;
  for (i = 0; i < REMEMBERED; ++i)
    if (memcmp(net->last + (size_t)i * ports, now, ports * sizeof *now) == 0)
      return 1;
  memcpy(net->last + (size_t)net->next * ports, now, ports * sizeof *now);
  net->next = (net->next + 1) % REMEMBERED;
  return 0;
}

/* By a graph, or one launch after the other: on addresses that are not among the last few, and into a stream that the
 * caller captures, whose graph then has the kernels themselves. The context is current. */
static wino_cuda_status enqueue(wino_cuda *net, CUhandle stream, const uint64_t *inputs, const uint64_t *outputs) {
  const wino_cuda_network *n = net->network;
  size_t ports = (size_t)n->inputs + n->outputs;
  wino_cuda_status status;
  uint64_t *now;
  int is_capturing = NOT_CAPTURING, i;
  if (!net->has_graphs)
    return launch_all(net, stream, inputs, outputs);
  CALL(capturing, stream, &is_capturing);
  if (is_capturing != NOT_CAPTURING)
    return launch_all(net, stream, inputs, outputs);
  now = net->scratch;
  memcpy(now, inputs, n->inputs * sizeof *now);
  memcpy(now + n->inputs, outputs, n->outputs * sizeof *now);
  for (i = 0; i < net->graph_count && memcmp(net->graphs[i].addresses, now, ports * sizeof *now) != 0;)
    ++i;
  if (i == net->graph_count && i < MOST_GRAPHS && came_before(net, now, ports)) {
    add_graph(net, now);
    net->detail[0] = 0; /* why there is none is no matter */
  }
  if (i == net->graph_count)
    return launch_all(net, stream, inputs, outputs);
  CALL(launch_graph, net->graphs[i].exec, stream);
  return WINO_CUDA_OK;
}

static wino_cuda_status begin(wino_cuda *net) {
  if (!net)
    return WINO_CUDA_ERROR_NULL;
  if (!net->is_open)
    return WINO_CUDA_ERROR_NOT_OPEN;
  return check(net, net->push(net->context), "cuCtxPushCurrent", WINO_CUDA_ERROR_DRIVER);
}

/* What an earlier call said; that of an opening that failed stays. */
static void forget(wino_cuda *net) {
  if (net && net->is_open)
    net->detail[0] = 0;
}

wino_cuda_status wino_cuda_run_device(wino_cuda *net, void *stream, const uint64_t *inputs, const uint64_t *outputs) {
  wino_cuda_status status;
  forget(net);
  if (!net || !inputs || !outputs)
    return WINO_CUDA_ERROR_NULL;
  for (uint32_t i = 0; i < net->network->inputs; ++i)
    if (inputs[i] % 16)
      return WINO_CUDA_ERROR_ALIGNMENT;
  for (uint32_t i = 0; i < net->network->outputs; ++i)
    if (outputs[i] % 16)
      return WINO_CUDA_ERROR_ALIGNMENT;
  status = begin(net);
  if (status != WINO_CUDA_OK)
    return status;
  status = enqueue(net, stream, inputs, outputs);
  leave(net);
  return status;
}

static wino_cuda_status run_on_host(wino_cuda *net, const void *const *inputs, void *const *outputs) {
  const wino_cuda_network *n = net->network;
  CUdeviceptr *in = net->ports, *out = net->ports + n->inputs;
  wino_cuda_status status = WINO_CUDA_OK;
  for (uint32_t i = 0; i < n->inputs + n->outputs; ++i) {
    uint64_t bytes = i < n->inputs ? n->input_bytes[i] : n->output_bytes[i - n->inputs];
    if (!net->ports[i] && (status = allocate(net, &net->ports[i], bytes)) != WINO_CUDA_OK)
      return status;
  }
  for (uint32_t i = 0; i < n->inputs; ++i)
    CALL(to_device, in[i], inputs[i], (size_t)n->input_bytes[i]);
  status = enqueue(net, NULL, (const uint64_t *)in, (const uint64_t *)out);
  if (status != WINO_CUDA_OK)
    return status;
  CALL(synchronize, NULL);
  for (uint32_t i = 0; i < n->outputs; ++i)
    CALL(from_device, outputs[i], out[i], (size_t)n->output_bytes[i]);
  return WINO_CUDA_OK;
}

wino_cuda_status wino_cuda_run(wino_cuda *net, const void *const *inputs, void *const *outputs) {
  wino_cuda_status status;
  forget(net);
  if (!net || !inputs || !outputs)
    return WINO_CUDA_ERROR_NULL;
  for (uint32_t i = 0; i < net->network->inputs; ++i)
    if (!inputs[i])
      return WINO_CUDA_ERROR_NULL;
  for (uint32_t i = 0; i < net->network->outputs; ++i)
    if (!outputs[i])
      return WINO_CUDA_ERROR_NULL;
  status = begin(net);
  if (status != WINO_CUDA_OK)
    return status;
  status = run_on_host(net, inputs, outputs);
  leave(net);
  return status;
}

void wino_cuda_close(wino_cuda *net) {
  if (!net)
    return;
  if (net->context && net->push(net->context) == CUDA_SUCCESS) {
    if (net->ports)
      for (uint32_t i = 0; i < net->network->inputs + net->network->outputs; ++i)
        if (net->ports[i])
          net->release_memory(net->ports[i]);
    if (net->weights)
      net->release_memory(net->weights);
    if (net->arena)
      net->release_memory(net->arena);
    /* Freeing memory has waited for what ran. */
    for (int i = 0; i < net->graph_count; ++i) {
      net->destroy_exec(net->graphs[i].exec);
      free(net->graphs[i].addresses);
    }
    if (net->capture_stream)
      net->destroy_stream(net->capture_stream);
    if (net->module)
      net->unload(net->module);
    leave(net);
  }
  if (net->context)
    net->release(net->number);
  free(net->kernels);
  free(net->ports);
  free(net->last);
  free(net); /* the driver stays loaded: it does not like to go */
}
