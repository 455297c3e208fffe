"""The second table: what the default options choose, against plans with one 8-bit tile on every layer.

Cycles are those that the planner predicts for a Cortex-A53. A uniform plan competes if it keeps the same budget of noise on
the held-out calibration images as the chosen plan must, 25 dB; the test images decide nothing.
"""
import os
import shutil

from cells import TILES, Cell

BUDGET_DB = 25
UNIFORM = ["direct"] + list(TILES)


def names(network):
    return [f"{network}/mixed"] + [f"{network}/uniform/{tile}" for tile in UNIFORM]


def run(bench, network, kind, tile=None):
    """kind `mixed`: compiled for the A53 with default options, then its plan for this machine, which computes the same
    integers, and classified. `uniform`: cycles and noise of one tile on every layer, nothing is classified."""
    folder, host = os.path.join(bench.work, "out"), os.path.join(bench.work, "host")
    flags = ["--target=cortex-a53"]
    if kind == "uniform":
        policy = os.path.join(bench.work, "policy.yaml")
        with open(policy, "w") as file:
            file.write(Cell(network, tile, "i8xi8", "default").policy)
        found = bench.compile(network, folder, *flags, f"--policy={policy}", "--min-sqnr=-100",
                              bench.profile_flag(network, tile, "i8xi8"))
        del found["layers"]
        shutil.rmtree(folder)
        return bench.store(f"{network}/uniform/{tile}", found)
    profile = bench.profile_flag(network, "mixed")
    found = bench.compile(network, folder, *flags, profile)
    del found["layers"]
    locked = os.path.join(bench.work, "plan.yaml")
    with open(os.path.join(folder, "net.plan.yaml")) as plan, open(locked, "w") as out:
        out.writelines(line for line in plan if not line.startswith("target:"))
    bench.compile(network, host, "--target=x86-64", f"--plan={locked}", "--min-sqnr=-100", profile)
    found.update(bench.evaluate(host, ["--target=host", "--verify=false"]))
    for used in folder, host:
        shutil.rmtree(used)
    return bench.store(f"{network}/mixed", found)


def run_named(bench, name):
    network, kind, *tile = name.split("/")
    return run(bench, network, kind, *tile)


def best_uniform(bench, network):
    """(tile, cell) of the fastest uniform plan inside the budget, or None."""
    found = {tile: bench.cached(f"{network}/uniform/{tile}") for tile in UNIFORM}
    inside = [(cell["predicted_cycles"], tile) for tile, cell in found.items()
              if cell and "error" not in cell and cell["sqnr_db"] is not None and cell["sqnr_db"] >= BUDGET_DB]
    if not inside:
        return None
    tile = min(inside)[1]
    return tile, found[tile]
