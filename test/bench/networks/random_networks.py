"""Networks of shapes.py as files, with drawn pictures to calibrate on: what the benches of this host and of the A53 share."""
import os
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))
import images  # noqa: E402
import shapes  # noqa: E402

IMAGENET = ["--mean=0.485,0.456,0.406", "--std=0.229,0.224,0.225"]


def pictures(work, height, width, count=64):
    """A file of drawn pictures, cut to size."""
    path = os.path.join(work, f"pictures{height}x{width}.npy")
    if not os.path.exists(path):
        images.dead_leaves(path, count, max(height, width))
        if height != width:
            numpy.save(path, numpy.load(path)[:, :, :height, :width])
    return path


def random_weights(name, work, **shrunk):
    """(model, flags) of a network of shapes.py, written to `work`; `shrunk`: size and width, if not the usual ones."""
    model = os.path.join(work, "-".join([name, *map(str, shrunk.values())]) + ".onnx")
    network, output = shapes.NETWORKS[name](**shrunk)
    if not os.path.exists(model):
        with open(model, "wb") as file:
            file.write(network.onnx(output))
    _, height, width = network.shapes["image"]
    return model, ["--calib=" + pictures(work, height, width), *IMAGENET]
