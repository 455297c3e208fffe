// LLVM's models in process: throughputs that Arm's optimization guides state, and code that depends on itself.
#include "wino/Machine/ReorderModel.h"
#include "wino/Machine/Assemble.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace wino;

namespace {

const a53::Parameters parameters;
const a53::Decoder decoder(parameters);

/// Cycles per round of `count` copies of an instruction on sums v0, v1, ... or all on v0.
double cyclesOf(const char *format, int count, llvm::StringRef cpu, bool dependent = false) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i)
    lines.push_back(llvm::formatv(format, dependent ? 0 : i).str());
  return llvm::cantFail(reorderedCycles(llvm::cantFail(a53::assemble(lines, decoder)), cpu));
}

} // namespace

TEST(ReorderModel, two_dot_products_a_cycle_and_one_long_multiply) {
  for (const char *cpu : {"cortex-a76", "neoverse-n1", "neoverse-n2"}) {
    EXPECT_NEAR(cyclesOf("sdot v{0}.4s, v30.16b, v31.4b[1]", 16, cpu), 8, 1) << cpu;
    EXPECT_NEAR(cyclesOf("smlal v{0}.4s, v30.4h, v15.h[1]", 12, cpu), 12, 1) << cpu;
  }
  EXPECT_NEAR(cyclesOf("smmla v{0}.4s, v30.16b, v31.16b", 16, "neoverse-n2"), 8, 1);
}

TEST(ReorderModel, a_chain_waits_for_itself) {
  EXPECT_NEAR(cyclesOf("add v{0}.4s, v{0}.4s, v31.4s", 16, "neoverse-n1", /*dependent=*/true), 32, 1); // latency 2
  EXPECT_NEAR(cyclesOf("add v{0}.4s, v{0}.4s, v31.4s", 16, "neoverse-n1"), 8, 1);
}

TEST(ReorderModel, nothing_takes_no_time_and_junk_is_refused) {
  EXPECT_EQ(llvm::cantFail(reorderedCycles({}, "neoverse-n1")), 0);
  std::vector<a53::Instruction> junk = {decoder.decode(0xffffffff)};
  auto cycles = reorderedCycles(junk, "neoverse-n1");
  ASSERT_FALSE(bool(cycles));
  EXPECT_EQ(llvm::toString(cycles.takeError()), "expected AArch64 instructions, got a word that is none");
}
