"""The layers of the bench, their ONNX models and images, our libraries of them, and the same problem for cuDNN."""
import ctypes
import json
import os
import re
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("WINO_BUILD", os.path.join(ROOT, "build"))
sys.path.append(os.path.join(ROOT, "test", "data"))
import make_onnx  # noqa: E402

# Table 3 of the paper on clipping factors: ResNet-18's 3x3 layers in DeepLabV3+ (height x width 256 x 512 and less).
TABLE3 = [("conv2_block1_2", 64, 64, 256, 512), ("conv2_block2_1", 64, 64, 256, 512), ("conv2_block2_2", 64, 64, 256, 512),
          ("conv3_block1_2", 128, 128, 128, 256), ("conv3_block2_1", 128, 128, 128, 256), ("conv3_block2_2", 128, 128, 128, 256),
          ("conv4_block1_2", 256, 256, 64, 128), ("conv4_block2_1", 256, 256, 64, 128), ("conv4_block2_2", 256, 256, 64, 128),
          ("conv5_block1_1", 256, 512, 64, 128), ("conv5_block1_2", 512, 512, 64, 128), ("conv5_block2_1", 512, 512, 64, 128),
          ("conv5_block2_2", 512, 512, 64, 128)]
# Its Figure 8: as many channels out as in, square maps.
FIGURE8 = [(f"{c} channels, {s} x {s}", c, c, s, s) for c in (256, 512, 1024) for s in (32, 64, 128, 256)]
# For a host: the same channels on maps small enough for the emulator.
SMALL = [("64 channels, 8 x 16", 64, 64, 8, 16), ("128 channels, 8 x 8", 128, 128, 8, 8), ("odd map, 48 to 80 channels", 48, 80, 7, 13),
         ("256 to 512 channels, 4 x 8", 256, 512, 4, 8)]
POLICIES = {"direct": "direct", "winograd": "F(4,3) taps=i8xi8", "chosen": "auto"}


def model(inputs, outputs, height, width):
    """3x3 convolution + bias + ReLU, float."""
    return make_onnx.one_layer(1, inputs, outputs, height, width)


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


class Library:
    """Our network of one model: a folder of wino-opt, and what it says of itself."""

    def __init__(self, folder, name):
        self.folder, self.name, self.net = folder, name, None
        with open(os.path.join(folder, name + ".h"), encoding="utf-8") as file:
            self.header = file.read()
        with open(os.path.join(folder, name + ".plan.yaml"), encoding="utf-8") as file:
            self.plans = re.findall(r'^    plan: "(.*)"', file.read(), re.M)
        with open(os.path.join(folder, name + ".launches.json"), encoding="utf-8") as file:
            self.launches = len(json.load(file)["launches"])
        width = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2}
        self.input_bytes, self.output_bytes = (int(self.macro(port + "0_ELEMENTS")) * width[self.macro(port + "0_TYPE")]
                                               for port in ("INPUT", "OUTPUT"))

    def macro(self, name):
        return re.search(rf"^#define {self.name.upper()}_{name} (.*)$", self.header, re.M).group(1)

    def expected(self, data, how="interpreter"):
        """The interpreter's bytes for inputs one behind the other; or those of "host" code, or of kernels ("emulate") here."""
        base = os.path.join(self.folder, self.name)
        with open(base + ".in", "wb") as file:
            file.write(data)
        run([os.path.join(BUILD, "bin", "wino-bench-bytes"), base + ".quant.mlirbc", base + ".in", base + ".out"]
            + ([] if how == "interpreter" else [how]))
        with open(base + ".out", "rb") as file:
            return file.read()

    # On a GPU.
    def open(self):
        shared, runtime = os.path.join(self.folder, self.name + ".so"), os.path.join(ROOT, "runtime")
        run(["gcc", "-std=gnu99", "-O2", "-shared", "-fPIC", "-I", runtime, os.path.join(runtime, "wino_cuda.c"),
             "-Wl,--whole-archive", os.path.join(self.folder, f"lib{self.name}.a"), "-Wl,--no-whole-archive", "-ldl", "-o", shared])
        self.code = ctypes.CDLL(shared)
        for text in "wino_cuda_strerror", "wino_cuda_detail":
            getattr(self.code, text).restype = ctypes.c_char_p
        self.net = ctypes.c_void_p()
        network = ctypes.c_void_p.in_dll(self.code, self.name + "_network")
        self.check(self.code.wino_cuda_open(ctypes.byref(self.net), ctypes.byref(network), 0))
        return self

    def check(self, status):
        if status:
            detail = self.code.wino_cuda_detail(self.net) if self.net else b""
            raise RuntimeError(f"{self.name}: {self.code.wino_cuda_strerror(status).decode()} [{detail.decode()}]")

    def enqueue(self, stream, source, target):
        self.check(self.code.wino_cuda_run_device(self.net, stream, ctypes.byref(ctypes.c_uint64(source)),
                                                  ctypes.byref(ctypes.c_uint64(target))))

    def close(self):
        if self.net:
            self.code.wino_cuda_close(self.net)
        self.net = None


