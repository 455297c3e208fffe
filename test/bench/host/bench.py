#!/usr/bin/python3
"""Times our x86-64 libraries against ONNX Runtime on this host: one thread, one process, runs interleaved.

usage: bench.py [--shapes=16x16x32x32,...] [--networks=resnet20,resnet18] [--min-sqnr=25] [--seconds=S] [--no-install]

A row per layer (3x3 convolution + Relu, CIN x COUT x H x W) and per network: the one of test/data, and those of random
weights of test/bench/networks. Our library as planned inside
the budget of --min-sqnr and all direct; ONNX Runtime on our own `--emit=qdq` model, by its default kernels, by those
that do not saturate ("exact"), and on the float model. Integer models take and give 8-bit tensors in NHWC on both
sides: what quantizes, dequantizes and transposes at the border is cut off the graph that ONNX Runtime optimised.
Milliseconds are medians of processor time; a ratio above 1 means that we are slower. SQNR is the plan's on held-out images. The package
onnxruntime-node (onnx_runtime.py) is installed into build/ort if it is not there.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

import onnx_bytes
import onnx_runtime
from compiled import Library

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "networks"))
import random_networks  # noqa: E402
import shapes  # noqa: E402

ROOT, BUILD = onnx_runtime.ROOT, onnx_runtime.BUILD
SHAPES = "16x16x32x32,64x64x56x56,128x128x28x28,256x256x14x14,512x512x7x7"
DATA = os.path.join(ROOT, "test", "data")
NETWORKS = {
    "resnet20": [os.path.join(DATA, "resnet20_cifar10.onnx"), "--calib=" + os.path.join(DATA, "calib_images.npy"),
                 "--mean=0.4914,0.4822,0.4465", "--std=0.2470,0.2435,0.2616"],
}


def compile_all(source, budget, work):
    """Our two folders and the QDQ model of one network, all of one calibration; `source`: the model, then flags."""
    wino_opt = os.path.join(BUILD, "bin", "wino-opt")
    policy, qdq = os.path.join(work, "direct.yaml"), os.path.join(work, "qdq.onnx")
    with open(policy, "w", encoding="utf-8") as file:
        file.write("conv_policy:\n  default: direct\n")
    common = [wino_opt] + source + ["--target=x86-64", "--name=net"]
    planned, direct = os.path.join(work, "planned"), os.path.join(work, "direct")
    for command in (common + [f"--min-sqnr={budget}", "-o", planned],
                    common + ["--min-sqnr=-100", "--policy=" + policy, "-o", direct],
                    [wino_opt] + source + ["--emit=qdq", "-o", qdq]):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return planned, direct, qdq


def bare_session(runtime, path, exact, work):
    """What ONNX Runtime makes of a QDQ model, without the float borders; an error if a convolution was not fused."""
    with open(path, "rb") as file:
        model = file.read()
    source, result = onnx_bytes.ports(model)
    optimized = os.path.join(work, "optimized.onnx")
    onnx_runtime.Session(runtime, model, (*source, numpy.float32), (*result, numpy.float32), exact=exact,
                         optimized=optimized)
    with open(optimized, "rb") as file:
        model = file.read()
    if left := [node.name for node in onnx_bytes.nodes(model) if node.op in ("Conv", "FusedConv")]:
        raise RuntimeError(f"expected ONNX Runtime to fuse every convolution, got float ones: {left}")
    model = onnx_bytes.without_borders(model)
    return onnx_runtime.Session(runtime, model, *((*port, numpy.uint8) for port in onnx_bytes.ports(model)), exact=exact)


def contenders(runtime, source, budget, work):
    """name -> function without arguments that runs the network once on the same input."""
    planned, direct, qdq = compile_all(source, budget, work)
    ours = Library(planned, "net"), Library(direct, "net")
    theirs, exact = (bare_session(runtime, qdq, exact, work) for exact in (False, True))
    with open(source[0], "rb") as file:
        model = file.read()
    floats = onnx_runtime.Session(runtime, model, *((*port, numpy.float32) for port in onnx_bytes.ports(model)))
    pixels = numpy.random.default_rng(1).standard_normal(floats.input.shape, numpy.float32)
    floats.input[...] = pixels
    for library in ours:
        library.quantize(pixels)
    stored = ours[0].input.astype(numpy.int32) + 128 * (ours[0].input.dtype == numpy.int8)
    for session in theirs, exact:
        session.input[...] = stored.reshape(session.input.shape)
    return {"planned": ours[0].run, "direct": ours[1].run, "ort": theirs.run, "exact": exact.run, "float": floats.run}


def measure(runs, seconds):
    """name -> median milliseconds of one run; the contenders take turns, so that all see the same machine. It is the thread's
    processor time that counts: waiting for a processor that others use is nobody's work."""
    times = {name: [] for name in runs}
    for run in runs.values():
        for _ in range(3):
            run()
    end, process, thread = time.monotonic() + seconds, time.process_time_ns(), time.thread_time_ns()
    while time.monotonic() < end or len(times["ort"]) < 30:
        for name, run in runs.items():
            for _ in range(3):
                start = time.thread_time_ns()
                run()
                times[name].append((time.thread_time_ns() - start) / 1e6)
    elsewhere = (time.process_time_ns() - process) / (time.thread_time_ns() - thread) - 1
    if elsewhere > 0.02:
        raise RuntimeError(f"expected all work in the calling thread, got {elsewhere:.0%} more in others")
    return {name: statistics.median(values) for name, values in times.items()}


