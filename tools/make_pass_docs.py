#!/usr/bin/python3
"""Writes passes/README.md: every pass as its .td file describes it, with its doctest as the example.

usage: make_pass_docs.py [--check] [--tblgen=PROGRAM] [--mlir-include=FOLDER]

  --check  change nothing; show the difference and fail if passes/README.md is not what the .td files say

Summary, description, options and statistics come from mlir-tblgen. A line `(* example PATH *)` in a description becomes
the RUN command, the input and the CHECK lines of that test; what the test pins is thus what the page shows. Passes stand
in the order in which tools/wino-opt/Pipeline.cpp runs them.
"""
import argparse
import difflib
import glob
import os
import re
import subprocess
import sys
import tempfile

LLVM = "/usr/lib/llvm-19"
PAGE = "passes/README.md"
PHASES = [
    ("Import", "On the float graph, right after the importer."),
    ("Plan", "Still float: which convolution gets which algorithm, and why."),
    ("Quantize", "From floats to integers whose every rounding and range is known."),
    ("Lower", "From integers (or, for calibration, floats) to kernels. [How the kernels work](Lower/README.md)."),
]
PREFACE = """\
# Passes

<!-- Written by tools/make_pass_docs.py from the .td files and doctests; edit those and run it again. -->

Each folder `<Phase>/<Pass>/` holds one pass: `<Pass>.td` says what it does, `<Pass>.cpp` does it, `test/passes/<Phase>/<Pass>/` shows it. Every pass
runs alone on a text file: `wino-opt FILE.mlir --wino-<pass>`, with options as in `--wino-list-candidates="target=x86-64"`. Flags of `mlir-opt`,
such as `--mlir-print-ir-after-all` and `--mlir-pass-statistics`, work too.

The order and its reasons are in `tools/wino-opt/Pipeline.cpp`. (E1), (E2), ... are equations of
[lib/Target](../lib/Target/README.md) unless another room is named, (C1), (C2), ... constraints of the ops in `include/wino/Dialect/`. In the outputs
below `...` stands for what the test leaves open.
"""


class Wrong(Exception):
    """Something in the tree that the page cannot be made of."""


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise Wrong(f"{error.filename}: {error.strerror}") from error


def table_gen(args, tds):
    """What mlir-tblgen says of all passes: {flag: markdown}."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "Passes.td")
        with open(source, "w", encoding="utf-8") as file:
            file.write('include "mlir/Pass/PassBase.td"\n')
            file.writelines(f'include "{os.path.abspath(td)}"\n' for td in tds)
        try:
            done = subprocess.run([args.tblgen, "--gen-pass-doc", "-I", args.mlir_include, source], check=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        except OSError as error:
            raise Wrong(f"{args.tblgen}: {error.strerror}; tools/setup installs it") from error
        except subprocess.CalledProcessError as error:
            raise Wrong(error.stderr.strip()) from error
    sections = re.split(r"^### `-([\w-]+)`\n", done.stdout, flags=re.M)[1:]
    return dict(zip(sections[::2], sections[1::2]))


def flag_of(path):
    """The flag in a pass's .td file."""
    found = re.search(r':\s*Pass<"([\w-]+)"', read(path))
    if not found:
        raise Wrong(f'{path}: expected a definition `: Pass<"wino-...", ...>`')
    return found.group(1)


def ordered(tds):
    """Paths by phase, then by the pass's place in the pipeline; passes outside of it come last."""
    pipeline = re.findall(r"create(\w+)\(", read("tools/wino-opt/Pipeline.cpp"))
    phases = [phase for phase, _ in PHASES]

    def place(td):
        phase, name = td.split("/")[1:3]
        if phase not in phases:
            raise Wrong(f"{td}: expected a phase among {', '.join(phases)}, got {phase}")
        return phases.index(phase), pipeline.index(name) if name in pipeline else len(pipeline), name

    return sorted(tds, key=place)


