#!/usr/bin/python3
"""The statistics and the bookkeeping of the accuracy bench: intervals, bits, parsing, order, choice, table."""
import math
import os
import sys
import tempfile
import unittest

import numpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cells  # noqa: E402  (found through the line above)
import compiler  # noqa: E402
import interval  # noqa: E402
import mixed  # noqa: E402
import paper  # noqa: E402
import table  # noqa: E402
import targets  # noqa: E402


def bits(text):
    return numpy.array([c == "1" for c in text])


class IntervalTest(unittest.TestCase):
    def test_against_the_variance_of_a_sample(self):
        """Slow way: two images are added, one of each discordant kind; mean and variance over single images of
        first - second, which is -1, 0 or 1, give Wald's interval."""
        for b, c, n in ((0, 0, 10), (3, 1, 40), (57, 31, 10000), (5, 5, 10), (0, 7, 300)):
            values = [1] * (b + 1) + [-1] * (c + 1) + [0] * (n - b - c)
            mean = sum(values) / len(values)
            half = interval.Z95 * math.sqrt(sum((v - mean) ** 2 for v in values) / len(values) / len(values))
            low, high = interval.paired_interval(b, c, n)
            self.assertAlmostEqual(low, mean - half, places=12)
            self.assertAlmostEqual(high, mean + half, places=12)

    def test_coverage(self):
        """Of many drawn experiments about 95 % have the true difference inside; computed exactly, not drawn, for a small
        n: the sum over all outcomes (b, c) of their multinomial probability."""
        n = 120
        for p, q in ((0.03, 0.02), (0.05, 0.05), (0.1, 0.04)):
            covered = 0.0
            for b in range(n + 1):
                for c in range(n + 1 - b):
                    low, high = interval.paired_interval(b, c, n)
                    if low <= p - q <= high:
                        log = (math.lgamma(n + 1) - math.lgamma(b + 1) - math.lgamma(c + 1) - math.lgamma(n - b - c + 1)
                               + b * math.log(p) + c * math.log(q) + (n - b - c) * math.log(1 - p - q))
                        covered += math.exp(log)
            self.assertGreater(covered, 0.935, (p, q))
            self.assertLess(covered, 0.985, (p, q))

    def test_drop_counts_who_is_right_alone(self):
        # 8 images: 3 only the first gets right, 1 only the second: 2 of 8 are lost.
        drop = interval.drop(bits("11110100"), bits("10001100"))
        self.assertAlmostEqual(drop.value, 25.0)
        low, high = interval.paired_interval(3, 1, 8)
        self.assertAlmostEqual(drop.low, 100 * low)
        self.assertAlmostEqual(drop.half, 50 * (high - low))
        back = interval.drop(bits("10001100"), bits("11110100"))
        self.assertAlmostEqual(back.low, -drop.high)

    def test_refuses(self):
        for b, c, n in ((-1, 0, 5), (3, 3, 5)):
            with self.assertRaises(ValueError):
                interval.paired_interval(b, c, n)
        with self.assertRaises(ValueError):
            interval.drop(bits("10"), bits("101"))

    def test_bits_survive(self):
        random = numpy.random.default_rng(1)
        for count in (1, 7, 8, 64, 10000):
            correct = random.random(count) < 0.9
            text = interval.pack(correct)
            self.assertTrue((interval.unpack(text, count) == correct).all())
            with self.assertRaises(ValueError):
                interval.unpack(text, count + 8)


class ParsingTest(unittest.TestCase):
    def test_flags_of_help(self):
        text = "OPTIONS:\n\n  --calib=<path>   - Images\n  --tap-clip=<value>\n    =max - the largest\n  -o=<path>  - Out\n"
        self.assertEqual(compiler.known_flags(text), {"calib", "tap-clip", "o"})

    def test_effective_reduction(self):
        layers = [
            {"tile": "F(6,3) K=9 points=[]", "shape": "4x16x16 -> 8x8x8, 3x3"},  # 2 x 2 tiles for 8 x 8 outputs
            {"tile": "direct", "shape": "4x16x16 -> 8x8x8, 3x3 stride 2x2"},
        ]
        self.assertAlmostEqual(compiler.effective_reduction(layers), 9 * 64 / (81 * 4))
        layers.append({"tile": "F(4,3) K=6 points=[]", "shape": "4x4x4 -> 2x4x4, 3x3"})
        self.assertAlmostEqual(compiler.effective_reduction(layers), (32 * 9 * 64 + 8 * 9 * 16) / (32 * 81 * 4 + 8 * 36))
        self.assertIsNone(compiler.effective_reduction(layers[1:2]))

    def test_failing_command(self):
        with self.assertRaisesRegex(compiler.Failed, "exit code 3: tool: error: no"):
            compiler.run(["/bin/sh", "-c", "echo first; echo tool: error: no; exit 3"], 60)
        with self.assertRaisesRegex(compiler.Failed, "within 0.2 s"):
            compiler.run(["/bin/sleep", "60"], 0.2)

    def test_what_a_command_took(self):
        work = "import sys; x = bytearray(100 << 20); print('yes'); print(sum(range(10 ** 6)), file=sys.stderr)"
        done = compiler.run([sys.executable, "-c", work], 60)
        self.assertEqual(sorted(done.text.split()), ["499999500000", "yes"])
        self.assertGreater(done.peak_mb, 100)
        self.assertLess(done.peak_mb, 400)
        self.assertGreater(done.cpu, 0)
        self.assertLess(compiler.run([sys.executable, "-c", "1"], 60).peak_mb, 100)  # not that of the one before


