#!/usr/bin/python3
"""Disassembles the hottest blocks of an a53sim report.

usage: hot.py REPORT [--blocks=3] [--lines=200] [--bounds]

--bounds prints, instead of the code, how near each block of products is to the bound of its arithmetic with its loads
counted: a cycle for each multiplication, widening sum or accumulation of 128 bits and one for each 16 bytes of vectors
loaded (`ldr d` beside an `ins` from an `ldr x`, the cheapest way of this core). The last line is the mean by
cycles. Blocks of products are those with products in at least 40 % of their instructions.
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


ARITHMETIC = re.compile(r"^(?:[su]m(?:ull|lal|lsl)2?|[su]ad(?:al|dl)p|mla|mls|mul|fmla|fmul) v\d+\.(?:16b|8h|4s|2d)")
PRODUCT = re.compile(r"^(?:[su]m(?:ull|lal|lsl)2?|mla|mls|mul|fmla|fmul) ")
REGISTER_BYTES = {"b": 1, "h": 2, "s": 4, "d": 8, "q": 16}


def loaded_bytes(instruction):
    """Bytes that an instruction brings into vector registers; an `ins` stands for the `ldr x` that feeds it."""
    if inserted := re.match(r"(?:ins|mov) v\d+\.([bhsd])\[\d+\], [wx]", instruction):
        return REGISTER_BYTES[inserted.group(1)]
    if loaded := re.match(r"(ldr|ldur|ldp|ldnp) ([bhsdq])\d+,", instruction):
        return REGISTER_BYTES[loaded.group(2)] * (2 if loaded.group(1) in ("ldp", "ldnp") else 1)
    if listed := re.match(r"ld[1-4]r? \{([^}]*)\}(\[\d+\])?", instruction):
        count, lanes = listed.group(1).count("v"), re.search(r"\.(\d*)([bhsd])", listed.group(1))
        single = bool(listed.group(2)) or not lanes.group(1)
        return count * REGISTER_BYTES[lanes.group(2)] * (1 if single else int(lanes.group(1)))
    return 0


def bound_of(instructions):
    """Products, other arithmetic of 128 bits, bytes loaded, and the least cycles that these take."""
    arithmetic = [text for text in instructions if ARITHMETIC.match(text)]
    products = sum(1 for text in arithmetic if PRODUCT.match(text))
    loaded = sum(map(loaded_bytes, instructions))
    return products, len(arithmetic) - products, loaded, len(arithmetic) + loaded / 16


def product_blocks(blocks):
    """Yields (address, symbol, cycles, cycles per execution, bound of all executions, bound_of) of blocks of products."""
    for address, _, executions, cycles, each, symbol, words in blocks:
        instructions = disassemble(words)
        bound = bound_of(instructions)
        if 10 * bound[0] >= 4 * len(instructions):
            yield address, symbol, int(cycles), each, bound[-1] * int(executions), bound


def shares(lines):
    """Of a report's lines: cycles, the share of them in blocks of products, and the part of these that the bound takes."""
    total = max(1, next(int(line.split()[1]) for line in lines if line.startswith("cycles ")))
    found = [(cycles, least) for _, _, cycles, _, least, _ in product_blocks(parse_blocks(lines))]
    spent = sum(cycles for cycles, _ in found)
    return total, spent / total, sum(least for _, least in found) / max(1, spent)


def print_bounds(lines):
    """A line for each block of products, then their mean by cycles."""
    total, spent, mean = shares(lines)
    for address, symbol, cycles, each, least, (products, others, loaded, bound) in product_blocks(parse_blocks(lines)):
        print(f"{address} {symbol}: {100 * cycles / total:.1f} % of cycles; {products} products, {others} sums, "
              f"{loaded} bytes: bound {bound:g}, {each} each, {100 * least / max(1, cycles):.1f} %")
    print(f"products: {100 * spent:.1f} % of cycles, {100 * mean:.1f} % of their bound")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report")
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--lines", type=int, default=200, help="instructions shown of each block")
    parser.add_argument("--bounds", action="store_true", help="how near blocks of products are to their bound")
    args = parser.parse_args()
    with open(args.report) as report:
        lines = report.read().splitlines()
    if args.bounds:
        print_bounds(lines)
        return
    total = next(int(line.split()[1]) for line in lines if line.startswith("cycles "))
    for block in list(parse_blocks(lines))[:args.blocks]:
        address, instructions, executions, cycles, each, symbol, words = block
        print(f"{address} {symbol}: {instructions} instructions, {executions} executions, "
              f"{cycles} cycles ({100 * int(cycles) / max(1, total):.1f} %), {each} each")
        print("\n".join("    " + text for text in disassemble(words)[:args.lines]))


if __name__ == "__main__":
    main()
