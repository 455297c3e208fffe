#!/usr/bin/python3
"""Predicted against measured error of every (layer, tile) pair of a network, and how well their orders agree.

usage: predicted.py WINO_OPT MODEL.onnx IMAGES [--least=0.97] [--pairs=200] [WINO_OPT FLAGS ...]

Runs `wino-opt --emit=errors` and prints, per tile, how many layers took it, the geometric mean and the extremes of measured / predicted
error, then Spearman's rank correlation over all pairs, computed again here. Exit code 1 when it is below --least or there are fewer
than --pairs.
"""
import argparse
import math
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from rank_correlation import spearman  # noqa: E402  (found through the line above)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wino_opt")
    parser.add_argument("model")
    parser.add_argument("images")
    parser.add_argument("--least", type=float, default=0.97)
    parser.add_argument("--pairs", type=int, default=200)
    args, flags = parser.parse_known_args()
    command = [args.wino_opt, args.model, "--calib=" + args.images, "--emit=errors", "-o", "-"] + flags
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split("\t") for line in text.splitlines()[1:-1]]
    tiles = {}
    for _, tile, predicted, measured in rows:
        tiles.setdefault(tile, []).append(math.log(float(measured) / float(predicted)))
    print("measured / predicted: geometric mean, least, most")
    for tile, ratios in tiles.items():
        mean = math.exp(sum(ratios) / len(ratios))
        print(f"  {len(ratios):3d} layers  {mean:5.2f} {math.exp(min(ratios)):5.2f} {math.exp(max(ratios)):5.2f}  {tile}")
    correlation = spearman([float(row[2]) for row in rows], [float(row[3]) for row in rows])
    print(f"{len(rows)} pairs, Spearman {correlation:.4f}, at least {args.least} expected")
    sys.exit(correlation < args.least or len(rows) < args.pairs)


if __name__ == "__main__":
    main()
