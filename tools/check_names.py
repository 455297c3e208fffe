#!/usr/bin/python3
"""Checks the rules of the house that a compiler cannot: names, sizes, include directions, and tests that must exist.

usage: check_names.py [--list-rules]

Looks at the files that git tracks or would track. One line per problem, exit code 1 if there is one.
"""
import argparse
import os
import re
import subprocess
import sys

MAX_LINES = 400
CODE = re.compile(r"(\.(cpp|h|td|c|py|mlir|cmake|sh)|CMakeLists\.txt)$")
TEXT = re.compile(r"(\.(cpp|h|td|c|py|mlir|cmake|sh|md|in|test|S|ld|txt|yaml|json)|/(check|demo|setup|bench_cycles|run))$")
CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*$")

# Which rooms a room may include (besides itself, std, LLVM and MLIR).
MAY_INCLUDE = {
    "Numerics": set(),
    "Metrics": {"Numerics"},
    "Dialect": {"Numerics"},
    "Import": {"Dialect", "Numerics"},
    "Calibrate": {"Dialect", "Numerics"},
    "Target": {"Dialect", "Numerics"},
    "Reference": {"Dialect", "Numerics"},
    "Emit": {"Dialect", "Numerics", "Target"},
    "Passes": {"Dialect", "Numerics", "Import", "Calibrate", "Target", "Reference"},
}


def git_files():
    """Paths of all files that are tracked or not ignored and still there."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], stdout=subprocess.PIPE, check=True)
    return sorted(path for path in done.stdout.decode().split("\0") if path and os.path.isfile(path))


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def check_sizes(files):
    """A file of code has at most MAX_LINES lines."""
    for path in files:
        if CODE.search(path) and "/data/" not in path:
            lines = read(path).count("\n")
            if lines > MAX_LINES:
                yield path, f"expected at most {MAX_LINES} lines, got {lines}"


def check_file_names(files):
    """C++ and TableGen files are CamelCase; tests end in Test.cpp and mirror lib/, or stand in their room's README."""
    tree = set(files)
    for path in files:
        parts = path.split("/")
        stem, extension = os.path.splitext(parts[-1])
        room = re.match(r"(lib|include/wino|passes)/", path)
        if room and extension in (".cpp", ".h", ".td") and not CAMEL.match(stem):
            yield path, f"expected a CamelCase name, got '{stem}'"
        if path.startswith("test/lib/") and extension == ".cpp":
            if not stem.endswith("Test"):
                yield path, f"expected a name that ends in Test.cpp, got '{parts[-1]}'"
                continue
            unit = "/".join(parts[2:-1] + [stem[:-len("Test")]])
            if {f"lib/{unit}.cpp", f"include/wino/{unit}.h", f"include/wino/{unit}.td"} & tree:
                continue
            readme = f"lib/{parts[2]}/README.md"
            if readme not in tree or not re.search(rf"\b{stem[:-len('Test')]}", read(readme)):
                yield path, f"expected lib/{unit}.cpp or include/wino/{unit}.h beside it, or its name in {readme}"
        if extension == ".py" and not re.match(r"[a-z0-9_.]+$", stem):
            yield path, f"expected a snake_case name, got '{stem}'"


def check_first_lines(files):
    """A file of code says in its first comment what it is."""
    start = {"cpp": "//", "td": "//", "h": ("//", "/*"), "c": ("//", "/*")}
    for path in files:
        extension = path.rpartition(".")[2]
        if extension in start and not read(path).startswith(start[extension]):
            yield path, "expected a comment in the first line that says what the file is"


def pass_folders(files):
    """(phase, pass) of every folder passes/<Phase>/<Pass>/ that declares a pass in TableGen."""
    return sorted({tuple(path.split("/")[1:3]) for path in files if re.match(r"passes/[^/]+/[^/]+/[^/]+\.td$", path)})


