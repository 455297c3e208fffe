#!/usr/bin/python3
"""What "Winograd everywhere" costs a detector of small and large objects, what a mean hides of it, and who is named.

usage: compare.py [--scenes=600] [--calibration=768] [--max-drop=2] [--work=DIR] [--only=ROW] [--json=FILE] [--check]

Compiles test/data/small_objects.onnx for a Cortex-A53 with one tile on every 3x3 layer (in 8-bit integers, then with
taps in half precision), with direct convolutions only, and with the plans that wino-opt chooses; runs each on scenes
that none of them has seen; prints mAP, recall, precision and AP of small objects, SQNR and simulated cycles. Then
wino-opt's gate judges the first policy: the bucket that fails and the layers that cost it.

--only names a row (repeatable), --check makes the exit code 1 where the story is not told: for small samples, see
story(). Needs what tools/setup installs and the build folder WINO_BUILD (default: build) with wino-opt, wino-run and
the A53 model.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.abspath(os.environ.get("WINO_BUILD") or os.path.join(ROOT, "build"))
MODEL = os.path.join(ROOT, "test", "data", "small_objects.onnx")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from grid import detections, priors  # noqa: E402
from scenes import write_scenes  # noqa: E402

POINTS = "F(4,3) points=[0,1,-1,2,-2,inf]"
NAIVE = "naive"
# key: what the table says, policy, other flags. A row is a way to compile; another one needs a line here.
ROWS = {
    "direct": ("direct int8", "direct", ["--min-sqnr=0"]),
    NAIVE: ("F(4,3) {1, 2} i8 everywhere", POINTS + " taps=i8xi8", ["--min-sqnr=0"]),
    "repaired": ("the same, three layers of the gate direct",
                 POINTS + ' taps=i8xi8\n  overrides:\n    - layers: ["stem", "early*"]\n      algo: direct', ["--min-sqnr=0"]),
    "half": ("F(4,3) {1, 2} fp16 taps everywhere", POINTS + " taps=f16xf16", ["--min-sqnr=0"]),
    "default": ("default plan", None, []),
    "gated": ("plan of `--max-drop`", None, ["gate"]),
}


class Failed(Exception):
    """A command that ended in an error."""


def run(command, codes=(0,)):
    """What a command prints, both streams together; its exit code must be one of these."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          universal_newlines=True, check=False)
    if done.returncode not in codes:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def tool(name):
    return os.path.join(BUILD, "bin", name)


def progress(text):
    if sys.stderr.isatty():
        print("compare: " + text, file=sys.stderr)


class Example:
    """Scenes, flags and folders of one run."""

    def __init__(self, work, scenes, calibration, max_drop):
        self.work = work
        os.makedirs(work, exist_ok=True)
        write_scenes(self.path("calibration"), calibration, seed=1)
        write_scenes(self.path("scenes"), scenes, seed=2)
        numpy.save(self.path("priors.npy"), priors())
        self.spec = "--detections=" + detections(self.path("priors.npy"))
        self.gate = [self.spec, "--truth=" + self.path("calibration", "truth.csv"),
                     "--tags=" + self.path("calibration", "tags.csv"), f"--max-drop={max_drop}"]

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def compile(self, folder, policy, flags, codes=(0,)):
        """What wino-opt prints; the library is in `folder`."""
        shutil.rmtree(self.path(folder), ignore_errors=True)
        command = [tool("wino-opt"), MODEL, "--target=cortex-a53", "--scale=1", "--name=small_objects",
                   "--calib=" + self.path("calibration", "images.npy"), "-o", self.path(folder)]
        if policy:
            with open(self.path(folder + ".yaml"), "w", encoding="utf-8") as file:
                file.write(f"conv_policy:\n  default: {policy}\n")
            command.append("--policy=" + self.path(folder + ".yaml"))
        return run(command + flags, codes)

    def report(self, folder):
        with open(self.path(folder, "small_objects.report.json"), encoding="utf-8") as file:
            return json.load(file)

    def measure(self, folder):
        """One row's numbers on the scenes, floats' too."""
        result = self.path(folder + ".json")
        run([tool("wino-run"), self.path(folder), "--images=" + self.path("scenes", "images.npy"), "--float=" + MODEL,
             "--truth=" + self.path("scenes", "truth.csv"), "--tags=" + self.path("scenes", "tags.csv"), self.spec,
             "--json=" + result])
        with open(result, encoding="utf-8") as file:
            found = json.load(file)
        cycles = run([os.path.join(ROOT, "tools", "bench_cycles"), self.path(folder)])
        buckets = {b["column"] + "=" + b["value"]: b for b in found["detections"]["buckets"]}
        return {"buckets": buckets, "sqnr": found["sqnr_db"], "predicted": self.report(folder)["total_cycles"],
                "cycles": int(re.search(r"(?m)^cycles (\d+)", cycles).group(1)),
                "algorithms": self.report(folder)["algorithms"]}


