#!/usr/bin/python3
"""Disassembles the hottest blocks of an a53sim report.

usage: hot.py REPORT [--blocks=3] [--lines=200]
"""
import argparse
import re
import subprocess


def parse_blocks(lines):
    """Yields (address, instructions, executions, cycles, cycles_per_execution, symbol, words)."""
    for line, following in zip(lines, lines[1:]):
        if line.startswith("tb "):
            fields = line.split() + [""]
            yield (*fields[1:7], following.split()[1:])


def disassemble(words):
    """Text of the given instruction words (hexadecimal, big end first)."""
    source = "\n".join(" ".join("0x" + word[i:i + 2] for i in (6, 4, 2, 0)) for word in words)
    done = subprocess.run(["llvm-mc-19", "-disassemble", "-triple=aarch64", "-mattr=+all"],
                          input=source, capture_output=True, text=True, check=True)
    return [re.sub(r"\s+", " ", line.strip()) for line in done.stdout.splitlines()
            if line.strip() and not line.strip().startswith(".")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report")
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--lines", type=int, default=200, help="instructions shown of each block")
    args = parser.parse_args()
    with open(args.report) as report:
        lines = report.read().splitlines()
    total = next(int(line.split()[1]) for line in lines if line.startswith("cycles "))
    for block in list(parse_blocks(lines))[:args.blocks]:
        address, instructions, executions, cycles, each, symbol, words = block
        print(f"{address} {symbol}: {instructions} instructions, {executions} executions, "
              f"{cycles} cycles ({100 * int(cycles) / max(1, total):.1f} %), {each} each")
        print("\n".join("    " + text for text in disassemble(words)[:args.lines]))


if __name__ == "__main__":
    main()
