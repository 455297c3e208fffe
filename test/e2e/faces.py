#!/usr/bin/python3
"""A face detector, calibrated on photos with even numbers, must find on the odd ones what its float network finds.

usage: faces.py WINO_OPT WINO_RUN WORKDIR

Needs models/version-RFB-320*.onnx and data/faces of the folder WINO_SHARED (default: shared, beside the repository);
without them it says so and exits with 77. The float network's number of faces in each photo is that which the data
set's README states; recall and precision of the integers against it are at least 98 %, for the network that decodes boxes
inside, in floats behind its integer layers, and for the one whose boxes the caller decodes.
"""
import json
import os
import re
import shutil
import subprocess
import sys

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("WINO_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
PIXELS = ["--scale=1", "--mean=127", "--std=128", "--resize"]
SPEC = "boxes=boxes,scores=scores,background=0,score=0.7,nms=0.3"
LEAST = 98.0


def stated_counts(readme):
    """The faces of each photo, in the order of their numbers."""
    with open(readme, encoding="utf-8") as file:
        return [int(n) for n in re.search(r"it finds, in order of file number [^:]*: ([0-9,]+) faces", file.read()).group(1).split(",")]


def priors():
    """Centres and sizes of RFB-320's 4,420 priors, in fractions of 320 x 240 pixels."""
    rows = []
    for width, height, step, sides in ((40, 30, 8, (10, 16, 24)), (20, 15, 16, (32, 48)), (10, 8, 32, (64, 96)),
                                       (5, 4, 64, (128, 192, 256))):
        for y in range(height):
            for x in range(width):
                rows += [((x + .5) * step / 320, (y + .5) * step / 240, side / 320, side / 240) for side in sides]
    return numpy.clip(numpy.array(rows), 0, 1).astype("<f4")


def run(*command):
    """Standard output of a command that must succeed."""
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout


def compare(tools, name, work, spec):
    """Compiles, runs on the odd photos; numbers of detections and the row of all objects."""
    model = os.path.join(SHARED, "models", name + ".onnx")
    folder, result = os.path.join(work, name), os.path.join(work, name + ".json")
    run(tools[0], model, "--calib=" + os.path.join(work, "even"), "-o", folder, *PIXELS)
    text = run(tools[1], folder, "--images=" + os.path.join(work, "odd"), "--resize", "--float=" + model,
               "--detections=" + spec, "--json=" + result)
    print(name + "\n" + text)
    with open(result, encoding="utf-8") as file:
        return json.load(file)


def main():
    tools, work = sys.argv[1:3], os.path.join(sys.argv[3], "faces")
    photos = os.path.join(SHARED, "data", "faces")
    names = ["version-RFB-320", "version-RFB-320_simplified"]
    needed = [photos] + [os.path.join(SHARED, "models", name + ".onnx") for name in names]
    missing = [path for path in needed if not os.path.exists(path)]
    if missing:
        print("skipped: expected " + ", ".join(missing) + ", got nothing there; see WINO_SHARED")
        return 77
    shutil.rmtree(work, ignore_errors=True)
    numbers = sorted(int(file.split(".")[0]) for file in os.listdir(photos))
    for number in numbers:
        folder = os.path.join(work, "odd" if number % 2 else "even")
        os.makedirs(folder, exist_ok=True)
        shutil.copy(os.path.join(photos, f"{number}.jpg"), os.path.join(folder, f"{number:03}.jpg"))
    counts = stated_counts(os.path.join(SHARED, "data", "README.md"))
    expected = [count for number, count in zip(numbers, counts) if number % 2]
    numpy.save(os.path.join(work, "priors.npy"), priors())
    inside = compare(tools, names[0], work, SPEC)
    outside = compare(tools, names[1], work, SPEC + ",format=priors,priors=" + os.path.join(work, "priors.npy"))
    problems = []
    for name, result in zip(names, (inside, outside)):
        if result["float_detections"] != expected:
            problems.append(f"{name}: expected {expected} faces by float, got {result['float_detections']}")
    for name, result in zip(names, (inside, outside)):
        everything = result["detections"]["buckets"][0]
        recall = 100 * everything["integer_right"] / everything["count"]
        precision = everything["integer"]["precision"]
        print(f"{name}: recall {recall:.2f} %, precision {precision:.2f} %")
        for what, value in (("recall", recall), ("precision", precision)):
            if value < LEAST:
                problems.append(f"{name}: expected a {what} of at least {LEAST} %, got {value:.2f}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
