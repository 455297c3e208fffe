#!/usr/bin/python3
"""Quantized models as other tools write them, compiled with their own scales and compared with what ONNX says they compute.

usage: quantized.py WINO_OPT WORKDIR

The models are made here: pairs of QuantizeLinear and DequantizeLinear around float operators, QLinearConv, zero points at an end, in the
middle and elsewhere, a Relu that a zero point stands for, operators on the integers themselves. `Model` writes a node and computes it
in numpy at the same time. All layers direct: integers then differ from ONNX's only where a tie is rounded the other way or a product of
two scales is. Exit code 77, with the reason, where AVX2 is missing.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

import numpy
from numpy.lib.stride_tricks import sliding_window_view

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "test", "bench", "host"), os.path.join(ROOT, "test", "data")]

import make_onnx as onnx
from compiled import Library

CHANNELS, SIZE, COUNT = 8, 12, 24
# Where every scale is kept: share of equal outputs (a sigmoid and the product behind it are one table, rounded once; a tensor without a scale is rounded once more), and steps that others differ by.
EQUAL, STEPS, DECIBELS = 0.92, 2, 24


class Model:
    """Methods take and give (name of a value, its numbers on all images)."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.constants = [], {}
        self.images = self.random.integers(0, 256, (COUNT, 3, SIZE, SIZE), dtype=numpy.uint8)
        self.image = ("image", self.images / 255 - 0.5)

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = numpy.asarray(array)
        return name

    def node(self, kind, inputs, numbers, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(onnx.node(kind, inputs, [name], **attributes))
        return name, numbers

    def parameters(self, scale, zero, kind):
        return [self.constant(numpy.float32(scale)), self.constant(kind(zero))]

    @staticmethod
    def integers(x, scale, zero, kind):
        info = numpy.iinfo(kind)
        return numpy.clip(numpy.rint(x / float(numpy.float32(scale))) + zero, info.min, info.max)

    def quantize(self, x, scale, zero, kind):
        return self.node("QuantizeLinear", [x[0], *self.parameters(scale, zero, kind)], self.integers(x[1], scale, zero, kind))

    def dequantize(self, q, scale, zero, kind):
        return self.node("DequantizeLinear", [q[0], *self.parameters(scale, zero, kind)], (q[1] - zero) * float(numpy.float32(scale)))

    def pair(self, x, scale, zero, kind):
        return self.dequantize(self.quantize(x, scale, zero, kind), scale, zero, kind)

    def filter(self, inputs):
        """Integers [-127, 127], not all channels up to 127, and a scale per channel."""
        q = self.random.integers(-127, 128, (CHANNELS, inputs, 3, 3)).astype(numpy.int8)
        q[1] //= 3
        scales = (self.random.uniform(0.5, 1.5, CHANNELS) / (70 * numpy.sqrt(9 * inputs))).astype(numpy.float32)
        bias = self.random.standard_normal(CHANNELS) * 0.1
        return q, scales, bias.astype(numpy.float32)

    def sums(self, x, inputs, q, scales, bias):
        padded = numpy.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = sliding_window_view(padded, (3, 3), (2, 3))
        w = q.astype(numpy.float64) * scales.astype(numpy.float64)[:, None, None, None]
        assert x.shape[1] == inputs
        return numpy.einsum("nchwuv,fcuv->nfhw", windows, w) + bias.astype(numpy.float64)[:, None, None]

    def conv(self, x):
        inputs = x[1].shape[1]
        q, scales, bias = self.filter(inputs)
        name = f"v{len(self.nodes)}"
        self.nodes.append(onnx.node("DequantizeLinear", [self.constant(q), self.constant(scales)], [name], axis=0))
        return self.node("Conv", [x[0], name, self.constant(bias)], self.sums(x[1], inputs, q, scales, bias), **onnx.CONVOLUTION)

    def qlinear_conv(self, x, of, to):
        """On integers x of `of` = (scale, zero, kind)."""
        inputs = x[1].shape[1]
        q, scales, bias = self.filter(inputs)
        units = numpy.float64(numpy.float32(of[0])) * scales.astype(numpy.float64)
        whole = numpy.rint(bias / units).astype(numpy.int32)
        sums = self.sums((x[1] - of[1]) * float(numpy.float32(of[0])), inputs, q, scales, whole * units)
        zeros = self.constant(numpy.zeros(CHANNELS, numpy.int8))
        names = [x[0], *self.parameters(*of), self.constant(q), self.constant(scales), zeros, *self.parameters(*to)]
        bias_name = f"v{len(self.nodes)}"  # int32 constants are made by a cast, which folds
        self.nodes.append(onnx.node("Cast", [self.constant(whole.astype(numpy.int64))], [bias_name], to=6))
        return self.node("QLinearConv", [*names, bias_name], self.integers(sums, *to), **onnx.CONVOLUTION)

    def relu(self, x):
        return self.node("Relu", [x[0]], numpy.maximum(x[1], 0))

    def add(self, x, y):
        return self.node("Add", [x[0], y[0]], x[1] + y[1])

    def sigmoid(self, x):
        return self.node("Sigmoid", [x[0]], 1 / (1 + numpy.exp(-x[1])))

    def multiply(self, x, y):
        return self.node("Mul", [x[0], y[0]], x[1] * y[1])

    def concat(self, x, y):
        return self.node("Concat", [x[0], y[0]], numpy.concatenate([x[1], y[1]], 1), axis=1)

    def max_pool(self, x):
        windows = sliding_window_view(x[1], (2, 2), (2, 3))[:, :, ::2, ::2]
        return self.node("MaxPool", [x[0]], windows.max((-1, -2)), kernel_shape=[2, 2], strides=[2, 2])

    def avg_pool(self, x):
        windows = sliding_window_view(x[1], (2, 2), (2, 3))[:, :, ::2, ::2]
        return self.node("AveragePool", [x[0]], windows.mean((-1, -2)), kernel_shape=[2, 2], strides=[2, 2])

    def serialize(self, last):
        return onnx.model(self.nodes, self.constants, {"image": [1, 3, SIZE, SIZE]}, {last[0]: [1, *last[1].shape[1:]]})


def pairs(seed, zero):
    """Symmetric s8 and u8 around `zero` = 128, or zero points where a calibration of ranges puts them."""
    m = Model(seed)
    u8, s8 = numpy.uint8, numpy.int8
    x = m.pair(m.image, 1 / 254, 0, s8)
    first = m.pair(m.relu(m.conv(x)), 0.011, 0, u8)
    second = m.pair(m.conv(first), 0.021, zero, u8)
    total = m.pair(m.add(second, first), 0.017, 0, u8)  # the zero point is its Relu
    smaller = m.dequantize(m.max_pool(m.quantize(total, 0.017, 0, u8)), 0.017, 0, u8)
    mean = m.pair(m.avg_pool(first), 0.0097, 0, u8)  # in the same scale every fourth mean were a tie
    gate = m.pair(m.sigmoid(smaller), 1 / 256, 0, u8)
    gated = m.pair(m.multiply(smaller, gate), 0.016, 0, u8)
    both = m.pair(m.concat(gated, mean), 0.016, 0, u8)
    last = m.pair(m.conv(both), 0.02, zero - 128, s8)
    return m, last, last[1] / float(numpy.float32(0.02))


def cuts(seed):
    """What a pair cuts off is part of the network: a Relu behind a maximum and a mean, saturation before a sum. The input is transposed first."""
    m = Model(seed)
    u8, s8 = numpy.uint8, numpy.int8
    turned = m.node("Transpose", [m.image[0]], m.image[1].swapaxes(2, 3), perm=[0, 1, 3, 2])
    x = m.pair(turned, 1 / 254, 0, s8)
    most = m.pair(m.max_pool(m.conv(x)), 0.013, 0, u8)
    mean = m.pair(m.avg_pool(m.conv(x)), 0.007, 0, u8)
    hard = m.pair(m.conv(most), 0.004, 0, s8)  # cuts at about half a root mean square
    total = m.pair(m.add(hard, mean), 0.009, 0, s8)
    last = m.pair(m.conv(total), 0.02, 0, s8)
    return m, last, last[1] / float(numpy.float32(0.02))


def operators(seed):
    """QLinearConv in a row, with an input and an output in floats."""
    m = Model(seed)
    first, second, third = (1 / 254, 128, numpy.uint8), (0.011, -128, numpy.int8), (0.024, 0, numpy.int8)
    x = m.qlinear_conv(m.quantize(m.image, *first), first, second)
    x = m.qlinear_conv(m.max_pool(x), second, third)
    last = m.dequantize(x, *third)
    return m, last, last[1] / float(numpy.float32(third[0]))


def run(command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def outputs(folder, images):
    library = Library(folder, "net")
    result = []
    for image in images:
        library.quantize(image[None] / 255 - 0.5)
        library.run()
        result.append(library.logical_output()[0])
    return library, numpy.array(result, numpy.float64)


def sqnr(signal, noisy):
    return 10 * numpy.log10((signal**2).sum() / max(((noisy - signal)**2).sum(), 1e-9))


def check(wino_opt, folder, made, input_scale, output_scale):
    """What is wrong with one model; scales are None where they need not be kept."""
    model, last, wanted = made
    os.makedirs(folder)
    file, images, policy = (os.path.join(folder, name) for name in ("net.onnx", "images.npy", "direct.yaml"))
    with open(file, "wb") as out:
        out.write(model.serialize(last))
    numpy.save(images, model.images)
    with open(policy, "w", encoding="utf-8") as out:
        out.write("conv_policy:\n  default: direct\n")
    flags = [f"--calib={images}", "--mean=0.5", "--name=net", "--target=x86-64", "--min-sqnr=-100"]
    wrong = []
    text = run([wino_opt, file, *flags, f"--policy={policy}", "--fuse-residuals=false", "--emit=quant", "-o", "-"])
    tables, gates = text.count("winograd.lookup"), sum(b"Sigmoid" in node for node in model.nodes)
    if output_scale and tables != gates:
        wrong.append(f"expected {gates} tables, of the sigmoids, got {tables}")
    for name, options in ("direct", [f"--policy={policy}", "--fuse-residuals=false"]), ("default", []):
        run([wino_opt, file, *flags, *options, "-o", os.path.join(folder, name)])
        library, ours = outputs(os.path.join(folder, name), model.images)
        if output_scale:
            got = numpy.float32([library.input_scale, library.output_scale])
            if (got != numpy.float32([input_scale, output_scale])).any():
                wrong.append(f"{name}: expected scales {input_scale} and {output_scale}, got {got}")
        ours *= 1 if output_scale else library.output_scale / 0.02
        steps = numpy.abs(numpy.rint(ours) - wanted)
        noise, equal = sqnr(wanted, ours), (steps == 0).mean()
        print(f"{os.path.basename(folder)}, {name}: {noise:.1f} dB, {100 * equal:.1f} % equal, at most {int(steps.max())} steps apart")
        with open(os.path.join(folder, name, "net.report.txt"), encoding="utf-8") as report:
            stated = float(re.search(r"SQNR of the outputs before softmax ([-0-9.]+) dB", report.read()).group(1))
        if stated < DECIBELS:
            wrong.append(f"{name}: expected a report of {DECIBELS} dB, got {stated}")
        if noise < DECIBELS:
            wrong.append(f"{name}: expected {DECIBELS} dB, got {noise:.1f}")
        if name == "direct" and output_scale and (equal < EQUAL or steps.max() > STEPS):
            wrong.append(f"{name}: expected {100 * EQUAL} % equal outputs and {STEPS} steps, got {100 * equal:.1f} and {steps.max()}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wino_opt")
    parser.add_argument("work")
    args = parser.parse_args()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if " avx2 " not in file.read():
            print("skipped: expected an x86-64 processor with AVX2, got another")
            return 77
    shutil.rmtree(args.work, ignore_errors=True)
    failures = []
    for name, made, *scales in (
            ("pairs", pairs(1, 128), 1 / 254, 0.02),
            ("zero-points", pairs(2, 117), None, None),
            ("cuts", cuts(4), 1 / 254, 0.02),
            ("operators", operators(3), 1 / 254, 0.024)):
        failures += [f"{name}: {line}" for line in check(args.wino_opt, os.path.join(args.work, name), made, *scales)]
    print("\n".join("FAILED " + line for line in failures) or "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
