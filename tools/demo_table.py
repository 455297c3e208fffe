#!/usr/bin/python3
"""Prints the closing table of tools/demo from the files that it left in its output folder.

usage: demo_table.py DIR [--max-drop=POINTS]

DIR holds <name>.report.json and lib<name>.a of wino-opt, float.txt and integer.txt of wino-run, cycles.txt of
tools/bench_cycles.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys


class Missing(Exception):
    """A file or a number that an earlier step should have left."""


def read(folder, name):
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read()
    except OSError as error:
        raise Missing(f"{error.filename}: {error.strerror}") from error


def number(text, pattern, what):
    """The last number that `pattern` finds in what a tool printed."""
    found = re.findall(pattern, text)
    if not found:
        raise Missing(f"expected {what}, got:\n{text[-2000:]}")
    return float(found[-1])


def top1(text, what):
    """wino-run prints a line with `top-1` and then the percentage."""
    return number(text, r"top-1[^0-9\n]*([0-9]+(?:\.[0-9]+)?)", f"a line with top-1 for {what}")


def code_bytes(library):
    """Machine code of a static library: the sizes of its .text sections."""
    done = subprocess.run(["aarch64-linux-gnu-size", "-A", library], stdout=subprocess.PIPE, text=True, check=True)
    return sum(int(line.split()[1]) for line in done.stdout.splitlines() if re.match(r"\.text\S*\s+\d+", line))


def rows(folder):
    """(what, value) pairs of the table, and the drop of top-1 in points."""
    reports = glob.glob(os.path.join(folder, "*.report.json"))
    if len(reports) != 1:
        raise Missing(f"{folder}: expected one .report.json, got {len(reports)}")
    report = json.loads(read(folder, os.path.basename(reports[0])))
    name = os.path.basename(reports[0])[:-len(".report.json")]
    floating, integer = (top1(read(folder, kind + ".txt"), kind) for kind in ("float", "integer"))
    same = number(read(folder, "integer.txt"), r"bit-exact: (\d+)/\d+", "a line with bit-exact")
    of = number(read(folder, "integer.txt"), r"bit-exact: \d+/(\d+)", "a line with bit-exact")
    cycles = number(read(folder, "cycles.txt"), r"(?m)^cycles (\d+)", "a line with cycles")
    algorithms = ", ".join(f"{count} x {tile}" for tile, count in sorted(report["algorithms"].items()))
    return [
        ("float top-1", f"{floating:.2f} %"),
        ("integer top-1", f"{integer:.2f} %   (device code under QEMU; {same:.0f} of {of:.0f} images equal to the interpreter)"),
        ("convolutions", algorithms),
        ("cycles per image", f"{cycles:,.0f}   (a53sim; predicted {report['total_cycles']:,.0f} for the convolutions)"),
        ("arena", f"{report['arena_bytes']:,} bytes"),
        ("weights", f"{report['weights_bytes']:,} bytes"),
        ("code", f"{code_bytes(os.path.join(folder, f'lib{name}.a')):,} bytes"),
    ], floating - integer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--max-drop", type=float, help="exit code 1 if top-1 falls by more points than this")
    args = parser.parse_args()
    try:
        table, drop = rows(args.folder)
    except (Missing, KeyError) as error:
        print(f"demo_table: {error}", file=sys.stderr)
        return 1
    width = max(len(what) for what, _ in table)
    for what, value in table:
        print(f"{what:{width}}  {value}")
    if args.max_drop is not None and drop > args.max_drop:
        print(f"demo_table: expected top-1 to fall by at most {args.max_drop} points, got {drop:.2f}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
