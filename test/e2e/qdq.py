#!/usr/bin/python3
"""Runs `--emit=qdq` models in ONNX Runtime and compares with our own integers: the same network, all direct, as a library for this
machine, which is bit-exact with the interpreter.

usage: qdq.py WINO_OPT WORKDIR [--count=N]

Both round, but not alike: we take ties up in two steps of integer arithmetic, ONNX Runtime takes ties to even in one
step of binary32. So tensors differ by single steps here and there. Bounds: BOUNDS. Exit code 77, with the reason, where
ONNX Runtime (test/bench/host/onnx_runtime.py) or AVX2 is missing. Networks of WINO_SHARED take part when they are there.
"""
import argparse
import os
import shutil
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "test", "bench", "host"), os.path.join(ROOT, "test", "data")]

import bench
import make_onnx as onnx
import onnx_bytes
import onnx_runtime
from compiled import Library

SHARED = os.environ.get("WINO_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
DATA = os.path.join(ROOT, "test", "data")
CIFAR = os.path.join(SHARED, "data", "cifar10", "cifar10_{}.npy")
CIFAR_FILES = [CIFAR.format("calib_first1024_images_u8_nchw"), CIFAR.format("test_images_u8_nchw")]
FUSED = {"Conv", "FusedConv", "Gemm", "GlobalAveragePool", "AveragePool", "Add", "Mul", "Concat", "LeakyRelu", "Sigmoid"}

# name: (model, calibration, test images, mean, std, scale of pixels)
NETWORKS = {
    "demo": (os.path.join(DATA, "resnet20_cifar10.onnx"), os.path.join(DATA, "calib_images.npy"),
             os.path.join(DATA, "test_images.npy"), [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616], 1 / 255),
    "resnet20_bn_b1": (os.path.join(SHARED, "models", "resnet20_bn_b1.onnx"), *CIFAR_FILES, [0.485, 0.456, 0.406],
                       [0.229, 0.224, 0.225], 1 / 255),
    "resnet8_bn_b1": (os.path.join(SHARED, "models", "resnet8_bn_b1.onnx"), *CIFAR_FILES, [0, 0, 0], [1, 1, 1], 1),
}
# What differs by at most one step: share of elements that are equal. Whole networks: decibels of our integers over the
# difference, and against the float model what ONNX Runtime may have less than we, whose pooled map in front of the last
# layer has 13 bits where the QDQ model has 8; top-1 classes that are the same.
BOUNDS = {"layer": 0.998, "kinds": 0.99, "head": 0.97, "sqnr": 28, "loss": 2.5, "agreement": 0.97}


def layer_network(random):
    """A convolution + Relu on a signed input (the pixels' mean is taken off)."""
    return onnx.one_layer(1, 16, 24, 20, 20), (8, 16, 20, 20)


def kinds_network(random):
    """Every op of the integer graph that ends in a feature map."""
    def conv(name, source, group=1):
        return onnx.node("Conv", [source, "w" + name, "b" + name], [name], **onnx.CONVOLUTION, group=group)
    nodes = [
        conv("c1", "image"), onnx.node("Clip", ["c1", "zero", "half"], ["clipped"]),
        conv("c2", "clipped", 8), onnx.node("LeakyRelu", ["c2"], ["leaky"]),
        conv("c3", "clipped"), onnx.node("Relu", ["c3"], ["relu"]),
        onnx.node("Concat", ["leaky", "relu"], ["both"], axis=1),
        onnx.node("MaxPool", ["both"], ["most"], kernel_shape=[2, 2], strides=[2, 2]),
        onnx.node("AveragePool", ["most"], ["mean"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]),
        onnx.node("Sigmoid", ["mean"], ["gate"]), onnx.node("Mul", ["most", "gate"], ["gated"]),
        onnx.node("Add", ["gated", "offset"], ["moved"]), onnx.node("Sub", ["moved", "mean"], ["less"]),
        onnx.node("Slice", ["less", "starts", "ends", "axes", "steps"], ["part"]),
        onnx.node("Pad", ["part", "pads"], ["padded"]),
        onnx.node("Transpose", ["padded"], ["turned"], perm=[0, 1, 3, 2]),
    ]
    def ints(*values):
        return numpy.array(values, numpy.int64)
    initializers = {"zero": numpy.float32(0), "half": numpy.float32(0.5), "starts": ints(2, 1), "ends": ints(14, 8),
                    "axes": ints(1, 2), "steps": ints(3, 2), "pads": ints(0, 0, 0, 1, 0, 0, 2, 0),
                    "offset": onnx.weights(random, 1, 16, 1, 1)}
    for name, inputs in ("c1", 3), ("c2", 1), ("c3", 8):
        initializers |= {"w" + name: onnx.weights(random, 8, inputs, 3, 3), "b" + name: onnx.bias(random, 8)}
    initializers = {name: numpy.asarray(array) for name, array in initializers.items()}
    return onnx.model(nodes, initializers, {"image": [1, 3, 16, 16]}, {"turned": [1, 4, 9, 6]}), (24, 3, 16, 16)


def head_network(random):
    """What classifiers end in: both kinds of mean, a matrix, softmax."""
    nodes = [
        onnx.node("Conv", ["image", "w", "b"], ["conv"], **onnx.CONVOLUTION), onnx.node("Relu", ["conv"], ["relu"]),
        onnx.node("ReduceMean", ["relu"], ["rows"], axes=[3], keepdims=1),
        onnx.node("GlobalAveragePool", ["rows"], ["pooled"]), onnx.node("Flatten", ["pooled"], ["flat"], axis=1),
        onnx.node("Gemm", ["flat", "m", "n"], ["scores"], transB=1), onnx.node("Softmax", ["scores"], ["soft"], axis=1),
    ]
    initializers = {"w": onnx.weights(random, 8, 3, 3, 3), "b": onnx.bias(random, 8), "m": onnx.weights(random, 10, 8),
                    "n": onnx.bias(random, 10)}
    return onnx.model(nodes, initializers, {"image": [1, 3, 12, 12]}, {"soft": [1, 10]}), (24, 3, 12, 12)


class Pair:
    """Our library and ONNX Runtime's session of one network, and their outputs in steps of our output's scale."""

    def __init__(self, wino_opt, runtime, folder, model, calibration, flags):
        self.folder = folder
        direct, profile, qdq = (os.path.join(folder, name) for name in ("direct.yaml", "profile", "net.qdq.onnx"))
        os.makedirs(folder, exist_ok=True)
        with open(direct, "w", encoding="utf-8") as file:
            file.write("conv_policy:\n  default: direct\n")
        # What QDQ models have no form of is off: sums inside of convolutions, corrected logits.
        self.run([wino_opt, model, "--target=x86-64", f"--calib={calibration}", f"--save-profile={profile}", f"--policy={direct}",
                  "--min-sqnr=-100", "--fuse-residuals=false", "--correct-outputs=false", "--name=net", *flags, "-o", folder])
        self.run([wino_opt, model, f"--profile={profile}", "--emit=qdq", *flags, "-o", qdq])
        self.library = Library(folder, "net")
        optimized = os.path.join(folder, "optimized.onnx")
        with open(qdq, "rb") as file:
            data = file.read()
        with open(model, "rb") as file:
            float_data = file.read()
        # The float model is opened under the other's names and shapes too: one replaces the other.
        ports = [(*port, numpy.float32) for port in onnx_bytes.ports(data)]
        # `exact`: without VNNI the default kernels add two products in 16 bits and saturate (test/bench/host/README.md).
        self.session = onnx_runtime.Session(runtime, data, *ports, exact=True, optimized=optimized)
        self.default, self.floats = (onnx_runtime.Session(runtime, either, *ports) for either in (data, float_data))
        with open(optimized, "rb") as file:
            self.left = sorted({node.op for node in onnx_bytes.nodes(file.read())} & FUSED)

    @staticmethod
    def run(command):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def ours(self, images):
        """Integers of our library."""
        result = []
        for image in images:
            self.library.quantize(image[None])
            self.library.run()
            result.append(self.library.logical_output().reshape(self.session.output.shape))
        return numpy.array(result, numpy.float64)

    def step(self, theirs):
        """One 8-bit step of the output in steps of ours, which are finer where a network ends in a head of 13 or 16 bits:
        `theirs` are multiples of it."""
        return 1 if self.library.output.itemsize == 1 else numpy.diff(numpy.unique(numpy.round(theirs, 3))).min()

    def of(self, session, images):
        """A session's outputs in steps of our output."""
        result = []
        for image in images:
            session.input[...] = image
            session.run()
            result.append(session.output / self.library.output_scale)
        return numpy.array(result, numpy.float64)

    def bare(self, runtime, images):
        """What the host bench times, a session that takes and gives 8 bits in NHWC, fed with the library's inputs."""
        session = bench.bare_session(runtime, os.path.join(self.folder, "net.qdq.onnx"), True, self.folder)
        result = []
        for image in images:
            self.library.quantize(image[None])
            session.input[...] = self.library.input.astype(numpy.int32) + 128 * (self.library.input.dtype == numpy.int8)
            session.run()
            result.append(numpy.moveaxis(session.output, -1, 1).astype(numpy.float64))
        return numpy.array(result, numpy.float64)


def sqnr(signal, noisy):
    return 10 * numpy.log10((signal**2).sum() / max(((noisy - signal)**2).sum(), 1e-9))


def check(failures, name, what, value, least):
    line = f"{name}: {what} {value:.4f}, at least {least}"
    print(line, flush=True)
    if not value >= least:
        failures.append(line)


def check_made(failures, args, runtime):
    """Small networks made here, on their calibration images, element by element."""
    for name, make in ("layer", layer_network), ("kinds", kinds_network), ("head", head_network):
        folder = os.path.join(args.work, name)
        os.makedirs(folder)
        random = numpy.random.default_rng(7)
        data, shape = make(random)
        model, images = os.path.join(folder, "net.onnx"), os.path.join(folder, "images.npy")
        with open(model, "wb") as file:
            file.write(data)
        pixels = random.integers(0, 256, shape, dtype=numpy.uint8)
        numpy.save(images, pixels)
        mean = ",".join(["0.5"] * shape[1])
        pair = Pair(args.wino_opt, runtime, folder, model, images, ["--mean=" + mean])
        inputs = pixels.astype(numpy.float32) / numpy.float32(255) - numpy.float32(0.5)
        ours, theirs = pair.ours(inputs), pair.of(pair.session, inputs)
        step = pair.step(theirs)
        ours, theirs = numpy.round(ours / step), numpy.round(theirs / step)
        steps = numpy.abs(ours - theirs)
        print(f"{name}: largest difference {int(steps.max())} of {int(numpy.abs(ours).max())} steps; left in float: {pair.left}")
        check(failures, name, "equal elements", (steps == 0).mean(), BOUNDS[name])
        if name == "layer":  # its output is unsigned
            check(failures, name, "equal elements without float borders", (pair.bare(runtime, inputs) == ours).mean(), BOUNDS[name])
        if steps.max() > 2:
            failures.append(f"{name}: expected differences of at most 2 steps, got {int(steps.max())}")
        if pair.left:
            failures.append(f"{name}: expected every layer to be fused, got {pair.left}")


def check_real(failures, args, runtime):
    for name, (model, calibration, test, mean, std, scale) in NETWORKS.items():
        if missing := next((path for path in (model, calibration, test) if not os.path.exists(path)), None):
            print(f"skipped {name}: {missing} is not there")
            continue
        flags = [f"--{flag}=" + ",".join(map(str, values)) for flag, values in (("mean", mean), ("std", std))]
        flags.append(f"--scale={scale!r}")
        folder = os.path.join(args.work, name)
        os.makedirs(folder)
        few = os.path.join(folder, "calibration.npy")
        numpy.save(few, numpy.load(calibration, mmap_mode="r")[:128])
        pair = Pair(args.wino_opt, runtime, folder, model, few, flags)
        mean, std = (numpy.array(values, numpy.float32)[:, None, None] for values in (mean, std))
        images = numpy.load(test, mmap_mode="r")[:args.count].astype(numpy.float32)
        images = (images * numpy.float32(scale) - mean) / std
        ours, theirs, default, floats = [pair.ours(images)] + [
            pair.of(session, images) for session in (pair.session, pair.default, pair.floats)]
        step = pair.step(theirs)
        ours = numpy.round(ours / step) * step  # the head of the QDQ model has 8 bits
        noise = sqnr(floats, ours)
        print(f"{name}: against the float model {noise:.1f} dB; ONNX Runtime's default kernels {sqnr(floats, default):.1f} dB")
        check(failures, name, "ONNX Runtime's exact kernels, dB,", sqnr(floats, theirs), round(noise - BOUNDS["loss"], 2))
        check(failures, name, "SQNR, dB,", sqnr(ours, theirs), BOUNDS["sqnr"])
        check(failures, name, "same top-1", (ours.argmax(-1) == theirs.argmax(-1)).mean(), BOUNDS["agreement"])
        if pair.left:
            failures.append(f"{name}: expected every layer to be fused, got {pair.left}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wino_opt")
    parser.add_argument("work")
    parser.add_argument("--count", type=int, default=500 if os.environ.get("WINO_FULL") == "1" else 100)
    args = parser.parse_args()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if " avx2 " not in file.read():
            print("skipped: expected an x86-64 processor with AVX2, got another")
            return 77
    try:
        runtime = onnx_runtime.Runtime()
    except onnx_runtime.Missing as missing:
        print(f"skipped: {missing}")
        return 77
    shutil.rmtree(args.work, ignore_errors=True)
    failures = []
    check_made(failures, args, runtime)
    check_real(failures, args, runtime)
    print("\n".join("FAILED " + line for line in failures) or "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
