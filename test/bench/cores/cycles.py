#!/usr/bin/python3
"""Predicts with llvm-mca what the assembly blocks of our kernels take on cores that have no simulator here.

usage: cycles.py FILE.s... --cpu=neoverse-n1

FILE.s is `wino-opt --emit=asm`. A block is the loop of one register block or of one group of channels; its title is the
comment that it starts with. Prints for every title instructions and cycles of one round, of a hundred in a row: every load
a hit, branches free. LLVM 19 has no model of a Cortex-A76 of its own (it uses the Cortex-A57's); neoverse-n1 is the same
core.
"""
import argparse
import re
import subprocess

TITLES = re.compile(r"// (products|input transform|output transform|weighted sum|\d+ pixels x)")


def blocks(text):
    """(title, instructions) of the loop behind every title: what the last `b.ne` of the assembly goes back over, with what
    loops in it do once."""
    for part in text.split("//APP")[1:]:
        lines = [line.strip() for line in part.split("//NO_APP")[0].splitlines()]
        title = next((line for line in lines if TITLES.match(line)), None)
        ends = [i for i, line in enumerate(lines) if line.startswith("b.ne")]
        if title and ends:
            start = lines.index(lines[ends[-1]].split()[1] + ":")
            yield title[3:].split(":")[0], [line for line in lines[start + 1:ends[-1]] if not re.match(r"b\.|//|.*:$", line)]


def cycles(body, cpu, rounds=100):
    done = subprocess.run(["llvm-mca-19", "-mtriple=aarch64-linux-gnu", f"-mcpu={cpu}", f"-iterations={rounds}"],
                          input="\n".join(body) + "\n", text=True, check=True, capture_output=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", done.stdout).group(1)) / rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--cpu", required=True)
    args = parser.parse_args()
    seen = set()
    for name in args.files:
        with open(name) as file:
            for title, body in blocks(file.read()):
                if (title, len(body)) not in seen:
                    seen.add((title, len(body)))
                    print(f"{title}: {len(body)} instructions, {cycles(body, args.cpu):.1f} cycles")


if __name__ == "__main__":
    main()
