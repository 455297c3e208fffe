#!/usr/bin/python3
"""Compiles single 3x3 convolutions and compares their Cortex-A53 cycles with the best peer (test/bench/README.md).

usage: tools/bench_layers.py [--tile=TILE] [--shapes=16x16x32x32,...] [--max-ratio=R]

Shapes are CIN x COUT x H x W, stride 1, padding 1, Relu. --tile forces an algorithm ("F(4,3)", "direct"); the default
is the planner's choice. --max-ratio fails if a layer takes more than R times the peer's cycles. WINO_BUILD names the
build folder (default: build). The images are random, so accuracy budgets are off.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
# Millions of cycles of the best peer under the same model, and which that is (test/bench/README.md).
PEERS = {
    "16x16x32x32": (0.51, "ncnn int8"),
    "64x64x56x56": (14.59, "ncnn int8"),
    "128x128x28x28": (11.65, "ncnn int8"),
    "256x256x14x14": (13.23, "ncnn int8"),
    "512x512x7x7": (11.82, "MNN int8_w4, lossy"),
}


def measure(shape, tile, build, work, simulated=None):
    """Cycles of one layer: simulated, unless they are known, and predicted by the compiler."""
    model, images, out, policy = (os.path.join(work, name) for name in ("layer.onnx", "layer.npy", "out", "policy.yaml"))
    subprocess.run([os.path.join(ROOT, "test", "data", "make_onnx.py"), model, "--images=" + images, "--layer=" + shape,
                    "--count=8"], check=True)
    with open(policy, "w") as file:
        file.write(f"conv_policy:\n  default: {tile}\n")
    subprocess.run([os.path.join(build, "bin", "wino-opt"), model, "--target=cortex-a53", "--calib=" + images,
                    "--policy=" + policy, "--min-sqnr=-100", "--name=layer", "-o", out], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "layer.report.json")) as file:
        predicted = json.load(file)["layers"][0]["cycles"]
    if simulated is None:
        done = subprocess.run([os.path.join(ROOT, "tools", "bench_cycles"), out], check=True, stdout=subprocess.PIPE,
                              text=True, env=dict(os.environ, WINO_BUILD=build))
        simulated = next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("cycles "))
    return simulated, predicted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tile", default="auto")
    parser.add_argument("--shapes", default=",".join(PEERS))
    parser.add_argument("--max-ratio", type=float)
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get("WINO_BUILD", os.path.join(ROOT, "build")))
    slow = 0
    print(f"{'layer':16} {'Mcycles':>8} {'MAC/cycle':>10} {'peer':>7} {'ratio':>6}")
    for shape in args.shapes.split(","):
        inputs, outputs, height, width = map(int, shape.split("x"))
        try:
            with tempfile.TemporaryDirectory() as work:
                cycles, _ = measure(shape, args.tile, build, work)
        except subprocess.CalledProcessError as error:
            print(f"bench_layers: {shape}: {' '.join(error.cmd)} failed", file=sys.stderr)
            return 1
        line = f"{shape:16} {cycles / 1e6:8.2f} {9 * inputs * outputs * height * width / cycles:10.2f}"
        if shape in PEERS:
            peer, name = PEERS[shape]
            ratio = cycles / 1e6 / peer
            slow += args.max_ratio is not None and ratio > args.max_ratio
            line += f" {peer:7.2f} {ratio:6.2f}  {name}"
        print(line, flush=True)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
