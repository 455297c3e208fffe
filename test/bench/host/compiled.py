"""A compiled x86-64 folder as something to call: its library, linked to a shared object, with input and output arrays."""
import ctypes
import os
import re
import subprocess

import numpy

TYPES = {"uint8_t": numpy.uint8, "int8_t": numpy.int8, "uint16_t": numpy.uint16, "int16_t": numpy.int16}


class Library:
    """Fill `input` (NHWC), call `run()`, read `output`; `scale` and `signed` of each are in `inputs` and `outputs`."""

    def __init__(self, folder, name):
        archive, shared = (os.path.join(folder, f"lib{name}{ending}") for ending in (".a", ".so"))
        subprocess.run(["gcc", "-shared", "-o", shared, "-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"], check=True)
        with open(os.path.join(folder, name + ".h"), encoding="utf-8") as file:
            self.header = file.read()
        self.prefix = name.upper()
        self.code = ctypes.CDLL(os.path.abspath(shared))
        self.input, self.output = self.port("INPUT0"), self.port("OUTPUT0")
        self.input_scale, self.output_scale = float(self.macro("INPUT0_SCALE")), float(self.macro("OUTPUT0_SCALE"))
        size = int(self.macro("ARENA_BYTES"))
        self.arena = numpy.zeros(size + 64, numpy.uint8)
        base = self.arena.ctypes.data + -self.arena.ctypes.data % 64
        self.context = (ctypes.c_uint64 * 64)()
        status = getattr(self.code, name + "_init")(ctypes.byref(self.context), ctypes.c_void_p(base), ctypes.c_size_t(size))
        if status:
            raise RuntimeError(f"{name}_init: expected status 0, got {status}")
        self.entry = getattr(self.code, name + "_run")
        self.arguments = (ctypes.byref(self.context), ctypes.c_void_p(self.input.ctypes.data),
                          ctypes.c_void_p(self.output.ctypes.data))

    def macro(self, name):
        return re.search(rf"^#define {self.prefix}_{name} (.*)$", self.header, re.M).group(1)

    def port(self, which):
        dims = [int(dim) for dim in re.findall(r"\d+", self.macro(which + "_DIMS"))]
        return numpy.zeros(dims, TYPES[self.macro(which + "_TYPE")])

    def quantize(self, floats):
        """NCHW floats into `input`, by the rule of the header: clamp(floor(x / scale + 1/2)) in binary64."""
        info = numpy.iinfo(self.input.dtype)
        q = numpy.clip(numpy.floor(floats.astype(numpy.float64) / self.input_scale + 0.5), info.min, info.max)
        self.input[...] = to_memory(q)

    def logical_output(self):
        """`output` as integers in the model's order of dimensions."""
        result = self.output.astype(numpy.int32)
        return numpy.moveaxis(result, -1, 1) if result.ndim == 4 else result

    def run(self):
        if status := self.entry(*self.arguments):
            raise RuntimeError(f"{self.prefix}: expected status 0, got {status}")


def to_memory(array):
    return numpy.moveaxis(array, 1, -1) if array.ndim == 4 else array
