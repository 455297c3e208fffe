"""lit: the textual tests under test/. FileCheck and friends come from LLVM 19's own bin folder."""
import os

import lit.formats

config.name = "wino-opt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["data", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join([config.wino_bin, config.llvm_bin, "/usr/bin", "/bin"])
for name in ("WINO_FULL", "WINO_SEED"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.substitutions.append(("%data", os.path.join(config.test_source_root, "data")))
config.substitutions.append(("%make_onnx", "/usr/bin/python3 " + os.path.join(config.test_source_root, "data", "make_onnx.py")))
