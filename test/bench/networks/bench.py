#!/usr/bin/python3
"""Cycles and memory of whole networks on the Cortex-A53 model, beside ncnn's.

usage: bench.py [--only=NAME,...] [--min-sqnr=25] [--functions] [--work=DIR] [--options=FLAGS] [--size=S] [--width=C]

Networks of shapes.py have random weights; those of the folder WINO_SHARED (default: shared, beside the repository) are
trained ones and are skipped where the folder has none. Each is compiled for cortex-a53 with drawn pictures as calibration
images (CIFAR-10 where it is there), inside a budget of --min-sqnr dB; where no plan keeps that, the budget falls by
5 dB at a time and the table says so. --functions lists cycles per kernel, --options goes to wino-opt as it is, --work keeps models and
compiled folders; --size and --width shrink networks of random weights. WINO_BUILD names the build folder (default: build).
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.path.abspath(os.environ.get("WINO_BUILD", os.path.join(ROOT, "build")))
SHARED = os.environ.get("WINO_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
for room in ("e2e", "bench/host"):
    sys.path.insert(0, os.path.join(ROOT, "test", *room.split("/")))
import images  # noqa: E402
import onnx_bytes  # noqa: E402
import shapes  # noqa: E402
from random_networks import IMAGENET, PICTURES, pictures, random_weights  # noqa: E402

# Million cycles of ncnn's int8 networks in the same model (test/bench/README.md).
NCNN = {"squeezenet_v1.1": 120.1, "mobilenet_v1": 200.7, "resnet18": 295.2, "vgg16": 1721.0}
# name: model of the folder WINO_SHARED, its preprocessing, what is fed: CIFAR-10 or pictures of this height and width.
TRAINED = {
    "resnet8": ("resnet8_bn_b1", ["--scale=1"], None),
    "resnet20": ("resnet20_bn_b1", IMAGENET, None),
    "squeezenet_v1.0_trained":
        ("squeezenet_v1.0_deepcompression_b1", ["--scale=1", "--mean=104,117,123", "--channel-order=bgr"], (227, 227)),
    "rfb320": ("version-RFB-320", ["--scale=1", "--mean=127", "--std=128"], (240, 320)),
}
HEAD = ["network", "MMACs", "Mcycles", "MACs per cycle", "ncnn", "ours / ncnn", "SQNR, dB (budget)", "arena", "live",
        "arena / live", "weights", "stack", "text"]


class Failed(Exception):
    """A command that failed, with what it said."""


class Unsupported(Exception):
    """A model with operators that the importer does not know."""


def run(command, accept=(0,)):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, WINO_BUILD=BUILD))
    if done.returncode not in accept:
        raise Failed(f"{shlex.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done


def trained(name, work):
    """(model, flags) of a network of WINO_SHARED, or the path that is not there and None."""
    file, pixels, size = TRAINED[name]
    model = os.path.join(SHARED, "models", file + ".onnx")
    data = os.path.join(SHARED, "data", "cifar10", "cifar10_calib_first1024_images_u8_nchw.npy")
    for path in (model,) if size else (model, data):
        if not os.path.exists(path):
            return path, None
    data = pictures(work, *size, PICTURES) if size else images.first(data, os.path.join(work, "cifar10.npy"), 128)
    return model, ["--calib=" + data, *pixels]


def multiplications(report, model):
    """MACs of all convolutions, from their shapes in the report, and of the matrices of Gemm and MatMul."""
    total = 0
    for layer in report["layers"]:
        inputs, outputs, rows, columns, height, width, groups = map(int, re.fullmatch(
            r"(\d+)x\d+x\d+ -> (\d+)x(\d+)x(\d+), (\d+)x(\d+)(?: stride \d+x\d+)?(?: groups (\d+))?",
            layer["shape"]).groups(default="1"))
        total += outputs * rows * columns * inputs // groups * height * width
    with open(model, "rb") as file:
        data = file.read()
    tensors = onnx_bytes.only(onnx_bytes.only(data, onnx_bytes.GRAPH)[0], 5)
    sizes = {b"".join(onnx_bytes.only(t, 8)).decode(): onnx_bytes.only(t, 1) for t in tensors}
    for node in onnx_bytes.nodes(data):
        if node.op in ("Gemm", "MatMul"):
            rows, columns = sizes[node.inputs[1]]
            total += rows * columns
    return total


def compile_network(model, flags, budget, out):
    """The report of the first budget, going down by 5 dB, that a plan keeps."""
    while True:
        done = run([os.path.join(BUILD, "bin", "wino-opt"), model, "--target=cortex-a53", "--name=net",
                    f"--min-sqnr={budget:g}", *flags, "-o", out], accept=(0, 1, 3))
        if done.returncode == 0:
            break
        if done.returncode == 1:
            raise (Unsupported if "operator is not imported" in done.stderr else Failed)(done.stderr[-2000:])
        if budget < -10:
            raise Failed(f"{model}: no budget above {budget:g} dB is kept\n{done.stderr[-2000:]}")
        budget -= 5
    with open(os.path.join(out, "net.report.json"), encoding="utf-8") as file:
        return json.load(file)


def measure(name, model, flags, budget, work, shrunk):
    """(cells of the table's row, cycles per function)."""
    out = os.path.join(work, name)
    report = compile_network(model, flags, budget, out)
    text = run([os.path.join(ROOT, "tools", "bench_cycles"), out, "--functions"]).stdout
    cycles = int(re.search(r"^cycles (\d+)", text, re.M).group(1))
    macs = multiplications(report, model)
    peer = None if shrunk else NCNN.get(name)
    row = [name, f"{macs / 1e6:.1f}", f"{cycles / 1e6:.2f}", f"{macs / cycles:.2f}", f"{peer:.1f}" if peer else "",
           f"{cycles / 1e6 / peer:.2f}" if peer else "", f"{report['sqnr_db']:.1f} ({report['min_sqnr_db']:g})",
           f"{report['arena_bytes']:,}", f"{report['live_bytes']:,}", f"{report['arena_bytes'] / report['live_bytes']:.2f}",
           f"{report['weights_bytes']:,}", f"{report['stack_bytes']:,}", f"{report['code_bytes']:,}"]
    return row, text[text.index("-- function"):]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join([*shapes.NETWORKS, *TRAINED]))
    parser.add_argument("--min-sqnr", type=float, default=25, help="dB, as wino-opt's")
    parser.add_argument("--max-arena", type=float, default=1.1, help="fails if an arena is more times its live buffers")
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--size", type=int, help="height and width of the image")
    parser.add_argument("--width", type=int, help="channels of the first stage")
    parser.add_argument("--work")
    parser.add_argument("--options", default="", help="more flags for wino-opt")
    args = parser.parse_args()
    for name in args.only.split(","):
        if name not in shapes.NETWORKS and name not in TRAINED:
            parser.error(f"expected networks out of {', '.join([*shapes.NETWORKS, *TRAINED])}, got '{name}'")
    failed = 0
    shrunk = {key: value for key in ("size", "width") if (value := getattr(args, key))}
    with tempfile.TemporaryDirectory() as temporary:
        work = os.path.abspath(args.work) if args.work else temporary
        os.makedirs(work, exist_ok=True)
        print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|", flush=True)
        for name in args.only.split(","):
            model, flags = random_weights(name, work, **shrunk) if name in shapes.NETWORKS else trained(name, work)
            if flags is None:
                print(f"skipped {name}: {model} is not there", flush=True)
                continue
            try:
                row, functions = measure(name, model, flags + shlex.split(args.options), args.min_sqnr, work, shrunk)
            except Unsupported as error:
                print(f"skipped {name}: {error}", flush=True)
                continue
            except Failed as error:
                print(f"bench: {name}: {error}", file=sys.stderr)
                failed = 1
                continue
            print("| " + " | ".join(row) + " |", flush=True)
            if float(row[HEAD.index("arena / live")]) > args.max_arena:
                print(f"bench: {name}: expected an arena of at most {args.max_arena} times its live buffers", file=sys.stderr)
                failed = 1
            if args.functions:
                print(functions)
    return failed


if __name__ == "__main__":
    sys.exit(main())