def plain_pattern(text):
    """A FileCheck pattern for readers: variables by name, escaped text as text, other regular expressions as `...`."""
    text = re.sub(r"%?\[\[#?(\w+)(?::(?:[^\[\]]|\[[^\]]*\])*)?\]\]", lambda found: "%" + found.group(1), text)

    def expression(found):
        literal = re.sub(r"\\(.)", r"\1", found.group(1))
        return literal if re.escape(literal) == found.group(1) or not re.search(r"[.*+?(|]|\[\^?\w", literal) else "..."

    return re.sub(r"\{\{(.*?)\}\}", expression, text)


def checked_lines(text, prefix):
    """The lines that the test pins under one FileCheck prefix."""
    lines, inside = [], False
    for kind, pattern in re.findall(rf"^[ \t]*// {prefix}(-\w+)?: *(\S.*)$", text, flags=re.M):
        pattern = plain_pattern(pattern)
        if kind == "-LABEL":
            inside = True
        elif kind == "-SAME":
            pattern = "    ... " + pattern
        else:
            pattern = "  " * inside + (f"(no {pattern})" if kind == "-NOT" else pattern)
        lines.append(pattern)
    return lines


def example(path):
    """Markdown of one doctest: command, input, checked output."""
    text = read(path)
    runs = re.findall(r"^// RUN: (.*)$", text, flags=re.M)
    if not runs:
        raise Wrong(f"{path}: expected a RUN line")
    parts = [f"Example: [{path}](../{path})\n"]
    source = [line for line in text.splitlines() if not re.match(r"\s*// (RUN|[A-Z]+[A-Z0-9_]*(-[A-Z]+)?):", line)]
    parts.append("```mlir\n" + "\n".join(source).strip() + "\n```\n")
    for run in runs:
        command, _, check = run.partition("| FileCheck")
        command = command.replace("%S", os.path.dirname(path)).replace("%s", path).strip()
        prefix = re.search(r"--check-prefix[= ](\w+)", check)
        lines = checked_lines(text, prefix.group(1) if prefix else "CHECK")
        parts.append("```\n$ " + command + "\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(parts)


def section(flag, td, markdown):
    """One pass: heading, summary, description with its example, options, statistics."""
    markdown = markdown.replace("<!-- Autogenerated by mlir-tblgen; don't manually edit -->", "")
    markdown = re.sub(r"^#### (.*)$", r"\1:", markdown, flags=re.M)
    markdown = re.sub(r"^(Requires:.*?)\s+(Guarantees:)", r"\n\1\n\n\2", markdown, flags=re.M | re.S)
    markdown = re.sub(r"^(Requires|Guarantees):", r"**\1**", markdown, flags=re.M)
    place = re.search(r"^\s*\(\* example (\S+) \*\)\s*$", markdown, flags=re.M)
    if not place:
        raise Wrong(f"{td}: expected a last line `(* example test/passes/.../doctest.mlir *)` in the description")
    markdown = markdown[:place.start()].rstrip() + "\n\n" + example(place.group(1)) + markdown[place.end():]
    return f"### [{os.path.basename(td)[:-3]}]({os.path.dirname(td)[len('passes/'):]}) `--{flag}`\n\n{markdown.strip()}\n"


def page(args):
    tds = ordered(glob.glob("passes/*/*/*.td"))
    documents = table_gen(args, tds)
    parts = [PREFACE]
    for phase, what in PHASES:
        parts.append(f"## {phase}\n\n{what}\n")
        for td in tds:
            if td.split("/")[1] == phase:
                flag = flag_of(td)
                parts.append(section(flag, td, documents[flag]))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--tblgen", default=f"{LLVM}/bin/mlir-tblgen")
    parser.add_argument("--mlir-include", default=f"{LLVM}/include")
    args = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    try:
        wanted = page(args)
        if not args.check:
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(wanted)
            return 0
        found = read(PAGE)
    except Wrong as error:
        print(f"make_pass_docs: {error}", file=sys.stderr)
        return 1
    if found == wanted:
        return 0
    sys.stdout.writelines(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), PAGE, "from the .td files"))
    print(f"make_pass_docs: {PAGE} is out of date; to mend: tools/make_pass_docs.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
