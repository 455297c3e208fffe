#!/usr/bin/python3
"""Writes a small ONNX network with random weights and a matching .npy of random images, for tests.

usage: make_onnx.py OUT.onnx [--images=OUT.npy] [--seed=1] [--channels=8] [--size=12] [--count=16]
       make_onnx.py OUT.onnx --detector ...                     outputs boxes (1 x 4 x N) and scores (1 x 1 x N)
       make_onnx.py OUT.onnx --layer=CINxCOUTxHxW[xKHxKW][/STRIDE] ...   one convolution (3x3) + Relu instead, for
                                                                benchmarks; H x W are those of the result

The network: 3x3 convolution + Relu, 3x3 convolution, sum of both, Relu, GlobalAveragePool, Flatten, Gemm to 10 outputs.
ONNX files are protobuf messages; the few kinds of field that are needed are encoded here, so that tests depend on
numpy alone. Field numbers are those of onnx.proto.
"""
import argparse
import os
import sys

import numpy

from protobuf_wire import varint

FLOAT = 1  # TensorProto.DataType
TYPES = {"float32": FLOAT, "uint8": 2, "int8": 3, "int64": 7, "bool": 9}
ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_INTS = 1, 2, 3, 7  # AttributeProto.AttributeType


def integer(field, value):
    return varint(field << 3) + varint(value & (1 << 64) - 1)


def message(field, data):
    """A length-delimited field: bytes, text or an encoded message."""
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, array):
    return b"".join(integer(1, dim) for dim in array.shape) + integer(2, TYPES[array.dtype.name]) + message(8, name) + \
        message(9, array.tobytes())


def value_info(name, dims):
    shape = b"".join(message(1, integer(1, dim)) for dim in dims)
    return message(1, name) + message(2, message(1, integer(1, FLOAT) + message(2, shape)))


def attribute(name, value):
    if isinstance(value, int):
        return message(1, name) + integer(3, value) + integer(20, ATTRIBUTE_INT)
    if isinstance(value, float):
        return message(1, name) + varint(2 << 3 | 5) + numpy.float32(value).tobytes() + integer(20, ATTRIBUTE_FLOAT)
    if isinstance(value, str):
        return message(1, name) + message(4, value) + integer(20, ATTRIBUTE_STRING)
    return message(1, name) + b"".join(integer(8, v) for v in value) + integer(20, ATTRIBUTE_INTS)


def node(kind, inputs, outputs, **attributes):
    return b"".join(message(1, name) for name in inputs) + b"".join(message(2, name) for name in outputs) + \
        message(3, outputs[0]) + message(4, kind) + \
        b"".join(message(5, attribute(name, value)) for name, value in attributes.items())


def model(nodes, initializers, inputs, outputs, opset=13):
    """A ModelProto; initializers: name -> array, inputs and outputs: name -> dims."""
    graph = b"".join(message(1, n) for n in nodes) + message(2, "graph") + \
        b"".join(message(5, tensor(name, array)) for name, array in initializers.items()) + \
        b"".join(message(11, value_info(name, dims)) for name, dims in inputs.items()) + \
        b"".join(message(12, value_info(name, dims)) for name, dims in outputs.items())
    return integer(1, 7) + message(7, graph) + message(8, message(1, "") + integer(2, opset))


CONVOLUTION = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [1, 1]}


def weights(random, *shape):
    """Random weights that keep the size of activations about the same."""
    return (random.standard_normal(shape) / numpy.sqrt(numpy.prod(shape[1:]))).astype(numpy.float32)


def bias(random, count):
    return (random.standard_normal(count) * 0.1).astype(numpy.float32)


