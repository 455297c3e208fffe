#!/usr/bin/python3
"""Predicted against simulated Cortex-A53 cycles of single layers (lib/Target's cost model, test/bench/README.md).

usage: test/bench/predicted_cycles.py [--shapes=16x16x32x32,...] [--tiles=PATTERN] [--work=FOLDER] [--stale]

Every shape (CIN x COUT x H x W of the result, 3x3, padding 1, stride 1 or, with /2 behind, 2) with every tile of its stride in a list. Simulations are kept in the work
folder (default: predicted_cycles in the build folder) as long as the compiler stays the same, so that an interrupted
run goes on; --stale keeps those of older compilers and asks for predictions alone. Prints a line per pair, then per
tile the geometric mean of simulated / predicted, Spearman's rank correlation over all pairs, and the regret: what the
tile that the model calls best takes more than the best one. --tiles keeps tiles whose short text matches the pattern.
"""
import argparse
import fnmatch
import hashlib
import json
import math
import os
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_layers  # noqa: E402
from rank_correlation import spearman  # noqa: E402

SHAPES = ("16x16x32x32", "32x32x16x16", "64x64x8x8", "24x48x40x40", "48x48x24x24", "32x64x28x28", "96x96x20x20",
          "64x64x56x56", "128x128x28x28", "256x256x14x14", "512x512x7x7", "16x32x16x16/2", "32x64x8x8/2",
          "32x32x28x28/2", "64x128x28x28/2", "128x256x14x14/2")
_F4 = "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf]"
_F4I16 = "F(4,3) points=[0,1,-1,2,-2,inf]"
_F6 = "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]"
_F6I = "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf]"
TILES = ("direct", "F(2,3) taps=i8xi8", "F(2,3) taps=i16xi16", "F(3,3) taps=i8xi8", _F4 + " taps=i8xi8",
         _F4 + " taps=i8xi7", _F4I16 + " taps=i16xi16", "F(4,3) K=7 taps=i8xi8", "F(4,3) K=7 taps=i16xi16",
         "F(5,3) K=8 taps=i8xi8", _F6 + " taps=i8xi8", _F6 + " taps=i8xi7", _F6 + " taps=i16xi16",
         _F4I16 + " taps=f32xf32", _F4I16 + " taps=f16xf16", _F6I + " taps=f32xf32", _F6I + " taps=f16xf16",
         "F(6,3) taps=i16xi16", "F(7,3) K=10 taps=i8xi8", "F(7,3) K=10 taps=i8xi7", "F(7,3) K=10 taps=i16xi16",
         "F(7,3) taps=i16xi16", "F(8,3) K=12 taps=i8xi8", "F(8,3) taps=i16xi16")
STRIDE_TILES = ("direct", *(f"F({m},3)/2{taps}" for m in (2, 3, 4) for taps in (" taps=i8xi8", " taps=i8xi7", " taps=i16xi16")))


def regrets(pairs):
    """Per shape: (tile predicted best, best tile, simulated cycles of the one over those of the other)."""
    result = {}
    for shape in dict.fromkeys(shape for shape, _ in pairs):
        tiles = {tile: value for (s, tile), value in pairs.items() if s == shape}
        chosen = min(tiles, key=lambda tile: tiles[tile][1])
        best = min(tiles, key=lambda tile: tiles[tile][0])
        result[shape] = (chosen, best, tiles[chosen][0] / tiles[best][0])
    return result


def short(tile):
    words = tile.split()
    return " ".join(word for word in words if not word.startswith(("points", "factors")))


def report(pairs):
    print("\nsimulated / predicted, geometric mean over the shapes")
    for tile in dict.fromkeys(tile for _, tile in pairs):
        logs = [math.log(sim / predicted) for (_, t), (sim, predicted) in pairs.items() if t == tile]
        print(f"  {short(tile):28} {math.exp(sum(logs) / len(logs)):5.2f}")
    values = list(pairs.values())
    print(f"Spearman {spearman([v[0] for v in values], [v[1] for v in values]):.4f} over {len(values)} pairs")
    worst = 1.0
    for shape, (chosen, best, regret) in regrets(pairs).items():
        worst = max(worst, regret)
        print(f"  {shape:16} predicted best {short(chosen):28} best {short(best):28} regret {100 * (regret - 1):5.1f} %")
    print(f"largest regret {100 * (worst - 1):.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--tiles", default="*")
    parser.add_argument("--work")
    parser.add_argument("--stale", action="store_true")
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get("WINO_BUILD", os.path.join(ROOT, "build")))
    work = args.work or os.path.join(build, "predicted_cycles")
    os.makedirs(work, exist_ok=True)
    with open(os.path.join(build, "bin", "wino-opt"), "rb") as file:
        compiler = hashlib.sha256(file.read()).hexdigest()
    pairs = {}
    for shape in args.shapes.split(","):
        tiles = STRIDE_TILES if shape.endswith("/2") else TILES
        for tile in (tile for tile in tiles if fnmatch.fnmatch(short(tile), args.tiles)):
            key = os.path.join(work, hashlib.sha256(f"{shape} {tile}".encode()).hexdigest()[:16] + ".json")
            cell = {}
            if os.path.exists(key):
                with open(key) as file:
                    cell = json.load(file)
            if cell.get("compiler") != compiler:
                with tempfile.TemporaryDirectory() as folder:
                    old = cell.get("simulated") if args.stale else None
                    simulated, predicted = bench_layers.measure(shape, tile, build, folder, simulated=old)
                cell = {"shape": shape, "tile": tile, "simulated": simulated, "predicted": predicted,
                        "compiler": "older" if old else compiler}
                with open(key + ".new", "w") as file:
                    json.dump(cell, file)
                os.replace(key + ".new", key)
            pairs[shape, tile] = cell["simulated"], cell["predicted"]
            print(f"{shape:16} {short(tile):28} {cell['simulated']:>10} {cell['predicted']:>10.0f}"
                  f" {cell['simulated'] / cell['predicted']:5.2f}", flush=True)
    if not pairs:
        print(f"predicted_cycles: --tiles: expected a pattern of one of {', '.join(map(short, TILES))},"
              f" got '{args.tiles}'", file=sys.stderr)
        return 1
    report(pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
