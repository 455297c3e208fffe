#!/usr/bin/python3
"""The bench without a GPU: emulated kernels of small layers and of ResNet-20 have the interpreter's bytes; what is timed,
how cuDNN's ways are tried and what the table says, with a driver and a cuDNN that are made here.

usage: gpu_test.py WORKDIR
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import cudnn  # noqa: E402

WORK = ""
LAYER_FACTS = types.SimpleNamespace(batch=2, inputs=64, outputs=96, height=8, width=10)
LAYER = SHAPE = "32x64x6x10"


def bench(*arguments, **environment):
    return subprocess.run([sys.executable, "-B", os.path.join(HERE, "bench.py"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)


class Emulated(unittest.TestCase):
    def test_layers(self):
        done = bench("--emulate", "--layers=48x80x5x9", "--batch=1,3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len(re.findall(r"bytes equal$", done.stdout, re.M)), 2 * 3)
        self.assertIn("winograd (F(4,3)", done.stdout)

    def test_resnet20(self):
        done = bench("--emulate", "--resnet20", "--count=2", "--batch=2", "--target=sm_90")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("2 of 2 images have the interpreter's bytes", done.stdout)

    def test_without_gpu_it_says_so(self):
        os.makedirs(os.path.join(WORK, "none"), exist_ok=True)
        with open(os.path.join(WORK, "none", "libcuda.so.1"), "w", encoding="utf-8") as file:
            file.write("nothing")
        done = bench("--layers=" + LAYER, LD_LIBRARY_PATH=os.path.join(WORK, "none"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("bench: no CUDA driver", done.stderr)
        done = bench("--layers=big")
        self.assertIn("expected table3, figure8, small or CINxCOUTxHxW, got 'big'", done.stderr)


class Real(unittest.TestCase):
    def test_cudnn_takes_the_descriptors(self):
        """Where a cuDNN is, it checks most of what the bench tells it without a GPU: numbers, types, shapes."""
        library = cudnn.Cudnn.__new__(cudnn.Cudnn)
        try:
            library.code = cudnn.load()
        except cudnn.Missing as missing:
            self.skipTest(str(missing))
        self.assertEqual(len(library.operations(LAYER_FACTS)), 4)
        wrong = types.SimpleNamespace(**{**vars(LAYER_FACTS), "height": -1})
        self.assertRaises(cudnn.Refused, library.operations, wrong)
        for form, kind in (cudnn.NHWC, cudnn.INT8), (cudnn.VECTORS, cudnn.INT8X32):
            x = library.tensor(form, kind, 2, 64, 8, 10)
            w = library.made("cudnnCreateFilterDescriptor")
            library.call("cudnnSetFilter4dDescriptor", w, kind, form, 96, 64, 3, 3)
            convolution = library.made("cudnnCreateConvolutionDescriptor")
            library.call("cudnnSetConvolution2dDescriptor", convolution, 1, 1, 1, 1, 1, 1, cudnn.CROSS_CORRELATION, cudnn.INT32)
            shape = [ctypes.c_int() for _ in range(4)]
            library.call("cudnnGetConvolution2dForwardOutputDim", convolution, x, w, *map(ctypes.byref, shape))
            self.assertEqual([extent.value for extent in shape], [2, 96, 8, 10])


class Faked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake, cls.outputs, cls.kept = (os.path.join(WORK, name) for name in ("fake", "outputs", "kept"))
        for folder in cls.fake, cls.outputs:
            os.makedirs(folder)
        for source, library in ("../../runtime/fake_cuda.c", "libcuda.so.1"), ("fake_cudnn.c", "libcudnn.so.9"):
            subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", os.path.join(HERE, source), "-o",
                            os.path.join(cls.fake, library), "-ldl", "-lm"], check=True)

    def run_bench(self, **environment):
        results = os.path.join(WORK, "RESULTS.md")
        done = bench("--layers=" + LAYER, "--batch=1,2", "--samples=3", "--work=" + self.kept, "--results=" + results,
                     LD_LIBRARY_PATH=self.fake, FAKE="quiet", WINO_CUDNN=os.path.join(self.fake, "libcudnn.so.9"), **environment)
        self.assertIn("left: 0 contexts, 0 pushed, 0 modules, 0 blocks, 0 streams, 0 graphs", done.stdout, done.stderr)
        with open(results, encoding="utf-8") as file:
            text = file.read()
        head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| ?[a-z\d]", line)]
        return done, text, [dict(zip(head, row)) for row in rows]

    def test_table(self):
        # The fake's kernels compute nothing: all results differ, and that is what the bench says.
        done, _, rows = self.run_bench()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual([row["checked"] for row in rows], ["DIFFERS", "DIFFERS"])
        self.assertIn("DIFFERS from the interpreter: direct: ", done.stderr)
        # The interpreter's bytes of the run before, as what the kernels "compute".
        folder = os.path.join(self.kept, SHAPE)
        for which in "direct", "winograd", "chosen":
            with open(os.path.join(folder, which + "_b1", which + "_b1.out"), "rb") as file:
                two = file.read()
            for batch, data in (1, two[:len(two) // 2]), (2, two):
                with open(os.path.join(self.outputs, f"{which}_b{batch}.bin"), "wb") as file:
                    file.write(data)
        done, text, rows = self.run_bench(FAKE_OUTPUTS=self.outputs)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(row["batch"], row["checked"]) for row in rows], [("1", "yes"), ("2", "yes")])
        for row in rows: # 5 us per graph and 10 per kernel
            self.assertEqual(row["direct, us"], "15.0")
            self.assertEqual(row["Winograd, us"], "35.0")
            self.assertEqual(row["cuDNN best, us"], "15.0")
            self.assertEqual(row["cold: cuDNN, us"], "15.0")
            chosen = float(row["chosen, us"])
            self.assertEqual(chosen, 15.0 if row["chosen plan"] == "direct" else 35.0)
            self.assertEqual(row["cuDNN / chosen"], f"{15 / chosen:.2f}")
            # Of the ways that compute the right thing: two in each layout; one with the fewest kernels.
            self.assertRegex(row["by"], r"^(NHWC|NC/32HW32), algorithm 1, tensor math \(of 4\)$")
            # Two layouts by default math (8) and by tensor math from algorithm 3 on (5), and the graph interface.
            self.assertEqual(row["refused"], str(2 * (8 + 5) + 1))
            # 10 multiprocessors of 4,096 products per clock at 1 GHz; 2 x 1 GHz x 1,000 bits.
            products = 9 * 32 * 64 * 60 * int(row["batch"])
            self.assertEqual(row["products, us"], f"{products / 40.96e6:.1f}")
            self.assertEqual(row["bytes, us"], f"{(60 * 96 * int(row['batch']) + 9 * 32 * 64) / 250e3:.1f}")
        self.assertIn("cuDNN computes something else: NHWC, algorithm 2, tensor math: image", done.stderr)
        self.assertIn("Fake GPU 0, compute capability 9.0, driver of CUDA 12.4, cuDNN 90000", text)
        self.assertRegex(text, rf"- {LAYER}, batch 2: cuDNN refused 27 ways: 27 x CUDNN_STATUS_NOT_SUPPORTED \(3000\)")
        self.assertIn(f"- {LAYER}, batch 2, warm L2: cuDNN 15.0 us", text)

    def test_launch_that_fails(self):
        done = bench("--layers=" + LAYER, "--batch=1", "--results=" + os.path.join(WORK, "none.md"), LD_LIBRARY_PATH=self.fake, FAKE="launch",
                     WINO_CUDNN=os.path.join(self.fake, "libcudnn.so.9"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("0 modules, 0 blocks", done.stdout)
        self.assertIn("| direct_b1: a call of the CUDA driver failed", done.stdout)
        self.assertIn("bench: direct_b1: a call of the CUDA driver failed [cuLaunchKernel: failed (700)]", done.stderr)

    def test_error_that_stays(self):
        """A row whose kernels break the context does not touch the rows behind it."""
        results = os.path.join(WORK, "sticky.md")
        done = bench("--layers=" + LAYER, "--batch=1,2", "--samples=1", "--work=" + self.kept, "--results=" + results, LD_LIBRARY_PATH=self.fake,
                     FAKE="sticky", WINO_CUDNN=os.path.join(self.fake, "libcudnn.so.9"))
        self.assertEqual(done.returncode, 1)
        with open(results, encoding="utf-8") as file:
            rows = [line for line in file if line.startswith("| " + LAYER)]
        self.assertIn("winograd_b1: a call of the CUDA driver failed", rows[0])
        self.assertRegex(rows[1], r"\| 2 \| \d+\.\d \| \d+\.\d \| \d+\.\d \|")

    def test_cudnn_that_takes_no_stream(self):
        done = bench("--layers=" + LAYER, "--batch=1", "--samples=1", "--results=" + os.path.join(WORK, "none.md"), "--work=" + self.kept,
                     LD_LIBRARY_PATH=self.fake, FAKE="quiet", FAKE_NO_STREAM="1", WINO_CUDNN=os.path.join(self.fake, "libcudnn.so.9"))
        self.assertIn("bench: without cuDNN: cudnnSetStream: CUDNN_STATUS_BAD_PARAM (2000)", done.stderr)
        self.assertRegex(done.stdout, r"\| - \| - \| - \|")

    def test_without_cudnn(self):
        done = bench("--layers=" + LAYER, "--batch=1", "--samples=1", "--results=" + os.path.join(WORK, "none.md"),
                     LD_LIBRARY_PATH=self.fake, FAKE="quiet", WINO_CUDNN=os.path.join(self.fake, "absent.so"))
        self.assertIn("bench: without cuDNN: no libcudnn.so", done.stderr)
        self.assertRegex(done.stdout, r"\| - \| - \| - \|")


if __name__ == "__main__":
    WORK = os.path.abspath(sys.argv.pop())
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    unittest.main(verbosity=2)
