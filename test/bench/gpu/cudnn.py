"""int8 convolution + bias + ReLU + requantization by cuDNN, every way it has, through its C API by ctypes.

Two APIs: the older cudnnConvolutionBiasActivationForward (tensors NHWC, and NC/32HW32 with filters reordered before),
all eight algorithms by both kinds of mathematics, one scale for all channels; and the graph API (NHWC, one scale per
channel), all configurations of its heuristics and every engine. What cuDNN refuses is left out, with a count.
Numbers are those of cudnn_graph.h and cudnn_ops.h of cuDNN 8 and 9.
"""
import ctypes
import glob
import os
import sys

FLOAT, INT8, INT32, INT8X32 = 0, 3, 4, 8
NCHW, NHWC, VECTORS = 0, 1, 2
RELU, CROSS_CORRELATION = 1, 1
MOST_WORKSPACE = 4 << 30


class Missing(Exception):
    """No cuDNN, or one without int8 convolutions; says why."""


class Refused(Exception):
    """cuDNN does not do this."""


def places():
    """Where a libcudnn may be: named by WINO_CUDNN, of PyTorch's packages, of the system."""
    if "WINO_CUDNN" in os.environ:
        return [os.environ["WINO_CUDNN"]]
    packages = [path for folder in sys.path
                for path in sorted(glob.glob(os.path.join(folder, "nvidia", "cudnn", "lib", "libcudnn.so.*")), reverse=True)]
    return packages + ["libcudnn.so.9", "libcudnn.so.8"] + sorted(glob.glob("/usr/local/cuda*/lib*/libcudnn.so.[89]"))


