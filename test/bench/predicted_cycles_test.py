#!/usr/bin/python3
"""Ranks, correlation and regret of predicted_cycles.py, and the whole of it on a small layer (WINO_BUILD set)."""
import os
import subprocess
import sys
import tempfile
import unittest

import numpy

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import predicted_cycles  # noqa: E402  (found through the line above)
import rank_correlation  # noqa: E402


class StatisticsTest(unittest.TestCase):
    def test_ranks_share_the_mean_of_ties(self):
        self.assertEqual(rank_correlation.ranks([30, 10, 20, 10]), [3, 0.5, 2, 0.5])

    def test_spearman_is_the_correlation_of_ranks(self):
        generator = numpy.random.default_rng(3)
        a, b = generator.integers(0, 20, (2, 50))
        ranks = [rank_correlation.ranks(list(values)) for values in (a, b)]
        self.assertAlmostEqual(rank_correlation.spearman(list(a), list(b)), numpy.corrcoef(*ranks)[0, 1])
        self.assertEqual(rank_correlation.spearman([1, 2, 3], [10, 200, 3000]), 1)
        self.assertEqual(rank_correlation.spearman([1, 2, 3], [5, 5, 5]), 0)

    def test_regret_is_of_the_tile_predicted_best(self):
        pairs = {("a", "x"): (110, 1), ("a", "y"): (100, 2), ("b", "x"): (50, 7), ("b", "y"): (60, 9)}
        self.assertEqual(predicted_cycles.regrets(pairs), {"a": ("x", "y", 1.1), "b": ("x", "x", 1.0)})


@unittest.skipUnless("WINO_BUILD" in os.environ, "expected WINO_BUILD")
class WholeTest(unittest.TestCase):
    def test_a_small_layer_is_predicted_within_a_third(self):
        with tempfile.TemporaryDirectory() as work:
            command = [os.path.join(HERE, "predicted_cycles.py"), "--shapes=16x16x16x16", "--tiles=F(4,3)*i8xi[78]",
                       "--work=" + work]
            lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
            again = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        self.assertEqual(lines, again)  # the second time from what was kept
        rows = [line.split() for line in lines if line.startswith("16x16x16x16 ") and line.split()[-1] != "%"]
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertTrue(0.75 < float(row[-1]) < 1.33, row)


if __name__ == "__main__":
    unittest.main()
