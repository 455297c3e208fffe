#!/usr/bin/python3
"""Compiles single 3x3 convolutions and compares their Cortex-A53 cycles with the best peer (test/bench/README.md).

usage: tools/bench_layers.py [--tile=TILE ...] [--shapes=16x16x32x32,...] [--max-ratio=R]

Shapes are CIN x COUT x H x W of the result, stride 1 or, with /2 behind, 2, padding 1, Relu. --tile forces an algorithm ("F(4,3)", "direct") or leaves it to the planner
("auto"); of several, each has a row. The default is the planner's choice without a budget, and two tiles whose 16-bit taps
lose next to nothing (stride 2: one). Noise is the error's root mean square over the float output's, of held-out images; products and bound
are those of hot.py --bounds: the share of cycles in loops of products, and how much of these loops their arithmetic needs.
--max-ratio fails if a shape's fastest row takes more than R times the peer's cycles. WINO_BUILD names the build folder
(default: build). The images are random, so accuracy budgets are off.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "test", "bench", "a53sim"))
import hot  # noqa: E402

TILES = ("auto", "F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi16", "F(7,3) taps=i16xi16")
STRIDE_TILES = ("auto", "F(4,3)/2 taps=i16xi16")
# Millions of cycles of the best peer under the same model, and which that is (test/bench/README.md).
PEERS = {
    "16x16x32x32": (0.51, "ncnn int8"),
    "64x64x56x56": (14.59, "ncnn int8"),
    "128x128x28x28": (11.65, "ncnn int8"),
    "256x256x14x14": (13.23, "ncnn int8"),
    "512x512x7x7": (11.82, "MNN int8_w4, lossy"),
}


def compile_layer(shape, tile, build, work):
    """The report of one layer, compiled into the folder `out` of work."""
    model, images, out, policy = (os.path.join(work, name) for name in ("layer.onnx", "layer.npy", "out", "policy.yaml"))
    subprocess.run([os.path.join(ROOT, "test", "data", "make_onnx.py"), model, "--images=" + images, "--layer=" + shape,
                    "--count=8"], check=True)
    with open(policy, "w") as file:
        file.write(f"conv_policy:\n  default: {tile}\n")
    subprocess.run([os.path.join(build, "bin", "wino-opt"), model, "--target=cortex-a53", "--calib=" + images,
                    "--policy=" + policy, "--min-sqnr=-100", "--name=layer", "-o", out], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "layer.report.json")) as file:
        return json.load(file)


def simulate(build, work):
    """Cycles of the compiled layer, the share of them in products, and how much of that share the bound is."""
    simulated = os.path.join(work, "simulated")
    subprocess.run([os.path.join(ROOT, "tools", "bench_cycles"), os.path.join(work, "out"), "--report=" + simulated],
                   check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, WINO_BUILD=build))
    with open(simulated) as file:
        return hot.shares(file.read().splitlines())


def measure(shape, tile, build, work, simulated=None):
    """Cycles of one layer: simulated, unless they are known, and predicted by the compiler."""
    predicted = compile_layer(shape, tile, build, work)["layers"][0]["cycles"]
    return simulate(build, work)[0] if simulated is None else simulated, predicted


def row(shape, tile, build):
    """(cycles, text) of one layer."""
    inputs, outputs, height, width = map(int, shape.partition("/")[0].split("x"))
    with tempfile.TemporaryDirectory() as work:
        report = compile_layer(shape, tile, build, work)
        cycles, products, bound = simulate(build, work)
    noise = 10 ** (-report["sqnr_db"] / 20)
    text = (f"{shape:16} {report['layers'][0]['algorithm']:20} {100 * noise:7.2f} {cycles / 1e6:8.3f}"
            f" {9 * inputs * outputs * height * width / cycles:10.2f} {100 * products:9.1f} {100 * bound:6.1f}")
    if shape in PEERS:
        peer, name = PEERS[shape]
        text += f" {peer:7.2f} {cycles / 1e6 / peer:6.2f}  {name}"
    return cycles, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tile", action="append")
    parser.add_argument("--shapes", default=",".join(PEERS))
    parser.add_argument("--max-ratio", type=float)
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get("WINO_BUILD", os.path.join(ROOT, "build")))
    slow = 0
    print(f"{'layer':16} {'plan':20} {'noise %':>7} {'Mcycles':>8} {'MAC/cycle':>10} {'products%':>9} {'bound%':>6}"
          f" {'peer':>7} {'ratio':>6}")
    for shape in args.shapes.split(","):
        fastest = []
        for tile in args.tile or (STRIDE_TILES if shape.endswith("/2") else TILES):
            try:
                cycles, text = row(shape, tile, build)
            except subprocess.CalledProcessError as error:
                print(f"bench_layers: {shape}: {' '.join(error.cmd)} failed", file=sys.stderr)
                return 1
            fastest.append(cycles)
            print(text, flush=True)
        slow += args.max_ratio is not None and shape in PEERS and min(fastest) / 1e6 / PEERS[shape][0] > args.max_ratio
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
