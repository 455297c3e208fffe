"""Makes damaged input files from good ones, the same ones for the same seed.

A case is a command line for wino-opt in which one file is replaced by a mutant; run.py runs them. The mutations are
blind to a format (truncation, bit flips, copied and repeated pieces) or know one thing about it (numbers made huge in
text, varints made huge in protobuf, sizes in the npy header).
"""
import random
import re

import numpy

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


def replace_number(data, rng):
    """In text: one number becomes another."""
    numbers = list(re.finditer(rb"\d+(\.\d+)?", data[:1 << 16]))
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
    "onnx": BLIND + [grow_varint, grow_varint],
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
