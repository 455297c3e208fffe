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
