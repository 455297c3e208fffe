// Text to decoded instructions: words against GNU as, roles and resources against what the instruction does.
#include "wino/Machine/Assemble.h"

#include "gtest/gtest.h"

#include <set>

using namespace wino::a53;

namespace {

const Parameters parameters;
const Decoder decoder(parameters);

std::vector<Instruction> assembled(std::vector<std::string> lines) {
  auto result = assemble(lines, decoder);
  EXPECT_TRUE(bool(result));
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }
  return *result;
}

std::string errorOf(std::vector<std::string> lines) {
  auto result = assemble(lines, decoder);
  return result ? "" : llvm::toString(result.takeError());
}

std::set<unsigned> sources(const Instruction &inst) { return {inst.source, inst.source + inst.numSources}; }
std::set<unsigned> results(const Instruction &inst) { return {inst.result, inst.result + inst.numResults}; }
constexpr unsigned v(unsigned n) { return 32 + n; }

} // namespace

// The words are those of GNU as 2.40, for every kind of instruction that the kernels use.
TEST(Assemble, words_are_those_of_another_assembler) {
  const struct {
    const char *text;
    uint32_t word;
  } known[] = {{"ldr d3, [x1, #8]", 0xfd400423},
               {"ldr q4, [x2, #-16]", 0x3cdf0044},
               {"ldr x7, [x1, #4088]", 0xf947fc27},
               {"ldr q5, [x0], #16", 0x3cc10405},
               {"ldr x8, [x14, x5]", 0xf86569c8},
               {"ldr s2, [x6]", 0xbd4000c2},
               {"str q1, [x13, #32]", 0x3d8009a1},
               {"str s1, [x14, #4]", 0xbd0005c1},
               {"str d30, [x3]", 0xfd00007e},
               {"st1 {v1.s}[1], [x5]", 0x0d0090a1},
               {"st1 {v1.s}[3], [x5], x9", 0x4d8990a1},
               {"ld1r {v9.8h}, [x6], #2", 0x4ddfc4c9},
               {"fmov d3, x7", 0x9e6700e3},
               {"ins v3.d[1], x8", 0x4e181d03},
               {"smull v0.8h, v1.8b, v2.8b", 0x0e22c020},
               {"smull2 v0.8h, v1.16b, v2.16b", 0x4e22c020},
               {"smlal v0.8h, v1.8b, v2.8b", 0x0e228020},
               {"smlal2 v31.8h, v1.16b, v2.16b", 0x4e22803f},
               {"umull v0.8h, v1.8b, v2.8b", 0x2e22c020},
               {"umlal2 v0.8h, v1.16b, v2.16b", 0x6e228020},
               {"umlsl v0.8h, v1.8b, v2.8b", 0x2e22a020},
               {"smlal v0.4s, v1.4h, v2.h[3]", 0x0f722020},
               {"smlal2 v0.4s, v1.8h, v2.h[7]", 0x4f722820},
               {"sadalp v16.4s, v0.8h", 0x4e606810},
               {"saddw v16.4s, v9.4s, v0.4h", 0x0e601130},
               {"saddw2 v16.4s, v9.4s, v0.8h", 0x4e601130},
               {"addp v0.4s, v1.4s, v2.4s", 0x4ea2bc20},
               {"mul v0.8h, v1.8h, v2.h[1]", 0x4f528020},
               {"mla v0.8h, v1.8h, v2.h[1]", 0x6f520020},
               {"mls v0.4s, v1.4s, v2.s[3]", 0x6fa24820},
               {"sqrdmulh v0.4s, v1.4s, v2.s[1]", 0x4fa2d020},
               {"sqrdmulh v0.8h, v1.8h, v2.8h", 0x6e62b420},
               {"sqrshrn v0.4h, v1.4s, #10", 0x0f169c20},
               {"sqrshrn2 v0.8h, v1.4s, #10", 0x4f169c20},
               {"sqrshrun v0.8b, v1.8h, #6", 0x2f0a8c20},
               {"sqrshrun2 v0.16b, v1.8h, #6", 0x6f0a8c20},
               {"sqxtn v0.8b, v1.8h", 0x0e214820},
               {"sqxtun2 v0.16b, v1.8h", 0x6e212820},
               {"ssra v0.8h, v1.8h, #7", 0x4f191420},
               {"shl v0.4s, v1.4s, #9", 0x4f295420},
               {"smax v0.8h, v1.8h, v2.8h", 0x4e626420},
               {"umin v0.16b, v1.16b, v2.16b", 0x6e226c20},
               {"movi v0.2d, #0", 0x6f00e400},
               {"movi v0.8h, #127", 0x4f0387e0},
               {"mvni v0.8h, #127", 0x6f0387e0},
               {"mov v0.16b, v1.16b", 0x4ea11c20},
               {"add x0, x0, #64", 0x91010000},
               {"sub x0, x0, x28", 0xcb1c0000},
               {"subs x4, x4, #1", 0xf1000484},
               {"sdot v0.4s, v1.16b, v2.4b[3]", 0x4fa2e820},
               {"sdot v31.4s, v1.16b, v2.16b", 0x4e82943f},
               {"smmla v0.4s, v1.16b, v31.16b", 0x4e9fa420},
               {"usmmla v0.4s, v1.16b, v31.16b", 0x4e9fac20},
               {"zip1 v0.2d, v1.2d, v2.2d", 0x4ec23820},
               {"zip2 v0.2d, v1.2d, v2.2d", 0x4ec27820},
               {"dup v0.2d, v1.d[1]", 0x4e180420},
               {"st1 {v1.b}[3], [x7]", 0x0d000ce1},
               {"movz x4, #5", 0xd28000a4},
               {"movk x4, #1, lsl #16", 0xf2a00024}};
  for (const auto &[text, word] : known) {
    std::vector<Instruction> code = assembled({text});
    ASSERT_EQ(code.size(), 1u) << text;
    EXPECT_EQ(code[0].word, word) << text;
    EXPECT_NE(code[0].cls, ClassOther) << text;
  }
}

