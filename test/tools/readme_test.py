#!/usr/bin/python3
"""What the READMEs say is true: links lead somewhere, flags exist, C programs compile, the README's program sees a cat.

usage: readme_test.py BIN DEMO WORKDIR

BIN holds wino-opt and wino-run, DEMO is the folder resnet20 that tools/demo compiled.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

import numpy

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PAGES = [page for page in sorted(glob.glob("**/README.md", root_dir=ROOT, recursive=True))
         if not re.match(r"(build|\.)", page)]
BIN = DEMO = WORK = ""  # set from the command line


def read(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def c_blocks(page):
    return re.findall(r"^```c\n(.*?)^```", read(page), flags=re.M | re.S)


def compiled(name, text, *flags, include=None):
    """Builds a C text against the demo's library with the flags that the README names; returns the program's path."""
    source, program = os.path.join(WORK, name + ".c"), os.path.join(WORK, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["aarch64-linux-gnu-gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffp-contract=off",
                    "-static", "-I", include or DEMO, "-I", os.path.join(ROOT, "runtime"), source, *flags, "-o", program], check=True)
    return program


class Readme(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in PAGES:
            for link in re.findall(r"\]\(([^)#:]+)\)", read(page)):
                with self.subTest(page=page, link=link):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, os.path.dirname(page), link)))

    def test_flags_exist(self):
        known = ""
        for tool in "wino-opt", "wino-run":
            known += subprocess.run([os.path.join(BIN, tool), "--help-hidden"], stdout=subprocess.PIPE, text=True, check=True).stdout
        flags = set(re.findall(r"`(--[a-z-]+)[=`]", read("README.md")))
        self.assertGreater(len(flags), 10)
        for flag in sorted(flags - {"--help"}):
            self.assertRegex(known, flag + r"\b")

    def test_every_room_is_described(self):
        for pattern in "lib/*", "passes", "passes/Lower", "runtime", "test", "test/bench", "test/data", "tools":
            for room in glob.glob(pattern, root_dir=ROOT):
                if os.path.isdir(os.path.join(ROOT, room)):
                    self.assertIn(f"{room}/README.md", PAGES)

    def test_program_of_the_readme(self):
        programs = c_blocks("README.md")
        self.assertEqual(len(programs), 2)
        program = compiled("classify", programs[0], os.path.join(DEMO, "libresnet20.a"))
        images = numpy.load(os.path.join(ROOT, "test", "data", "test_images.npy"))
        labels = numpy.load(os.path.join(ROOT, "test", "data", "test_labels.npy"))
        self.assertEqual(labels[0], 3)  # a cat, as the README says
        done = subprocess.run(["qemu-aarch64", program], input=images[0].transpose(1, 2, 0).tobytes(), stdout=subprocess.PIPE, check=True)
        scores = [float(score) for score in re.findall(r"class \d: (\S+)", done.stdout.decode())]
        self.assertEqual(len(scores), 10)
        self.assertEqual(numpy.argmax(scores), labels[0])

    def test_gpu_function_of_the_readme(self):
        net, images, gpu = (os.path.join(WORK, name) for name in ("gpu.onnx", "gpu.npy", "gpu"))
        subprocess.run([os.path.join(ROOT, "test/data/make_onnx.py"), net, "--images=" + images, "--count=8"], check=True)
        subprocess.run([os.path.join(BIN, "wino-opt"), net, "--calib=" + images, "--min-sqnr=-100", "--name=resnet20",
                        "--target=sm_80", "-o", gpu], check=True)
        text = c_blocks("README.md")[1]
        self.assertLessEqual(len(text.splitlines()), 10)
        compiled("gpu_function", text, "-c", include=gpu)

    def test_snippets_of_the_runtime(self):
        for text in c_blocks("runtime/README.md"):
            if "_set_parallel_for" not in text:
                compiled("snippet", text, "-c")

    def test_threads_of_the_runtime(self):
        net, images = os.path.join(WORK, "net.onnx"), os.path.join(WORK, "net.npy")
        subprocess.run([os.path.join(ROOT, "test/data/make_onnx.py"), net, "--images=" + images, "--count=8"], check=True)
        subprocess.run([os.path.join(BIN, "wino-opt"), net, "--calib=" + images, "--min-sqnr=-100", "--name=resnet20",
                        "--max-workers=4", "-o", WORK], check=True)
        texts = [text for text in c_blocks("runtime/README.md") if "_set_parallel_for" in text]
        self.assertEqual(len(texts), 1)
        compiled("threads", texts[0], "-c", include=WORK)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    BIN, DEMO, WORK = (os.path.abspath(path) for path in sys.argv[1:4])
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
