// Tests of PlanFile: the same bytes every time, and back again; damaged files are errors with a line.
#include "wino/Target/PlanFile.h"

#include <gtest/gtest.h>

using namespace wino;

namespace {

std::string errorOf(llvm::StringRef text) {
  auto plan = PlanFile::parse(text, "p.yaml");
  return plan ? "accepted" : llvm::toString(plan.takeError());
}

PlanFile example() {
  PlanFile plan;
  plan.target = "cortex-a53";
  plan.modelSha256 = std::string(64, 'a');
  plan.layers.push_back({"stem", TileSpec()});
  plan.layers.push_back({"a \"quoted\": \\ name\x01", llvm::cantFail(TileSpec::parse("F(2,3) points=[0,1,-1,inf]"))});
  return plan;
}

TEST(PlanFile, writes_what_a_person_can_read) {
  EXPECT_EQ(
      example().toYaml(),
      "# Plan of every convolution, written by wino-opt. Edit it, or pass it back with --plan to lock these choices.\n"
      "version: 1\n"
      "target: \"cortex-a53\"\n"
      "model_sha256: \"" +
          std::string(64, 'a') +
          "\"\n"
          "layers:\n"
          "  - name: \"stem\"\n"
          "    plan: \"direct\"\n"
          "  - name: \"a \\\"quoted\\\": \\\\ name\\x01\"\n"
          "    plan: \"F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8\"\n");
}

TEST(PlanFile, keeps_stated_matrices_of_thousands_of_characters) {
  std::string text = "F(8,3) K=16 at=[", row = "-999999999/999999998";
  auto matrix = [&](int rows, int columns) {
    for (int i = 0; i < rows * columns; ++i)
      text += (i == 0 ? "" : i % columns ? "," : ";") + row;
  };
  matrix(8, 16);
  text += "] g=[";
  matrix(16, 3);
  text += "] bt=[";
  matrix(16, 10);
  PlanFile plan = example();
  plan.layers.push_back({"long", llvm::cantFail(TileSpec::parse(text + "]"))});
  EXPECT_GT(plan.toYaml().size(), 7000u);
  EXPECT_EQ(llvm::cantFail(PlanFile::parse(plan.toYaml(), "p.yaml")).toYaml(), plan.toYaml());
}

TEST(PlanFile, reads_back_what_it_wrote) {
  PlanFile plan = example();
  auto back = PlanFile::parse(plan.toYaml(), "p.yaml");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_EQ(back->toYaml(), plan.toYaml());
  EXPECT_EQ(back->find("a \"quoted\": \\ name\x01")->plan.m, 2);
  EXPECT_EQ(back->find("stem")->line, 6u);
  EXPECT_EQ(back->find("other"), nullptr);
  PlanFile empty;
  EXPECT_TRUE(bool(PlanFile::parse(empty.toYaml(), "p.yaml")));
}

TEST(PlanFile, layers_in_floats_say_so) {
  PlanFile plan = example();
  plan.layers[1].inFloats = true;
  PlanFile back = llvm::cantFail(PlanFile::parse(plan.toYaml(), "p.yaml"));
  EXPECT_FALSE(back.layers[0].inFloats);
  EXPECT_TRUE(back.layers[1].inFloats);
  EXPECT_EQ(back.toYaml(), plan.toYaml());
}

TEST(PlanFile, rejects_what_it_does_not_know) {
  EXPECT_EQ(errorOf("version: 2\nlayers: []\n"), "p.yaml:1: expected version 1, got '2'");
  EXPECT_EQ(errorOf("version: 1\n"), "p.yaml:1: expected the key 'layers', got none");
  EXPECT_EQ(errorOf("layers: []\n"), "p.yaml:1: expected the key 'version', got none");
  EXPECT_EQ(errorOf("version: 1\nlayer: []\nlayers: []\n"),
            "p.yaml:2: expected a scalar for 'layer', got another kind of value");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - name: a\n"), "p.yaml:3: expected the key 'plan' in a layer, got none");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - a\n"), "p.yaml:3: expected the key 'name' in a layer, got none");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - name: a\n    plan: direct\n  - name: a\n    plan: direct\n"),
            "p.yaml:5: expected each layer once, got 'a' again");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - name: a\n    plan: direct\n    precision: fp16\n"),
            "p.yaml:5: expected precision fp32, or none, for a layer, got 'fp16'");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - name: a\n    plan: direct\n    colour: red\n"),
            "p.yaml:5: expected a key among name, plan, precision, got 'colour'");
  EXPECT_EQ(errorOf("version: 1\nmodel_sha256: 12\nlayers: []\n"),
            "p.yaml:2: expected 64 hexadecimal digits, got '12'");
  EXPECT_EQ(errorOf("version: 1\nlayers:\n  - name: a\n    plan: wavelet\n").rfind("p.yaml:4: ", 0), 0u);
}

} // namespace
