#!/usr/bin/python3
"""The ONNX backend suite against this compiler, in floats.

usage: conformance.py [--check] WINO_CONFORMANCE

Runs every case of Debian's libonnx-testdata (folder WINO_ONNX_TESTDATA, default /usr/share/libonnx-testdata/data) three
times and writes RESULTS.md beside this script: the float path (the interpreter and the host code that calibration runs),
the code of --precision=fp32 for x86-64, and that for Cortex-A53, as one program under qemu. With --check it imports all
cases, runs a sample (WINO_SEED; all with WINO_FULL=1) and compares with RESULTS.md: a crash, or a case whose verdict is
another, fails. Exit code 77: the suite is not installed.
"""
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import textwrap
from collections import Counter, defaultdict

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "RESULTS.md")
DATA = os.environ.get("WINO_ONNX_TESTDATA", "/usr/share/libonnx-testdata/data")
GROUPS = ("node", "pytorch-converted", "pytorch-operator", "simple")
SAMPLE = 60
STATUSES = ("passed", "failed", "refused", "crashed")
MODES = ("float path", "host", "Cortex-A53")
RTOL, ATOL = 1e-3, 1e-6  # the suite's own
BATCH = 150  # cases of one program for the device

# Every case in a process of its own, so that one that dies leaves the others: its outputs go to N.out.
PROGRAM = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
@functions@
static const struct { const char *name; void (*run)(void **); } cases[] = {
@table@};

/* Floats right before a page without access. */
static void *allocate(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), used = (bytes + page - 1) / page * page;
  char *p = mmap(NULL, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED || mprotect(p + used, page, PROT_NONE))
    exit(2);
  memset(p, 0xA5, used);
  return p + used - bytes;
}

static int run_case(size_t c) {
  char path[64];
  long long head[3], elements[64];
  void *pointers[65];
  snprintf(path, sizeof path, "%s.case", cases[c].name);
  FILE *from = fopen(path, "rb");
  snprintf(path, sizeof path, "%s.out", cases[c].name);
  FILE *to = fopen(path, "wb");
  if (!from || !to || fread(head, 8, 3, from) != 3 || head[1] + head[2] > 64)
    return 2;
  size_t count = (size_t)(head[1] + head[2]);
  if (fread(elements, 8, count, from) != count)
    return 2;
  pointers[0] = allocate((size_t)(head[0] + 63) / 64 * 64);
  for (size_t i = 0; i < count; ++i) {
    pointers[1 + i] = allocate((size_t)elements[i] * 4);
    if (i < (size_t)head[1] && fread(pointers[1 + i], 4, (size_t)elements[i], from) != (size_t)elements[i])
      return 2;
  }
  cases[c].run(pointers);
  for (size_t i = (size_t)head[1]; i < count; ++i)
    if (fwrite(pointers[1 + i], 4, (size_t)elements[i], to) != (size_t)elements[i])
      return 2;
  return fclose(to) ? 2 : 0;
}

int main(void) {
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    int status;
    pid_t child = fork();
    if (child == 0)
      _exit(run_case(c));
    if (child < 0 || waitpid(child, &status, 0) != child)
      return 2;
    printf("%s %d\n", cases[c].name, status);
    fflush(stdout);
  }
  return 0;
}
"""


# Operators of CNNs in two circles: RESULTS.md counts the cases with static shapes that have no others and inputs of f32,
# i8 and, for shapes, i64.
CORE = """Add AveragePool BatchNormalization Clip Concat Constant Conv Div Dropout Flatten Gemm GlobalAveragePool GlobalMaxPool
    Identity LeakyRelu MatMul MaxPool Mul Pad ReduceMean Relu Reshape Sigmoid Slice Softmax Squeeze Sub Transpose
    Unsqueeze""".split()
CNN = CORE + """Abs ArgMax Cast Ceil ConvInteger ConvTranspose DepthToSpace DequantizeLinear Einsum Elu Erf Exp Expand Floor
    Gather HardSigmoid HardSwish InstanceNormalization LRN Log LpNormalization Max Min Neg PRelu Pow QLinearConv
    QuantizeLinear ReduceL2 ReduceMax ReduceMin ReduceProd ReduceSum Resize Selu Softplus SpaceToDepth Split Sqrt Tanh
    Tile Upsample Where""".split()


def fields(data):
    """(number, value) of the fields of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, data[at:at + size]
            at += size


