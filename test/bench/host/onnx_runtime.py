"""ONNX Runtime from its npm package, called through its C interface: no Node process around what is measured.

`find()` looks for the package onnxruntime-node in WINO_ORT (a folder with node_modules) and in build/ort; `install()`
puts it there with npm. The C interface is a table of functions that only grows, so the numbers of its slots are fixed.
"""
import ctypes
import os
import platform
import subprocess

import numpy

PACKAGE = "onnxruntime-node@1.30.0"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.abspath(os.environ.get("WINO_BUILD", os.path.join(ROOT, "build")))
FOLDER = os.environ.get("WINO_ORT") or os.path.join(BUILD, "ort")

API_VERSION = 17  # any that has the slots below
SLOTS = {
    "GetErrorMessage": 2, "CreateEnv": 3, "CreateSessionFromArray": 8, "Run": 9, "CreateSessionOptions": 10,
    "SetOptimizedModelFilePath": 11, "SetIntraOpNumThreads": 24, "SetInterOpNumThreads": 25,
    "CreateTensorWithDataAsOrtValue": 49, "CreateCpuMemoryInfo": 69, "ReleaseStatus": 93, "AddSessionConfigEntry": 130,
}
ELEMENT = {numpy.dtype(numpy.float32): 1, numpy.dtype(numpy.uint8): 2}  # ONNXTensorElementDataType


class Missing(Exception):
    """The package is not there or not for this machine."""


class Refused(Exception):
    """An error that ONNX Runtime reports."""


def find():
    """Path of the shared library; Missing says what to do."""
    arch = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    path = os.path.join(FOLDER, "node_modules", "onnxruntime-node", "bin", "napi-v6", "linux", arch, "libonnxruntime.so.1")
    if not os.path.exists(path):
        raise Missing(f"expected {path}, got none; run: npm install --ignore-scripts --prefix {FOLDER} {PACKAGE}")
    return path


def install():
    """npm's package (290 MB unpacked) into FOLDER. Its scripts, which fetch GPU libraries, do not run."""
    os.makedirs(FOLDER, exist_ok=True)
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", FOLDER, PACKAGE],
                   check=True, stdin=subprocess.DEVNULL)


class Runtime:
    """The library with one environment."""

    def __init__(self, path=None):
        library = ctypes.CDLL(path or find())
        library.OrtGetApiBase.restype = ctypes.POINTER(ctypes.c_void_p)
        base = library.OrtGetApiBase()
        get_api = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)(base[0])
        self.version = ctypes.CFUNCTYPE(ctypes.c_char_p)(base[1])().decode()
        table = get_api(API_VERSION)
        self.slots = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))
        self.message = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(self.slots[SLOTS["GetErrorMessage"]])
        self.environment = ctypes.c_void_p()
        self.call("CreateEnv", ctypes.c_int(3), ctypes.c_char_p(b"wino"), ctypes.byref(self.environment))
        self.memory = ctypes.c_void_p()
        self.call("CreateCpuMemoryInfo", ctypes.c_int(0), ctypes.c_int(0), ctypes.byref(self.memory))

    def function(self, name):
        return ctypes.CFUNCTYPE(ctypes.c_void_p)(self.slots[SLOTS[name]])

    def call(self, name, *arguments):
        """Calls a function that returns a status, with ctypes objects for arguments."""
        status = self.function(name)(*arguments)
        if status:
            text = self.message(status).decode()
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.slots[SLOTS["ReleaseStatus"]])(ctypes.c_void_p(status))
            raise Refused(f"ONNX Runtime, {name}: {text}")


class Session:
    """One model with one input and one output in fixed buffers: fill `input`, call `run()`, read `output`."""

    def __init__(self, runtime, model, source, result, exact=False, optimized=None):
        """source and result: (name, dims, dtype). `exact` asks for kernels whose sums do not saturate; `optimized` is a
        file for the graph after fusion."""
        self.runtime = runtime
        options = ctypes.c_void_p()
        runtime.call("CreateSessionOptions", ctypes.byref(options))
        runtime.call("SetIntraOpNumThreads", options, ctypes.c_int(1))
        runtime.call("SetInterOpNumThreads", options, ctypes.c_int(1))
        # Two pairs of QuantizeLinear and DequantizeLinear in a row round twice; by default it makes one of them.
        runtime.call("AddSessionConfigEntry", options, ctypes.c_char_p(b"session.disable_double_qdq_remover"),
                     ctypes.c_char_p(b"1"))
        if exact:
            runtime.call("AddSessionConfigEntry", options, ctypes.c_char_p(b"session.x64quantprecision"), ctypes.c_char_p(b"1"))
        if optimized:
            runtime.call("SetOptimizedModelFilePath", options, ctypes.c_char_p(os.fsencode(optimized)))
        session = ctypes.c_void_p()
        runtime.call("CreateSessionFromArray", runtime.environment, ctypes.c_char_p(model), ctypes.c_size_t(len(model)),
                     options, ctypes.byref(session))
        self.input, source_value = self.tensor(*source[1:])
        self.output, result_value = self.tensor(*result[1:])
        self.names = [(ctypes.c_char_p * 1)(name.encode()) for name in (source[0], result[0])]
        self.values = [(ctypes.c_void_p * 1)(value.value) for value in (source_value, result_value)]
        self.arguments = (session, ctypes.c_void_p(), self.names[0], self.values[0], ctypes.c_size_t(1), self.names[1],
                          ctypes.c_size_t(1), self.values[1])
        self.entry = runtime.function("Run")

    def tensor(self, dims, dtype):
        """An array and the runtime's value around its memory."""
        array = numpy.zeros(dims, dtype)
        value = ctypes.c_void_p()
        self.runtime.call("CreateTensorWithDataAsOrtValue", self.runtime.memory, ctypes.c_void_p(array.ctypes.data),
                          ctypes.c_size_t(array.nbytes), (ctypes.c_int64 * len(dims))(*dims), ctypes.c_size_t(len(dims)),
                          ctypes.c_int(ELEMENT[array.dtype]), ctypes.byref(value))
        return array, value

    def run(self):
        if self.entry(*self.arguments):
            self.runtime.call("Run", *self.arguments)  # once more, for the message