def compile_layer(work, layer, target, batch, which, min_sqnr):
    """The library of one layer by one policy; a layer is calibrated once, on two images of normal numbers."""
    label, inputs, outputs, height, width = layer
    shape = f"{inputs}x{outputs}x{height}x{width}"
    folder = os.path.join(work, shape)
    source, images, profile = (os.path.join(folder, name) for name in ("layer.onnx", "images.npy", "layer.calib"))
    if not os.path.exists(profile):
        os.makedirs(folder, exist_ok=True)
        with open(source, "wb") as file:
            file.write(model(inputs, outputs, height, width))
        numpy.save(images, numpy.random.default_rng(1).standard_normal((2, inputs, height, width), numpy.float32))
    name = f"{which}_b{batch}"
    out, policy = os.path.join(folder, name), os.path.join(folder, which + ".yaml")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(f"conv_policy:\n  default: {POLICIES[which]}\n")
    budget = min_sqnr if which == "chosen" else -100
    stamp = f"{POLICIES[which]} {target} {budget} {os.path.getmtime(os.path.join(BUILD, 'bin', 'wino-opt'))}"
    if os.path.exists(out + ".stamp"):
        with open(out + ".stamp", encoding="utf-8") as file:
            if file.read() == stamp:
                return Library(out, name)
    calibration = ["--profile=" + profile] if os.path.exists(profile) else ["--calib=" + images, "--scale=1", "--save-profile=" + profile]
    run([os.path.join(BUILD, "bin", "wino-opt"), source, "--target=" + target, *calibration, f"--batch={batch}", "--policy=" + policy,
         f"--min-sqnr={budget}", "--replan=false", "--unverified", "--name=" + name, "-o", out])
    with open(out + ".stamp", "w", encoding="utf-8") as file:
        file.write(stamp)
    return Library(out, name)


def random_bytes(size, seed):
    return numpy.random.default_rng(seed).integers(0, 256, size, dtype=numpy.uint8).tobytes()


class OnDevice:
    """Addresses of one layer's tensors in one layout."""


class CudnnProblem:
    """A layer as cuDNN gets it: bytes of any value, one scale (and the same one per channel), floats as bias."""

    def __init__(self, gpu, layer, batch):
        self.gpu, self.batch = gpu, batch
        self.inputs, self.outputs, self.height, self.width = layer[1:]
        random = numpy.random.default_rng(2)
        self.image = random.integers(-128, 128, (batch, self.height, self.width, self.inputs), dtype=numpy.int8)
        self.filters = random.integers(-127, 128, (self.outputs, 3, 3, self.inputs), dtype=numpy.int8)
        self.bias = random.standard_normal(self.outputs).astype(numpy.float32) * 10
        self.scale = float(numpy.float32(40 / (74 * 74 * (9 * self.inputs) ** 0.5))) # outputs of about 40 in size
        self.blocks, self.layouts, self.room, self.most = [], {}, (0, 0), 0

    def keep(self, address):
        self.blocks.append(address)
        return address

    def on_device(self, layout):
        if layout not in self.layouts:
            data = self.layouts[layout] = OnDevice()
            vectors = layout != "NHWC"
            data.input = self.keep(self.gpu.upload(to_vectors(self.image) if vectors else self.image))
            data.filters = self.keep(self.gpu.upload(to_vectors(self.filters) if vectors else self.filters))
            data.bias = self.keep(self.gpu.upload(self.bias))
            data.scales = self.keep(self.gpu.upload(numpy.full(self.outputs, self.scale, numpy.float32)))
            data.output = self.keep(self.gpu.allocate(self.batch * self.height * self.width * self.outputs))
            if vectors:
                data.reordered_filters = self.keep(self.gpu.allocate(self.filters.size))
                data.reordered_bias = self.keep(self.gpu.allocate(4 * self.outputs))
        return self.layouts[layout]

    def workspace(self, size):
        """One for all ways, which run one after the other, and the only one: graphs, which hold the address, are made once
        every way has run, and then it is as large as the largest that there was memory for."""
        if size > self.room[1]:
            wanted = max(size, self.most)
            self.gpu.wait()
            if self.room[0]:
                self.gpu.free(self.room[0])
            self.room = 0, 0
            self.room = self.gpu.allocate(wanted), wanted
            self.most = wanted
        return self.room[0] if size else 0

    def differs(self, output, layout, points=256):
        """Why a result is wrong, at some places, or nothing. Halves may round either way."""
        got = numpy.frombuffer(output, numpy.int8)
        shape = (self.batch, self.height, self.width, self.outputs)
        got = got.reshape(shape) if layout == "NHWC" else from_vectors(got, shape)
        random = numpy.random.default_rng(3)
        padded = numpy.pad(self.image, ((0, 0), (1, 1), (1, 1), (0, 0)))
        for _ in range(points):
            n, y, x, f = (int(random.integers(extent)) for extent in shape)
            total = int((padded[n, y:y + 3, x:x + 3].astype(numpy.int64) * self.filters[f]).sum())
            value = min(127.0, max(0.0, total * self.scale + float(self.bias[f])))
            if abs(value - int(got[n, y, x, f])) > 0.51:
                return f"image {n}, row {y}, column {x}, channel {f}: expected {value:.2f}, got {got[n, y, x, f]}"
        return ""

    def free(self):
        for address in self.blocks + [self.room[0]] * bool(self.room[0]):
            self.gpu.free(address)


def to_vectors(array):
    """N, H, W, C to N, C / 32, H, W, 32."""
    n, h, w, c = array.shape
    return numpy.ascontiguousarray(array.reshape(n, h, w, c // 32, 32).transpose(0, 3, 1, 2, 4))


def from_vectors(flat, shape):
    n, h, w, c = shape
    return flat.reshape(n, c // 32, h, w, 32).transpose(0, 2, 3, 1, 4).reshape(shape)
