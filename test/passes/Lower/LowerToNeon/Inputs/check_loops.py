#!/usr/bin/python3
"""Checks the inner product loops in AArch64 assembly: they use the instructions the kernels were designed around and keep
every sum in a register.

usage: check_loops.py i8|i16|sdot|smmla|usmmla < file.s

A loop is a basic block that branches to itself. Inner product loops are those with sadalp (8-bit operands), with sdot, smmla or
usmmla (the same on cores that have them) or with smlal by lane (16-bit operands). One whose depth is a step or two (a first
layer of 3 channels) is unrolled into the loop around it, which pays: the filter moves out of that loop, to registers and for the rest to the stack, and the first step needs no zeros
(ResNet-20's first layer, direct: 207,198 cycles, against 215,969 with the loop kept). Such a loop may load from the stack
what does not change in it, 10 vectors of filter, bias and multiplier, and put one vector aside; sums stay in registers. Prints
one line per loop, then `ok`; the first thing that is wrong ends it with exit code 1.
"""
import collections
import re
import sys

INNER = {
    "i8": (r"\bsadalp\b", ["smull", "smlal2", "sadalp"]),
    "sdot": (r"\bsdot\b", ["sdot", "ldr"]),
    "smmla": (r"\bsmmla\b", ["smmla", "ldr"]),
    "usmmla": (r"\busmmla\b", ["usmmla", "ldr"]),
    "i16": (r"\bsmlal2?\s.*\.h\[\d\]", ["smlal"]),
}
OUTSIDE = ["sqrdmulh", "sqrshrn"]  # scaling and narrowing of the sums


def blocks(lines):
    """(function, label, instructions) of every basic block that starts at a label."""
    function = label = None
    body = []
    for line in lines:
        line = line.split("//")[0].rstrip()
        start = re.match(r"([\w.$]+):", line)
        if start:
            if label:
                yield function, label, body
            label, body = start.group(1), []
            function = function if label.startswith(".L") else label
        elif line.startswith("\t") and not line.startswith("\t."):
            body.append(line.strip())
            if re.match(r"b\.|b\s|cbn?z|tbn?z|ret", body[-1]) and label:
                yield function, label, body
                label, body = None, []


def main():
    kind = sys.argv[1]
    pattern, needed = INNER[kind]
    text = sys.stdin.read()
    found = 0
    for function, label, body in blocks(text.splitlines()):
        if not re.search(rf"{re.escape(label)}\b", body[-1] if body else "") or \
                not any(re.search(pattern, line) for line in body):
            continue
        counts = collections.Counter(line.split()[0] for line in body)
        found += 1
        if counts["smull"] > 16:
            stack = [line for line in body if "[sp" in line]
            stores = [line for line in stack if line.startswith("st")]
            vectors = sum(len(re.findall(r"\bq\d+", line)) for line in stack if line.startswith("ld")) - len(stores)
            if len(stores) > 1 or vectors > 10:
                sys.exit(f"{function} {label}: expected one store to the stack and 10 vectors on it, got {stack}")
            print(f"{function} {label}: unrolled, {vectors} constant vectors and {len(stores)} more on the stack")
            continue
        for line in body:
            if "[sp" in line:
                sys.exit(f"{function} {label}: expected no access to the stack, got '{line}'")
        for name in needed:
            if not counts[name]:
                sys.exit(f"{function} {label}: expected {name}, got {dict(counts)}")
        # Sums stay where they are: an inner product loop copies no vector.
        moves = [line for line in body if re.match(r"mov\s+v\d+\.16b", line)]
        if moves and not counts["sqrdmulh"]:  # else the loop starts and ends sums, too
            sys.exit(f"{function} {label}: expected no copy of a vector, got '{moves[0]}'")
        print(f"{function} {label}: {len(body)} instructions, " + ", ".join(f"{counts[n]} {n}" for n in needed))
    if not found:
        sys.exit(f"expected an inner product loop for {kind}, got none")
    for name in OUTSIDE:
        if not re.search(rf"^\t{name}\b", text, re.MULTILINE):
            sys.exit(f"expected {name}, got none")
    print("ok")


main()