def all_of(data, *path):
    """Values of the fields that a path of numbers leads to."""
    values = [data]
    for number in path:
        values = [v for value in values for n, v in fields(value) if n == number]
    return values


def operators(graph):
    """Operators of a graph and of those in its attributes."""
    names = {name.decode() for name in all_of(graph, 1, 4)}
    for inner in all_of(graph, 1, 5, 6):
        names |= operators(inner)
    return names


def is_static(value):
    """Whether a ValueInfoProto is a tensor whose shape has numbers only."""
    shapes = all_of(value, 2, 1, 2)
    return len(shapes) == 1 and all(all_of(dim, 1) and all_of(dim, 1)[0] > 0 for dim in all_of(shapes[0], 1))


def counted(case, allowed):
    """Whether C1 counts the case among those with these operators."""
    with open(os.path.join(DATA, case, "model.onnx"), "rb") as file:
        graph = all_of(file.read(), 7)[0]
    types = {t for value in all_of(graph, 11) for t in all_of(value, 2, 1, 1)}
    return (operators(graph) <= set(allowed) and types <= {1, 3, 7}
            and all(is_static(value) for value in all_of(graph, 11) + all_of(graph, 12)))


def all_cases():
    """GROUP/NAME of every case that has a model and data."""
    return [f"{group}/{name}" for group in GROUPS for name in sorted(os.listdir(os.path.join(DATA, group)))
            if os.path.exists(os.path.join(DATA, group, name, "model.onnx"))]


def run(command, cases, imported_only=()):
    """{case: (status, why)}. A program that dies is started again behind the case that killed it."""
    verdicts, left = {}, list(cases)
    while left:
        lines = ["import " * (case in imported_only) + os.path.join(DATA, case) for case in left]
        done = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace")
        count = 0
        for line in done.stdout.splitlines():
            folder, status, why = line.split("\t", 2)
            verdicts[os.path.relpath(folder, DATA)] = (status, why)
            count += 1
        if count < len(left):
            verdicts[left[count]] = ("crashed", f"exit code {done.returncode}")
            count += 1
        left = left[count:]
    return verdicts


def head_of(path):
    """(arena bytes, inputs, outputs), elements of each, and the bytes behind."""
    with open(path, "rb") as file:
        data = file.read()
    head = struct.unpack("<3q", data[:24])
    count = head[1] + head[2]
    return head, struct.unpack(f"<{count}q", data[24:24 + 8 * count]), data[24 + 8 * count:]


def run_batch(work, names):
    """{name: wait status} of compiled cases in one program under qemu."""
    functions, table = "", ""
    for name in names:
        (_, inputs, outputs), _, _ = head_of(os.path.join(work, name + ".case"))
        count = 1 + inputs + outputs
        functions += f"void case{name}_run_impl({', '.join(['void *'] * count)});\n"
        functions += f"static void run_{name}(void **p) {{ case{name}_run_impl({', '.join(f'p[{i}]' for i in range(count))}); }}\n"
        table += f'  {{"{name}", run_{name}}},\n'
    with open(os.path.join(work, "main.c"), "w", encoding="utf-8") as file:
        file.write(PROGRAM.replace("@functions@", functions).replace("@table@", table))
    subprocess.run(["aarch64-linux-gnu-gcc", "-std=gnu11", "-O1", "-static", "-o", "batch", "main.c"]
                   + [name + ".o" for name in names], cwd=work, check=True)
    done = subprocess.run(["qemu-aarch64", "-cpu", "cortex-a53", "./batch"], cwd=work, check=True,
                          stdout=subprocess.PIPE, text=True)
    return dict((line.split()[0], int(line.split()[1])) for line in done.stdout.splitlines())


