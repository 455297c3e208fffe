//===- IssueModel.h - in-order dual-issue scoreboard of the Cortex-A53 ----===//
//
// Runs executed basic blocks through two issue slots, one NEON unit of two
// 64-bit halves, one load/store unit and one branch unit. A register has one
// ready time per role of its reader (Decode.h). It asks Caches.h when data
// arrives and does not know where the instruction stream comes from.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_TEST_BENCH_A53SIM_ISSUEMODEL_H
#define WINO_TEST_BENCH_A53SIM_ISSUEMODEL_H

#include "Caches.h"
#include "Decode.h"
#include <array>
#include <cstdint>
#include <vector>

namespace a53sim {

/// One data access of an executed block.
struct MemoryReference {
  uint16_t instruction; // index in the block
  bool store;
  uint64_t address;
};

class IssueModel {
public:
  IssueModel(const Parameters &parameters, Statistics &statistics);

  /// Issues all instructions of a block; `references` is in program order.
  void runBlock(const std::vector<Instruction> &block, const std::vector<MemoryReference> &references);
  /// Ends a block at `pc` whose last instruction is `last`: taken branches
  /// end the cycle, mispredicted ones cost the refill.
  void endBlock(uint64_t pc, const Instruction &last, bool taken);

  uint64_t now() const { return cycle; }

private:
  static constexpr unsigned issueSlots = 2, neonHalves = 2;
  static constexpr unsigned predictorBits = 14;

  void nextCycle();
  void advanceTo(uint64_t target);
  bool canIssue(const Instruction &inst) const;
  void waitForOperands(const Instruction &inst);
  void writeResults(const Instruction &inst, uint64_t dataReadyAt);
  bool predictTaken(uint64_t pc, bool taken);

  const Parameters &parameters;
  Statistics &statistics;
  MemorySystem memory;

  uint64_t cycle = 0;
  // what the current cycle has given away
  unsigned usedSlots = 0, usedNeonHalves = 0;
  bool usedLoadStore = false, usedBranch = false, usedVectorLoad = false;
  // units busy over several cycles
  uint64_t loadStoreBusyUntil = 0, divideFreeAt = 0, fullNeonFreeAt = 0;
  std::array<std::array<uint64_t, numRegisters>, RoleCount> readyAt{};
  std::array<bool, numRegisters> waitsForMemory{};
  std::vector<uint8_t> predictor; // two-bit counters, gshare-like index
  uint32_t branchHistory = 0;
};

} // namespace a53sim

#endif // WINO_TEST_BENCH_A53SIM_ISSUEMODEL_H
