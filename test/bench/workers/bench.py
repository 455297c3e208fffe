#!/usr/bin/python3
"""What threads win: wall time on this host, and predicted cycles of a Cortex-A53 with several cores.

usage: bench.py [--networks=resnet20,resnet18,mobilenet_v1] [--host-workers=2] [--a53-workers=4] [--seconds=S] [--skip-a53]

Host: medians of wall time by 1, 2, ... threads of wino_pool (runtime/), runs in turns, one library for all of them. Other
programs on the machine lengthen what several threads do more than what one does; so the ratio is also given for the
time that the fastest tenth of the runs keep to.
A53: simulated cycles (a53sim) of all pieces, and of the longest range of every layer with what stays with the caller:
their ratio is the speed-up that is left when nothing but unequal work stands in the way. Shared L2 and memory, and
waking threads, are not in it: a prediction.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("WINO_BUILD", os.path.join(ROOT, "build"))
DATA = os.path.join(ROOT, "test", "data")
sys.path.append(os.path.join(HERE, "..", "networks"))
import random_networks  # noqa: E402

RESNET20 = [os.path.join(DATA, "resnet20_cifar10.onnx"), "--calib=" + os.path.join(DATA, "calib_images.npy"),
            "--mean=0.4914,0.4822,0.4465", "--std=0.2470,0.2435,0.2616"]


def compile_network(name, target, workers, work):
    """Folder of the library `net`, by the planner's default budget."""
    if name == "resnet20":
        source = RESNET20
    else:
        model, flags = random_networks.random_weights(name, work)
        source = [model, *flags]
    out = os.path.join(work, f"{name}-{target}-{workers}")
    flags = [f"--max-workers={workers}"] if workers > 1 else []
    profile = os.path.join(work, name + ".calib")
    subprocess.run([os.path.join(BUILD, "bin", "wino-opt"), *source, "--target=" + target, "--name=net", "--profile=" + profile,
                    *flags, "-o", out], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return out


def build(compiler, source, folder, *flags):
    """A program around the library of a folder."""
    program = os.path.join(folder, os.path.splitext(source)[0])
    header = os.path.join(folder, "net.h")
    subprocess.run([compiler, "-std=c11", "-O2", "-Wall", "-Wextra", "-DModelPrefix=net", "-DModelUpper=NET",
                    f'-DModelHeader="{header}"', "-I", os.path.join(ROOT, "runtime"), os.path.join(HERE, source),
                    *flags, os.path.join(folder, "libnet.a"), "-o", program], check=True)
    return program


def arena(folder):
    with open(os.path.join(folder, "net.h"), encoding="utf-8") as file:
        return int(re.search(r"ARENA_BYTES (\d+)", file.read()).group(1))


def cycles(program, workers, what, plugin, work):
    """Simulated cycles between the markers of critical.c."""
    report = os.path.join(work, "report.txt")
    subprocess.run(["qemu-aarch64", "-cpu", "cortex-a53", "-plugin", f"{plugin},out={report}", program, str(workers), what],
                   check=True, stderr=subprocess.DEVNULL)
    with open(report, encoding="utf-8") as file:
        return int(re.search(r"^cycles (\d+)", file.read(), re.M).group(1))


def row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def host_table(names, workers, seconds, work):
    print(f"Host, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; wall time")
    counts = range(1, workers + 1)
    columns = ["network"] + [f"{w} workers, ms" for w in counts] + [f"{w} / 1" for w in counts[1:]]
    columns += [f"{w} / 1, fastest tenth" for w in counts[1:]]
    row(columns)
    print("|---" * len(columns) + "|")
    for name in names:
        folder = compile_network(name, "x86-64", workers, work)
        program = build("gcc", "wall.c", folder, os.path.join(ROOT, "runtime", "wino_pool.c"), "-pthread")
        lines = subprocess.run([program, str(workers), str(seconds)], check=True, stdout=subprocess.PIPE, text=True).stdout
        medians, fastest = ([float(line.split()[i]) for line in lines.splitlines()] for i in (1, 2))
        row([name] + [f"{t:.3f}" for t in medians] + [f"{t / times[0]:.2f}" for times in (medians, fastest) for t in times[1:]])


def a53_table(names, workers, work):
    plugin = os.path.join(BUILD, "lib", "a53sim.so")
    print(f"\nCortex-A53, {workers} cores, predicted; million cycles of a53sim")
    row(["network", "one worker's library", f"library for {workers}, all pieces", f"longest ranges of {workers}", "predicted speed-up",
         "arena of one", f"arena of {workers}"])
    print("|---" * 7 + "|")
    for name in names:
        single, shared = compile_network(name, "cortex-a53", 1, work), compile_network(name, "cortex-a53", workers, work)
        report = subprocess.run([os.path.join(ROOT, "tools", "bench_cycles"), single], check=True, stdout=subprocess.PIPE,
                                text=True, env={**os.environ, "WINO_BUILD": BUILD}).stdout
        alone = int(re.search(r"^cycles (\d+)", report, re.M).group(1))
        program = build("aarch64-linux-gnu-gcc", "critical.c", shared, "-static")
        every = cycles(program, workers, "all", plugin, work)
        longest = max(cycles(program, workers, what, plugin, work) for what in ("first", "last"))
        row([name, f"{alone / 1e6:.2f}", f"{every / 1e6:.2f}", f"{longest / 1e6:.2f}", f"{alone / longest:.2f}",
             f"{arena(single):,}", f"{arena(shared):,}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default="resnet20,resnet18,mobilenet_v1")
    parser.add_argument("--host-workers", type=int, default=2)
    parser.add_argument("--a53-workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10, help="measuring time per network on the host")
    parser.add_argument("--skip-a53", action="store_true")
    args = parser.parse_args()
    names = args.networks.split(",")
    with tempfile.TemporaryDirectory() as work:
        host_table(names, args.host_workers, args.seconds, work)
        if not args.skip_a53:
            a53_table(names, args.a53_workers, work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
