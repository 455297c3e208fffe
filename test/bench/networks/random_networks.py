"""Networks of shapes.py as files, with drawn pictures to calibrate on: what the benches of this host and of the A53 share."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))
from images import pictures  # noqa: E402
import shapes  # noqa: E402

PICTURES = 64  # so many that plans are measured and made anew (lib/Target, E22)
IMAGENET = ["--mean=0.485,0.456,0.406", "--std=0.229,0.224,0.225"]


def random_weights(name, work, **shrunk):
    """(model, flags) of a network of shapes.py, written to `work`; `shrunk`: size and width, if not the usual ones."""
    model = os.path.join(work, "-".join([name, *map(str, shrunk.values())]) + ".onnx")
    network, output = shapes.NETWORKS[name](**shrunk)
    if not os.path.exists(model):
        with open(model, "wb") as file:
            file.write(network.onnx(output))
    _, height, width = network.shapes["image"]
    return model, ["--calib=" + pictures(work, height, width, PICTURES), *IMAGENET]
