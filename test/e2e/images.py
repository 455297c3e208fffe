"""Image files for the end-to-end tests: the beginning of a set, and drawn pictures where no photographs are at hand."""
import os

import numpy


def first(path, out, count):
    """Copies the first `count` images of a .npy; gives the path of the copy, or `path` where there is nothing to copy."""
    if not os.path.exists(path):
        return path
    numpy.save(out, numpy.load(path, mmap_mode="r")[:count])
    return out


def dead_leaves(path, count, size, seed=1):
    """Writes uint8 NCHW pictures of overlapping discs with power-law radii: edges and flat parts in about the
    proportions of photographs, which pure noise lacks and which decides how much of a filter's response is rounding."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:size, 0:size]
    pictures = numpy.empty((count, 3, size, size), numpy.uint8)
    for picture in pictures:
        for _ in range(600):
            radius = size / 2 / random.uniform(1, size / 4)
            inside = (y - random.uniform(0, size)) ** 2 + (x - random.uniform(0, size)) ** 2 < radius ** 2
            shade = random.uniform(0, 255) + random.normal(0, 40, 3)
            for channel, value in zip(picture, shade):
                grain = random.normal(value, 4, int(inside.sum()))
                channel[inside] = numpy.clip(grain, 0, 255).astype(numpy.uint8)
    numpy.save(path, pictures)
    return path


def pictures(work, height, width, count=12):
    """A file of drawn pictures, cut to size."""
    path = os.path.join(work, f"pictures{height}x{width}.npy")
    if not os.path.exists(path):
        dead_leaves(path, count, max(height, width))
        if height != width:
            numpy.save(path, numpy.load(path)[:, :, :height, :width])
    return path


# Seven rows of five pixels, high bit left.
GLYPHS = {
    "A": (14, 17, 17, 31, 17, 17, 17), "C": (14, 17, 16, 16, 16, 17, 14), "E": (31, 16, 16, 30, 16, 16, 31),
    "H": (17, 17, 17, 31, 17, 17, 17), "K": (17, 18, 20, 24, 20, 18, 17), "L": (16, 16, 16, 16, 16, 16, 31),
    "N": (17, 25, 21, 21, 19, 17, 17), "O": (14, 17, 17, 17, 17, 17, 14), "R": (30, 17, 17, 30, 20, 18, 17),
    "S": (15, 16, 16, 14, 1, 1, 30), "T": (31, 4, 4, 4, 4, 4, 4), "W": (17, 17, 17, 21, 21, 27, 17),
    "1": (4, 12, 4, 4, 4, 4, 14), "2": (14, 17, 1, 6, 8, 16, 31), "4": (2, 6, 10, 18, 31, 2, 2), "7": (31, 1, 2, 4, 8, 8, 8),
}


def texts(path, count, height, width, seed=1):
    """Writes uint8 NCHW pictures of flat and textured grounds with words in capitals on them, of several sizes and shades:
    what a text detector answers to."""
    random = numpy.random.default_rng(seed)
    names = list(GLYPHS)
    leaves = numpy.load(dead_leaves(path, count, max(height, width), seed))[:, :, :height, :width].astype(numpy.float32)
    for picture in leaves:
        ground = random.uniform(60, 255)
        picture[:] = ground + random.choice((.1, .3, .6)) * (picture - 128)
        for _ in range(int(random.integers(3, 9))):
            scale = int(random.integers(2, 6))
            word = [names[i] for i in random.integers(0, len(names), int(random.integers(3, 9)))]
            bits = numpy.concatenate([numpy.array([[row >> (4 - x) & 1 for x in range(5)] + [0] for row in GLYPHS[name]])
                                      for name in word], axis=1)
            ink = numpy.kron(bits, numpy.ones((scale, scale)))[:height, :width] > 0
            y, x = (int(random.integers(0, limit - size + 1)) for limit, size in zip((height, width), ink.shape))
            shade = random.uniform(0, 40, 3) if ground > 140 else random.uniform(200, 255, 3)
            for channel, value in zip(picture, shade):
                channel[y:y + ink.shape[0], x:x + ink.shape[1]][ink] = value
    numpy.save(path, numpy.clip(leaves, 0, 255).astype(numpy.uint8))
    return path