def fake_bench(work, flags=(), count=4):
    """A bench whose compiler is never called."""
    bench = compiler.Bench.__new__(compiler.Bench)
    bench.work, bench.count, bench.compiler, bench.flags = work, count, "c" * 64, set(flags)
    os.makedirs(os.path.join(work, "cells"), exist_ok=True)
    return bench


ALL_FLAGS = {"tap-clip", "filter-clip", "rounding", "bias-correction", "transforms"}


class CellTest(unittest.TestCase):
    def test_nominal_reductions_of_the_issue(self):
        nominal = {tile: round(cells.TILES[tile].reduction, 2) for tile in cells.TILES}
        self.assertEqual(nominal, {"f2": 2.25, "f4classic": 4.0, "f4": 4.0, "f4k7": 2.94, "f6k9": 4.0, "f7k10": 4.41,
                                   "f6k8": 5.06})

    def test_policy(self):
        cell = cells.Cell("own", "f2", "i8xi6", "fsq8")
        self.assertEqual(cell.policy, "conv_policy:\n  default: F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi6 out=i8\n")
        self.assertEqual(cells.Cell("own", "direct", "i8xi8", "default").policy, "conv_policy:\n  default: direct\n")

    def test_names_are_unique_and_targets_come_first(self):
        made = cells.all_cells(["resnet20", "own"])
        self.assertEqual(len({cell.name for cell in made}), len(made))
        self.assertEqual(made[0].name, "resnet20/direct/i8xi8/default")
        for network in "resnet20", "own":
            ranks = [cells.rank(cell) for cell in made if cell.network == network]
            self.assertEqual(ranks, sorted(ranks))
        self.assertLess(len([c for c in made if c.network == "own"]), len([c for c in made if c.network == "resnet20"]))
        position = {cell.name: i for i, cell in enumerate(made)}
        self.assertLess(position["resnet20/f7k10/i8xi8/all"], position["resnet20/f2/i8xi8/paw"])

    def test_lacking_flags(self):
        with tempfile.TemporaryDirectory() as work:
            bench = fake_bench(work, {"tap-clip", "filter-clip"})
            self.assertEqual(bench.method_flags("rtn"), ["--tap-clip=max", "--filter-clip=max"])
            self.assertEqual(bench.method_flags("default"), [])
            with self.assertRaisesRegex(compiler.NotYet, "--rounding=gptq"):
                bench.method_flags("gptq")
            with self.assertRaisesRegex(compiler.NotYet, "taps=i6xi6"):
                fake_bench(work).cell_flags(cells.Cell("own", "f2", "i6xi6", "default"))
            with self.assertRaisesRegex(compiler.NotYet, "out=i16"):
                fake_bench(work, ALL_FLAGS).cell_flags(cells.Cell("own", "f2", "i6xi6", "fsq16"))
            flags = fake_bench(work, ALL_FLAGS | {"products"}).cell_flags(cells.Cell("own", "f2", "i6xi6", "fsq16"))
            self.assertEqual(flags, fake_bench(work, ALL_FLAGS).method_flags("scales"))
            self.assertIn("--transforms=paw", fake_bench(work, ALL_FLAGS).method_flags("all"))
            with self.assertRaisesRegex(compiler.NotYet, "--fit=quantized"):
                fake_bench(work, ALL_FLAGS).method_flags("fit")
            self.assertIn("--fit=quantized", fake_bench(work, ALL_FLAGS | {"fit"}).method_flags("fit"))

    def test_cache_forgets_other_images_and_damage(self):
        with tempfile.TemporaryDirectory() as work:
            bench = fake_bench(work)
            bench.store("own/f2/i8xi8/rtn", {"top1": 1.0})
            self.assertEqual(bench.cached("own/f2/i8xi8/rtn")["top1"], 1.0)
            bench.count = 5
            self.assertIsNone(bench.cached("own/f2/i8xi8/rtn"))
            with open(bench.path("own/f2/i8xi8/rtn"), "w") as file:
                file.write('{"top1": 1.')
            self.assertIsNone(bench.cached("own/f2/i8xi8/rtn"))


