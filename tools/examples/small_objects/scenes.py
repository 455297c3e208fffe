#!/usr/bin/python3
"""Makes the scenes of the small-objects example: pictures of an unevenly lit hall, and what stands in them.

usage: scenes.py FOLDER [--count=256] [--seed=1]

Writes FOLDER/images.npy (uint8, COUNT x 3 x 96 x 96), FOLDER/truth.csv (image, category, x0, y0, x1, y1 in pixels:
what wino-run's --truth reads) and FOLDER/tags.csv (light: dim, even or lamps). The same seed gives the same bytes on
every machine: numpy's frozen RandomState, and no arithmetic but + - * / and square roots.

Objects are persons (category 0, twice as tall as wide) and carts (category 1, wider than tall). Small ones are far
away: haze leaves them 10 to 28 of 256 grey levels beside their surroundings; near ones have 50 to 120. Lamps are
saturated, so that one picture holds strong edges and faint ones, as an indoor camera's does.
"""
import argparse
import os
import sys

import numpy

SIDE = 96
CLASSES = ("person", "cart")
SIZES = (10, 22)  # sides of squares that part small, medium and large objects
KINDS = ((5, 10, 10, 28), (10, 22, 25, 70), (22, 44, 50, 120))  # least and most side, least and most contrast
SMALL = 0.1  # share of the small kind; of the others 8 of 15 are of the medium one
ROWS, COLUMNS = numpy.mgrid[0:SIDE, 0:SIDE] + 0.5


def value_noise(random, cells):
    """Random numbers in [-1, 1] on a grid of cells, bilinear between them: SIDE x SIDE."""
    grid = random.uniform(-1, 1, (cells + 1, cells + 1))
    place = (numpy.arange(SIDE) + 0.5) * cells / SIDE
    whole = place.astype(int)
    part = place - whole
    rows = grid[whole] * (1 - part)[:, None] + grid[whole + 1] * part[:, None]
    return rows[:, whole] * (1 - part) + rows[:, whole + 1] * part


def rectangle(x0, y0, x1, y1):
    """How much of each pixel a rectangle covers."""
    across = numpy.clip(numpy.minimum(COLUMNS + 0.5, x1) - numpy.maximum(COLUMNS - 0.5, x0), 0, 1)
    down = numpy.clip(numpy.minimum(ROWS + 0.5, y1) - numpy.maximum(ROWS - 0.5, y0), 0, 1)
    return across * down


def disc(x, y, radius):
    """How much of each pixel a disc covers, nearly."""
    return numpy.clip(radius + 0.5 - numpy.sqrt((COLUMNS - x) ** 2 + (ROWS - y) ** 2), 0, 1)


