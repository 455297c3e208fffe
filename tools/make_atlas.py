#!/usr/bin/python3
"""Writes lib/Numerics/Atlas.md, the table of what wino-points finds for every size; --check compares instead.

usage: make_atlas.py [--check [--only='F(2,3)']...] [--bin=build/bin]

--only compares the rows of these tiles alone; all of them take minutes.
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join("lib", "Numerics", "Atlas.md")
HEAD = """# The atlas: points and factors of every size

Written by `tools/make_atlas.py` from the output of `wino-points`; every tile here is proved exact. E is the noise gain (E4), cost the price (E12) of the
transforms on a Cortex-A53, in cycles per output and channel. *Least E* is what `wino-points --tile='F(m,r) K=k'` finds among denominators up to 10, *den <= 2*
what it finds with `--max-denominator=2`. *Built in* is what the compiler takes for a tile named by its size alone. E is symmetric in m and r, as A and G are.

| tile | K | fewer mults 2-D | least E | points; factors | E, den <= 2 | built in: E | cost | points; factors |
|---|---|---|---|---|---|---|---|---|
"""


def paired(text):
    """Points and factors as a person writes them: +-p for pairs, the second of two mirrored factors left out."""
    points = re.search(r"points=\[([^\]]*)\]", text).group(1)
    points = re.sub(r"(?:^|(?<=,))(\d[\d/]*),-\1(?=,|$)", r"+-\1", points).replace(",", ", ")
    factors = re.search(r"factors=\[([^\]]*)\]", text)
    if not factors:
        return points
    parts = factors.group(1).split(";")
    shown = []
    for part in parts:
        pair = re.match(r"x\^2-([\d/]+)\*x\+", part)
        if pair and any(other.startswith(f"x^2+{pair.group(1)}*x+") for other in parts):
            shown.append(part.replace("@", " @ ").replace("*x", " x") + " mirrored")
        elif not re.match(r"x\^2\+[\d/]+\*x\+", part):
            shown.append(part.replace("@", " @ "))
    return f"{points}; {', '.join(shown)}" if points else ", ".join(shown)


def ask(tool, size, *flags):
    """(E, cost, tile text) of one call; None where there is no such tile."""
    done = subprocess.run([tool, f"--tile={size}", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return None
    return (float(re.search(r"noise gain E +(\S+)", done.stdout).group(1)),
            float(re.search(r"cost +(\S+)", done.stdout).group(1)), re.search(r"tile +(.*)", done.stdout).group(1))


def page(tool, only=()):
    rows = HEAD
    for r in 3, 5, 7:
        for m in range(2, 9):
            if only and f"F({m},{r})" not in only:
                continue
            for k in range(m + r - 1, m + r + 2):
                size = f"F({m},{r}) K={k}"
                least, small, builtin = ask(tool, size), ask(tool, size, "--max-denominator=2"), ask(tool, size, "--built-in")
                if least:
                    rows += (f"| F({m},{r}) | {k} | {(m * r / k) ** 2:.2f} | {least[0]:.5g} | {paired(least[2])} | {small[0]:.5g} "
                             f"| {builtin[0]:.5g} | {builtin[1]:.2f} | {paired(builtin[2])} |\n")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--bin", default=os.path.join(ROOT, os.environ.get("WINO_BUILD", "build"), "bin"))
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.only and not arguments.check:
        sys.exit("--only: expected --check as well, got a page to write")
    text = page(os.path.join(arguments.bin, "wino-points"), arguments.only)
    path = os.path.join(ROOT, PAGE)
    if arguments.check:
        with open(path, encoding="utf-8") as file:
            written = file.read()
        if arguments.only:
            tiles = tuple(f"| {tile} |" for tile in arguments.only)
            rows = [line for line in written.splitlines(keepends=True) if line.startswith(tiles)]
            written = HEAD + "".join(rows) if rows and written.startswith(HEAD) else ""
        if written != text:
            sys.exit(f"{PAGE}: expected what tools/make_atlas.py writes; run it")
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
