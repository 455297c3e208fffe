"""The CUDA driver API by ctypes: memory, streams, events and graphs of one GPU, in its primary context.

Nothing is linked or installed: libcuda.so.1 comes with the driver. Numbers are those of cuda.h.
"""
import ctypes
import statistics

OUT_OF_MEMORY = 2
ATTRIBUTES = {"clock_khz": 13, "multiprocessors": 16, "memory_khz": 36, "bus_bits": 37, "l2_bytes": 38, "major": 75,
              "minor": 76}
# Products of bytes per clock and multiprocessor, dense: vendors' tables.
PRODUCTS = {75: 1024, 80: 2048, 86: 1024, 87: 2048, 89: 1024, 90: 4096, 100: 8192}


class Missing(Exception):
    """There is no GPU to use; says why."""


class Gpu:
    """The first GPU, its primary context current in this thread, and one stream."""

    def __init__(self):
        try:
            self.code = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise Missing(f"no CUDA driver: {error}") from error
        if self.code.cuInit(0):
            raise Missing(f"the CUDA driver finds no GPU: {self.words(self.code.cuInit(0))}")
        device = self.number(ctypes.c_int, "cuDeviceGet", 0)
        self.facts = {name: self.number(ctypes.c_int, "cuDeviceGetAttribute", number, device)
                      for name, number in ATTRIBUTES.items()}
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, 256, device)
        self.name = name.value.decode()
        self.driver = self.number(ctypes.c_int, "cuDriverGetVersion")
        self.capability = 10 * self.facts["major"] + self.facts["minor"]
        self.device = device
        context = self.number(ctypes.c_void_p, "cuDevicePrimaryCtxRetain", device)
        self.call("cuCtxPushCurrent_v2", ctypes.c_void_p(context))
        self.stream = ctypes.c_void_p(self.number(ctypes.c_void_p, "cuStreamCreate", 1))
        self.events = [ctypes.c_void_p(self.number(ctypes.c_void_p, "cuEventCreate", 0)) for _ in range(2)]

    def close(self):
        for event in self.events:
            self.call("cuEventDestroy_v2", event)
        self.call("cuStreamDestroy_v2", self.stream)
        self.number(ctypes.c_void_p, "cuCtxPopCurrent_v2")
        self.call("cuDevicePrimaryCtxRelease_v2", self.device)

    def words(self, status):
        text = ctypes.c_char_p()
        self.code.cuGetErrorString(status, ctypes.byref(text))
        return f"{(text.value or b'unknown error').decode()} ({status})"

    def call(self, name, *arguments):
        status = getattr(self.code, name)(*arguments)
        if status:
            raise RuntimeError(f"{name}: {self.words(status)}")

    def number(self, kind, name, *arguments):
        """What a call writes through its first argument."""
        result = kind()
        self.call(name, ctypes.byref(result), *arguments)
        return result.value

    # Memory: addresses are integers.
    def allocate(self, size):
        return self.number(ctypes.c_uint64, "cuMemAlloc_v2", ctypes.c_size_t(size))

    def free(self, address):
        self.call("cuMemFree_v2", ctypes.c_uint64(address))

    def upload(self, array):
        """A new block with an array's bytes."""
        data = array.tobytes()
        address = self.allocate(len(data))
        self.write(address, data)
        return address

    def write(self, address, data):
        self.call("cuMemcpyHtoD_v2", ctypes.c_uint64(address), data, ctypes.c_size_t(len(data)))
        self.call("cuStreamSynchronize", None) # it may return before the bytes are there, and our stream does not wait

    def download(self, address, size):
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, ctypes.c_uint64(address), ctypes.c_size_t(size))
        return data.raw

    def fill(self, address, value, size):
        self.call("cuMemsetD8Async", ctypes.c_uint64(address), ctypes.c_ubyte(value), ctypes.c_size_t(size), self.stream)

    def wait(self):
        self.call("cuStreamSynchronize", self.stream)

    # Graphs.
    def capture(self, enqueue):
        """What `enqueue()` puts into the stream, as an executable graph."""
        self.call("cuStreamBeginCapture_v2", self.stream, 1)
        graph = ctypes.c_void_p()
        try:
            enqueue()
        finally: # also after an error: a stream must not stay in capture
            self.call("cuStreamEndCapture", self.stream, ctypes.byref(graph))
        try:
            return ctypes.c_void_p(self.number(ctypes.c_void_p, "cuGraphInstantiateWithFlags", graph, ctypes.c_ulonglong(0)))
        finally:
            self.call("cuGraphDestroy", graph)

    def launch(self, graph):
        self.call("cuGraphLaunch", graph, self.stream)

    def drop(self, graph):
        self.call("cuGraphExecDestroy", graph)

    # Time.
    def milliseconds(self, enqueue):
        """Between two events around what `enqueue()` puts into the stream."""
        first, last = self.events
        self.call("cuEventRecord", first, self.stream)
        enqueue()
        self.call("cuEventRecord", last, self.stream)
        self.call("cuEventSynchronize", last)
        return self.number(ctypes.c_float, "cuEventElapsedTime", first, last)

    def warm(self, graphs, samples, least_ms=0.5):
        """name -> median milliseconds of a graph launched again and again on the same buffers; the graphs take turns."""
        times, rounds = {name: [] for name in graphs}, {}
        for name, graph in graphs.items():
            self.launch(graph)
            once = self.milliseconds(lambda graph=graph: self.launch(graph))
            rounds[name] = max(1, min(200, int(least_ms / max(once, 1e-4)) + 1))
        for _ in range(samples):
            for name, graph in graphs.items():
                def several(graph=graph, count=rounds[name]):
                    for _ in range(count):
                        self.launch(graph)
                times[name].append(self.milliseconds(several) / rounds[name])
        return {name: statistics.median(values) for name, values in times.items()}

    def cold(self, graphs, samples):
        """The same with the L2 cache full of other data before each launch, which is timed alone."""
        size = max(2 * self.facts["l2_bytes"], 1 << 20)
        other = self.allocate(size)
        times = {name: [] for name in graphs}
        try:
            for sample in range(samples):
                for name, graph in graphs.items():
                    self.fill(other, sample % 256, size)
                    times[name].append(self.milliseconds(lambda graph=graph: self.launch(graph)))
        finally:
            self.wait()
            self.free(other)
        return {name: statistics.median(values) for name, values in times.items()}

    # Bounds.
    def product_rate(self):
        """Products of bytes per millisecond by tensor cores at the chip's highest clock."""
        per_clock = PRODUCTS[max((c for c in PRODUCTS if c <= self.capability), default=75)]
        return per_clock * self.facts["multiprocessors"] * self.facts["clock_khz"]

    def byte_rate(self):
        """Bytes per millisecond to and from memory: two transfers per clock."""
        return 2 * self.facts["memory_khz"] * self.facts["bus_bits"] / 8

    def target(self):
        """The --target of wino-opt for this GPU."""
        return "sm_90" if self.capability >= 90 else "sm_87" if self.capability == 87 else "sm_80" if self.capability >= 80 else "sm_75"
