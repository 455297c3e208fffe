#!/usr/bin/python3
"""Runs short loops of known throughput through a53sim and compares cycles per iteration.

usage: micro.py PLUGIN

The expected column is what the model gave when it was validated against boards; test/bench/README.md names the
sources. Exit code 1 if one loop is off by more than 0.05 cycles.
"""
import argparse
import os
import subprocess
import sys
import tempfile

ITERATIONS = 10000
TOLERANCE = 0.05  # loop entry and exit, spread over the iterations


def each(pattern, first=8, last=15):
    """The pattern once per register number, `@` replaced by the number."""
    return [part.replace("@", str(n)) for n in range(first, last + 1) for part in pattern.split("; ")]


FMLA = "fmla v@.4s, v0.4s, v1.s[0]"
# name, loop body, expected cycles per iteration (subs and b.ne included)
LOOPS = [
    ("8 fmla.4s", each(FMLA), 9.0),
    ("16 fmla.4s", each(FMLA, 8, 23), 17.0),
    ("8 fmla.2s", each("fmla v@.2s, v0.2s, v1.s[0]"), 6.0),
    ("fmla.4s onto itself", ["fmla v8.4s, v0.4s, v1.4s"], 4.0),
    ("8 smlal.4s", each("smlal v@.4s, v0.4h, v1.h[0]"), 9.0),
    ("8 smull.8h", each("smull v@.8h, v0.8b, v1.8b"), 9.0),
    ("8 mla.8h", each("mla v@.8h, v0.8h, v1.8h"), 9.0),
    ("8 (fmla.4s, add x)", each(FMLA + "; add x@, x@, #1"), 10.0),
    ("8 (fmla.4s, ldr x)", each(FMLA + "; ldr x@, [x1]"), 10.0),
    ("8 (fmla.4s, ldr d)", each(FMLA + "; ldr d2, [x1]"), 17.0),
    ("8 (fmla.4s, ldr q)", each(FMLA + "; ldr q2, [x1]"), 25.0),
    ("4 ldr q", each("ldr q@, [x1]", 2, 5), 9.0),
    ("4 (ldr d, ins)", ["ldr d2, [x1]", "ins v3.d[1], x5", "ldr d4, [x1]", "ins v5.d[1], x5",
                        "ldr d6, [x1]", "ins v7.d[1], x5", "ldr d8, [x1]", "ins v9.d[1], x5"], 6.0),
    ("ld1 of four registers", ["ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1]"], 8.0),
    ("8 str q", each("str q@, [x1]"), 9.0),
    ("ldr x, add that uses it", ["ldr x3, [x1]", "add x4, x3, #1"], 4.0),
    ("4 smlal.8h onto one", ["smlal v8.8h, v0.8b, v1.8b"] * 4, 16.0),
    ("8 (smull, smlal2, sadalp)", each("smull v@.8h, v0.8b, v1.8b") + each("smlal2 v@.8h, v0.16b, v1.16b") +
     [f"sadalp v{n + 8}.4s, v{n}.8h" for n in range(8, 16)], 25.0),
]

PROGRAM = """
.global main
main: adrp x1, buffer
add x1, x1, :lo12:buffer
hint #98
mov w0, #10
9: ldr q0, [x1]
subs w0, w0, #1
b.ne 9b
hint #96
mov w0, #{iterations}
.p2align 4
1: {body}
subs w0, w0, #1
b.ne 1b
hint #97
mov w0, #0
ret
.bss
.p2align 6
buffer: .skip 65536
"""


def measure(plugin, body, work):
    """Cycles per iteration of one loop."""
    source, program, report = (os.path.join(work, name) for name in ("loop.s", "loop", "report.txt"))
    with open(source, "w") as file:
        file.write(PROGRAM.format(iterations=ITERATIONS, body="\n".join(body)))
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", "-o", program, source], check=True)
    subprocess.run(["qemu-aarch64", "-cpu", "cortex-a53", "-plugin", f"{plugin},out={report}", program],
                   check=True, stderr=subprocess.DEVNULL)
    with open(report) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("cycles ")) / ITERATIONS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plugin")
    args = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        for name, body, expected in LOOPS:
            got = measure(os.path.abspath(args.plugin), body, work)
            bad = abs(got - expected) > TOLERANCE
            wrong += bad
            print(f"{name:28} expected {expected:6.2f}  got {got:6.2f} cycles per iteration{'  WRONG' if bad else ''}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
