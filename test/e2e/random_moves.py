"""More of random_groups.py: groups that move elements, or weigh neighbours of an image to resize it."""
import math

from random_groups import MOST, group


@group
def concat(g):
    if not g.rank or math.prod(g.dims) > MOST // 2:
        return False
    axis = g.draw.randrange(g.rank)
    value, dims = g.last, list(g.dims)
    other = g.node("Neg", [value], dims)
    dims[axis] *= 2
    return g.node("Concat", [value, other] if g.draw.random() < 0.5 else [other, value], dims, axis=axis)


@group
def split(g):
    axes = [k for k, d in enumerate(g.dims) if d >= 2]
    if not axes:
        return False
    axis = g.draw.choice(axes)
    first = g.draw.randint(1, g.dims[axis] - 1)
    sizes = [first, g.dims[axis] - first]
    parts, dims = [g.name(), g.name()], [list(g.dims), list(g.dims)]
    for size, d in zip(sizes, dims):
        d[axis] = size
    g.node("Split", [g.last, g.ints(*sizes)], dims[0], outputs=parts, axis=axis)
    return g.node("Concat", parts[::-1], [a if k != axis else sum(sizes) for k, a in enumerate(g.dims)], axis=axis)


@group
def slice_(g):
    axes = [k for k, d in enumerate(g.dims) if d >= 2]
    if not axes:
        return False
    axis = g.draw.choice(axes)
    extent, step = g.dims[axis], g.draw.choice([1, 2, -1, -2])
    start = g.draw.randrange(extent) if step > 0 else g.draw.randrange(1, extent)
    end = extent if step > 0 else -extent - 1
    dims = list(g.dims)
    dims[axis] = len(range(start, extent if step > 0 else -1, step))
    return g.node("Slice", [g.last, g.ints(start), g.ints(end), g.ints(axis), g.ints(step)], dims)


@group
def pad(g):
    if not g.rank or math.prod(g.dims) > MOST // 4:
        return False
    mode = g.draw.choice(["constant", "reflect", "edge"])
    low, high = ([g.draw.randint(0, 2) if mode != "reflect" else g.draw.randint(0, min(2, d - 1)) for d in g.dims] for _ in range(2))
    dims = [d + a + b for d, a, b in zip(g.dims, low, high)]
    inputs = [g.ints(*low, *high)] + ([g.constant(0.5)] if mode == "constant" else [])
    return g.node("Pad", [g.last, *inputs], dims, mode=mode)


@group
def shape(g):
    """Reshape, Flatten, Squeeze, Unsqueeze, Transpose."""
    op = g.draw.choice(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Transpose"])
    if op == "Reshape" and g.rank >= 2:
        return g.node(op, [g.last, g.ints(g.dims[0] * g.dims[1], *g.dims[2:])], [g.dims[0] * g.dims[1], *g.dims[2:]])
    if op == "Flatten":
        axis = g.draw.randint(0, g.rank)
        return g.node(op, [g.last], [math.prod(g.dims[:axis]), math.prod(g.dims[axis:])], axis=axis)
    if op == "Squeeze" and 1 in g.dims:
        axis = g.dims.index(1)
        return g.node(op, [g.last, g.ints(axis)], g.dims[:axis] + g.dims[axis + 1:])
    if op == "Unsqueeze" and g.rank < 5:
        axis = g.draw.randint(0, g.rank)
        return g.node(op, [g.last, g.ints(axis)], g.dims[:axis] + [1] + g.dims[axis:])
    if op == "Transpose" and g.rank:
        perm = g.draw.sample(range(g.rank), g.rank)
        return g.node(op, [g.last], [g.dims[k] for k in perm], perm=perm)
    return False


@group
def repeat(g):
    if not g.rank or math.prod(g.dims) > MOST // 8:
        return False
    if g.draw.random() < 0.5:
        times = [g.draw.randint(1, 2) for _ in g.dims]
        return g.node("Tile", [g.last, g.ints(*times)], [d * t for d, t in zip(g.dims, times)])
    dims = [g.draw.randint(1, 3) if d == 1 else d for d in g.dims]
    return g.node("Expand", [g.last, g.ints(*dims)], dims)


@group
def gather(g):
    if not g.rank:
        return False
    axis = g.draw.randrange(g.rank)
    picks = g.ints(*(g.draw.randrange(-g.dims[axis], g.dims[axis]) for _ in range(g.draw.randint(1, 4))))
    dims = g.dims[:axis] + [len(g.constants[picks])] + g.dims[axis + 1:]
    return g.node("Gather", [g.last, picks], dims, axis=axis)


@group
def blocks(g):
    if not g.is_image():
        return False
    n, c, h, w = g.dims
    if c % 4 == 0 and g.draw.random() < 0.6:
        return g.node("DepthToSpace", [g.last], [n, c // 4, h * 2, w * 2], blocksize=2, mode=g.draw.choice(["DCR", "CRD"]))
    if h % 2 or w % 2:
        return False
    return g.node("SpaceToDepth", [g.last], [n, c * 4, h // 2, w // 2], blocksize=2)


@group
def resize(g):
    if not g.is_image() or math.prod(g.dims) > MOST // 8:
        return False
    mode = g.draw.choice(["nearest", "linear", "cubic"])
    attributes = {"mode": mode, "coordinate_transformation_mode":
                  g.draw.choice(["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])}
    if mode == "nearest": # whole factors, of which no position is a tie
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        scales = [g.draw.randint(1, 2) for _ in range(2)]
        dims = [*g.dims[:2], *(d * s for d, s in zip(g.dims[2:], scales))]
        return g.node("Resize", [g.last, "", g.constant([1, 1, *scales])], dims, **attributes)
    dims = [*g.dims[:2], *(g.draw.randint(2, 2 * d) for d in g.dims[2:])]
    g.exact = False
    return g.node("Resize", [g.last, "", "", g.ints(*dims)], dims, **attributes)
