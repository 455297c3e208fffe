// Tests of PolicyFile and, through it, of the YAML reader: what is accepted, and the message of everything that is not.
#include "wino/Target/PolicyFile.h"

#include <gtest/gtest.h>

using namespace wino;

namespace {

std::string errorOf(llvm::StringRef text) {
  auto policy = PolicyFile::parse(text, "p.yaml");
  return policy ? "accepted" : llvm::toString(policy.takeError());
}

std::string body(llvm::StringRef text) { return ("conv_policy:\n  " + text + "\n").str(); }

TEST(PolicyFile, reads_the_documented_example) {
  auto policy = PolicyFile::parse(R"(---
# our rules
conv_policy:
  default: auto            # auto | direct
  precision: mixed
  overrides:
    - layers: ["stem", 'stage1.*']
      algo: direct
    - layers:
      - head
      precision: int8
      algo: F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8
)",
                                  "p.yaml");
  ASSERT_TRUE(bool(policy)) << llvm::toString(policy.takeError());
  EXPECT_FALSE(policy->defaultAlgo);
  EXPECT_EQ(policy->precision, Precision::Mixed);
  ASSERT_EQ(policy->overrides.size(), 2u);
  EXPECT_EQ(policy->find("stage1.0.conv1"), &policy->overrides[0]);
  EXPECT_TRUE(policy->overrides[0].algo->direct);
  EXPECT_EQ(policy->find("stage2.0"), nullptr);
  const PolicyRule *head = policy->find("head");
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head->algo->K, 9);
  EXPECT_EQ(head->line, 9u);
  EXPECT_EQ(head->precision, Precision::Int8);
}

TEST(PolicyFile, precision_of_a_node) {
  auto policy = PolicyFile::parse(
      body("precision: int8\n  overrides:\n  - layers: [a]\n    precision: fp32\n  - layers: ['*']\n    algo: direct"),
      "p.yaml");
  ASSERT_TRUE(bool(policy)) << llvm::toString(policy.takeError());
  EXPECT_EQ(policy->precisionOf("a", Precision::Mixed), Precision::Fp32);
  EXPECT_EQ(policy->precisionOf("b", Precision::Mixed), Precision::Int8);
  EXPECT_EQ(PolicyFile().precisionOf("b", Precision::Int8), Precision::Int8);
}

TEST(PolicyFile, first_matching_override_decides) {
  auto ordered = PolicyFile::parse(
      body("overrides:\n  - layers: [a]\n    algo: auto\n  - layers: ['*']\n    algo: direct"), "p.yaml");
  ASSERT_TRUE(bool(ordered)) << llvm::toString(ordered.takeError());
  EXPECT_TRUE(ordered->find("a")->autoAlgo);
  EXPECT_TRUE(ordered->find("b")->algo->direct);
}

// The text of the file is gone by the time rules are asked: also the constant head of a glob must have been copied.
TEST(PolicyFile, a_glob_with_a_constant_head) {
  auto policy = PolicyFile::parse(
      body("overrides:\n  - layers: [\"/stem/*\", \"/a/rather/long/folder/*/Conv\"]\n    algo: direct"), "p.yaml");
  ASSERT_TRUE(bool(policy)) << llvm::toString(policy.takeError());
  EXPECT_NE(policy->find("/stem/Conv"), nullptr);
  EXPECT_NE(policy->find("/a/rather/long/folder/c1/Conv"), nullptr);
  EXPECT_EQ(policy->find("/a/rather/long/folder/c1/Add"), nullptr);
}

TEST(PolicyFile, a_name_that_looks_like_a_glob_matches_itself) {
  auto policy = PolicyFile::parse(body("overrides:\n  - layers: [\"conv[0]\"]\n    algo: direct"), "p.yaml");
  ASSERT_TRUE(bool(policy)) << llvm::toString(policy.takeError());
  EXPECT_NE(policy->find("conv[0]"), nullptr);
}

