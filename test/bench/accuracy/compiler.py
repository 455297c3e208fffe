"""wino-opt and wino-run as this bench uses them: what they can do, one cell from compilation to predictions."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import numpy

import interval
from cells import IMPLIED, METHODS, NETWORKS

VERIFIED = 8  # calibration images on which library and interpreter are compared


class NotYet(Exception):
    """The compiler lacks something that the cell needs."""


class Failed(Exception):
    """A command that ended with an error."""


class Done:
    """A command that succeeded: what it printed, seconds by the clock and of CPU, largest memory of one process."""

    def __init__(self, text, wall, usage):
        self.text, self.wall, self.cpu, self.peak_mb = text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def run(command, timeout):
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        pid = 0
        while not pid:  # wait4 tells the memory of this child alone, which Popen.wait does not
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid:
                time.sleep(0.02)
                if time.monotonic() - begin > timeout:
                    os.kill(process.pid, signal.SIGKILL)  # Popen.kill might reap it
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
        output.seek(0)
        text = output.read()
    if wall > timeout:
        raise Failed(f"{os.path.basename(command[0])}: expected an end within {timeout} s")
    if process.returncode != 0:
        lines = text.strip().splitlines() or [""]
        message = next((line for line in lines if "error" in line), lines[-1])
        raise Failed(f"exit code {process.returncode}: {message[:400]}")
    return Done(text, wall, usage)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_flags(help_text):
    """Names of the flags in the output of --help-hidden."""
    return set(re.findall(r"^\s+--?([a-z][a-z0-9-]*)", help_text, re.M))


def effective_reduction(layers):
    """Products of the direct convolution over those of the plan, where tiles cover more than the map; all Winograd layers
    of a report together. None if there are none."""
    direct = products = 0
    for layer in layers:
        tile = re.match(r"F\((\d+),3\) K=(\d+)", layer["tile"])
        shape = re.match(r"(\d+)x\d+x\d+ -> (\d+)x(\d+)x(\d+), 3x3", layer["shape"])
        if not tile or not shape:
            continue
        m, K = map(int, tile.groups())
        inputs, outputs, height, width = map(int, shape.groups())
        direct += inputs * outputs * 9 * height * width
        products += inputs * outputs * K * K * -(-height // m) * -(-width // m)
    return direct / products if products else None


class Bench:
    """Where things are, and how a cell is run. `count` limits test and calibration images (None: all)."""

    def __init__(self, build, work, data, count=None, threads=2, timeout=3600):
        self.wino_opt, self.wino_run = (os.path.join(build, "bin", tool) for tool in ("wino-opt", "wino-run"))
        self.work, self.data, self.threads, self.timeout = work, data, threads, timeout
        os.makedirs(os.path.join(work, "cells"), exist_ok=True)
        self.compiler = sha256(self.wino_opt)
        self.flags = known_flags(run([self.wino_opt, "--help-hidden"], timeout).text)
        self.labels = numpy.load(data.labels)[:count]
        self.count = len(self.labels)
        self.calibration = data.calibration
        if count:
            self.calibration = os.path.join(work, "calibration.npy")
            numpy.save(self.calibration, numpy.load(data.calibration, mmap_mode="r")[:count])

    def method_flags(self, method):
        """The method as flags; NotYet if the compiler lacks one that it needs."""
        flags = []
        for flag, value in METHODS[method].options.items():
            if flag in self.flags:
                flags.append(f"--{flag}={value}")
            elif IMPLIED.get(flag) != value:
                raise NotYet(f"--{flag}={value}")
        return flags

    def cell_flags(self, cell):
        """The method's flags. Flags also tell whether the compiler means what it reads in the tile text."""
        if cell.taps not in ("i8xi8",) and "tap-clip" not in self.flags:
            raise NotYet(f"taps={cell.taps}")
        if METHODS[cell.method].out and "products" not in self.flags:
            raise NotYet(f"out={METHODS[cell.method].out}")
        return self.method_flags(cell.method)

    # Cells and float networks, one JSON file each.

    def path(self, name):
        return os.path.join(self.work, "cells", name.replace("/", "_") + ".json")

    def cached(self, name):
        """What an earlier run found on the same images, or None."""
        try:
            with open(self.path(name)) as file:
                found = json.load(file)
        except (OSError, ValueError):
            return None
        return found if found.get("images") == self.count else None

    def store(self, name, found):
        text = json.dumps(dict(found, name=name, images=self.count), indent=1, sort_keys=True)
        with open(self.path(name) + ".part", "w") as file:
            file.write(text + "\n")
        os.replace(self.path(name) + ".part", self.path(name))
        return json.loads(text)

    def evaluate(self, what, flags):
        """Which images are classified correctly; the command; seconds."""
        predictions = os.path.join(self.work, "predictions.npy")
        command = [self.wino_run, what, *flags, f"--images={self.data.images}", f"--count={self.count}",
                   f"--predictions={predictions}", f"--threads={self.threads}"]
        done = run(command, self.timeout)
        correct = numpy.load(predictions) == self.labels
        os.remove(predictions)
        return {"correct": interval.pack(correct), "top1": 100 * float(numpy.mean(correct)), "run": command,
                "run_seconds": round(done.wall, 2)}

    def float_network(self, network):
        name = f"{network}/float"
        model = sha256(NETWORKS[network].model)
        found = self.cached(name)
        if found and found["model"] == model:
            return found
        return self.store(name, dict(self.evaluate(NETWORKS[network].model, NETWORKS[network].pixels), model=model))

    def compile(self, network, folder, *flags):
        """Compiles into `folder`; the parts of the report that count, the command, the time."""
        shutil.rmtree(folder, ignore_errors=True)
        command = [self.wino_opt, NETWORKS[network].model, f"--calib={self.calibration}", *NETWORKS[network].pixels,
                   f"--threads={self.threads}", "--name=net", *flags, "-o", folder]
        done = run(command, self.timeout)
        with open(os.path.join(folder, "net.report.json")) as file:
            report = json.load(file)
        return {"compile": command, "compiler": self.compiler, "compile_seconds": round(done.wall, 2),
                "compile_cpu_seconds": round(done.cpu, 2), "compile_peak_mb": round(done.peak_mb), "sqnr_db": report.get("sqnr_db"), "layers": report["layers"],
                "predicted_cycles": report["total_cycles"], "weights_bytes": report["weights_bytes"],
                "algorithms": report["algorithms"], "library": sha256(os.path.join(folder, "libnet.a"))}

    def profile_flag(self, *key):
        """Statistics are shared by all compilations of one key; another compiler measures anew."""
        folder = os.path.join(self.work, "profiles", self.compiler[:12])
        os.makedirs(folder, exist_ok=True)
        return f"--profile={os.path.join(folder, '_'.join(key))}.calib"

    def run_cell(self, cell):
        """Compiles for this machine, compares with the interpreter on a few training images, classifies the test images."""
        flags = self.cell_flags(cell)
        policy, folder = os.path.join(self.work, "policy.yaml"), os.path.join(self.work, "out")
        with open(policy, "w") as file:
            file.write(cell.policy)
        plan = [f"--policy={policy}", self.profile_flag(cell.network, cell.tile, cell.taps)]
        # Matrices that were found for the cell with nothing but them: the search takes most of the time.
        known = os.path.join(self.work, "plans", self.compiler[:12], f"{cell.network}_{cell.tile}_{cell.taps}.yaml")
        if cell.method == "all" and os.path.exists(known):
            plan = [f"--plan={known}", self.profile_flag(cell.network, cell.tile, cell.taps, "paw")]
        found = self.compile(cell.network, folder, "--target=x86-64", *plan, "--min-sqnr=-100", *flags)
        if cell.method == "paw":
            os.makedirs(os.path.dirname(known), exist_ok=True)
            shutil.copy(os.path.join(folder, "net.plan.yaml"), known)
        layers = found.pop("layers")
        found["effective"] = effective_reduction(layers)
        found["tile"] = sorted({layer["tile"] for layer in layers} - {"direct"})
        run([self.wino_run, folder, "--target=host", f"--images={self.calibration}", f"--count={VERIFIED}"], self.timeout)
        found.update(self.evaluate(folder, ["--target=host", "--verify=false"]), policy=cell.policy)
        shutil.rmtree(folder)
        return self.store(cell.name, found)