class ChoiceTest(unittest.TestCase):
    def test_noise_on_training_images_decides(self):
        target = next(t for t in targets.TARGETS if t.title == "8 bit, at least 4.0x")
        pair = lambda tile, method, sqnr: (cells.Cell("own", tile, "i8xi8", method), {"sqnr_db": sqnr})  # noqa: E731
        pairs = [pair("f6k9", "rtn", 20.0), pair("f4", "all", 24.0), pair("f4k7", "all", 30.0), pair("f4", "fsq8", 40.0)]
        self.assertEqual(targets.choose(target, pairs)[0].name, "own/f4/i8xi8/all")  # K=7 is 2.94x, O of fsq8 is 8 bit
        self.assertIsNone(targets.choose(target, pairs[2:]))

    def test_every_target_can_be_met(self):
        made = cells.all_cells(["resnet20"])
        for target in targets.TARGETS:
            self.assertTrue(any(target.admits(cell) for cell in made if cell.tile != "direct"), target.title)

    def test_verdict(self):
        target = targets.Target("t", 0.1, "", ("i8xi8",))
        self.assertEqual(targets.verdict(target, interval.Drop(0.1, -0.1, 0.1)), "met")
        self.assertEqual(targets.verdict(target, interval.Drop(0.05, -0.1, 0.2)), "met (interval reaches 0.20)")
        self.assertEqual(targets.verdict(target, interval.Drop(0.35, 0.05, 0.65)), "missed by 0.25, within the interval")
        self.assertEqual(targets.verdict(target, interval.Drop(0.35, 0.2, 0.5)), "missed by 0.25")

    def test_best_uniform_plan(self):
        with tempfile.TemporaryDirectory() as work:
            bench = fake_bench(work)
            for tile, cycles, sqnr in (("direct", 90, 31.0), ("f2", 60, 26.0), ("f4", 40, 19.0), ("f4k7", 70, 28.0)):
                bench.store(f"own/uniform/{tile}", {"predicted_cycles": cycles, "sqnr_db": sqnr})
            bench.store("own/uniform/f6k9", {"error": "no"})
            self.assertEqual(mixed.best_uniform(bench, "own")[0], "f2")  # f4 is faster, but below 25 dB

    def test_drops_of_the_paper(self):
        self.assertAlmostEqual(paper.drops("f6k8", "i8xi8")[2], 0.66)
        self.assertAlmostEqual(paper.drops("f4classic", "i6xi6")[2], 1.51)
        self.assertIsNone(paper.drops("f4k7", "i8xi8"))


class TableTest(unittest.TestCase):
    def test_table(self):
        with tempfile.TemporaryDirectory() as work:
            bench = fake_bench(work, {"tap-clip", "filter-clip"})
            bench.store("resnet20/float", {"top1": 75.0, "correct": interval.pack(bits("1110"))})
            cell = {"top1": 50.0, "correct": interval.pack(bits("0110")), "sqnr_db": 12.3, "effective": 3.5,
                    "compiler": bench.compiler, "weights_bytes": 1000, "compile_cpu_seconds": 1, "compile_peak_mb": 90}
            bench.store("resnet20/f6k8/i8xi8/rtn", cell)
            bench.store("resnet20/f2/i8xi8/rtn", {"error": "no", "compiler": bench.compiler})
            text = table.markdown(bench, ["resnet20"])
            row = next(line for line in text.splitlines() if line.startswith("| F(6,3) K=8 | 5.06x | 3.50x | 8 |"))
            low, high = interval.paired_interval(1, 0, 4)
            self.assertIn(f"| 25.00 ± {50 * (high - low):.2f} |", row)
            self.assertTrue(row.endswith("| 10.32 | 10.32 | 0.66 |"), row)
            self.assertIn("not yet", row)  # PAW needs a flag
            self.assertIn("missed by 24.60, within the interval", text)
            self.assertIn("| 5.06x | 50.00 | 25.00 |", text)
            self.assertRegex(text, r"(?m)^\| F\(2,3\) \| 2.25x \|  \| 8 \| failed \|")
            self.assertNotIn(work, text)
            widths = {line.count("|") for line in text.split("## ")[1].split("\n\n")[2].splitlines() if line}
            self.assertEqual(len(widths), 1)  # every row has all columns


if __name__ == "__main__":
    unittest.main()