def numbers(buckets, which):
    """mAP of everything; recall, precision and AP of small objects, recall of large ones: percent."""
    everything, small, large = buckets["all="], buckets["size=small"], buckets["size=large"]
    recall = [100 * b[which + "_right"] / b["count"] for b in (small, large)]
    return [everything[which]["ap50"], small[which]["ap50"], recall[0], small[which]["precision"], recall[1]]


def worst(buckets, least=30):
    """The bucket whose average precision falls most, of those with some objects."""
    falls = {name: b["float"]["ap50"] - b["integer"]["ap50"] for name, b in buckets.items()
             if name != "all=" and b["count"] >= least}
    name = max(falls, key=falls.get)
    return f"{name} {-falls[name]:+.2f}"


def table(rows):
    """The lines of the Markdown table."""
    lines = ["| compiled as | mAP@0.5 | AP of small | recall of small | precision of small | recall of large | "
             "worst bucket, AP | SQNR | cycles |", "|---|---|---|---|---|---|---|---|---|"]
    floats = next(iter(rows.values()))
    shown = ["float network"] + [f"{n:.2f}" for n in numbers(floats["buckets"], "float")] + ["", "", ""]
    lines.append("| " + " | ".join(shown) + " |")
    for name, row in rows.items():
        shown = [ROWS[name][0]] + [f"{n:.2f}" for n in numbers(row["buckets"], "integer")]
        shown += [worst(row["buckets"]), f"{row['sqnr']:.1f} dB", f"{row['cycles']:,}"]
        lines.append("| " + " | ".join(shown) + " |")
    return lines


def story(rows, verdict):
    """What the example is there to show, and is not so; empty where all is."""
    problems = []
    naive, floats = (numbers(rows[NAIVE]["buckets"], which) for which in ("integer", "float"))
    if not floats[1] - naive[1] > 2 * (floats[0] - naive[0]):
        problems.append(f"expected AP of small objects to fall more than twice as far as mAP, got {floats[1] - naive[1]:.2f} "
                        f"beside {floats[0] - naive[0]:.2f} points")
    for name, row in rows.items():
        ours = numbers(row["buckets"], "integer")
        if name != NAIVE and not floats[1] - ours[1] < 0.5 * (floats[1] - naive[1]):
            problems.append(f"expected '{name}' to keep more than half of what small objects lose, got AP {ours[1]:.2f}")
    if "of size=small loses" not in verdict or "of size=small go away with one layer in floats" not in verdict:
        problems.append("expected the gate to name the small objects and layers, got: " + verdict)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--calibration", type=int, default=768)
    parser.add_argument("--max-drop", type=float, default=2)
    parser.add_argument("--work", default=os.path.join(BUILD, "small_objects"))
    parser.add_argument("--only", action="append", choices=ROWS, help="a row; repeatable: " + ", ".join(ROWS), metavar="ROW")
    parser.add_argument("--json", help="write the numbers of all rows")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    example = Example(os.path.abspath(args.work), args.scenes, args.calibration, args.max_drop)
    rows = {}
    for name, (_, policy, flags) in ROWS.items():
        if args.only and name not in args.only:
            continue
        progress(f"{name}: compiling")
        example.compile(name, policy, example.gate if flags == ["gate"] else flags)
        progress(f"{name}: running")
        rows[name] = example.measure(name)
    print("\n".join(table(rows)))
    progress("the gate on " + NAIVE)
    text = example.compile("gate", ROWS[NAIVE][1], example.gate + ["--blame=32"], codes=(0, 3))
    verdict = "\n".join(line for line in text.splitlines() if line.startswith("wino-opt:"))
    print(f"\nwino-opt --max-drop={args.max_drop:g} on '{ROWS[NAIVE][0]}':\n{verdict or 'kept'}")
    for name, row in rows.items():
        if NAIVE in rows and name != NAIVE:
            change = 100 * (row["cycles"] / rows[NAIVE]["cycles"] - 1)
            print(f"{ROWS[name][0]} instead: {change:+.1f} % cycles")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"rows": rows, "verdict": verdict}, file, indent=2)
    problems = story(rows, verdict) if args.check else []
    for problem in problems:
        print("compare: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        print(f"compare: {failure}", file=sys.stderr)
        sys.exit(1)
