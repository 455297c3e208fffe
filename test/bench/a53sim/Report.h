//===- Report.h - the text file that a run of a53sim leaves ---------------===//
//
// One `name value` line per counter, then the hottest functions, then the
// hottest blocks with their words for hot.py. Nothing here computes timing.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_TEST_BENCH_A53SIM_REPORT_H
#define WINO_TEST_BENCH_A53SIM_REPORT_H

#include "wino/Machine/Decode.h"
#include "wino/Machine/Parameters.h"
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace a53sim {

using namespace wino::a53;

/// Arguments of the plugin itself, `name=value`; the names are those of the comments.
struct PluginParameters : Parameters {
  std::string outputPath = "a53sim.out"; // out
  int topBlocks = 40;                    // top: blocks listed in the report
  int timing = 1;                        // time: 0 counts instructions only
  int wholeProcess = 0;                  // all: ignore the markers
};

/// One translated block and what its executions have cost so far.
struct Block {
  uint64_t pc = 0;
  std::vector<Instruction> instructions;
  std::array<uint32_t, ClassCount> classes{};
  uint64_t laneMacs = 0, executions = 0, cycles = 0;
  std::string symbol; // function of the first instruction, may be empty
};

/// Writes the report to parameters.outputPath and one line to stderr. `instructionMisses`: lines fetched into L1I.
void writeReport(const PluginParameters &parameters, const Statistics &statistics, uint64_t instructionMisses,
                 const std::vector<std::unique_ptr<Block>> &blocks);

} // namespace a53sim

#endif // WINO_TEST_BENCH_A53SIM_REPORT_H
