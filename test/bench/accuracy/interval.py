"""The drop of top-1 between two classifiers of the same images, with its interval; correctness of images as text.

Both classifiers see the same n images, so only the images that one gets right and the other wrong tell them apart:
b images that the first alone gets right, c that the second alone gets right. The drop is (b - c) / n. Its interval is
that of Bonett and Price (2012), Wald's with one image added to each of b and c:

    p = (b + 1) / (n + 2),  q = (c + 1) / (n + 2),  (p - q) -+ z sqrt((p + q - (p - q)^2) / (n + 2))

It keeps its coverage where Wald's own does not: with few discordant images, down to none.
"""
import base64
import math
import zlib

import numpy

Z95 = 1.959963984540054


class Drop:
    """Of the second classifier against the first, in points of top-1 (percent)."""

    def __init__(self, value, low, high):
        self.value, self.low, self.high = value, low, high

    @property
    def half(self):
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def paired_interval(b, c, n, z=Z95):
    """Bonett and Price's interval of (b - c) / n."""
    if not 0 <= b + c <= n or min(b, c) < 0:
        raise ValueError(f"expected discordant images among {n}, got {b} and {c}")
    p, q = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = z * math.sqrt((p + q - (p - q) ** 2) / (n + 2))
    return max(-1.0, p - q - half), min(1.0, p - q + half)


def drop(first, second):
    """From two arrays of bool, one entry per image: is it classified correctly?"""
    if len(first) != len(second) or len(first) == 0:
        raise ValueError(f"expected the same images, got {len(first)} and {len(second)}")
    b, c, n = int(numpy.sum(first & ~second)), int(numpy.sum(second & ~first)), len(first)
    low, high = paired_interval(b, c, n)
    return Drop(100 * (b - c) / n, 100 * low, 100 * high)


def pack(correct):
    """An array of bool as text: 8 images per byte, deflated, base64."""
    return base64.b64encode(zlib.compress(numpy.packbits(correct).tobytes(), 9)).decode()


def unpack(text, count):
    """Back to an array of bool of `count` images."""
    data = zlib.decompress(base64.b64decode(text, validate=True))
    if len(data) != (count + 7) // 8:
        raise ValueError(f"expected bits of {count} images, got {len(data)} bytes")
    return numpy.unpackbits(numpy.frombuffer(data, numpy.uint8), count=count).astype(bool)
