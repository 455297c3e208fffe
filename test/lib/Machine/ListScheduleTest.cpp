// Orders of straight-line code: every dependence is kept, cycles are the model's, and small programs reach the best
// order.
#include "wino/Machine/ListSchedule.h"
#include "wino/Machine/Assemble.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace wino::a53;

namespace {

const Parameters parameters;
const Decoder decoder(parameters);
using Program = std::vector<Instruction>;

Program assembled(const std::vector<std::string> &lines) {
  auto result = assemble(lines, decoder);
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }
  return *result;
}

Program inOrder(const Program &program, const std::vector<unsigned> &order) {
  Program out;
  for (unsigned i : order)
    out.push_back(program[i]);
  return out;
}

bool reads(const Instruction &inst, unsigned reg) {
  return std::find(inst.source, inst.source + inst.numSources, reg) != inst.source + inst.numSources;
}
bool writes(const Instruction &inst, unsigned reg) {
  return std::find(inst.result, inst.result + inst.numResults, reg) != inst.result + inst.numResults;
}
/// The register of an address is the last integer register read.
int base(const Instruction &inst) {
  int reg = -1;
  for (unsigned s = 0; s < inst.numSources; ++s)
    if (inst.source[s] < 32)
      reg = inst.source[s];
  return reg;
}

/// True if `first` must stay ahead of `second`, from the header's words alone.
bool conflict(const Instruction &first, const Instruction &second) {
  for (unsigned reg = 0; reg < numRegisters; ++reg)
    if ((writes(first, reg) && (reads(second, reg) || writes(second, reg))) ||
        (reads(first, reg) && writes(second, reg)))
      return true;
  if (first.store && second.store)
    return true;
  bool memory = (first.store || first.load) && (second.store || second.load);
  return memory && (first.store || second.store) && base(first) == base(second);
}

bool isValid(const Program &program, const std::vector<unsigned> &order) {
  std::vector<size_t> place(program.size(), program.size());
  for (size_t i = 0; i < order.size(); ++i)
    place[order[i]] = i;
  if (order.size() != program.size() || llvm::is_contained(place, program.size()))
    return false;
  for (size_t i = 0; i < program.size(); ++i)
    for (size_t j = i + 1; j < program.size(); ++j)
      if (conflict(program[i], program[j]) && place[i] > place[j])
        return false;
  return true;
}

/// The fewest cycles of all valid orders.
uint64_t bestOf(const Program &program) {
  std::vector<unsigned> order(program.size());
  std::iota(order.begin(), order.end(), 0);
  uint64_t best = ~uint64_t(0);
  do
    if (isValid(program, order))
      best = std::min(best, countCycles(inOrder(program, order)));
  while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// A line of a kernel on few registers, so that all kinds of dependences occur.
std::string randomLine(std::mt19937 &random) {
  auto pick = [&](int n) { return std::to_string(random() % n); };
  std::string a = pick(6), b = pick(6), c = pick(6), x = pick(4), half = std::to_string(7 + random() % 3);
  switch (random() % 14) {
  case 0: return "ldr d" + a + ", [x" + x + ", #" + std::to_string(8 * (random() % 8)) + "]";
  case 1: return "ldr q" + a + ", [x" + x + ", #16]";
  case 2: return "ldr x" + half + ", [x" + x + ", #8]";
  case 3: return "ins v" + a + ".d[1], x" + half;
  case 4: return "fmov d" + a + ", x" + half;
  case 5: return "str q" + a + ", [x" + x + ", #32]";
  case 6: return "str s" + a + ", [x" + x + "]";
  case 7: return "add x" + x + ", x" + x + ", #16";
  case 8: return "subs x4, x4, #1";
  case 9: return "sadalp v" + a + ".4s, v" + b + ".8h";
  case 10: return "ldr q" + a + ", [x" + x + "], #16";
  case 11: return "sqrshrn2 v" + a + ".8h, v" + b + ".4s, #5";
  case 12: return "smull v" + a + ".8h, v" + b + ".8b, v" + c + ".8b";
  default: return "smlal2 v" + a + ".8h, v" + b + ".16b, v" + c + ".16b";
  }
}

Program randomProgram(std::mt19937 &random, size_t size) {
  std::vector<std::string> lines;
  while (lines.size() < size)
    lines.push_back(randomLine(random));
  return assembled(lines);
}

} // namespace