def plan_of(folder):
    """(tiles of a folder's plan, most frequent first; its SQNR in dB)."""
    with open(os.path.join(folder, "net.report.json"), encoding="utf-8") as file:
        report = json.load(file)
    tiles = sorted(report["algorithms"].items(), key=lambda item: -item[1])
    return ", ".join(f"{count} x {tile}" for tile, count in tiles), report["sqnr_db"]


def cpu():
    """The processor's name and whether it has the dot products that ONNX Runtime's fastest kernels want."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    name = next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name"))
    flags = set(next(line for line in text.splitlines() if line.startswith("flags")).split())
    level = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "SSE"
    return f"{name}, {level}, {'with' if flags & {'avx512_vnni', 'avx_vnni'} else 'no'} VNNI"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default=SHAPES)
    parser.add_argument("--networks", default="resnet20,resnet18")
    parser.add_argument("--min-sqnr", type=float, default=25, help="dB, as wino-opt's")
    parser.add_argument("--seconds", type=float, default=5, help="measuring time per row")
    parser.add_argument("--no-install", action="store_true")
    args = parser.parse_args()
    try:
        onnx_runtime.find()
    except onnx_runtime.Missing as missing:
        if args.no_install:
            print(f"bench: {missing}", file=sys.stderr)
            return 1
        onnx_runtime.install()
    runtime = onnx_runtime.Runtime()
    print(f"{cpu()}; ONNX Runtime {runtime.version}; one thread, load average {os.getloadavg()[0]:.1f}")
    head = ["network", "plan", "SQNR, dB", "ours, ms", "direct, ms", "ORT u8, ms", "ORT u8 exact, ms", "ORT float, ms",
            "ours / ORT u8", "direct / ORT u8", "ours / exact"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|", flush=True)
    for name in list(filter(None, args.shapes.split(","))) + list(filter(None, args.networks.split(","))):
        with tempfile.TemporaryDirectory() as work:
            source = NETWORKS.get(name)
            if name in shapes.NETWORKS:
                model, flags = random_networks.random_weights(name, work)
                source = [model, *flags]
            elif not source:
                model, images = os.path.join(work, "layer.onnx"), os.path.join(work, "layer.npy")
                subprocess.run([sys.executable, os.path.join(DATA, "make_onnx.py"), model, "--images=" + images,
                                "--layer=" + name, "--count=8"], check=True)
                source = [model, "--calib=" + images]
            t = measure(contenders(runtime, source, args.min_sqnr, work), args.seconds)
            plan, sqnr = plan_of(os.path.join(work, "planned"))
        cells = [name, plan, f"{sqnr:.1f}"] + [f"{t[key]:.3f}" for key in ("planned", "direct", "ort", "exact", "float")]
        ratios = (t["planned"] / t["ort"], t["direct"] / t["ort"], t["planned"] / t["exact"])
        print("| " + " | ".join(cells + [f"{ratio:.2f}" for ratio in ratios]) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
