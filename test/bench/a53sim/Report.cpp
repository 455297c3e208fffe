//===- Report.cpp - the text file that a run of a53sim leaves -------------===//
//
// See Report.h. QEMU may translate the same code more than once; blocks with
// equal address and length are added up before they are ranked.
//
//===----------------------------------------------------------------------===//
#include "Report.h"
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <tuple>

using namespace a53sim;

static const char *const classNames[ClassCount] = {"neon_mac8",  "neon_mac16", "neon_fmla", "neon_dot",  "neon_sadalp",
                                                   "neon_other", "fp_scalar",  "vec_load",  "vec_store", "int_load",
                                                   "int_store",  "prfm",       "branch",    "int_alu",   "other"};

namespace {
struct Total {
  const Block *block;
  uint64_t executions = 0, cycles = 0, instructions = 0;
};
struct FunctionTotal {
  std::string symbol;
  uint64_t cycles = 0, instructions = 0;
};
} // namespace

static std::vector<Total> rankBlocks(const std::vector<std::unique_ptr<Block>> &blocks) {
  std::map<std::pair<uint64_t, size_t>, Total> totals;
  for (const auto &block : blocks) {
    if (!block->executions)
      continue;
    size_t size = block->instructions.size();
    Total &total = totals[{block->pc, size}];
    total.block = block.get();
    total.executions += block->executions;
    total.cycles += block->cycles;
    total.instructions += block->executions * size;
  }
  std::vector<Total> ranked;
  for (const auto &entry : totals)
    ranked.push_back(entry.second);
  std::sort(ranked.begin(), ranked.end(), [](const Total &a, const Total &b) {
    return std::tie(b.cycles, a.block->pc) < std::tie(a.cycles, b.block->pc);
  });
  return ranked;
}

static std::vector<FunctionTotal> rankFunctions(const std::vector<Total> &blocks) {
  std::map<std::string, FunctionTotal> totals;
  for (const Total &block : blocks) {
    FunctionTotal &total = totals[block.block->symbol];
    total.symbol = block.block->symbol;
    total.cycles += block.cycles;
    total.instructions += block.instructions;
  }
  std::vector<FunctionTotal> ranked;
  for (const auto &entry : totals)
    ranked.push_back(entry.second);
  std::sort(ranked.begin(), ranked.end(), [](const FunctionTotal &a, const FunctionTotal &b) {
    return std::tie(b.cycles, a.symbol) < std::tie(a.cycles, b.symbol);
  });
  return ranked;
}

void a53sim::writeReport(const PluginParameters &parameters, const Statistics &s, uint64_t instructionMisses,
                         const std::vector<std::unique_ptr<Block>> &blocks) {
  std::FILE *file = std::fopen(parameters.outputPath.c_str(), "w");
  if (!file) {
    std::fprintf(stderr, "a53sim: cannot write '%s'\n", parameters.outputPath.c_str());
    return;
  }
  double ipc = s.cycles ? double(s.instructions) / double(s.cycles) : 0;
  const std::pair<const char *, uint64_t> counters[] = {
      {"lane_macs", s.laneMacs},      {"stall_dep", s.dependencyStalls},
      {"stall_mem", s.memoryStalls},  {"cond_branches", s.conditionalBranches},
      {"mispredicts", s.mispredicts}, {"l1_acc", s.l1Accesses},
      {"l1_miss", s.l1Misses},        {"l1i_miss", instructionMisses},
      {"l2_miss", s.l2Misses},        {"late_prefetch_hits", s.latePrefetchHits},
      {"pf_issued", s.prefetches},    {"pf_l2_miss", s.prefetchL2Misses}};
  std::fprintf(file, "insn %" PRIu64 "\ncycles %" PRIu64 "\nipc %.3f\n", s.instructions, s.cycles, ipc);
  for (const auto &counter : counters)
    std::fprintf(file, "%s %" PRIu64 "\n", counter.first, counter.second);
  for (unsigned c = 0; c < ClassCount; ++c)
    std::fprintf(file, "cls %-34s %12" PRIu64 " %5.1f%%\n", classNames[c], s.classes[c],
                 s.instructions ? 100.0 * double(s.classes[c]) / double(s.instructions) : 0);

  std::vector<Total> ranked = rankBlocks(blocks);
  size_t top = std::max(0, parameters.topBlocks);
  std::fprintf(file, "-- symbols (cycles insns)\n");
  std::vector<FunctionTotal> functions = rankFunctions(ranked);
  for (size_t i = 0; i < std::min(top, functions.size()); ++i)
    std::fprintf(file, "sym %12" PRIu64 " %12" PRIu64 " %s\n", functions[i].cycles, functions[i].instructions,
                 functions[i].symbol.c_str());
  std::fprintf(file, "-- blocks: pc n_insns count cycles cyc/iter sym\n");
  for (size_t i = 0; i < std::min(top, ranked.size()); ++i) {
    const Total &t = ranked[i];
    std::fprintf(file, "tb %" PRIx64 " %zu %" PRIu64 " %" PRIu64 " %.2f %s\nhex", t.block->pc,
                 t.block->instructions.size(), t.executions, t.cycles, double(t.cycles) / double(t.executions),
                 t.block->symbol.c_str());
    for (const Instruction &inst : t.block->instructions)
      std::fprintf(file, " %08x", inst.word);
    std::fprintf(file, "\n");
  }
  std::fclose(file);
  std::fprintf(stderr,
               "a53sim: insn=%" PRIu64 " cycles=%" PRIu64 " ipc=%.2f l1miss=%" PRIu64 " l2miss=%" PRIu64
               " mispred=%" PRIu64 "\n",
               s.instructions, s.cycles, ipc, s.l1Misses, s.l2Misses, s.mispredicts);
}