TEST(ListSchedule, random_blocks_keep_every_dependence) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 150; ++trial) {
    Program program = randomProgram(random, 1 + random() % 60);
    Schedule result = schedule(program);
    ASSERT_TRUE(isValid(program, result.order)) << "trial " << trial;
    EXPECT_EQ(result.cycles, countCycles(inOrder(program, result.order)));
    EXPECT_LE(result.cycles, countCycles(program)) << "trial " << trial;
    EXPECT_EQ(schedule(program).order, result.order) << "trial " << trial;
  }
}

TEST(ListSchedule, nothing_to_order) {
  EXPECT_TRUE(schedule({}).order.empty());
  Program one = assembled({"add x0, x0, #1"});
  EXPECT_EQ(schedule(one).order, (std::vector<unsigned>{0}));
}

// Multiplies take four cycles to a reader that is no accumulator: four chains one after the other wait, side by side
// they do not.
TEST(ListSchedule, independent_chains_run_side_by_side) {
  std::vector<std::string> lines;
  for (int i = 0; i < 4; ++i) {
    std::string n = std::to_string(i);
    lines.push_back("smull v" + n + ".8h, v10.8b, v11.8b");
    lines.push_back("sadalp v" + std::to_string(16 + i) + ".4s, v" + n + ".8h");
  }
  Program program = assembled(lines);
  Schedule result = schedule(program);
  EXPECT_EQ(result.cycles, 8u);
  EXPECT_EQ(result.cycles, bestOf(program));
  EXPECT_GT(countCycles(program), 16u);
}

// A chain has one order.
TEST(ListSchedule, a_chain_stays_as_it_is) {
  Program program = assembled({"ldr x7, [x0]", "fmov d0, x7", "smull v1.8h, v0.8b, v9.8b", "sadalp v2.4s, v1.8h",
                               "sqrshrn v3.4h, v2.4s, #4", "str d3, [x1]"});
  Schedule result = schedule(program);
  EXPECT_EQ(result.order, (std::vector<unsigned>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(result.cycles, countCycles(program));
}

// A 64-bit load shares its cycle with an insertion, a scalar load with a multiplication: five instructions in three
// cycles and not fewer.
TEST(ListSchedule, loads_find_their_partners) {
  Program program = assembled({"smull v4.8h, v10.8b, v11.8b", "smull v5.8h, v10.8b, v11.8b", "ldr d0, [x0]",
                               "ldr x7, [x1]", "ins v1.d[1], x9"});
  Schedule result = schedule(program);
  EXPECT_EQ(result.cycles, bestOf(program));
  EXPECT_EQ(result.cycles, 3u);
}

// What a store wrote is not read before it; a load behind another base may pass.
TEST(ListSchedule, memory_behind_one_base_keeps_its_order) {
  Program same = assembled({"smull v0.8h, v10.8b, v11.8b", "str q0, [x0]", "ldr d1, [x0, #64]"});
  EXPECT_EQ(schedule(same).order, (std::vector<unsigned>{0, 1, 2}));
  Program other = assembled({"smull v0.8h, v10.8b, v11.8b", "str q0, [x0]", "ldr d1, [x2, #64]"});
  Schedule passes = schedule(other);
  EXPECT_LT(llvm::find(passes.order, 2u), llvm::find(passes.order, 1u));
}

TEST(ListSchedule, small_blocks_are_within_two_cycles_of_the_best_order) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 25; ++trial) {
    Program program = randomProgram(random, 7);
    EXPECT_LE(schedule(program).cycles, bestOf(program) + 2) << "trial " << trial;
  }
}
