"""What random_onnx.py draws from: functions that add one or a few nodes behind a graph's last value, or nothing and
return False where that value does not suit them."""
import math

import numpy

import make_onnx as onnx

MOST = 20000  # elements of a tensor
GROUPS = []


class Graph:
    """Nodes and the last value; `exact`: its numbers do not depend on rounding. All values stay of moderate size."""

    def __init__(self, draw, numbers):
        self.draw, self.numbers = draw, numbers
        self.nodes, self.constants, self.operators = [], {}, set()
        self.groups, self.opset = 0, draw.choice([13, 13, 15, 17, 18])
        self.dims = [draw.choice([1, 1, 2]), draw.randint(1, 8), draw.randint(3, 12), draw.randint(3, 12)]
        self.image = (numbers.integers(-256, 257, self.dims) / 64).astype(numpy.float32)
        self.last, self.exact, self.count = "x", True, 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def node(self, op, inputs, dims, output=None, outputs=None, **attributes):
        """Adds a node; its (first) output becomes the last value."""
        outputs = outputs or [output or self.name()]
        self.nodes.append(onnx.node(op, inputs, outputs, **attributes))
        self.operators.add(op)
        self.last, self.dims = outputs[0], [int(d) for d in dims]
        return self.last

    def constant(self, values, kind=numpy.float32):
        name = self.name()
        self.constants[name] = numpy.asarray(values, kind)
        return name

    def ints(self, *values):
        return self.constant(values, numpy.int64)

    def random(self, *dims):
        """Multiples of 1/64 in [-2, 2]."""
        return self.constant(self.numbers.integers(-128, 129, dims) / 64)

    @property
    def rank(self):
        return len(self.dims)

    def is_image(self):
        return self.rank == 4 and min(self.dims[2:]) >= 2


def group(function):
    GROUPS.append(function)
    return function


