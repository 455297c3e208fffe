"""Makes damaged input files from good ones, the same ones for the same seed.

A case is a command line for wino-opt in which one file is replaced by a mutant; run.py runs them. The mutations are
blind to a format (truncation, bit flips, copied and repeated pieces) or know one thing about it (numbers made huge in
text, fields of protobuf messages changed with all lengths still right, sizes in the npy header).
"""
import os
import random
import re
import sys

import numpy

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data"))
from protobuf_wire import read_varint, varint  # noqa: E402  (found through the line above)

HUGE = ["-1", "0", "4294967296", "9223372036854775807", "18446744073709551616", "1e308", "nan", "''"]


def truncate(data, rng):
    return data[:rng.randrange(len(data))]


def flip_bits(data, rng):
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def flip_header(data, rng):
    """Bit flips in the first bytes only, where sizes and names are."""
    head = min(len(data), 512)
    return flip_bits(data[:head], rng) + data[head:]


def overwrite(data, rng):
    start = rng.randrange(len(data))
    length = rng.choice([1, 4, 16])
    piece = rng.choice([b"\xff", b"\x00", b"\x80", b"\x7f"]) * length
    return data[:start] + piece + data[start + length:]


def repeat_piece(data, rng):
    start = rng.randrange(len(data))
    piece = data[start:start + rng.choice([1, 16, 256])]
    return data[:start] + piece * rng.choice([2, 16, 256]) + data[start:]


def delete_piece(data, rng):
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice([1, 4, 64]):]


def grow_varint(data, rng):
    """Replaces one byte by a varint of ten bytes: lengths and dims beyond any file."""
    start = rng.randrange(min(len(data), 2048))
    value = rng.choice([b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80\x80\x80\x80\x10"])
    return data[:start] + value + data[start + 1:]


def message_fields(data):
    """[[tag, value]] of a protobuf message, value an int for varints; None if the bytes are not one."""
    fields, at = [], 0
    try:
        while at < len(data):
            tag, at = read_varint(data, at)
            wire = tag & 7
            if wire not in (0, 1, 2, 5) or tag >> 3 == 0:
                return None
            if wire == 0:
                value, at = read_varint(data, at)
            else:
                size = {1: 8, 5: 4}.get(wire)
                if size is None:
                    size, at = read_varint(data, at)
                value, at = data[at:at + size], at + size
                if len(value) != size:
                    return None
            fields.append([tag, value])
    except IndexError:
        return None
    return fields


def message_bytes(fields):
    out = bytearray()
    for tag, value in fields:
        out += varint(tag)
        if tag & 7 == 0:
            out += varint(value)
        else:
            out += (varint(len(value)) if tag & 7 == 2 else b"") + value
    return bytes(out)


def change_field(data, rng):
    """In protobuf: one field at some depth gets another value, goes, comes twice or changes places."""
    fields = message_fields(data)
    if not fields:
        return flip_bits(data, rng) if data else b"\x01"
    chosen = rng.randrange(len(fields))
    tag, value = fields[chosen]
    if tag & 7 == 2 and message_fields(value) and rng.random() < 0.85:
        fields[chosen][1] = change_field(value, rng)
    elif rng.random() < 0.3:
        other = rng.randrange(len(fields))
        rng.choice([lambda: fields.pop(chosen), lambda: fields.insert(other, fields[chosen]),
                    lambda: fields.extend([fields[chosen]] * 1000),
                    lambda: fields.__setitem__(chosen, [tag, fields[other][1]] if fields[other][0] & 7 == tag & 7 else
                                               fields[other])])()
    elif tag & 7 == 0:
        fields[chosen][1] = rng.choice([0, 1, 7, value + 1, value << 8, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 63) - 1,
                                        (1 << 64) - 1, (1 << 64) - value]) % (1 << 64)
    elif tag & 7 == 2:
        fields[chosen][1] = rng.choice([b"", value + value, value[:-1], b"../" * 40, varint((1 << 64) - 1) * 4,
                                        flip_bits(value, rng) if value else b"x"])
    else:
        fields[chosen][1] = rng.choice([b"\xff", b"\x00", b"\x7f"]) * len(value)
    return message_bytes(fields)


def replace_number(data, rng):
    """In text: one number becomes another."""
    numbers = list(re.finditer(rb"(?<![0-9a-f])\d+(\.\d+)?(?![0-9a-f])", data[:1 << 16]))
    if not numbers:
        return flip_bits(data, rng)
    chosen = rng.choice(numbers)
    return data[:chosen.start()] + rng.choice(HUGE).encode() + data[chosen.end():]


def nest(data, rng):
    """In text: brackets without end."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + rng.choice([b"[", b"{", b"- ", b"(", b"\"", b"&a *a "]) * rng.choice([3, 1000, 100000]) + data[start:]


def swap_lines(data, rng):
    lines = data.splitlines(keepends=True)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


def npy_header(data, rng):
    """An npy file whose header tells another story than its data."""
    shapes = ["(-1, 3, 8, 8)", "(18446744073709551615,)", "(4294967296, 4294967296)", "()", "(1, " * 1000, "(0, 3, 8, 8)",
              "(64, 3, 12)", "(99999, 3, 12, 12)", "(64, 4, 12, 12)"]
    header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (
        rng.choice(["|u1", "<f4", ">f8", "|O", "<U9", "|V0", "|u99999999999"]), rng.choice(["False", "True", "None"]),
        rng.choice(shapes))
    length = rng.choice([len(header), len(header) + 1, 0, 65535])
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + header.encode() + data[128:]


BLIND = [truncate, truncate, flip_bits, flip_header, overwrite, repeat_piece, delete_piece]
MUTATIONS = {
    "onnx": BLIND + [grow_varint] + [change_field] * 10,
    "npy": BLIND + [npy_header, npy_header],
    "plan": BLIND + [replace_number, replace_number, nest, swap_lines],
    "policy": BLIND + [replace_number, nest, swap_lines],
    "profile": BLIND + [replace_number, replace_number, nest, swap_lines],
}
# Of a hundred cases, how many damage each kind of file.
SHARE = {"onnx": 40, "npy": 20, "plan": 15, "policy": 10, "profile": 15}


def cases(originals, count, seed):
    """Yields (number, kind, mutation name, mutant bytes); `originals` maps a kind to good bytes.

    Each case has a random stream of its own, so a case is the same in any selection of cases.
    """
    kinds = [kind for kind, share in SHARE.items() if kind in originals for _ in range(share)]
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        kind = rng.choice(kinds)
        mutation = rng.choice(MUTATIONS[kind])
        yield number, kind, mutation.__name__, mutation(originals[kind], rng)


def sample(count, wanted, seed):
    """Numbers of `wanted` of `count` cases, spread evenly from a seeded start."""
    if wanted >= count:
        return set(range(count))
    order = numpy.random.default_rng(seed).permutation(count)
    return set(int(number) for number in order[:wanted])