def check_passes(files):
    """A pass folder has <Pass>.td and <Pass>.cpp, and tests under the same name."""
    tree = set(files)
    for phase, name in pass_folders(files):
        folder = f"passes/{phase}/{name}"
        for extension in ("td", "cpp"):
            if f"{folder}/{name}.{extension}" not in tree:
                yield folder, f"expected {name}.{extension} in it"
        if not any(path.startswith(f"test/{folder}/") for path in files):
            yield folder, f"expected tests in test/{folder}/, got none"


def room_of(path):
    match = re.match(r"(?:lib|include/wino)/([^/]+)/", path)
    return match.group(1) if match else "Passes" if path.startswith("passes/") else None


def check_includes(files):
    """Includes point one way (MAY_INCLUDE); instruction sets do not know each other; the runtime knows nobody."""
    for path in files:
        if not re.search(r"\.(cpp|h|c|td)$", path):
            continue
        room = room_of(path)
        for included in re.findall(r'^\s*#?\s*include\s+["<]([^">]+)[">]', read(path), re.M):
            match = re.match(r"wino/([^/]+)/", included)
            target = match.group(1) if match else None
            if room in MAY_INCLUDE and target in MAY_INCLUDE and target != room and target not in MAY_INCLUDE[room]:
                yield path, f"{room} may not include {target} ('{included}')"
            if room == "Numerics" and included.startswith("mlir/"):
                yield path, f"Numerics may include std and LLVM only, got '{included}'"
            isa = re.match(r"passes/Lower/(LowerTo[^/]+)/", path)
            other = re.match(r"(?:passes/)?(?:Lower/|\.\./)(LowerTo[^/]+)/", included)
            if isa and other and isa.group(1) != other.group(1):
                yield path, f"instruction sets may not include each other, got '{included}'"
            if path.startswith("runtime/") and (target or re.match(r"(llvm|mlir)/", included)):
                yield path, f"the runtime may include nothing of the compiler, got '{included}'"


def check_paths(files):
    """No path of one machine stands in the tree; scripts that want a temporary folder call mktemp."""
    machine = re.compile(r"(?<![\w.})])/(?:" + "|".join(("work", "root", "home", "tmp")) + r")(?:/|\b)")
    for path in files:
        if not TEXT.search(path):
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            if machine.search(line) and "mktemp" not in line and '"work", "root"' not in line:
                yield f"{path}:{number}", "expected no absolute path of one machine"


def check_open_ends(files):
    """Nothing is left unfinished in the sources."""
    marks = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    for path in files:
        if CODE.search(path):
            for number, line in enumerate(read(path).splitlines(), 1):
                if marks.search(line):
                    yield f"{path}:{number}", "expected no open ends"


def constraints(text):
    """(mnemonic, number) of every constraint (Cn) of the ops and attributes defined in a TableGen file."""
    for definition in re.split(r"^def ", text, flags=re.M)[1:]:
        head = re.match(r"\w+\s*:\s*Winograd_\w+<([^>{]*)", definition)
        names = re.findall(r'"(\w+)"', head.group(1)) if head else []
        if names:
            for number in sorted(set(map(int, re.findall(r"\(C(\d+)\)", definition)))):
                yield names[-1] if "Attr<" in definition.split("{")[0] else names[0], number


def check_constraint_tests(files):
    """Every constraint (Cn) of an op or attribute has a test that is named <mnemonic>_c<n>."""
    tests = "\n".join(read(path) for path in files
                      if re.match(r"test/(lib/)?Dialect/.*\.(mlir|cpp)$", path))
    for path in files:
        if re.match(r"include/wino/Dialect/.*\.td$", path):
            for mnemonic, number in constraints(read(path)):
                if not re.search(rf"(?<![A-Za-z0-9]){mnemonic}_c{number}(?!\d)", tests):
                    yield path, f"({mnemonic}, C{number}): expected a test named {mnemonic}_c{number}"


RULES = [check_sizes, check_first_lines, check_file_names, check_passes, check_includes, check_paths, check_open_ends,
         check_constraint_tests]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list-rules", action="store_true")
    args = parser.parse_args()
    if args.list_rules:
        print("\n".join(rule.__doc__ for rule in RULES))
        return 0
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    files = git_files()
    problems = [f"{where}: {what}" for rule in RULES for where, what in rule(files)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
