#!/usr/bin/python3
"""The ONNX backend suite against this compiler's float path.

usage: conformance.py [--check] WINO_CONFORMANCE

Runs every case of Debian's libonnx-testdata (folder WINO_ONNX_TESTDATA, default /usr/share/libonnx-testdata/data) through
import and both float evaluations, the interpreter and the host code that calibration runs, and writes RESULTS.md beside
this script. With --check it imports all cases, evaluates a sample (WINO_SEED; all with WINO_FULL=1) and compares with
RESULTS.md: a crash, or a case whose verdict is another, fails. Exit code 77: the suite is not installed.
"""
import os
import random
import re
import subprocess
import sys
import textwrap
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "RESULTS.md")
DATA = os.environ.get("WINO_ONNX_TESTDATA", "/usr/share/libonnx-testdata/data")
GROUPS = ("node", "pytorch-converted", "pytorch-operator", "simple")
SAMPLE = 60
STATUSES = ("passed", "failed", "refused", "crashed")


def all_cases():
    """GROUP/NAME of every case that has a model and data."""
    return [f"{group}/{name}" for group in GROUPS for name in sorted(os.listdir(os.path.join(DATA, group)))
            if os.path.exists(os.path.join(DATA, group, name, "model.onnx"))]


def run(program, cases, imported_only=()):
    """{case: (status, why)}. A program that dies is started again behind the case that killed it."""
    verdicts, left = {}, list(cases)
    while left:
        lines = ["import " * (case in imported_only) + os.path.join(DATA, case) for case in left]
        done = subprocess.run([program], input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
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


def reason(why):
    """(operator or '', reason without numbers and names)."""
    found = re.search(r"that can't +(\S+) \(opset \d+\): (.*?); nodes? '", why)
    operator, text = found.groups() if found else ("", why.removeprefix("model: "))
    text = re.sub(r"'[^']*'", "'..'", text)
    text = re.sub(r"\b\d+(x\d+)*\b|\bscalar\b", "N", text)
    text = re.sub(r"got [iuf]\d+\b|got bool\b|got f\d+\b", "got another type", text)
    return operator, text


def table(verdicts):
    """RESULTS.md."""
    lines = ["# ONNX backend suite, float path", "",
             "Written by `conformance.py`; `README.md` says what is measured. Suite: Debian's libonnx-testdata.", "",
             "| group | cases | passed | failed | refused | crashed |", "|---|---|---|---|---|---|"]
    for group in (*GROUPS, ""):
        counts = Counter(status for case, (status, _) in verdicts.items() if case.startswith(group))
        cells = [f"{counts[status]}" for status in STATUSES]
        lines.append(f"| {group or 'all'} | {sum(counts.values())} | " + " | ".join(cells) + " |")
    constants = sum(why.startswith("all inputs but") for status, why in verdicts.values() if status == "passed")
    lines += ["", f"{constants} of those that passed have all inputs but the first bound as constants.", "",
              "## Refused", "", "| cases | reason | operators |", "|---|---|---|"]
    reasons = defaultdict(Counter)
    for status, why in verdicts.values():
        if status == "refused":
            operator, text = reason(why)
            reasons[text][operator] += 1
    for text, operators in sorted(reasons.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        names = ", ".join(f"{name} {count}" for name, count in sorted(operators.items()) if name)
        lines.append(f"| {sum(operators.values())} | {text.replace('|', '/')} | {names} |")
    lines += ["", "## Failed", ""]
    lines += [f"- `{case}`: {why}" for case, (status, why) in sorted(verdicts.items()) if status in ("failed", "crashed")]
    lines += ["", "## Passed", ""]
    for group in GROUPS:
        names = [case.split("/")[1] for case, (status, _) in sorted(verdicts.items())
                 if status == "passed" and case.startswith(group + "/")]
        lines += textwrap.wrap(f"{group}: " + " ".join(names), 150, break_on_hyphens=False, break_long_words=False) + [""]
    return "\n".join(lines).rstrip() + "\n"


def written():
    """{case: status} of RESULTS.md for cases that passed or failed."""
    with open(RESULTS, encoding="utf-8") as file:
        text = file.read()
    failed = {case: "failed" for case in re.findall(r"^- `([^`]+)`", text, re.M)}
    passed = {}
    for paragraph in text[text.index("## Passed"):].split("\n\n")[1:]:
        group, names = paragraph.split(":", 1)
        passed.update({f"{group}/{name}": "passed" for name in names.split()})
    return {**failed, **passed}


def check(program):
    cases, seed = all_cases(), int(os.environ.get("WINO_SEED") or random.randrange(10**6))
    sample = set(cases if os.environ.get("WINO_FULL") else random.Random(seed).sample(cases, SAMPLE))
    verdicts, wanted, wrong = run(program, cases, set(cases) - sample), written(), 0
    for case, (status, why) in verdicts.items():
        expected = wanted.get(case, "refused")
        # an import that succeeds may still be refused for outputs that are not f32
        fits = status == expected if case in sample else status != "crashed" and (status == "imported" or expected == "refused")
        if not fits:
            print(f"conformance: {case}: expected {expected}, got {status}: {why}")
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
    verdicts = run(arguments[0], all_cases())
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(table(verdicts))
    print("\n".join(table(verdicts).splitlines()[4:11]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