def shape(category, box):
    """How much of each pixel an object covers that fills `box`."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    if CLASSES[category] == "person":  # head and body
        radius = 0.15 * height
        head = disc((x0 + x1) / 2, y0 + radius, radius)
        body = rectangle(x0, y0 + 0.3 * height, x1, y0 + 0.7 * height)
        legs = rectangle(x0 + 0.2 * width, y0 + 0.7 * height, x1 - 0.2 * width, y1)
        return numpy.maximum(numpy.maximum(head, body), legs)
    radius = 0.18 * height  # a load on two wheels
    load = rectangle(x0, y0, x1, y1 - radius)
    wheels = numpy.maximum(disc(x0 + 1.5 * radius, y1 - radius, radius), disc(x1 - 1.5 * radius, y1 - radius, radius))
    return numpy.maximum(load, wheels)


def background(random):
    """SIDE x SIDE x 3 in grey levels, and what its light is called."""
    light = ("dim", "even", "lamps")[random.randint(3)]
    level = {"dim": 45, "even": 110, "lamps": 70}[light]
    grey = level + random.uniform(-15, 15) + 25 * value_noise(random, 2) + 8 * value_noise(random, 12)
    grey = grey + random.uniform(2, 5) * value_noise(random, 40)
    for _ in range(random.randint(1, 4)):  # walls and floors: long edges
        if random.randint(2):
            x0, x1 = numpy.sort(random.uniform(-20, SIDE + 20, 2))
            wall = rectangle(x0, -1, x1, SIDE + 1)
        else:
            y0, y1 = numpy.sort(random.uniform(-20, SIDE + 20, 2))
            wall = rectangle(-1, y0, SIDE + 1, y1)
        grey = grey + random.uniform(-30, 30) * wall
    for _ in range(random.randint(0, 4)):  # thin lines, which are no objects
        x, y, length = random.uniform(0, SIDE), random.uniform(0, SIDE), random.uniform(15, 70)
        line = rectangle(x, y, x + 1.5, y + length) if random.randint(2) else rectangle(x, y, x + length, y + 1.5)
        grey = grey + random.uniform(-40, 40) * line
    picture = grey[:, :, None] * (1 + random.uniform(-0.12, 0.12, 3))
    return picture, light


def lamps(random):
    """Light that saturates the sensor, and its halo: SIDE x SIDE grey levels to be added."""
    light = numpy.zeros((SIDE, SIDE))
    for _ in range(random.randint(1, 4)):
        x, y, radius = random.uniform(0, SIDE), random.uniform(0, SIDE), random.uniform(2, 7)
        square = (COLUMNS - x) ** 2 + (ROWS - y) ** 2
        light = light + 300 * disc(x, y, radius) + 60 / (1 + square / (4 * radius * radius))
    return light


def place(random, category, side, taken):
    """A box of about side x side pixels that overlaps no other one, or None."""
    across, down = (side * 0.7071, side * 1.4142) if CLASSES[category] == "person" else (side * 1.3, side / 1.3)
    across, down = across * random.uniform(0.9, 1.1), down * random.uniform(0.9, 1.1)
    for _ in range(8):
        x0, y0 = random.uniform(1, SIDE - 1 - across), random.uniform(1, SIDE - 1 - down)
        box = (x0, y0, x0 + across, y0 + down)
        if all(box[2] + 2 < b[0] or b[2] + 2 < box[0] or box[3] + 2 < b[1] or b[3] + 2 < box[1] for b in taken):
            return box
    return None


def make_scene(random, small):
    """(uint8 3 x SIDE x SIDE, rows of category and box, light)."""
    picture, light = background(random)
    glare = lamps(random)[:, :, None] if light == "lamps" else 0
    shares = numpy.array([small, (1 - small) * 8 / 15, (1 - small) * 7 / 15])
    objects, boxes = [], []
    for _ in range(random.randint(1, 6)):
        kind = int(numpy.searchsorted(numpy.cumsum(shares), random.uniform(0, 1)))
        least, most, faint, strong = KINDS[min(kind, 2)]
        category, side = random.randint(2), random.uniform(least, most)
        contrast, tint = random.uniform(faint, strong), 1 + random.uniform(-0.25, 0.25, 3)
        sign = 1 if picture.mean() < 60 or random.randint(2) else -1  # what is dark cannot be much darker
        box = place(random, category, side, boxes)
        if box is None:
            continue
        picture = picture + shape(category, box)[:, :, None] * (sign * contrast * tint)
        boxes.append(box)
        objects.append((category, box))
    noise = random.uniform(-1, 1, (3, SIDE, SIDE, 3)).sum(axis=0) * 2.5
    picture = numpy.clip(picture + glare + noise, 0, 255)
    return numpy.floor(picture + 0.5).astype(numpy.uint8).transpose(2, 0, 1), objects, light


def make_scenes(count, seed, small=SMALL):
    """Images, per image its rows of category and box, and per image its light. `small`: share of small objects."""
    random = numpy.random.RandomState(seed)
    scenes = [make_scene(random, small) for _ in range(count)]
    return numpy.stack([s[0] for s in scenes]), [s[1] for s in scenes], [s[2] for s in scenes]


def write_scenes(folder, count, seed):
    """The three files that the module's comment describes."""
    images, objects, lights = make_scenes(count, seed)
    os.makedirs(folder, exist_ok=True)
    numpy.save(os.path.join(folder, "images.npy"), images)
    with open(os.path.join(folder, "truth.csv"), "w", encoding="utf-8") as file:
        file.write("image,category,x0,y0,x1,y1\n")
        for i, rows in enumerate(objects):
            for category, box in rows:
                file.write(f"{i},{category}," + ",".join(f"{v:.3f}" for v in box) + "\n")
    with open(os.path.join(folder, "tags.csv"), "w", encoding="utf-8") as file:
        file.write("light\n" + "".join(light + "\n" for light in lights))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    write_scenes(args.folder, args.count, args.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
