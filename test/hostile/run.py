#!/usr/bin/python3
"""Feeds damaged ONNX, npy, plan, policy and profile files to wino-opt.

usage: run.py WINO_OPT WORKDIR [--cases=2400] [--sample=300] [--seed=N] [--only=NUMBER]

Of every case is expected: exit code 0, 1 or 3, never a signal; a message on stderr if the code is 1; no output folder
then, not even half of one; no more than 10 seconds and 4 GB. WINO_FULL=1 runs all cases, WINO_SEED picks another
corpus. A case that fails stays in WORKDIR/failed; --only=NUMBER runs one case again.
"""
import argparse
import concurrent.futures
import os
import resource
import shutil
import subprocess
import sys

import corpus

TIME_LIMIT = 10
MEMORY_LIMIT = 4 << 30
ALLOWED_CODES = (0, 1, 3)
HERE = os.path.dirname(os.path.abspath(__file__))


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command):
    """(exit code or None on time-out, stderr as text)"""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=TIME_LIMIT, preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stderr.decode(errors="replace")


class Originals:
    """Good files of every kind, and the command lines that read them."""

    def __init__(self, wino_opt, folder):
        self.wino_opt = wino_opt
        self.paths = {kind: os.path.join(folder, name) for kind, name in (
            ("onnx", "net.onnx"), ("npy", "net.npy"), ("plan", "net.plan.yaml"), ("policy", "policy.yaml"),
            ("profile", "net.calib"))}
        subprocess.run([os.path.join(HERE, "..", "data", "make_onnx.py"), self.paths["onnx"], "--images=" + self.paths["npy"],
                        "--channels=4", "--size=8", "--count=16"], check=True)
        with open(self.paths["policy"], "w") as file:
            file.write("conv_policy:\n  default: auto\n  precision: mixed\n  overrides:\n"
                       "    - layers: [\"conv1\", \"conv*\"]\n      algo: F(2,3)\n")
        out = os.path.join(folder, "out")
        # with both options the calibration is done and its profile written
        subprocess.run([wino_opt, self.paths["onnx"], "--calib=" + self.paths["npy"], "--target=cortex-a53",
                        "--min-sqnr=-100", "--name=net", "--profile=" + self.paths["profile"], "-o", out],
                       check=True, stdin=subprocess.DEVNULL)
        shutil.copy(os.path.join(out, "net.plan.yaml"), self.paths["plan"])

    def contents(self):
        result = {}
        for kind, path in self.paths.items():
            with open(path, "rb") as file:
                result[kind] = file.read()
        return result

    def command(self, kind, mutant, out):
        """wino-opt with `mutant` in the place of the file of that kind."""
        path = dict(self.paths, **{kind: mutant})
        command = [self.wino_opt, path["onnx"], "--target=cortex-a53", "--min-sqnr=-100", "--name=net", "-o", out]
        command.append("--profile=" + path["profile"] if kind == "profile" else "--calib=" + path["npy"])
        if kind in ("plan", "policy"):
            command.append(f"--{kind}={path[kind]}")
        return command


def verdict(code, errors, out):
    """What is wrong with an outcome; None if nothing is."""
    if code is None:
        return f"expected an end within {TIME_LIMIT} s"
    if code not in ALLOWED_CODES:
        return f"expected exit code 0, 1 or 3, got {code}: {errors.strip()[-300:]}"
    if code == 1 and not errors.strip():
        return "expected a message on stderr with exit code 1"
    if code == 1 and os.path.exists(out) and os.listdir(out):
        return f"expected no output with exit code 1, got {sorted(os.listdir(out))}"
    return None


def run_case(originals, folder, case):
    """(number, exit code, problem or None); the mutant is kept if there is a problem."""
    number, kind, mutation, data = case
    mutant = os.path.join(folder, f"{number}.{kind}")
    out = os.path.join(folder, f"{number}.out")
    with open(mutant, "wb") as file:
        file.write(data)
    code, errors = run(originals.command(kind, mutant, out))
    problem = verdict(code, errors, out)
    shutil.rmtree(out, ignore_errors=True)
    if problem:
        failed = os.path.join(folder, "failed")
        os.makedirs(failed, exist_ok=True)
        shutil.move(mutant, os.path.join(failed, os.path.basename(mutant)))
        problem = f"case {number} ({kind}, {mutation}): {problem}"
    else:
        os.remove(mutant)
    return number, code, problem


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wino_opt")
    parser.add_argument("work")
    parser.add_argument("--cases", type=int, default=2400)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WINO_SEED", "1")))
    parser.add_argument("--only", type=int, help="run this case alone")
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)
    originals = Originals(args.wino_opt, args.work)
    wanted = args.cases if os.environ.get("WINO_FULL") == "1" else args.sample
    chosen = {args.only} if args.only is not None else corpus.sample(args.cases, wanted, args.seed)
    cases = (case for case in corpus.cases(originals.contents(), args.cases, args.seed) if case[0] in chosen)
    codes, problems = {}, []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for _, code, problem in pool.map(lambda case: run_case(originals, args.work, case), cases):
            codes[code] = codes.get(code, 0) + 1
            if problem:
                problems.append(problem)
                print(problem, flush=True)
    counts = ", ".join(f"{count} with code {code}" for code, count in sorted(codes.items(), key=str))
    print(f"hostile: {sum(codes.values())} of {args.cases} files, seed {args.seed}: {counts}; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
