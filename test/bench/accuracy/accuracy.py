#!/usr/bin/python3
"""Fills the table of accuracy after the PAW paper's Table 4 and writes it as Markdown.

usage: accuracy.py [--list] [--network=NAME ...] [--only=GLOB ...] [--budget-minutes=M] [--table=FILE] [--smoke] ...

Every cell is one compilation by wino-opt and one run of the compiled code on all test images. Cells are cached in the work
folder: a run takes up where the last one ended, and does first what the targets ask. --list shows the state of every
cell; a cell of an older compiler is run again when no other is left. test/bench/accuracy/README.md explains the rest.
"""
import argparse
import fcntl
import fnmatch
import os
import shutil
import sys
import time

import cells
import mixed
import table
from compiler import Bench, Failed, NotYet


def jobs(networks):
    """Names of everything that can be run, in order: (name, cell or None)."""
    accuracy = [(cell.name, cell) for cell in cells.all_cells([n for n in networks if n != "resnet8"])]
    second = [(name, None) for network in networks for name in mixed.names(network)]
    behind = sum(cells.rank(cell) <= 1 and cell.network == networks[0] for _, cell in accuracy)
    return accuracy[:behind] + second + accuracy[behind:]


def state(bench, name, cell):
    """done, older (of another compiler), failed, missing, or what the compiler lacks."""
    found = bench.cached(name)
    same = found and found.get("compiler") == bench.compiler
    if found and "error" not in found:
        return "done" if same else "older"
    if found and same:
        return "failed: " + found["error"]
    try:
        if cell:
            bench.cell_flags(cell)
    except NotYet as lacking:
        return f"not yet: {lacking}"
    return "missing"


def run_job(bench, name, cell, max_drop):
    """Runs and stores; a line about it, which starts with FAILED where it did."""
    try:
        found = bench.run_cell(cell) if cell else mixed.run_named(bench, name)
    except Failed as problem:
        bench.store(name, {"error": str(problem), "compiler": bench.compiler})
        return f"FAILED {problem}"
    text = "" if found["sqnr_db"] is None else f"SQNR {found['sqnr_db']:.2f} dB, "
    text += f"compiled in {found['compile_seconds']:.0f} s"
    if "top1" not in found:
        return text
    drop = bench.float_network(name.split("/")[0])["top1"] - found["top1"]
    return "FAILED " * (drop > max_drop) + f"top-1 {found['top1']:.2f}, drop {drop:.2f}, " + text


def fill(bench, todo, deadline, keep_older, max_drop):
    """Runs what is missing, then what an older compiler made, until the time is up; how many failed."""
    failed = 0
    for wanted in ("missing", "older"):
        if wanted == "older" and keep_older:
            continue
        for name, cell in todo:
            if state(bench, name, cell) != wanted:
                continue
            if time.monotonic() > deadline:
                print("the budget of time is used up")
                return failed
            said = run_job(bench, name, cell, max_drop)
            failed += said.startswith("FAILED")
            print(f"{name}: {said}", flush=True)
    return failed


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("WINO_BUILD") or os.path.join(cells.ROOT, "build"))
    parser.add_argument("--work", help="folder of the cached cells (default: accuracy in the build folder)")
    parser.add_argument("--network", action="append", choices=list(cells.NETWORKS), help="default: all that are there")
    parser.add_argument("--only", action="append", metavar="GLOB", help="cells by name, as in '*/f6k9/i8xi8/*'")
    parser.add_argument("--budget-minutes", type=float, default=float("inf"))
    parser.add_argument("--keep-older", action="store_true", help="do not repeat cells of an older compiler")
    parser.add_argument("--list", action="store_true", help="names and states of the cells; nothing is run")
    parser.add_argument("--table", metavar="FILE", help="default: RESULTS.md in the work folder")
    parser.add_argument("--table-only", action="store_true", help="write the table from the cached cells")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--nice", type=int, default=10)
    parser.add_argument("--max-drop", type=float, default=float("inf"), help="exit code 1 if a cell drops by more points")
    parser.add_argument("--smoke", action="store_true", help="afresh, the project's network and 64 of its own images")
    return parser.parse_args()


def main():
    args = parse()
    work = args.work or os.path.join(args.build, "accuracy" + "-smoke" * args.smoke)
    networks = args.network or (["own"] if args.smoke else list(cells.NETWORKS))
    there = [network for network in networks if os.path.exists(cells.NETWORKS[network].model)]
    for network in sorted(set(networks) - set(there)):
        print(f"skipped {network}: {cells.NETWORKS[network].model} is not there")
    if args.smoke:
        shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work, exist_ok=True)
    with open(os.path.join(work, "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not (args.list or args.table_only):
                print(f"accuracy: {work}: expected to be alone, another run is at work", file=sys.stderr)
                return 1
        bench = Bench(args.build, work, cells.find_data(own_only=args.smoke), 64 if args.smoke else None, args.threads)
        todo = [job for job in jobs(there) if not args.only or any(fnmatch.fnmatch(job[0], glob) for glob in args.only)]
        if args.list:
            for name, cell in todo:
                print(f"{name:36} {state(bench, name, cell)}")
            return 0
        failed = 0
        if not args.table_only:
            os.nice(args.nice)
            for network in there:
                print(f"{network}: float top-1 {bench.float_network(network)['top1']:.2f}", flush=True)
            failed = fill(bench, todo, time.monotonic() + 60 * args.budget_minutes, args.keep_older, args.max_drop)
        text = table.markdown(bench, [n for n in there if bench.cached(f"{n}/float")])
        path = args.table or os.path.join(work, "RESULTS.md")
        with open(path, "w") as file:
            file.write(text)
        print(f"wrote {path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