def spatial(g, kernel, strides, dilations, pads):
    """Extents of a window's result, or nothing where it does not fit."""
    out = []
    for d in range(2):
        room = g.dims[2 + d] + pads[d] + pads[2 + d] - (kernel[d] - 1) * dilations[d] - 1
        if room < 0:
            return None
        out.append(room // strides[d] + 1)
    return out


@group
def conv(g):
    if not g.is_image():
        return False
    draw, channels = g.draw, g.dims[1]
    groups = draw.choice([d for d in range(1, channels + 1) if channels % d == 0])
    outputs = groups * draw.randint(1, 4)
    kernel, strides, dilations = ([draw.randint(1, most) for _ in range(2)] for most in (4, 2, 2))
    pads = [draw.randint(0, kernel[d % 2] - 1) for d in range(4)]
    out = spatial(g, kernel, strides, dilations, pads)
    if not out:
        return False
    inputs = [g.last, g.constant(onnx.weights(g.numbers, outputs, channels // groups, *kernel))]
    if draw.random() < 0.7:
        inputs.append(g.constant(onnx.bias(g.numbers, outputs)))
    g.exact = False
    return g.node("Conv", inputs, [g.dims[0], outputs, *out], kernel_shape=kernel, strides=strides, dilations=dilations,
                  pads=pads, group=groups)


@group
def conv_same(g):
    if not g.is_image():
        return False
    stride, kernel = g.draw.randint(1, 2), g.draw.randint(1, 4)
    w = g.constant(onnx.weights(g.numbers, 4, g.dims[1], kernel, kernel))
    dims = [g.dims[0], 4, *(-(-d // stride) for d in g.dims[2:])]
    g.exact = False
    return g.node("Conv", [g.last, w], dims, strides=[stride, stride], auto_pad=g.draw.choice(["SAME_UPPER", "SAME_LOWER"]))


@group
def conv_transpose(g):
    if not g.is_image() or math.prod(g.dims) > MOST // 8:
        return False
    draw = g.draw
    kernel, strides = ([draw.randint(1, most) for _ in range(2)] for most in (4, 3))
    pads = [draw.randint(0, max(0, (kernel[d % 2] - 1) // 2)) for d in range(4)]
    more = [draw.randint(0, strides[d] - 1) for d in range(2)]
    outputs = draw.randint(1, 4)
    out = [strides[d] * (g.dims[2 + d] - 1) + more[d] + kernel[d] - pads[d] - pads[2 + d] for d in range(2)]
    if min(out) < 1:
        return False
    w = g.constant(onnx.weights(g.numbers, g.dims[1], outputs, *kernel))
    g.exact = False
    return g.node("ConvTranspose", [g.last, w], [g.dims[0], outputs, *out], strides=strides, pads=pads, output_padding=more,
                  kernel_shape=kernel)


@group
def pool(g):
    if not g.is_image():
        return False
    draw, op = g.draw, g.draw.choice(["MaxPool", "AveragePool"])
    kernel, strides = ([draw.randint(1, 3) for _ in range(2)] for _ in range(2))
    dilations = [draw.randint(1, 2) for _ in range(2)] if op == "MaxPool" else [1, 1]
    pads = [draw.randint(0, kernel[d % 2] - 1) if dilations == [1, 1] else 0 for d in range(4)]
    out = spatial(g, kernel, strides, dilations, pads)
    if not out:
        return False
    attributes = {"kernel_shape": kernel, "strides": strides, "pads": pads}
    if op == "MaxPool":
        attributes["dilations"] = dilations
    else:
        attributes["count_include_pad"] = draw.randint(0, 1)
        g.exact = False
    return g.node(op, [g.last], [*g.dims[:2], *out], **attributes)


@group
def global_pool(g):
    if not g.is_image() or g.draw.random() < 0.6:
        return False
    op = g.draw.choice(["GlobalMaxPool", "GlobalAveragePool"])
    g.exact &= op == "GlobalMaxPool"
    return g.node(op, [g.last], [*g.dims[:2], 1, 1])


@group
def normalization(g):
    if not g.is_image():
        return False
    channels, op = g.dims[1], g.draw.choice(["BatchNormalization", "InstanceNormalization", "LayerNormalization", "LRN",
                                             "LpNormalization", "MeanVarianceNormalization"])
    g.exact = False
    if op == "BatchNormalization":
        inputs = [g.random(channels) for _ in range(3)] + [g.constant(g.numbers.uniform(0.5, 2, channels))]
        return g.node(op, [g.last, *inputs], g.dims)
    if op == "LRN":
        return g.node(op, [g.last], g.dims, size=g.draw.choice([1, 3, 5]), alpha=0.5, bias=1.0)
    if op == "LpNormalization":
        shifted = g.node("Add", [g.node("Abs", [g.last], g.dims), g.constant(0.25)], g.dims)
        return g.node(op, [shifted], g.dims, axis=g.draw.randrange(-4, 4), p=g.draw.randint(1, 2))
    # Statistics of few or equal numbers magnify rounding: noise that is not is added.
    noise = g.constant(g.numbers.normal(0, 1, g.dims))
    noisy = g.node("Add", [g.last, noise], g.dims)
    if op == "InstanceNormalization":
        return g.node(op, [noisy, g.random(channels), g.random(channels)], g.dims, epsilon=1e-2)
    if op == "LayerNormalization":
        if g.opset < 17:
            op = "MeanVarianceNormalization"
        else:
            axis = g.draw.randint(1, 3)
            return g.node(op, [noisy, g.random(*g.dims[axis:]), g.random(*g.dims[axis:])], g.dims, axis=axis, epsilon=1e-2)
    return g.node(op, [noisy], g.dims) if g.dims[2] * g.dims[3] > 8 else noisy


@group
def function(g):
    op = g.draw.choice(["Elu", "Selu", "Celu", "Sigmoid", "Tanh", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "Erf",
                        "LeakyRelu", "Mish", "ThresholdedRelu"])
    if (op == "HardSwish" and g.opset < 14) or (op == "Mish" and g.opset < 18) or (op == "ThresholdedRelu" and not g.exact):
        return False
    g.exact = False
    return g.node(op, [g.last], g.dims)


@group
def exact_function(g):
    op = g.draw.choice(["Relu", "Abs", "Neg", "Identity", "Clip", "Dropout"])
    inputs = [g.constant(-1.5), g.constant(1.25)] if op == "Clip" else []
    return g.node(op, [g.last, *inputs], g.dims)


@group
def guarded_function(g):
    """Where arguments must be in a domain."""
    op, g.exact = g.draw.choice(["Exp", "Log", "Sqrt", "Reciprocal", "Pow"]), False
    if op == "Exp":
        return g.node("Exp", [g.node("Clip", [g.last, g.constant(-8), g.constant(3)], g.dims)], g.dims)
    positive = g.node("Add", [g.node("Abs", [g.last], g.dims), g.constant(0.5)], g.dims)
    if op == "Pow":
        return g.node("Pow", [positive, g.constant(g.draw.choice([0.5, 2, 3, -1, -0.5]))], g.dims)
    return g.node(op, [positive], g.dims)


@group
def jump(g):
    if not g.exact:
        return False
    op = g.draw.choice(["Floor", "Ceil", "Round", "Sign"])
    return g.node(op, [g.last], g.dims)


@group
def choice(g):
    """Comparisons, logic and Where."""
    if not g.exact:
        return False
    compare = ["Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"]
    value, dims, other = g.last, g.dims, g.random(*g.dims[-2:])
    first, second = (g.node(g.draw.choice(compare), [value, o], dims) for o in (other, g.constant(0.25)))
    both = g.node(g.draw.choice(["And", "Or", "Xor"]), [first, second], dims)
    if g.draw.random() < 0.5:
        both = g.node("Not", [both], dims)
    if g.draw.random() < 0.5:
        return g.node("Cast", [both], dims, to=1)
    return g.node("Where", [both, value, other], dims)


@group
def index(g):
    if not g.exact or not g.rank:
        return False
    axis, op = g.draw.randrange(g.rank), g.draw.choice(["ArgMax", "ArgMin", "Hardmax"])
    if op == "Hardmax":
        return g.node(op, [g.last], g.dims, axis=axis)
    keep = g.draw.randint(0, 1)
    dims = g.dims[:axis] + [1] * keep + g.dims[axis + 1:]
    found = g.node(op, [g.last], dims, axis=axis, keepdims=keep, select_last_index=g.draw.randint(0, 1))
    return g.node("Cast", [found], dims, to=1)


@group
def cast(g):
    if not g.exact:
        return False
    return g.node("Cast", [g.node("Cast", [g.last], g.dims, to=g.draw.choice([6, 7]))], g.dims, to=1)


@group
def quantized(g):
    if not g.exact:
        return False
    scale = g.constant(g.draw.choice([0.0625, 0.125, 0.5]))
    zero = g.constant(128, numpy.uint8) if g.draw.random() < 0.5 else g.constant(3, numpy.int8)
    whole = g.node("QuantizeLinear", [g.last, scale, zero], g.dims)
    return g.node("DequantizeLinear", [whole, scale, zero], g.dims)


@group
def with_constant(g):
    op = g.draw.choice(["Add", "Sub", "Mul", "Div", "Max", "Min"])
    dims = [d if g.draw.random() < 0.6 else 1 for d in g.dims][g.draw.randint(0, g.rank):]
    g.exact &= op in ("Max", "Min")
    if op == "Div":
        other = g.constant(g.numbers.choice([-4, -1.5, 0.75, 2], dims))
    else:
        other = g.random(*dims)
    operands = [g.last, other]
    if op in ("Add", "Max", "Min", "Mul") and g.draw.random() < 0.3:
        operands.reverse()
    return g.node(op, operands, g.dims)


@group
def with_itself(g):
    """Two ways from one value, put together again."""
    value, dims = g.last, g.dims
    left = g.node(g.draw.choice(["Relu", "Neg", "Abs"]), [value], dims)
    op = g.draw.choice(["Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean", "Div"])
    right = value
    if op == "Div":
        right = g.node("Add", [g.node("Abs", [value], dims), g.constant(1)], dims)
    elif op == "Mul":
        left = g.node("Tanh", [left], dims)
    g.exact &= op in ("Max", "Min")
    return g.node(op, [left, right], dims)


@group
def prelu(g):
    if g.rank < 2:
        return False
    g.exact = False
    return g.node("PRelu", [g.last, g.random(g.dims[1], *[1] * (g.rank - 2))], g.dims)


@group
def softmax(g):
    if not g.rank:
        return False
    g.exact = False
    return g.node(g.draw.choice(["Softmax", "LogSoftmax"]), [g.last], g.dims, axis=g.draw.randrange(-g.rank, g.rank))


@group
def reduction(g):
    if not g.rank or g.draw.random() < 0.4:
        return False
    op = g.draw.choice(["Max", "Min", "Mean", "Sum", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"])
    axes = sorted(g.draw.sample(range(g.rank), g.draw.randint(1, g.rank)))
    count = math.prod(g.dims[a] for a in axes)
    if op == "Prod" and count > 6:
        return False
    keep = g.draw.randint(0, 1)
    dims = [1 if k in axes else d for k, d in enumerate(g.dims) if keep or k not in axes]
    value = g.last
    if op == "LogSum":
        value = g.node("Add", [g.node("Abs", [value], g.dims), g.constant(0.5)], g.dims)
    g.exact &= op in ("Max", "Min")
    if op == "Sum" or g.opset >= 18:
        axes_input, attributes = ([g.ints(*axes)], {})
    else:
        axes_input, attributes = ([], {"axes": axes})
    g.node("Reduce" + op, [value, *axes_input], dims, keepdims=keep, **attributes)
    if op in ("Sum", "L1", "SumSquare", "Prod"): # keeps numbers moderate
        g.node("Mul", [g.last, g.constant(1 / count)], g.dims)
    return True


@group
def layer(g):
    """A matrix of constants."""
    if g.rank < 2:
        return False
    outputs = g.draw.randint(1, 8)
    g.exact = False
    if g.rank == 2 and g.draw.random() < 0.5:
        w, b = onnx.weights(g.numbers, outputs, g.dims[1]), onnx.bias(g.numbers, outputs)
        return g.node("Gemm", [g.last, g.constant(w), g.constant(b)], [g.dims[0], outputs], transB=1, alpha=0.5, beta=2.0)
    w = onnx.weights(g.numbers, outputs, g.dims[-1]).T
    return g.node("MatMul", [g.last, g.constant(w)], [*g.dims[:-1], outputs])


@group
def product(g):
    """A value with itself turned around."""
    if g.rank < 2 or math.prod(g.dims) * g.dims[-2] > 4 * MOST:
        return False
    value, dims, g.exact = g.last, g.dims, False
    scaled = g.node("Mul", [value, g.constant(1 / g.dims[-1])], dims)
    square = [*dims[:-1], dims[-2]]
    if g.draw.random() < 0.4:
        return g.node("Einsum", [scaled, value], square, equation="...ij,...kj->...ik")
    perm = [*range(len(dims) - 2), len(dims) - 1, len(dims) - 2]
    turned = g.node("Transpose", [value], [dims[p] for p in perm], perm=perm)
    return g.node("MatMul", [scaled, turned], square)


@group
def triangle(g):
    if g.rank < 2 or g.opset < 14:
        return False
    return g.node("Trilu", [g.last, g.constant(g.draw.randint(-1, 1), numpy.int64)], g.dims, upper=g.draw.randint(0, 1))
