#!/usr/bin/python3
"""Looks into the bytes of an ONNX model, and takes the float borders off a QDQ model.

usage: onnx_bytes.py MODEL.onnx     one line per node: operator, name, inputs -> outputs

Protobuf's wire format is read by hand, so that numpy is all that is needed; field numbers are those of onnx.proto.
"""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data"))
from make_onnx import integer, message  # noqa: E402  (found through the line above)
from protobuf_wire import read_varint  # noqa: E402

GRAPH = 7  # of ModelProto
NODE, INPUT, OUTPUT, VALUE_INFO = 1, 11, 12, 13  # of GraphProto
UINT8 = 2  # TensorProto.DataType


def fields(data):
    """(number, value, whole bytes) of every field of a message; values are ints or bytes."""
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        else:
            length, at = read_varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value, data[start:at]


def only(message, number):
    """All values of one field."""
    return [value for found, value, _ in fields(message) if found == number]


class Node:
    """One NodeProto."""

    def __init__(self, data):
        self.data = data
        self.inputs, self.outputs = ([v.decode() for v in only(data, number)] for number in (1, 2))
        self.name = b"".join(only(data, 3)).decode()
        self.op = only(data, 4)[0].decode()

    def permutation(self):
        """The attribute perm of a Transpose."""
        for attribute in only(self.data, 5):
            if only(attribute, 1) == [b"perm"]:
                numbers = []
                for value in only(attribute, 8):
                    if isinstance(value, int):
                        numbers.append(value)
                    else:  # packed
                        numbers += list(value)
                return numbers
        raise ValueError(f"expected the attribute perm of {self.name}, got none")


def nodes(model):
    return [Node(data) for data in only(only(model, GRAPH)[0], NODE)]


def port(data):
    """(name, dims) of a ValueInfoProto."""
    tensor = only(only(data, 2)[0], 1)[0]
    return only(data, 1)[0].decode(), tuple(only(dim, 1)[0] for dim in only(only(tensor, 2)[0], 1))


def ports(model):
    """The only input and the first output: ((name, dims), (name, dims))."""
    graph = only(model, GRAPH)[0]
    initializers = {only(tensor, 8)[0] for tensor in only(graph, 5)}
    inputs = [data for data in only(graph, INPUT) if only(data, 1)[0] not in initializers]
    return port(inputs[0]), port(only(graph, OUTPUT)[0])


def u8_port(name, dims):
    shape = b"".join(message(1, integer(1, dim)) for dim in dims)
    return message(1, name) + message(2, message(1, integer(1, UINT8) + message(2, shape)))


def without_borders(model):
    """The model between its QuantizeLinear and DequantizeLinear, transposes beside them gone too: u8 in, u8 out, in the
    layout that the layers within have."""
    (first, first_dims), (last, last_dims) = ports(model)
    remaining = nodes(model)
    while True:
        readers = [node for node in remaining if first in node.inputs]
        if len(readers) != 1 or readers[0].op not in ("QuantizeLinear", "Transpose"):
            break
        if readers[0].op == "Transpose":
            first_dims = [first_dims[k] for k in readers[0].permutation()]
        first = readers[0].outputs[0]
        remaining.remove(readers[0])
    while True:
        maker = next(node for node in remaining if last in node.outputs)
        if maker.op not in ("DequantizeLinear", "Transpose"):
            break
        if maker.op == "Transpose":
            permutation = maker.permutation()
            last_dims = [last_dims[permutation.index(k)] for k in range(len(permutation))]
        last = maker.inputs[0]
        remaining.remove(maker)
    kept = {node.data for node in remaining}
    graph = b""
    for number, value, whole in fields(only(model, GRAPH)[0]):
        if (number == NODE and value not in kept) or number == VALUE_INFO:
            continue
        if number == INPUT:
            whole = message(INPUT, u8_port(first, first_dims))
        if number == OUTPUT:
            whole = message(OUTPUT, u8_port(last, last_dims))
        graph += whole
    return b"".join(message(GRAPH, graph) if number == GRAPH else whole for number, _, whole in fields(model))


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    with open(sys.argv[1], "rb") as file:
        model = file.read()
    for node in nodes(model):
        print(node.op, node.name, ", ".join(node.inputs), "->", ", ".join(node.outputs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