def judge(work, name):
    """Verdict on the outputs of a case that came back."""
    (_, inputs, _), elements, data = head_of(os.path.join(work, name + ".case"))
    values = np.frombuffer(data, dtype="<f4")
    wanted = values[sum(elements[:inputs]):].astype(float)
    got = np.fromfile(os.path.join(work, name + ".out"), dtype="<f4").astype(float)
    if len(wanted) != len(got):
        return "failed", "another number of elements"
    with np.errstate(invalid="ignore"):
        near = (wanted == got) | (np.isnan(wanted) & np.isnan(got)) | (np.isfinite(wanted) & (abs(wanted - got) <= ATOL + RTOL * abs(wanted)))
    if near.all():
        return "passed", ""
    worst = int(np.argmin(near))
    return "failed", f"emitted code: element {worst} of the outputs: expected {wanted[worst]:f}, got {got[worst]:f}"


def run_on_a53(program, cases):
    """{case: (status, why)} of code for the device."""
    with tempfile.TemporaryDirectory() as work:
        verdicts = {}
        for first in range(0, len(cases), BATCH):
            batch = run([program, "--emitted=cortex-a53", work], cases[first:first + BATCH])
            names = {case: why for case, (status, why) in batch.items() if status == "compiled"}
            statuses = run_batch(work, list(names.values())) if names else {}
            for case, name in names.items():
                status = statuses.get(name)
                batch[case] = ("crashed", f"wait status {status}") if status != 0 else judge(work, name)
            verdicts.update(batch)
            for file in os.listdir(work):
                os.remove(os.path.join(work, file))
        return verdicts


def run_all(program, cases, imported_only=()):
    """{mode: {case: (status, why)}}; cases that the importer refuses are not compiled."""
    first = run([program], cases, imported_only)
    compiled = [case for case, (status, _) in first.items() if status in ("passed", "failed")]
    return dict(zip(MODES, (first, run([program, "--emitted=host"], compiled), run_on_a53(program, compiled))))


def reason(why):
    """(operator or '', reason without numbers and names)."""
    found = re.search(r"that can't +(\S+) \(opset \d+\): (.*?); nodes? '", why)
    operator, text = found.groups() if found else ("", why.removeprefix("model: "))
    text = re.sub(r"'[^']*'", "'..'", text)
    text = re.sub(r"\b\d+(x\d+)*\b|\bscalar\b", "N", text)
    text = re.sub(r"got [iuf]\d+\b|got bool\b|got f\d+\b", "got another type", text)
    return operator, text