TEST(Assemble, keeps_the_order_of_the_lines) {
  std::vector<Instruction> code = assembled({"add x0, x0, #64", "shl v0.4s, v1.4s, #9", "add x0, x0, #64"});
  ASSERT_EQ(code.size(), 3u);
  EXPECT_EQ(code[0].word, code[2].word);
  EXPECT_EQ(code[1].word, 0x4f295420u);
}

TEST(Assemble, accumulators_are_read_and_written) {
  Instruction smlal = assembled({"smlal2 v31.8h, v1.16b, v2.16b"})[0];
  EXPECT_EQ(sources(smlal), (std::set<unsigned>{v(1), v(2), v(31)}));
  EXPECT_EQ(results(smlal), (std::set<unsigned>{v(31)}));
  for (unsigned s = 0; s < smlal.numSources; ++s)
    EXPECT_EQ(smlal.role[s] == RoleAccumulator, smlal.source[s] == v(31));
  Instruction smull = assembled({"smull v0.8h, v1.8b, v2.8b"})[0];
  EXPECT_EQ(sources(smull), (std::set<unsigned>{v(1), v(2)}));
  Instruction narrow = assembled({"sqrshrn2 v0.8h, v1.4s, #10"})[0]; // keeps the lower half of its result
  EXPECT_EQ(sources(narrow), (std::set<unsigned>{v(0), v(1)}));
}

TEST(Assemble, dot_products_are_multiply_accumulates) {
  for (const char *text : {"sdot v0.4s, v1.16b, v2.4b[3]", "sdot v0.4s, v1.16b, v2.16b", "smmla v0.4s, v1.16b, v2.16b",
                           "usmmla v0.4s, v1.16b, v2.16b"}) {
    Instruction dot = assembled({text})[0];
    EXPECT_EQ(sources(dot), (std::set<unsigned>{v(0), v(1), v(2)})) << text;
    EXPECT_EQ(results(dot), (std::set<unsigned>{v(0)})) << text;
    for (unsigned s = 0; s < dot.numSources; ++s)
      EXPECT_EQ(dot.role[s] == RoleAccumulator, dot.source[s] == v(0)) << text;
    EXPECT_EQ(dot.neon, NeonForm::Full) << text;
  }
  EXPECT_EQ(assembled({"sdot v0.4s, v1.16b, v2.4b[3]"})[0].laneMacs, 16);
  EXPECT_EQ(assembled({"smmla v0.4s, v1.16b, v2.16b"})[0].laneMacs, 32);
}

TEST(Assemble, addresses_and_updated_bases) {
  Instruction load = assembled({"ldr q5, [x0], #16"})[0];
  EXPECT_EQ(sources(load), (std::set<unsigned>{0}));
  EXPECT_EQ(results(load), (std::set<unsigned>{0, v(5)}));
  EXPECT_EQ(load.role[0], RoleAddress);
  EXPECT_TRUE(load.load && load.vectorLoad && !load.store);
  EXPECT_EQ(load.loadStoreCycles, 2); // eight bytes a cycle
  EXPECT_EQ(assembled({"ldr d3, [x1, #8]"})[0].loadStoreCycles, 1);
  Instruction store = assembled({"str q1, [x13, #32]"})[0];
  EXPECT_EQ(sources(store), (std::set<unsigned>{13, v(1)}));
  EXPECT_TRUE(results(store).empty());
  EXPECT_TRUE(store.store && !store.load);
  Instruction scalar = assembled({"ldr x7, [x1, #4088]"})[0];
  EXPECT_FALSE(scalar.vectorLoad);
  EXPECT_EQ(results(scalar), (std::set<unsigned>{7}));
}

TEST(Assemble, halves_of_the_vector_unit) {
  EXPECT_EQ(assembled({"smull v0.8h, v1.8b, v2.8b"})[0].neon, NeonForm::Full); // widening
  EXPECT_EQ(assembled({"shl v0.4s, v1.4s, #9"})[0].neon, NeonForm::Full);
  EXPECT_EQ(assembled({"ins v3.d[1], x8"})[0].neon, NeonForm::Half);
  EXPECT_EQ(assembled({"fmov d3, x7"})[0].neon, NeonForm::Half);
  EXPECT_EQ(assembled({"add x0, x0, #64"})[0].neon, NeonForm::None);
  EXPECT_EQ(assembled({"smlal v0.8h, v1.8b, v2.8b"})[0].laneMacs, 8);
  EXPECT_EQ(assembled({"smlal v0.4s, v1.4h, v2.h[3]"})[0].laneMacs, 4);
}

TEST(Assemble, errors_name_the_line) {
  EXPECT_NE(errorOf({"add x0, x0, #64", "sqrshrn v0.8b, v1.8h, #9"}).find("sqrshrn v0.8b, v1.8h, #9"),
            std::string::npos);
  EXPECT_NE(errorOf({"ldr d3, [x1, #32768]"}), "");           // an offset that no load can state
  EXPECT_NE(errorOf({"bfdot v0.4s, v1.8h, v2.8h"}), "");      // on none of our cores
  EXPECT_NE(errorOf({"add x0, x0, #1\nadd x0, x0, #1"}), ""); // two on a line
  EXPECT_EQ(errorOf({}), "");
}