TEST(PolicyFile, unknown_keys_name_file_and_line) {
  EXPECT_EQ(errorOf(body("defualt: auto")),
            "p.yaml:2: expected a key among default, precision, overrides, got 'defualt'");
  EXPECT_EQ(errorOf(body("overrides:\n  - layers: [a]\n    algos: direct")),
            "p.yaml:4: expected a key among layers, algo, precision, got 'algos'");
  EXPECT_EQ(errorOf("policy:\n  default: auto\n"),
            "p.yaml:1: expected the one top-level key 'conv_policy', got the key 'policy'");
  EXPECT_EQ(errorOf(""), "p.yaml:1: expected the one top-level key 'conv_policy', got nothing");
}

TEST(PolicyFile, rejects_wrong_values) {
  EXPECT_EQ(errorOf(body("precision: fp16")), "p.yaml:2: expected precision mixed, int8 or fp32, got 'fp16'");
  EXPECT_EQ(errorOf(body("overrides: all")), "p.yaml:2: expected a sequence below 'overrides', got 'all'");
  EXPECT_EQ(errorOf(body("overrides:\n  - algo: direct")),
            "p.yaml:3: expected 'layers' with at least one name or glob, got none");
  EXPECT_EQ(errorOf(body("overrides:\n  - layers: [a]")),
            "p.yaml:3: expected 'algo' or 'precision' in an override, got neither");
  EXPECT_EQ(errorOf(body("default: auto\n  default: direct")), "p.yaml:3: expected each key once, got 'default' again");
  EXPECT_EQ(errorOf(body("default: F(0,3)")).rfind("p.yaml:2: ", 0), 0u);
  EXPECT_EQ(
      errorOf(body("overrides:\n  - layers: ['[z']\n    algo: direct")).rfind("p.yaml:3: expected a glob, got '[z'", 0),
      0u);
}

TEST(PolicyFile, rejects_yaml_outside_the_subset) {
  EXPECT_NE(errorOf(body("overrides:\n    - {}")).find("expected a scalar, got '{'"), std::string::npos);
  EXPECT_NE(errorOf(body("default: &a auto")).find("expected a scalar, got '&'"), std::string::npos);
  EXPECT_NE(errorOf(body("default: \"auto")).find("expected a closing quote"), std::string::npos);
  EXPECT_NE(errorOf(body("default: 'auto' direct")).find("expected the end of the line"), std::string::npos);
  EXPECT_NE(errorOf(body("overrides:\n  - layers: [a,\n      b]")).find("expected ']' on the same line"),
            std::string::npos);
  EXPECT_NE(errorOf("conv_policy:\n\tdefault: auto\n").find("control character 9"), std::string::npos);
  EXPECT_NE(errorOf("conv_policy:\n  default: auto\n default: auto\n").find("same indentation"), std::string::npos);
  EXPECT_NE(errorOf(body("just text")).find("expected 'key: value'"), std::string::npos);
  EXPECT_NE(errorOf(body("default: \"\\q\"")).find("expected escape"), std::string::npos);
}

TEST(PolicyFile, survives_deep_and_long_input) {
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "- ";
  EXPECT_NE(errorOf(deep + "x").find("at most 16 nested levels"), std::string::npos);
  std::string keys;
  for (int i = 0; i < 500; ++i)
    keys += std::string(size_t(i), ' ') + "k:\n";
  EXPECT_NE(errorOf(keys).find("at most 16 nested levels"), std::string::npos);
  EXPECT_NE(errorOf(std::string(2 << 20, 'a')).find("at most 1048576 bytes"), std::string::npos);
}

// Every prefix and every one-byte change of a valid file is read or rejected, never worse.
TEST(PolicyFile, survives_damaged_files) {
  std::string text =
      body("default: 'direct'\n  overrides:\n    - layers: [\"a\\x41\", b*]\n      algo: \"F(4,3)\" # c\n");
  for (size_t i = 0; i < text.size(); ++i) {
    errorOf(llvm::StringRef(text).take_front(i));
    for (char c : {'\0', '"', '\'', '[', ']', '-', ':', ' ', '\n', '#', '\\', '\xff'}) {
      std::string damaged = text;
      damaged[i] = c;
      errorOf(damaged);
    }
  }
}

TEST(PolicyFile, missing_file_is_an_error) {
  auto policy = PolicyFile::load("no-such-file.yaml");
  ASSERT_FALSE(bool(policy));
  EXPECT_EQ(llvm::toString(policy.takeError()).rfind("no-such-file.yaml: ", 0), 0u);
}

} // namespace
