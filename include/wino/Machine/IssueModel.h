//===- IssueModel.h - in-order dual-issue scoreboard of the Cortex-A53 ----===//
//
// Runs executed basic blocks through two issue slots, one NEON unit of two
// 64-bit halves, one load/store unit and one branch unit. A register has one
// ready time per role of its reader (Decode.h). It does not know where the instruction
// stream comes from: a53sim runs executed code through it, the compiler
// candidates of its inner loops.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_ISSUEMODEL_H
#define WINO_MACHINE_ISSUEMODEL_H

#include "wino/Machine/Decode.h"
#include <array>
#include <cstdint>
#include <vector>

namespace wino::a53 {

/// One data access of an executed block.
struct MemoryReference {
  uint16_t instruction; // index in the block
  bool store;
  uint64_t address;
};

/// Where data comes from: a53sim's caches, or nothing, and every access hits.
class MemoryModel {
public:
  virtual ~MemoryModel() = default;
  /// Cycle at which the data of an access made at `now` is there, 0 for a hit
  /// and for stores, which wait in the store buffer.
  virtual uint64_t access(uint64_t address, uint64_t now, bool store) = 0;
};

/// What may share a cycle: two slots, two 64-bit halves of the NEON unit, one
/// load/store unit, one branch.
class IssueCycle {
public:
  bool accepts(const Instruction &inst) const;
  void take(const Instruction &inst);
  /// The next cycle. A load or store of several beats goes on if `loadStoreGoesOn`: it holds
  /// one slot, the load/store unit, and (through the NEON register write port) both halves.
  void clear(bool loadStoreGoesOn);

private:
  static constexpr unsigned issueSlots = 2, neonHalves = 2;
  unsigned usedSlots = 0, usedNeonHalves = 0;
  bool usedLoadStore = false, usedBranch = false, usedVectorLoad = false;
};

class IssueModel {
public:
  /// Without `memory` every access hits.
  IssueModel(const Parameters &parameters, Statistics &statistics, MemoryModel *memory = nullptr);

  /// Issues all instructions of a block; `references` is in program order.
  void runBlock(const std::vector<Instruction> &block, const std::vector<MemoryReference> &references);
  /// Ends a block at `pc` whose last instruction is `last`: taken branches
  /// end the cycle, mispredicted ones cost the refill.
  void endBlock(uint64_t pc, const Instruction &last, bool taken);

  uint64_t now() const { return cycle; }

private:
  static constexpr unsigned predictorBits = 14;

  void nextCycle();
  void advanceTo(uint64_t target);
  void waitForOperands(const Instruction &inst);
  void writeResults(const Instruction &inst, uint64_t dataReadyAt);
  bool predictTaken(uint64_t pc, bool taken);

  const Parameters &parameters;
  Statistics &statistics;
  MemoryModel *memory;

  uint64_t cycle = 0;
  IssueCycle current; // what the current cycle has given away
  // units busy over several cycles
  uint64_t loadStoreBusyUntil = 0, divideFreeAt = 0, fullNeonFreeAt = 0;
  std::array<std::array<uint64_t, numRegisters>, RoleCount> readyAt{};
  std::array<bool, numRegisters> waitsForMemory{};
  std::vector<uint8_t> predictor; // two-bit counters, gshare-like index
  uint32_t branchHistory = 0;
};

} // namespace wino::a53

#endif // WINO_MACHINE_ISSUEMODEL_H
