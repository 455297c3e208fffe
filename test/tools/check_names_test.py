#!/usr/bin/python3
"""Each rule of tools/check_names.py finds the fault it is there for, and nothing in a clean tree."""
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools"))
import check_names  # noqa: E402  (found through the line above)


class RuleTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.back = os.getcwd()
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir(self.back)
        self.folder.cleanup()

    def problems(self, rule, **files):
        """What `rule` says about a tree of the given texts; `__` in a keyword stands for `/`, a last `_` for `.`."""
        paths = {}
        for key, text in files.items():
            head, _, extension = key.rpartition("_")
            paths[head.replace("__", "/") + "." + extension] = text
        for path, text in paths.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        return [what for _, what in rule(sorted(paths))]

    def test_first_line(self):
        self.assertEqual(self.problems(check_names.check_first_lines, lib__Import__A_cpp="// What it is.\n",
                                       passes__B_td="// What it is.\n", test__c__d_c="/* What it is. */\n"), [])
        self.assertEqual(self.problems(check_names.check_first_lines, lib__Import__A_cpp="#include <string>\n",
                                       passes__B_td="\n// too late\n"),
                         ["expected a comment in the first line that says what the file is"] * 2)

    def test_long_file(self):
        self.assertEqual(self.problems(check_names.check_sizes, lib__Import__A_cpp="\n" * 400), [])
        self.assertEqual(self.problems(check_names.check_sizes, lib__Import__A_cpp="\n" * 401),
                         ["expected at most 400 lines, got 401"])

    def test_names(self):
        self.assertEqual(len(self.problems(check_names.check_file_names, lib__Import__onnxreader_cpp="")), 1)
        self.assertEqual(len(self.problems(check_names.check_file_names, test__lib__Import__GoneTest_cpp="")), 1)
        self.assertEqual(self.problems(check_names.check_file_names, lib__Import__A_cpp="",
                                       test__lib__Import__ATest_cpp=""), [])
        self.assertEqual(self.problems(check_names.check_file_names, lib__Import__README_md="ShownTest.cpp shows it\n",
                                       test__lib__Import__ShownTest_cpp=""), [])

    def test_pass_without_test(self):
        complete = {"passes__Plan__P__P_td": "", "passes__Plan__P__P_cpp": ""}
        self.assertEqual(len(self.problems(check_names.check_passes, **complete)), 1)
        self.assertEqual(self.problems(check_names.check_passes, test__passes__Plan__P__basic_mlir="", **complete), [])

    def test_include_directions(self):
        check = check_names.check_includes
        self.assertEqual(len(self.problems(check, lib__Numerics__A_cpp='#include "wino/Dialect/Winograd.h"\n')), 1)
        self.assertEqual(len(self.problems(check, lib__Dialect__A_cpp='#include "wino/Import/OnnxReader.h"\n')), 1)
        self.assertEqual(self.problems(check, lib__Emit__A_cpp='#include "wino/Target/CostModel.h"\n'), [])
        self.assertEqual(len(self.problems(check, passes__Lower__LowerToNeon__A_cpp='#include "Lower/LowerToX86/B.h"\n')), 1)
        self.assertEqual(len(self.problems(check, runtime__wino_c='#include "wino/Emit/Report.h"\n')), 1)

    def test_paths_of_a_machine(self):
        path = "/" + "root/model.onnx"
        self.assertEqual(len(self.problems(check_names.check_paths, tools__a_py=f"open('{path}')\n")), 1)
        self.assertEqual(self.problems(check_names.check_paths, tools__a_py="open('" + "build/" + "work/x')\n"), [])

    def test_open_ends(self):
        self.assertEqual(len(self.problems(check_names.check_open_ends, lib__Import__A_cpp="// TO" + "DO: more\n")), 1)

    def test_constraints(self):
        table = 'def AddOp : Winograd_Op<"add"> {\n  let description = "(C1) one. (C2) two.";\n}\n'
        check = check_names.check_constraint_tests
        self.assertEqual(len(self.problems(check, include__wino__Dialect__Ops_td=table)), 2)
        self.assertEqual(len(self.problems(check, include__wino__Dialect__Ops_td=table,
                                           test__lib__Dialect__invalid_mlir="func.func @add_c1()\n// add_c22\n")), 1)


if __name__ == "__main__":
    unittest.main()
