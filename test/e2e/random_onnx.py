#!/usr/bin/python3
"""Random ONNX graphs: our float path and emitted code against ONNX Runtime.

usage: random_onnx.py WINO_CONFORMANCE [--count=N] [--seed=N] [--keep=FOLDER]

Every graph is a chain of 3 to 8 groups of nodes (random_groups.py, random_moves.py) on one input. The bound: |ours - theirs| <= BOUND times
the largest number of the output, or 1/256 where all are smaller: numbers inside are around 1, and may cancel. Numbers of the input are multiples of 1/64, and functions with jumps (floor, signs,
comparisons, indices, quantization) are drawn only where all before them is exact, so that last bits cannot decide.
The interpreter and calibration's host code run all graphs, the code of --precision=fp32, which must have the
interpreter's bits, a share of them (all with WINO_FULL=1). Exit code 77, with the reason: ONNX Runtime
(test/bench/host/onnx_runtime.py) is not there.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "test", "bench", "host"), os.path.join(ROOT, "test", "data")]

import make_onnx as onnx
import onnx_runtime
import random_moves  # adds its groups
from random_groups import GROUPS, Graph

BOUND = 2e-5


def make(seed):
    """(ModelProto, input, output's dims, operators)"""
    assert random_moves.MOST  # they are among GROUPS
    draw = random.Random(seed)
    graph = Graph(draw, numpy.random.default_rng(seed))
    wanted, tries = draw.randint(3, 8), 0
    while graph.groups < wanted and tries < 400:
        tries += 1
        graph.groups += bool(draw.choice(GROUPS)(graph))
    graph.node("Identity", [graph.last], graph.dims, output="result")
    model = onnx.model(graph.nodes, graph.constants, {"x": list(graph.image.shape)}, {"result": graph.dims}, graph.opset)
    return model, graph.image, graph.dims, sorted(graph.operators)


def theirs(runtime, model, image, dims):
    session = onnx_runtime.Session(runtime, model, ("x", image.shape, numpy.float32), ("result", dims, numpy.float32))
    session.input[...] = image
    session.run()
    return session.output.copy()


def run(program, flags, folders):
    """{folder: (status, why)}; a folder without an answer killed the program."""
    verdicts, left = {}, list(folders)
    while left:
        done = subprocess.run([program, f"--bound={BOUND}", *flags], input="\n".join(left) + "\n", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        for line in done.stdout.splitlines():
            folder, status, why = line.split("\t", 2)
            verdicts[folder] = (status, why)
        left = [folder for folder in left if folder not in verdicts]
        if left:
            verdicts[left[0]] = ("crashed", f"exit code {done.returncode}: {done.stderr[-200:]}")
            left = left[1:]
    return verdicts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    full = bool(os.environ.get("WINO_FULL"))
    parser.add_argument("--count", type=int, default=300 if full else 40)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WINO_SEED") or random.randrange(10**6)))
    parser.add_argument("--keep", help="folder for the cases")
    arguments = parser.parse_args()
    try:
        runtime = onnx_runtime.Runtime()
    except (onnx_runtime.Missing, OSError) as problem:
        print(f"random_onnx: {problem}")
        return 77
    work = arguments.keep or tempfile.mkdtemp(prefix="wino-random-onnx")
    operators, folders, strange = {}, [], 0
    for number in range(arguments.count):
        model, image, dims, used = make(arguments.seed + number)
        folder = os.path.join(work, str(arguments.seed + number))
        os.makedirs(os.path.join(folder, "test_data_set_0"), exist_ok=True)
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(model)
        try:
            result = theirs(runtime, model, image, dims)
        except onnx_runtime.Refused as problem:
            print(f"seed {arguments.seed + number}: {problem}")
            strange += 1
            continue
        for name, array in ("input_0.pb", image), ("output_0.pb", result):
            with open(os.path.join(folder, "test_data_set_0", name), "wb") as file:
                file.write(onnx.tensor("", array))
        operators[folder] = used
        folders.append(folder)
    wrong = strange
    compiled = folders if full else folders[::4]
    for what, flags, some in ("float path", [], folders), ("emitted code", ["--emitted=host"], compiled):
        verdicts = run(arguments.program, flags, some)
        for folder, (status, why) in verdicts.items():
            if status != "passed":
                print(f"seed {os.path.basename(folder)} ({what}), {status}: {why}; {' '.join(operators[folder])}")
                wrong += 1
    kinds = {operator for used in operators.values() for operator in used}
    print(f"{len(folders)} graphs of {len(kinds)} operators against ONNX Runtime {runtime.version}, {len(compiled)} of them as "
          f"code, within {BOUND} of the largest output (WINO_SEED={arguments.seed}): {wrong} wrong")
    if not arguments.keep:
        shutil.rmtree(work)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
