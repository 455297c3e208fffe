#!/usr/bin/python3
"""Compiles real networks for Cortex-A53 and for this machine and checks that both compute what the interpreter does.

usage: networks.py WINO_OPT WINO_RUN WORKDIR [--only=NAME ...] [--accuracy] [--cycles]

Each network is compiled with default options; its A53 code runs under qemu, its x86-64 code, locked to the same plan,
here. Every image must give the same bytes. The demo network, and with WINO_FULL=1 all others, is also compiled for a
core with sdot and one with smmla, with plans of their own, and run on a quarter of the images. The demo network of test/data always runs; others when the folder WINO_SHARED
(default: shared, beside the repository) holds them. --accuracy adds float and integer top-1 on all labelled images, --cycles the A53 cycles of
tools/bench_cycles; WINO_FULL=1: both, and more images. Ends in one table.
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys

import images

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("WINO_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
FULL = os.environ.get("WINO_FULL") == "1"

DEMO = ["--mean=0.4914,0.4822,0.4465", "--std=0.2470,0.2435,0.2616"]
CIFAR = ["--mean=0.485,0.456,0.406", "--std=0.229,0.224,0.225"]
# name: (what is fed: CIFAR-10, or drawn pictures of this height and width; preprocessing, other options, images, images
# with WINO_FULL=1)
NETWORKS = {
    "resnet20_bn_b1": ("cifar10", CIFAR, [], 8, 200),
    "resnet20_bn_b1_simplified": ("cifar10", CIFAR, [], 4, 200),
    "resnet20_bn_dyn": ("cifar10", CIFAR, ["--input-dim=0=1"], 4, 200),
    "resnet20_folded_b1": ("cifar10", CIFAR, [], 4, 200),
    "resnet32_bn_b1": ("cifar10", CIFAR, [], 4, 16),
    "resnet32_bn_b1_simplified": ("cifar10", CIFAR, [], 4, 16),
    "resnet32_folded_b1_simplified": ("cifar10", CIFAR, [], 4, 16),
    "resnet8_bn_b1": ("cifar10", ["--scale=1"], [], 8, 64),
    "squeezenet_v1.0_deepcompression_b1":
        ((227, 227), ["--scale=1", "--mean=104,117,123", "--channel-order=bgr"], [], 1, 8),
    "version-RFB-320": ((240, 320), ["--scale=1", "--mean=127", "--std=128"], [], 2, 8),
    "version-RFB-320_simplified": ((240, 320), ["--scale=1", "--mean=127", "--std=128"], [], 2, 8),
    "esrgan_slim_x2_128": ((128, 128), [], [], 1, 4),
}
# dB that plans of integers can keep and use up, with all calibration images: no layer may stay in floats for it.
BUDGETS = {"resnet8_bn_b1": 25}


class Failed(Exception):
    """A command that failed, or an answer other than the expected one."""


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


class Network:
    """One network, its data and its compiled folders."""

    def __init__(self, tools, name, work):
        self.wino_opt, self.wino_run = tools
        self.name = name
        self.folder = os.path.join(work, name)
        self.labels = None
        if name == "demo":
            data = os.path.join(ROOT, "test", "data")
            self.model = os.path.join(data, "resnet20_cifar10.onnx")
            self.pixels, self.options, small, full = DEMO, [], 16, 512
            self.calibration, self.images, self.labels = (
                os.path.join(data, file) for file in ("calib_images.npy", "test_images.npy", "test_labels.npy"))
        else:
            kind, self.pixels, self.options, small, full = NETWORKS[name]
            self.model = os.path.join(SHARED, "models", name + ".onnx")
            if kind == "cifar10":
                self.calibration, self.images, self.labels = (
                    os.path.join(SHARED, "data", "cifar10", f"cifar10_{file}.npy") for file in
                    ("calib_first1024_images_u8_nchw", "test_images_u8_nchw", "test_labels_u8"))
            else:
                self.calibration = self.images = images.pictures(work, *kind)
        self.everything = self.calibration
        if not FULL:  # a few images calibrate well enough to compare bits
            self.calibration = images.first(self.calibration, os.path.join(work, f"{name}.npy"), count=64)
        self.count = full if FULL else small
        self.cores = ["cortex-a76", "neoverse-n2"] if FULL or name == "demo" else []

    def missing(self):
        return next((p for p in (self.model, self.calibration, self.images) if not os.path.exists(p)), None)

    def compile(self):
        """Both targets; the host's takes profile and plan of the A53's, so that the integers are the same."""
        profile, locked = self.folder + ".calib", self.folder + ".plan.yaml"
        if os.path.exists(profile):
            os.remove(profile)
        common = [self.wino_opt, self.model, "--name=net"] + self.pixels + self.options
        run(common + ["--target=cortex-a53", f"--calib={self.calibration}", f"--save-profile={profile}", "-o", self.folder])
        with open(os.path.join(self.folder, "net.plan.yaml")) as plan, open(locked, "w") as out:
            out.writelines(line for line in plan if not line.startswith("target:"))
        run(common + ["--target=x86-64", f"--profile={profile}", f"--plan={locked}", "-o", self.folder + ".host"])
        for core in self.cores:
            run(common + [f"--target={core}", f"--profile={profile}", "-o", f"{self.folder}.{core}"])

    def use_up_budget(self):
        folder = self.folder + ".budget"
        run([self.wino_opt, self.model, "--name=net", "--target=cortex-a53", f"--calib={self.everything}", *self.pixels, *self.options,
             f"--min-sqnr={BUDGETS[self.name]}", "-o", folder])
        with open(os.path.join(folder, "net.report.json")) as file:
            algorithms = json.load(file)["algorithms"]
        if left := [name for name in algorithms if "f32" in name]:
            raise Failed(f"{self.name}, --min-sqnr={BUDGETS[self.name]}: expected integers in every layer, got {', '.join(left)}")

    def evaluate(self, what, *arguments):
        labels = [f"--labels={self.labels}"] if self.labels else []
        return run([self.wino_run, what, f"--images={self.images}"] + labels + list(arguments))

    def bit_exact(self):
        """How many images gave the same bytes on qemu, on this machine and in the interpreter."""
        targets = [("qemu", self.folder, self.count)]
        if platform.machine() == "x86_64":
            targets.append(("host", self.folder + ".host", self.count))
        targets += [("qemu", f"{self.folder}.{core}", -(-self.count // 4)) for core in self.cores]
        for target, folder, count in targets:
            text = self.evaluate(folder, f"--target={target}", f"--count={count}")
            if f"bit-exact: {count}/{count} images" not in text:
                raise Failed(f"{folder}, --target={target}: expected all {count} images bit-exact, got\n{text}")
        return self.count

    def top1(self):
        """Float and integer, on every labelled image. The host's code counts: it is exact and fast."""
        if not self.labels:
            return "-", "-"
        texts = (self.evaluate(self.model, *self.pixels, *self.options),
                 self.evaluate(self.folder + ".host", "--target=host", "--verify=false"))
        return tuple(re.search(r"top-1: ([0-9.]+) %", text).group(1) + " %" for text in texts)

    def row(self, accuracy, cycles):
        self.compile()
        exact = self.bit_exact()
        if self.name in BUDGETS:
            self.use_up_budget()
        with open(os.path.join(self.folder, "net.report.json")) as file:
            report = json.load(file)
        row = [self.name] + (list(self.top1()) if accuracy else [])
        row += [f"{report['sqnr_db']:.1f} dB", ", ".join(f"{n} {t}" for t, n in sorted(report["algorithms"].items()))]
        if cycles:
            text = run([os.path.join(ROOT, "tools", "bench_cycles"), self.folder])
            row.append(f"{int(re.search(r'cycles ([0-9]+)', text).group(1)):,}")
        return row + [f"{report[key]:,}" for key in ("arena_bytes", "weights_bytes", "code_bytes")] + [f"{exact}/{exact}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wino_opt")
    parser.add_argument("wino_run")
    parser.add_argument("work")
    parser.add_argument("--only", action="append", metavar="NAME", choices=["demo"] + list(NETWORKS))
    parser.add_argument("--accuracy", action="store_true", default=FULL)
    parser.add_argument("--cycles", action="store_true", default=FULL)
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)

    table = [["network"] + ["float top-1", "integer top-1"] * args.accuracy + ["SQNR", "convolutions"] +
             ["A53 cycles"] * args.cycles + ["arena", "weights", "code", "bit-exact"]]
    failed = 0
    for name in args.only or ["demo"] + list(NETWORKS):
        network = Network((args.wino_opt, args.wino_run), name, args.work)
        if missing := network.missing():
            print(f"skipped {name}: {missing} is not there")
            continue
        try:
            table.append(network.row(args.accuracy, args.cycles))
            print(f"ok {name}", flush=True)
        except Failed as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
    print("\n".join("| " + " | ".join(row) + " |" for row in table))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
