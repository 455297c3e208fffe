"""The cached cells as Markdown."""

import cells
import interval
import mixed
import paper
import targets
from cells import METHODS, NETWORKS, TAPS, TILES
from compiler import NotYet

ABOUT = """\
Made by `test/bench/accuracy/accuracy.py`; not edited by hand. {images:,} CIFAR-10 test images, calibration on training
images without labels, a quarter of them held out. A drop is float top-1 minus integer top-1 in points, with a paired 95 %
interval (Bonett and Price; [README](README.md)). Everything went through the compiler: a cell is the emitted x86-64 code,
which computes bit for bit what the A53 code does.

**Stricter than the paper's Table 4.** There U and V are quantized and all else is float ("partial"). Here nothing is float:
input, activations, residual sums, the two convolutions of stride 2, pooling and the last layer are 8 bit, both transforms are
integers with proved ranges, O is a 32-bit sum, or 16 or 8 bit where a column says so (FSQ). The tile stands on every 3x3
convolution of stride 1, the first layer included, as in the paper. The paper's drops are from its own float network (91.76 %).

In the large tables a field is the drop and half the width of its interval; `·` was not run, `not yet` needs an option that the
compiler lacks, an empty field is no part of the table.
"""


def table_text(rows):
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body]) + "\n"


class Results:
    """One network's cells."""

    def __init__(self, bench, network):
        self.bench, self.network = bench, network
        found = bench.cached(f"{network}/float")
        self.top1, self.correct = found["top1"], interval.unpack(found["correct"], bench.count)
        self.cells = [cell for cell in cells.all_cells([network])] if network != "resnet8" else []

    def found(self, cell):
        found = self.bench.cached(cell.name)
        return found if found and "error" not in found else None

    def drop(self, found):
        return interval.drop(self.correct, interval.unpack(found["correct"], self.bench.count))

    def done(self):
        return [(cell, found) for cell in self.cells if (found := self.found(cell))]

    def short(self, cell):
        """One field of the big table."""
        if cell not in self.cells:
            return ""
        if found := self.found(cell):
            drop = self.drop(found)
            return f"{drop.value:.2f} ± {drop.half:.2f}"
        try:
            self.bench.cell_flags(cell)
        except NotYet:
            return "not yet"
        failed = self.bench.cached(cell.name)
        return "failed" if failed else "·"

    def grid(self):
        """The shape of Table 4: a row per tile and format that was tried, a column per method."""
        methods = [method for method in METHODS if any(cell.method == method for cell in self.cells)]
        rows = [["tile", "fewer products", "on these maps", "bits of U and V", *(METHODS[m].title for m in methods),
                 *(f"paper {column}" for column in paper.COLUMNS)]]
        for tile in TILES:
            for taps in ("i4xi4", "i6xi6", "i8xi6", "i8xi8"):
                row = [self.short(cells.Cell(self.network, tile, taps, method)) for method in methods]
                if all(field in ("", "·", "not yet") for field in row):
                    continue
                effective = next((found["effective"] for cell, found in self.done() if cell.tile == tile), None)
                theirs = self.network == "resnet20" and paper.drops(tile, taps)
                rows.append([TILES[tile].title, f"{TILES[tile].reduction:.2f}x", f"{effective:.2f}x" if effective else "",
                             TAPS[taps], *row, *(f"{drop:.2f}" for drop in theirs or ()),
                             *([] if theirs else [""] * len(paper.COLUMNS))])
        return table_text(rows) if len(rows) > 1 else ""

    def summary(self):
        rows = [["target", "drop at most", "cell of least noise on training images", "fewer products", "top-1", "drop",
                 "95 % interval", "verdict", "paper's drop"]]
        for target in targets.TARGETS:
            chosen = targets.choose(target, self.done())
            if not chosen:
                rows.append([target.title, f"{target.limit:g}", "none yet", *[""] * 5, target.paper])
                continue
            cell, found = chosen
            drop = self.drop(found)
            rows.append([target.title, f"{target.limit:g}", f"{TILES[cell.tile].title}, {METHODS[cell.method].title}",
                         f"{TILES[cell.tile].reduction:.2f}x", f"{found['top1']:.2f}", f"{drop.value:.2f}",
                         f"{drop.low:.2f} to {drop.high:.2f}", targets.verdict(target, drop), target.paper])
        return table_text(rows)

    def list(self):
        rows = [["tile", "bits", "method", "top-1", "drop", "95 % interval", "SQNR, held out", "weights",
                 "CPU to compile", "memory", "compiler"]]
        for cell, found in sorted(self.done(), key=lambda pair: (list(TAPS).index(pair[0].taps),
                                                                 (["direct"] + list(TILES)).index(pair[0].tile))):
            drop = self.drop(found)
            title = "direct" if cell.tile == "direct" else TILES[cell.tile].title
            rows.append([title, TAPS[cell.taps], METHODS[cell.method].title, f"{found['top1']:.2f}", f"{drop.value:.2f}",
                         f"{drop.low:.2f} to {drop.high:.2f}", f"{found['sqnr_db']:.2f} dB", f"{found['weights_bytes']:,}",
                         f"{found['compile_cpu_seconds']:.0f} s", f"{found['compile_peak_mb']} MB", found["compiler"][:8]])
        notes = {}
        for cell, found in self.done():
            notes.setdefault(found.get("note"), []).append(cell.name)
        text = "".join(f"\n{', '.join(names)}: {note}.\n" for note, names in notes.items() if note)
        return table_text(rows) + text if len(rows) > 1 else ""


