"""ONNX models with the shapes of well-known networks and random weights: nothing to download, the work of the real ones.

Weights have He's variance, 2 / fan-in before a Relu, so that activations keep their size through any depth; where two
branches are added, the last layer before the sum has half of it. Names and shapes follow the networks that ncnn
benchmarks, batch norms folded. Each function gives a Network and its last tensor; `size` of the image and `width`, channels of the first stage, shrink it for quick tests.
"""
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data"))
import make_onnx  # noqa: E402 (of test/data)


class Network:
    """A graph under construction. Tensors are names; `shapes` has C, H, W of each, `macs` counts multiplications."""

    def __init__(self, size, seed=1):
        self.seed, self.nodes, self.parameters, self.macs = seed, [], {}, 0
        self.shapes = {"image": (3, size, size)}

    def weights(self, name, gain, *shape):
        self.parameters[name] = (shape, numpy.sqrt(gain / numpy.prod(shape[1:])))
        self.parameters[name + ".bias"] = (shape[:1], 0.1)
        return [name, name + ".bias"]

    def add(self, kind, inputs, name, shape, **attributes):
        self.nodes.append(make_onnx.node(kind, inputs, [name], **attributes))
        self.shapes[name] = shape
        return name

    def conv(self, x, name, channels, kernel, stride=1, pad=None, groups=1, relu=True, gain=2.0):
        """Convolution with bias, then Relu; `pad` on all sides, half the kernel if not given."""
        pad = kernel // 2 if pad is None else pad
        inputs, height, width = self.shapes[x]
        rows, columns = ((extent + 2 * pad - kernel) // stride + 1 for extent in (height, width))
        self.macs += channels * rows * columns * inputs // groups * kernel * kernel
        operands = [x] + self.weights(name + ".weight", gain, channels, inputs // groups, kernel, kernel)
        y = self.add("Conv", operands, name, (channels, rows, columns), kernel_shape=[kernel] * 2, strides=[stride] * 2,
                     pads=[pad] * 4, group=groups)
        return self.relu(y) if relu else y

    def relu(self, x):
        return self.add("Relu", [x], x + ".relu", self.shapes[x])

    def max_pool(self, x, name, kernel, stride, pad=0):
        """Without padding output sizes are rounded up, as in Caffe, else down, as in PyTorch."""
        channels, height, width = self.shapes[x]
        up = 0 if pad else stride - 1
        rows, columns = ((extent + 2 * pad - kernel + up) // stride + 1 for extent in (height, width))
        return self.add("MaxPool", [x], name, (channels, rows, columns), kernel_shape=[kernel] * 2, strides=[stride] * 2,
                        pads=[pad] * 4, ceil_mode=int(pad == 0))

    def flatten(self, x):
        return self.add("Flatten", [x], x + ".flat", (int(numpy.prod(self.shapes[x])), 1, 1), axis=1)

    def mean(self, x):
        return self.flatten(self.add("GlobalAveragePool", [x], x + ".mean", (self.shapes[x][0], 1, 1)))

    def dense(self, x, name, outputs, relu=False):
        inputs = self.shapes[x][0]
        self.macs += inputs * outputs
        operands = [x] + self.weights(name + ".weight", 2.0 if relu else 1.0, outputs, inputs)
        y = self.add("Gemm", operands, name, (outputs, 1, 1), transB=1)
        return self.relu(y) if relu else y

    def onnx(self, output):
        """The model's bytes; ends in a softmax of `output`."""
        scores = self.add("Softmax", [output], "scores", self.shapes[output], axis=1)
        random = numpy.random.default_rng(self.seed)
        initializers = {name: random.standard_normal(shape, numpy.float32) * numpy.float32(deviation)
                        for name, (shape, deviation) in self.parameters.items()}
        return make_onnx.model(self.nodes, initializers, {"image": [1, *self.shapes["image"]]},
                               {scores: [1, self.shapes[output][0]]})


def resnet18(size=224, width=64):
    net = Network(size)
    x = net.max_pool(net.conv("image", "conv1", width, 7, 2), "pool1", 3, 2, 1)
    for stage in range(4):
        for block in range(2):
            name, channels, stride = f"layer{stage + 1}.{block}", width << stage, 2 if stage and not block else 1
            y = net.conv(x, name + ".conv1", channels, 3, stride)
            y = net.conv(y, name + ".conv2", channels, 3, relu=False, gain=1.0)
            if stride == 2:
                x = net.conv(x, name + ".downsample", channels, 1, stride, relu=False, gain=1.0)
            x = net.relu(net.add("Add", [y, x], name + ".sum", net.shapes[y]))
    return net, net.dense(net.mean(x), "fc", 1000)


def vgg16(size=224, width=64):
    net, x = Network(size), "image"
    for stage, (layers, channels) in enumerate([(2, width), (2, 2 * width), (3, 4 * width), (3, 8 * width), (3, 8 * width)]):
        for layer in range(layers):
            x = net.conv(x, f"conv{stage + 1}_{layer + 1}", channels, 3)
        x = net.max_pool(x, f"pool{stage + 1}", 2, 2)
    x = net.dense(net.flatten(x), "fc6", 64 * width, relu=True)
    return net, net.dense(net.dense(x, "fc7", 64 * width, relu=True), "fc8", 1000)


def mobilenet_v1(size=224, width=32):
    net = Network(size)
    x = net.conv("image", "conv1", width, 3, 2)
    blocks = [(2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2)] + [(16, 1)] * 5 + [(32, 2), (32, 1)]
    for number, (channels, stride) in enumerate(blocks):
        inputs = net.shapes[x][0]
        x = net.conv(x, f"block{number + 1}.dw", inputs, 3, stride, groups=inputs)
        x = net.conv(x, f"block{number + 1}.pw", channels * width, 1)
    return net, net.dense(net.mean(x), "fc", 1000)


def squeezenet(size, width, first, fires):
    """`first`: channels and kernel of the first layer; `fires`: squeezed and expanded channels, None for a pool."""
    net = Network(size)
    x = net.conv("image", "conv1", first[0] * width // 64, first[1], 2, pad=0)
    for number, fire in enumerate(fires):
        if fire is None:
            x = net.max_pool(x, f"pool{number}", 3, 2)
            continue
        squeeze, expand = (channels * width // 64 for channels in fire)
        squeezed = net.conv(x, f"fire{number}.squeeze", squeeze, 1)
        parts = [net.conv(squeezed, f"fire{number}.expand{kernel}", expand, kernel) for kernel in (1, 3)]
        x = net.add("Concat", parts, f"fire{number}", (2 * expand, *net.shapes[squeezed][1:]), axis=1)
    return net, net.mean(net.conv(x, "conv10", 1000, 1))


def squeezenet_v1_1(size=227, width=64):
    fires = [None, (16, 64), (16, 64), None, (32, 128), (32, 128), None, (48, 192), (48, 192), (64, 256), (64, 256)]
    return squeezenet(size, width, (64, 3), fires)


def squeezenet_v1_0(size=227, width=64):
    fires = [None, (16, 64), (16, 64), (32, 128), None, (32, 128), (48, 192), (48, 192), (64, 256), None, (64, 256)]
    return squeezenet(size, width, (96, 7), fires)


NETWORKS = {"squeezenet_v1.1": squeezenet_v1_1, "squeezenet_v1.0": squeezenet_v1_0, "mobilenet_v1": mobilenet_v1,
            "resnet18": resnet18, "vgg16": vgg16}
