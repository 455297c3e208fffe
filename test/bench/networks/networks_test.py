#!/usr/bin/python3
"""Tests of the networks' shapes and of the bench: multiplications against counts by hand, every number of the table.

usage: networks_test.py [WORKDIR]     WINO_BUILD names the build folder; without WORKDIR only the shapes are tested
"""
import os
import shutil
import subprocess
import sys

import bench
import shapes

# Multiplications per image, in published tables and by hand from the layers' sizes (convolutions and dense layers).
MACS = {
    "resnet18": 112 * 112 * 64 * 147 + 4 * 56 * 56 * 64 * 576                               # 7x7; first stage
                + sum((c // 2 * 9 + c * 9 * 3 + c // 2) * c * s * s for c, s in ((128, 28), (256, 14), (512, 7))) + 512000,
    "vgg16": 224 * 224 * 64 * 9 * (3 + 64) + 112 * 112 * 128 * 9 * (64 + 128) + 56 * 56 * 256 * 9 * (128 + 512)
             + 28 * 28 * 512 * 9 * (256 + 1024) + 14 * 14 * 512 * 9 * 1536 + 4096 * (25088 + 4096 + 1000),
    "mobilenet_v1": 568740352,
    "squeezenet_v1.1": 113 * 113 * 64 * 27
                       + 56 * 56 * (64 * 16 + 16 * 64 * 10 + 128 * 16 + 16 * 64 * 10)
                       + 28 * 28 * (128 * 32 + 32 * 128 * 10 + 256 * 32 + 32 * 128 * 10)
                       + 14 * 14 * (256 * 48 + 384 * 48 + 2 * 48 * 192 * 10 + 384 * 64 + 512 * 64 + 2 * 64 * 256 * 10)
                       + 14 * 14 * 512 * 1000,
}
# 32 x 32 pixels, 16 channels first: 16 x 16, then depthwise and 1x1 layers on maps of 16, 8, 4, 2 and 1.
SMALL_MOBILENET = (16 * 16 * 16 * 27 + 16 * 16 * (16 * 9 + 16 * 32) + 8 * 8 * (32 * 9 + 32 * 64 + 64 * 9 + 64 * 64)
                   + 4 * 4 * (64 * 9 + 64 * 128 + 128 * 9 + 128 * 128) + 2 * 2 * (128 * 9 + 128 * 256)
                   + 5 * 2 * 2 * (256 * 9 + 256 * 256) + 256 * 9 + 256 * 512 + 512 * 9 + 512 * 512 + 512 * 1000)


def check(what, expected, got):
    if expected != got:
        sys.exit(f"networks_test: {what}: expected {expected}, got {got}")


def main():
    for name, macs in MACS.items():
        check(name, macs, shapes.NETWORKS[name]()[0].macs)
    if len(sys.argv) < 2:
        return
    work = sys.argv[1]
    shutil.rmtree(work, ignore_errors=True)
    command = [sys.executable, "-B", bench.__file__, "--only=mobilenet_v1,nothing", "--work=" + work]
    done = subprocess.run(command, capture_output=True, text=True)
    check("the exit code for an unknown network", 2, done.returncode)
    command[3] = "--only=mobilenet_v1"
    done = subprocess.run(command + ["--size=32", "--width=16", "--functions"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"networks_test: {' '.join(command)}\n{done.stdout}{done.stderr}")
    row = next(line for line in done.stdout.splitlines() if line.startswith("| mobilenet_v1"))
    cells = dict(zip(bench.HEAD, (cell.strip() for cell in row.strip("|").split("|"))))
    check("MMACs", f"{SMALL_MOBILENET / 1e6:.1f}", cells["MMACs"])
    check("ncnn's cycles, which are those of the whole network", "", cells["ncnn"])
    number = {key: float(value.split()[0].replace(",", "")) for key, value in cells.items() if value and key != "network"}
    for key in ("Mcycles", "SQNR, dB (budget)", "arena", "live", "weights", "stack", "text"):
        if not number.get(key, 0) > 0:
            sys.exit(f"networks_test: {key}: expected a positive number, got '{cells[key]}'")
    if not number["live"] <= number["arena"]:
        sys.exit(f"networks_test: expected an arena of at least the live {cells['live']} bytes, got {cells['arena']}")
    if not number["weights"] > SMALL_MOBILENET / 256:  # the last layers use a weight once, the first 256 times
        sys.exit(f"networks_test: expected more bytes of weights, got {cells['weights']}")
    check("a report in the folder of --work", True, os.path.exists(os.path.join(work, "mobilenet_v1", "net.report.json")))
    # Depthwise layers, and maps that are written straight into a concat, against the interpreter.
    command[3] = "--only=squeezenet_v1.1"
    subprocess.run(command + ["--size=59", "--width=64"], check=True, stdout=subprocess.DEVNULL)
    for name, size in (("mobilenet_v1", 32), ("squeezenet_v1.1", 59)):
        done = subprocess.run([os.path.join(bench.BUILD, "bin", "wino-run"), os.path.join(work, name), "--target=qemu",
                               "--count=12", f"--images={bench.pictures(work, size, size)}"], capture_output=True, text=True)
        check(f"bit-exact images of {name}", True, "bit-exact: 12/12 images" in done.stdout)


if __name__ == "__main__":
    main()