def one_layer(seed, inputs, outputs, height, width, rows=3, columns=3, stride=1):
    """A network of one convolution, padded to keep the map's size or divide it by the stride, and Relu."""
    random = numpy.random.default_rng(seed)
    pads = [(rows - 1) // 2, (columns - 1) // 2, rows // 2, columns // 2]
    convolution = {"kernel_shape": [rows, columns], "pads": pads, "strides": [stride, stride]}
    nodes = [node("Conv", ["image", "w", "b"], ["conv"], **convolution), node("Relu", ["conv"], ["relu"])]
    initializers = {"w": weights(random, outputs, inputs, rows, columns), "b": bias(random, outputs)}
    return model(nodes, initializers, {"image": [1, inputs, stride * height, stride * width]},
                 {"relu": [1, outputs, height, width]})


def small_network(seed, channels, size):
    """The bytes of the network that the module's comment describes."""
    random = numpy.random.default_rng(seed)
    nodes = [
        node("Conv", ["image", "w1", "b1"], ["conv1"], **CONVOLUTION),
        node("Relu", ["conv1"], ["relu1"]),
        node("Conv", ["relu1", "w2", "b2"], ["conv2"], **CONVOLUTION),
        node("Add", ["conv2", "relu1"], ["sum"]),
        node("Relu", ["sum"], ["relu2"]),
        node("GlobalAveragePool", ["relu2"], ["pooled"]),
        node("Flatten", ["pooled"], ["flat"], axis=1),
        node("Gemm", ["flat", "w3", "b3"], ["scores"], transB=1),
    ]
    initializers = {
        "w1": weights(random, channels, 3, 3, 3), "b1": bias(random, channels),
        "w2": weights(random, channels, channels, 3, 3), "b2": bias(random, channels),
        "w3": weights(random, 10, channels), "b3": bias(random, 10),
    }
    return model(nodes, initializers, {"image": [1, 3, size, size]}, {"scores": [1, 10]})


def detector(seed, channels, size):
    """Offsets of boxes and logits for every pixel of the map, candidates last."""
    random = numpy.random.default_rng(seed)
    nodes = [
        node("Conv", ["image", "w1", "b1"], ["conv1"], **CONVOLUTION),
        node("Relu", ["conv1"], ["relu1"]),
        node("Conv", ["relu1", "w2", "b2"], ["conv2"], **CONVOLUTION),
        node("Relu", ["conv2"], ["relu2"]),
        node("Conv", ["relu2", "w3", "b3"], ["offsets"], **CONVOLUTION),
        node("Conv", ["relu2", "w4", "b4"], ["logits"], **CONVOLUTION),
        node("Reshape", ["offsets", "shape3"], ["boxes"]),
        node("Reshape", ["logits", "shape4"], ["scores"]),
    ]
    initializers = {
        "w1": weights(random, channels, 3, 3, 3), "b1": bias(random, channels),
        "w2": weights(random, channels, channels, 3, 3), "b2": bias(random, channels),
        "w3": weights(random, 4, channels, 3, 3), "b3": bias(random, 4),
        "w4": weights(random, 1, channels, 3, 3) * 8, "b4": bias(random, 1),
        "shape3": numpy.array([1, 4, size * size]), "shape4": numpy.array([1, 1, size * size]),
    }
    return model(nodes, initializers, {"image": [1, 3, size, size]},
                 {"boxes": [1, 4, size * size], "scores": [1, 1, size * size]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--images")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--detector", action="store_true")
    parser.add_argument("--layer", metavar="CINxCOUTxHxW[xKHxKW][/STRIDE]")
    parser.add_argument("--size", type=int, default=12)
    parser.add_argument("--count", type=int, default=16)
    args = parser.parse_args()
    for path in filter(None, (args.out, args.images)):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    if args.layer:
        sizes, _, stride = args.layer.partition("/")
        stride = int(stride or 1)
        inputs, outputs, height, width, *kernel = map(int, sizes.split("x"))
        data = one_layer(args.seed, inputs, outputs, height, width, *kernel, stride=stride)
        height, width = stride * height, stride * width
    else:
        inputs, height, width = 3, args.size, args.size
        data = (detector if args.detector else small_network)(args.seed, args.channels, args.size)
    with open(args.out, "wb") as file:
        file.write(data)
    if args.images:
        random = numpy.random.default_rng(args.seed)
        numpy.save(args.images, random.integers(0, 256, (args.count, inputs, height, width), dtype=numpy.uint8))
    return 0


if __name__ == "__main__":
    sys.exit(main())
