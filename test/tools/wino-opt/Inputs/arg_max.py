"""Writes a network that ends in ArgMax to the file that is its argument, with random images beside it (.npy)."""
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "data"))
import make_onnx as onnx

random = numpy.random.default_rng(1)
nodes = [onnx.node("Conv", ["image", "w", "b"], ["conv"], **onnx.CONVOLUTION),
         onnx.node("ArgMax", ["conv"], ["best"], axis=1, keepdims=0)]
model = onnx.model(nodes, {"w": onnx.weights(random, 4, 3, 3, 3), "b": onnx.bias(random, 4)}, {"image": [1, 3, 8, 8]},
                   {"best": [1, 8, 8]})
with open(sys.argv[1], "wb") as file:
    file.write(model)
numpy.save(sys.argv[1] + ".npy", random.standard_normal((8, 3, 8, 8)).astype(numpy.float32))
