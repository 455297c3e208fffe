#!/usr/bin/env python3
"""Exact against optimised transforms on one network: error of the layers, SQNR of the network on held-out images, cycles.

usage: transforms.py WINO_OPT model.onnx images.npy [--layers] [--tile=TEXT ...] [flags of wino-opt, as --mean=..]

Every convolution that can takes the tile. Layer errors are relative, of the layer alone, on calibration images that the
search did not learn from; they choose the iterate, so they are a little good-natured. SQNR is measured on the
held-out quarter, which nothing has seen. Writes a Markdown table; --layers adds one line per layer."""

import json
import math
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TILES = ["F(4,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(6,3) K=9", "F(6,3)", "F(4,3) taps=i6xi6", "F(4,3) taps=i4xi4"]


def compile_network(arguments, tile, transforms, folder):
    policy = folder / "policy.yaml"
    policy.write_text(f'conv_policy:\n  default: "{tile}"\n')
    start = time.time()
    done = subprocess.run(arguments + [f"--policy={policy}", f"--transforms={transforms}", "--min-sqnr=-60", "-o",
                                       str(folder / "out")], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{tile}, {transforms}: {done.stderr[-2000:]}")
    report = json.loads((folder / "out" / "model.report.json").read_text())
    errors = {}
    for layer in report["layers"]:
        found = re.search(r"relative error ([0-9.e+-]+) -> ([0-9.e+-]+)", layer["why"])
        if found:
            errors[layer["node"]] = (float(found[1]), float(found[2]))
    return report, errors, time.time() - start


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else float("nan")


def main():
    flags = [a for a in sys.argv[4:] if not a.startswith("--tile=") and a != "--layers"]
    tiles = [a.split("=", 1)[1] for a in sys.argv[4:] if a.startswith("--tile=")] or TILES
    arguments = [sys.argv[1], sys.argv[2], f"--calib={sys.argv[3]}", *flags]
    print("| tile | transforms | layers changed | their error (geometric mean) | network SQNR | cycles | compile |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for tile in tiles:
            for transforms in ("exact", "paw", "paw-free"):
                report, errors, seconds = compile_network(arguments, tile, transforms, Path(temporary))
                before, after = (geometric_mean([pair[i] for pair in errors.values()]) for i in (0, 1))
                change = f"{100 * before:.2f} -> {100 * after:.2f} %" if errors else ""
                print(f"| {tile} | {transforms} | {len(errors)} | {change} | {report['sqnr_db']:.1f} dB "
                      f"| {report['total_cycles']:,.0f} | {seconds:.0f} s |", flush=True)
                for node, (old, new) in errors.items() if "--layers" in sys.argv else ():
                    print(f"| | {node} | | {100 * old:.2f} -> {100 * new:.2f} % | | | |")


if __name__ == "__main__":
    main()