def mixed_rows(results):
    """Of one network: the default plan, and the best uniform plan with it."""
    bench, network = results.bench, results.network
    found = bench.cached(f"{network}/mixed")
    if not found:
        return []
    if "error" in found:
        return [[NETWORKS[network].title, found["error"]] + [""] * 8]
    drop = results.drop(found)
    row = [NETWORKS[network].title, f"{results.top1:.2f}", f"{found['top1']:.2f}", f"{drop.value:.2f}",
           f"{drop.low:.2f} to {drop.high:.2f}", f"{found['sqnr_db']:.1f} dB",
           ", ".join(f"{n} x {tile}" for tile, n in sorted(found["algorithms"].items())), f"{found['predicted_cycles']:,.0f}"]
    uniform = mixed.best_uniform(bench, network)
    if not uniform:
        return [row + ["none measured", ""]]
    tile, other = uniform
    title = "direct" if tile == "direct" else TILES[tile].title
    return [row + [f"{title}, {other['sqnr_db']:.1f} dB: {other['predicted_cycles']:,.0f}",
                   f"{found['predicted_cycles'] / other['predicted_cycles']:.2f}"]]


def mixed_table(all_results):
    rows = [["network", "float top-1", "integer top-1", "drop", "95 % interval", "SQNR, held out", "convolutions",
             "predicted A53 cycles", f"best uniform i8xi8 plan of at least {mixed.BUDGET_DB} dB", "ratio"]]
    for results in all_results:
        rows += mixed_rows(results)
    return table_text(rows) if len(rows) > 1 else "Not measured yet.\n"


def commands(bench):
    """How a cell is made, without the paths of this machine."""
    lines = ["```", "wino-opt MODEL.onnx --calib=TRAINING_IMAGES PIXELS --name=net --target=x86-64 --policy=POLICY "
             "--min-sqnr=-100 --profile=SHARED METHOD -o out",
             "wino-run out --target=host --verify=false --images=TEST_IMAGES --predictions=OUT.npy", ""]
    for name, method in METHODS.items():
        try:
            flags = " ".join(bench.method_flags(name)) or "(no flags)"
        except NotYet as lacking:
            flags = f"(not yet: {lacking})"
        out = f", tile text with out={method.out}" if method.out else ""
        lines.append(f"{method.title}: {flags}{out}")
    lines.append("")
    for name, tile in TILES.items():
        lines.append(f"{name}: default: {tile.text('TAPS')}")
    return "\n".join(lines + ["```", ""])


def markdown(bench, networks):
    everything = [Results(bench, network) for network in networks]
    text = "# Accuracy of quantized Winograd plans\n\n" + ABOUT.format(images=bench.count)
    text += f"\nCompiler: wino-opt with sha256 {bench.compiler[:8]}..."
    older = sum(found["compiler"] != bench.compiler for results in everything for _, found in results.done())
    text += f"; {older} cells are of an older one (last column of the lists).\n" if older else ".\n"
    for results in everything:
        if grid := results.grid():
            text += (f"\n## {NETWORKS[results.network].title}: drop of top-1 from {results.top1:.2f} %\n\n"
                     f"{results.summary()}\n{grid}")
    text += "\n## Default options\n\nNothing forced: the planner chooses under its budget of 25 dB.\n\n" + mixed_table(everything)
    for results in everything:
        if listed := results.list():
            text += f"\n## Every cell of {NETWORKS[results.network].title}\n\n{listed}"
    return text + "\n## Commands\n\n" + commands(bench)