def table(results):
    """RESULTS.md."""
    verdicts = results[MODES[0]]
    lines = ["# ONNX backend suite", "",
             "Written by `conformance.py`; `README.md` says what is measured. Suite: Debian's libonnx-testdata. Emitted code is that of",
             "`--precision=fp32`; cases that import refuses have none.", "",
             "| group | cases | refused | " + " | ".join(f"{mode}: passed | failed | crashed" for mode in MODES) + " |",
             "|---|---|---|" + "---|---|---|" * len(MODES)]
    for group in (*GROUPS, ""):
        cells = []
        for mode in MODES:
            counts = Counter(status for case, (status, _) in results[mode].items() if case.startswith(group))
            cells += [str(sum(case.startswith(group) for case in verdicts)), str(counts["refused"])] if not cells else []
            cells += [str(counts[status]) for status in ("passed", "failed", "crashed")]
        lines.append(f"| {group or 'all'} | " + " | ".join(cells) + " |")
    lines += ["", "Cases with static shapes, inputs of f32, i8 and i64, and no operators but those listed in `conformance.py`, passed in "
              "all three:", "", "| operators | cases | passed | |", "|---|---|---|---|"]
    for name, allowed in (("core", CORE), ("CNN", CNN)):
        cases = [case for case in verdicts if counted(case, allowed)]
        good = sum(all(results[mode].get(case, ("",))[0] == "passed" for mode in MODES) for case in cases)
        lines.append(f"| {len(allowed)} {name} | {len(cases)} | {good} | {100 * good / len(cases):.1f} % |")
    passed = [why for status, why in verdicts.values() if status == "passed"]
    lines += ["", f"{sum(why.startswith('all inputs but') for why in passed)} of those that passed have all inputs but the first "
              f"bound as constants. In {sum(why.endswith('folded') for why in passed)} all outputs are constants",
              "after import: their code only copies.", "", "## Refused", "", "| cases | reason | operators |", "|---|---|---|"]
    reasons = defaultdict(Counter)
    for status, why in verdicts.values():
        if status == "refused":
            operator, text = reason(why)
            reasons[text][operator] += 1
    for text, operators in sorted(reasons.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        names = ", ".join(f"{name} {count}" for name, count in sorted(operators.items()) if name)
        lines.append(f"| {sum(operators.values())} | {text.replace('|', '/')} | {names} |")
    lines += ["", "## Failed", ""]
    for mode in MODES:
        lines += [f"- `{case}` ({mode}), {status}: {why}" for case, (status, why) in sorted(results[mode].items())
                  if status != "passed" and (mode != MODES[0] or status != "refused")]
    lines += ["", "## Passed", "", "In all three.", ""]
    good = [case for case in sorted(verdicts) if all(results[mode].get(case, ("",))[0] == "passed" for mode in MODES)]
    for group in GROUPS:
        names = [case.split("/")[1] for case in good if case.startswith(group + "/")]
        lines += textwrap.wrap(f"{group}: " + " ".join(names), 150, break_on_hyphens=False, break_long_words=False) + [""]
    return "\n".join(lines).rstrip() + "\n"


def written():
    """{mode: {case: status}} of RESULTS.md for cases that passed or failed."""
    with open(RESULTS, encoding="utf-8") as file:
        text = file.read()
    results = {mode: {} for mode in MODES}
    failures = re.findall(r"^- `([^`]+)` \(([^)]+)\), (\w+):", text, re.M)
    for paragraph in text[text.index("## Passed"):].split("\n\n")[2:]:
        group, names = paragraph.split(":", 1)
        for mode in MODES:
            results[mode].update({f"{group}/{name}": "passed" for name in names.split()})
    for case, _, _ in failures:  # where it does not fail it passed
        for mode in MODES:
            results[mode][case] = "passed"
    for case, mode, status in failures:
        results[mode][case] = status
    return results


def check(program):
    cases, seed = all_cases(), int(os.environ.get("WINO_SEED") or random.randrange(10**6))
    sample = set(cases if os.environ.get("WINO_FULL") else random.Random(seed).sample(cases, SAMPLE))
    results, wanted, wrong = run_all(program, cases, set(cases) - sample), written(), 0
    for mode in MODES:
        for case, (status, why) in results[mode].items():
            expected = wanted[mode].get(case, "refused")
            # an import that succeeds may still be refused for outputs that are not f32
            fits = status == expected if case in sample else status != "crashed" and (status == "imported" or expected == "refused")
            if not fits:
                print(f"conformance: {case} ({mode}): expected {expected}, got {status}: {why}")
                wrong += 1
    print(f"{len(cases)} cases imported or refused, {len(sample)} evaluated (WINO_SEED={seed}), {wrong} not as RESULTS.md says")
    if wrong:
        print("to write RESULTS.md anew: test/conformance/conformance.py build/test/conformance/wino-conformance")
    return int(wrong > 0)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    if len(arguments) != 1:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    if not os.path.isdir(os.path.join(DATA, "node")):
        print(f"conformance: {DATA} is not there; tools/setup installs libonnx-testdata")
        return 77
    if "--check" in sys.argv:
        return check(arguments[0])
    results = run_all(arguments[0], all_cases())
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(table(results))
    print("\n".join(table(results).splitlines()[5:20]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