def load():
    reasons = []
    for place in places():
        try:
            return ctypes.CDLL(place, mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            reasons.append(str(error))
    raise Missing("no libcudnn.so (PyTorch's, the system's, or WINO_CUDNN=PATH): " + "; ".join(reasons))


class Cudnn:
    def __init__(self, gpu):
        self.code, self.gpu = load(), gpu
        self.code.cudnnGetVersion.restype = ctypes.c_size_t
        self.version = self.code.cudnnGetVersion()
        handle = ctypes.c_void_p()
        if status := self.code.cudnnCreate(ctypes.byref(handle)):
            raise Missing(f"cudnnCreate: {self.words(status)}")
        self.handle = handle
        try:
            self.call("cudnnSetStream", handle, gpu.stream)
        except Refused as reason:
            self.close()
            raise Missing(str(reason)) from reason

    def close(self):
        self.call("cudnnDestroy", self.handle)

    def words(self, status):
        self.code.cudnnGetErrorString.restype = ctypes.c_char_p
        return f"{(self.code.cudnnGetErrorString(status) or b'unknown').decode()} ({status})"

    def call(self, name, *arguments):
        if not hasattr(self.code, name):
            raise Refused(f"this cuDNN has no {name}")
        if status := getattr(self.code, name)(*arguments):
            raise Refused(f"{name}: {self.words(status)}")

    def made(self, name, *arguments):
        result = ctypes.c_void_p()
        self.call(name, ctypes.byref(result), *arguments)
        return result

    def candidates(self, layer):
        """(name, function that puts one convolution into the stream, where its output lies, layout) of all that cuDNN
        accepts for a layer (layers.CudnnProblem), and how many it refused."""
        found, refused = [], []
        for source in self.legacy(layer), self.engines(layer):
            while True:
                try:
                    item = next(source)
                except StopIteration:
                    break
                except Refused as reason: # of the whole source
                    refused.append(str(reason))
                    break
                if isinstance(item, Refused):
                    refused.append(str(item))
                    continue
                name, run, output, layout = item
                try:
                    run() # lazily loaded kernels load now, and what cannot run says so
                    self.gpu.wait()
                    found.append((name, run, output, layout))
                except (Refused, RuntimeError) as reason:
                    refused.append(f"{name}: {reason}")
        return found, refused

    # cudnnConvolutionBiasActivationForward
    def legacy(self, layer):
        for layout in "NHWC", "NC/32HW32":
            try:
                yield from self.legacy_in(layer, layout)
            except Refused as reason:
                yield reason

    @staticmethod
    def workspace(layer, size):
        if size > MOST_WORKSPACE:
            raise Refused(f"a workspace of {size} bytes")
        return layer.workspace(size)

    def tensor(self, form, kind, n, c, h, w):
        descriptor = self.made("cudnnCreateTensorDescriptor")
        self.call("cudnnSetTensor4dDescriptor", descriptor, form, kind, n, c, h, w)
        return descriptor

    def legacy_in(self, layer, layout):
        form, kind = (NHWC, INT8) if layout == "NHWC" else (VECTORS, INT8X32)
        if kind == INT8X32 and (layer.inputs % 32 or layer.outputs % 32):
            raise Refused("NC/32HW32: channels are no multiple of 32")
        x = self.tensor(form, kind, layer.batch, layer.inputs, layer.height, layer.width)
        y = self.tensor(form, kind, layer.batch, layer.outputs, layer.height, layer.width)
        b = self.tensor(NCHW, FLOAT, 1, layer.outputs, 1, 1)
        w = self.made("cudnnCreateFilterDescriptor")
        self.call("cudnnSetFilter4dDescriptor", w, kind, form, layer.outputs, layer.inputs, 3, 3)
        activation = self.made("cudnnCreateActivationDescriptor")
        self.call("cudnnSetActivationDescriptor", activation, RELU, 0, ctypes.c_double(0))
        data = layer.on_device(layout)
        filters, bias = data.filters, data.bias
        if kind == INT8X32:
            filters, bias = data.reordered_filters, data.reordered_bias
            self.call("cudnnReorderFilterAndBias", self.handle, w, 0, ctypes.c_void_p(data.filters),
                      ctypes.c_void_p(filters), 1, ctypes.c_void_p(data.bias), ctypes.c_void_p(bias))
        one, none = ctypes.c_float(layer.scale), ctypes.c_float(0)
        for algorithm in range(8):
            for mathematics in 1, 0:
                name = f"{layout}, algorithm {algorithm}, {'tensor' if mathematics else 'default'} math"
                try:
                    convolution = self.made("cudnnCreateConvolutionDescriptor")
                    self.call("cudnnSetConvolution2dDescriptor", convolution, 1, 1, 1, 1, 1, 1, CROSS_CORRELATION, INT32)
                    self.call("cudnnSetConvolutionMathType", convolution, mathematics)
                    if kind == INT8X32:
                        self.call("cudnnSetConvolutionReorderType", convolution, 1)
                    size = ctypes.c_size_t()
                    self.call("cudnnGetConvolutionForwardWorkspaceSize", self.handle, x, w, convolution, y, algorithm,
                              ctypes.byref(size))
                except Refused as reason:
                    yield Refused(f"{name}: {reason}")
                    continue

                def run(convolution=convolution, algorithm=algorithm, size=size):
                    workspace = self.workspace(layer, size.value)
                    self.call("cudnnConvolutionBiasActivationForward", self.handle, ctypes.byref(one), x,
                              ctypes.c_void_p(data.input), w, ctypes.c_void_p(filters), convolution, algorithm,
                              ctypes.c_void_p(workspace), size, ctypes.byref(none), y, ctypes.c_void_p(data.output), b,
                              ctypes.c_void_p(bias), activation, y, ctypes.c_void_p(data.output))
                yield name, run, data.output, layout

    # The graph API.
    def descriptor(self, kind, *attributes):
        """A finished descriptor; attributes are (name, type, list of values)."""
        result = ctypes.c_void_p()
        self.call("cudnnBackendCreateDescriptor", kind, ctypes.byref(result))
        for name, of, values in attributes:
            kinds = {0: ctypes.c_void_p, 2: ctypes.c_bool, 3: ctypes.c_int64, 4: ctypes.c_float, 6: ctypes.c_void_p,
                     15: ctypes.c_void_p}
            array = (kinds.get(of, ctypes.c_int) * len(values))(*[v.value if isinstance(v, ctypes.c_void_p) else v for v in values])
            self.call("cudnnBackendSetAttribute", result, name, of, ctypes.c_int64(len(values)), array)
        self.call("cudnnBackendFinalize", result)
        return result

    def graph_tensor(self, number, kind, dims, is_virtual=False):
        n, c, h, w = dims
        return self.descriptor(17, (906, 3, [number]), (901, 1, [kind]), (902, 3, dims), (903, 3, [h * w * c, 1, w * c, c]),
                               (900, 3, [16]), (907, 2, [is_virtual]))

    def operations(self, layer):
        image = [layer.batch, layer.outputs, layer.height, layer.width]
        x = self.graph_tensor(1, INT8, [layer.batch, layer.inputs, layer.height, layer.width])
        w = self.graph_tensor(2, INT8, [layer.outputs, layer.inputs, 3, 3])
        scale, bias = (self.graph_tensor(n, FLOAT, [1, layer.outputs, 1, 1]) for n in (3, 4))
        y = self.graph_tensor(5, INT8, image)
        sums = self.graph_tensor(6, INT32, image, True)
        scaled, added = (self.graph_tensor(n, FLOAT, image, True) for n in (7, 8))
        convolution = self.descriptor(1, (100, 1, [INT32]), (101, 7, [CROSS_CORRELATION]), (102, 3, [1, 1]), (103, 3, [1, 1]),
                                      (105, 3, [1, 1]), (104, 3, [1, 1]), (106, 3, [2]))
        pointwise = [self.descriptor(0, (0, 14, [mode]), (1, 1, [FLOAT])) for mode in (1, 0, 100)] # times, plus, ReLU
        return [
            self.descriptor(10, (704, 15, [x]), (703, 15, [w]), (705, 15, [sums]), (702, 15, [convolution]), (700, 4, [1.0]),
                            (701, 4, [0.0])),
            self.descriptor(13, (750, 15, [pointwise[0]]), (751, 15, [sums]), (752, 15, [scale]), (753, 15, [scaled])),
            self.descriptor(13, (750, 15, [pointwise[1]]), (751, 15, [scaled]), (752, 15, [bias]), (753, 15, [added])),
            self.descriptor(13, (750, 15, [pointwise[2]]), (751, 15, [added]), (753, 15, [y])),
        ]

    def operation_graph(self, layer):
        return self.descriptor(15, (800, 0, [self.handle]), (801, 15, self.operations(layer)))

    def attribute(self, of, name, kind, ctype, count=1):
        got, values = ctypes.c_int64(), (ctype * max(count, 1))()
        self.call("cudnnBackendGetAttribute", of, name, kind, ctypes.c_int64(count), ctypes.byref(got), values)
        return list(values)[:got.value]

    def configurations(self, graph):
        """(name, engine configuration): what heuristics propose, then every engine as it is."""
        for mode, name in (3, "heuristics A"), (0, "heuristics instant"), (2, "fallback"):
            try:
                heuristics = self.descriptor(4, (201, 15, [graph]), (200, 8, [mode]))
                count = ctypes.c_int64()
                self.call("cudnnBackendGetAttribute", heuristics, 202, 15, ctypes.c_int64(0), ctypes.byref(count), None)
                results = (ctypes.c_void_p * max(count.value, 1))()
                for i in range(count.value):
                    empty = ctypes.c_void_p()
                    self.call("cudnnBackendCreateDescriptor", 3, ctypes.byref(empty))
                    results[i] = empty.value
                self.call("cudnnBackendGetAttribute", heuristics, 202, 15, count, ctypes.byref(count), results)
            except Refused as reason:
                yield name, reason
                continue
            for i in range(count.value):
                yield f"{name} {i}", ctypes.c_void_p(results[i])
        for engine in range(self.attribute(graph, 802, 3, ctypes.c_int64)[0]):
            try:
                yield f"engine {engine}", self.descriptor(3, (300, 15, [self.descriptor(2, (1300, 15, [graph]), (1301, 3, [engine]))]))
            except Refused as reason:
                yield f"engine {engine}", reason

    def engines(self, layer):
        graph = self.operation_graph(layer)
        data = layer.on_device("NHWC")
        for name, configuration in self.configurations(graph):
            name = "graph, " + name
            if isinstance(configuration, Refused):
                yield Refused(f"{name}: {configuration}")
                continue
            try:
                plan = self.descriptor(5, (400, 0, [self.handle]), (401, 15, [configuration]))
                size = self.attribute(plan, 402, 3, ctypes.c_int64)[0]
            except Refused as reason:
                yield Refused(f"{name}: {reason}")
                continue

            def run(plan=plan, size=size):
                pointers = [data.input, data.filters, data.scales, data.bias, data.output]
                pack = self.descriptor(16, (1001, 6, pointers), (1000, 3, [1, 2, 3, 4, 5]), (1003, 6, [self.workspace(layer, size)]))
                self.call("cudnnBackendExecute", self.handle, plan, pack)
                self.code.cudnnBackendDestroyDescriptor(pack)
            yield name, run, data.output, "NHWC"
