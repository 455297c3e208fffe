#!/usr/bin/python3
"""What maps and taps of half precision do to the small-objects network where nobody proves a range: a numpy model.

usage: half_maps.py [--scenes=40]

Runs the float network with every map, and with F(4,3) {1, 2} every tap, rounded to binary16, all sums in binary32, which
is kinder than a processor that adds halves. Prints how large maps and taps become, how many pictures end in infinities
or NaN, and the SQNR of the outputs of the others. The largest half is 65504.
"""
import argparse
import os
import sys

import numpy

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "..", "test", "data")
sys.path[:0] = [HERE, DATA]
from protobuf_wire import read_varint  # noqa: E402
from scenes import make_scenes  # noqa: E402

LAYERS = ("stem", "early1", "early2", "middle1", "middle2", "middle3", "late1", "late2", "late3")
POOLED, HEADS = ("early1", "middle1", "late1"), {"middle3": "fine", "late3": "coarse"}
BT = numpy.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0],
                  [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]], numpy.float32)
G = numpy.array([[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
                 [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]])
AT = numpy.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], numpy.float32)


def fields(data):
    """Number and value of the fields of a protobuf message."""
    place = 0
    while place < len(data):
        key, place = read_varint(data, place)
        if key & 7 == 0:
            value, place = read_varint(data, place)
        else:
            size, place = read_varint(data, place) if key & 7 == 2 else (4, place)
            value, place = data[place:place + size], place + size
        yield key >> 3, value


def weights():
    """Initializers of floats of small_objects.onnx by name."""
    with open(os.path.join(DATA, "small_objects.onnx"), "rb") as file:
        graph = dict(fields(file.read()))[7]
    arrays = {}
    for number, value in fields(graph):
        if number == 5:
            members = list(fields(value))
            tensor = dict(members)
            if tensor[2] == 1:
                shape = [v for n, v in members if n == 1]
                arrays[tensor[8].decode()] = numpy.frombuffer(tensor[9], "<f4").reshape(shape)
    return arrays


def half(x):
    with numpy.errstate(over="ignore"):
        return x.astype(numpy.float16).astype(numpy.float32)


class Network:
    """One way to compute it: `winograd` or direct, halves or not."""

    def __init__(self, arrays, winograd, is_half):
        self.arrays, self.winograd, self.rounded = arrays, winograd, half if is_half else (lambda x: x)
        self.maps, self.taps = {}, {}  # largest numbers by layer

    def conv(self, x, name):
        w, bias = self.arrays[name + ".weight"], self.arrays[name + ".bias"]
        size = x.shape[1]
        if w.shape[2] == 1 or not self.winograd:
            pad = w.shape[2] // 2
            windows = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(x, ((0, 0), (pad, pad), (pad, pad))), w.shape[2:], (1, 2))
            sums = numpy.einsum("cxyij,fcij->fxy", windows, self.rounded(w), optimize=True)
        else:
            windows = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(x, ((0, 0), (1, 1), (1, 1))), (6, 6), (1, 2))
            u = numpy.einsum("ik,cxykl,jl->cxyij", BT, windows[:, ::4, ::4], BT, optimize=True)
            self.taps[name] = max(self.taps.get(name, 0), float(numpy.abs(u).max()))
            v = numpy.einsum("ik,fckl,jl->fcij", G, w, G).astype(numpy.float32)
            o = numpy.einsum("cxyij,fcij->fxyij", self.rounded(u), self.rounded(v), optimize=True)
            y = numpy.einsum("ik,fxykl,jl->fxiyj", AT, o, AT, optimize=True)
            sums = y.reshape(len(w), size, size)
        return self.rounded(sums + bias[:, None, None])

    def run(self, x):
        outputs = []
        for name in LAYERS:
            if name in POOLED:
                x = x.reshape(len(x), x.shape[1] // 2, 2, -1, 2).max((2, 4))
            x = numpy.maximum(self.conv(x, name), 0)
            self.maps[name] = max(self.maps.get(name, 0), float(x.max()))
            if name in HEADS:
                outputs.append(self.conv(x, HEADS[name]).reshape(6, -1))
        return numpy.concatenate(outputs, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=40)
    args = parser.parse_args()
    arrays = weights()
    images = make_scenes(args.scenes, seed=2)[0].astype(numpy.float32)
    floats = Network(arrays, winograd=True, is_half=False)
    wanted = [floats.run(image) for image in images]
    print("layer: largest number of its map, largest tap of F(4,3) {1, 2}")
    for name in LAYERS:
        print(f"  {name:8} {floats.maps[name]:8.0f} {floats.taps[name]:8.0f}")
    with numpy.errstate(all="ignore"):
        for what, winograd in (("direct", False), ("F(4,3) {1, 2}", True)):
            found = [Network(arrays, winograd, is_half=True).run(image) for image in images]
            good = [(a, b) for a, b in zip(wanted, found) if numpy.isfinite(b).all()]
            noise, signal = sum(((a - b) ** 2).sum() for a, b in good), sum((a ** 2).sum() for a, _ in good)
            sqnr = f"SQNR {10 * numpy.log10(signal / noise):.1f} dB" if good else "none is finite"
            print(f"fp16, {what}: {len(images) - len(good)} of {len(images)} pictures end in infinities or NaN; of the others {sqnr}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
