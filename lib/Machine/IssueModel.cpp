//===- IssueModel.cpp - in-order dual-issue scoreboard of the Cortex-A53 --===//
//
// See IssueModel.h. The pairing rules are the whole model: what may share a
// cycle is in IssueCycle, what a result costs its reader in writeResults().
//
//===----------------------------------------------------------------------===//
#include "wino/Machine/IssueModel.h"
#include <algorithm>

using namespace wino::a53;

static unsigned halvesOf(NeonForm form) { return form == NeonForm::None ? 0 : form == NeonForm::Half ? 1 : 2; }

IssueModel::IssueModel(const Parameters &parameters, Statistics &statistics, MemoryModel *memory)
    : parameters(parameters), statistics(statistics), memory(memory), predictor(1u << predictorBits, 1) {}

void IssueCycle::clear(bool loadStoreGoesOn) {
  usedSlots = loadStoreGoesOn ? 1 : 0;
  usedNeonHalves = loadStoreGoesOn ? neonHalves : 0;
  usedLoadStore = usedVectorLoad = loadStoreGoesOn;
  usedBranch = false;
}

bool IssueCycle::accepts(const Instruction &inst) const {
  unsigned halves = halvesOf(inst.neon);
  return usedSlots < issueSlots && !(inst.issuesAlone && usedSlots) && !(inst.loadStoreCycles && usedLoadStore) &&
         usedNeonHalves + halves <= neonHalves && !(inst.branch && usedBranch) &&
         // a vector load never shares a cycle with a 128-bit NEON operation
         !(inst.vectorLoad && usedNeonHalves >= neonHalves) && !(halves == neonHalves && usedVectorLoad);
}

void IssueCycle::take(const Instruction &inst) {
  usedSlots = inst.issuesAlone ? issueSlots : usedSlots + 1;
  usedNeonHalves += halvesOf(inst.neon);
  usedLoadStore |= inst.loadStoreCycles != 0;
  usedVectorLoad |= inst.vectorLoad;
  usedBranch |= inst.branch;
}

void IssueModel::nextCycle() {
  ++cycle;
  current.clear(cycle <= loadStoreBusyUntil);
}

void IssueModel::advanceTo(uint64_t target) {
  if (target <= cycle)
    return;
  cycle = std::max(cycle, target - 1);
  nextCycle();
}

void IssueModel::waitForOperands(const Instruction &inst) {
  uint64_t start = cycle;
  bool memoryStall = false;
  for (unsigned i = 0; i < inst.numSources; ++i) {
    uint64_t ready = readyAt[inst.role[i]][inst.source[i]];
    if (ready > start) {
      start = ready;
      memoryStall = waitsForMemory[inst.source[i]];
    }
  }
  if (start > cycle && statistics.counting)
    (memoryStall ? statistics.memoryStalls : statistics.dependencyStalls) += start - cycle;
  advanceTo(start);
  if (inst.divide)
    advanceTo(divideFreeAt);
  if (inst.neon == NeonForm::TwoBeat)
    advanceTo(fullNeonFreeAt);
}

void IssueModel::writeResults(const Instruction &inst, uint64_t dataReadyAt) {
  for (unsigned i = 0; i < inst.numResults; ++i) {
    unsigned reg = inst.result[i];
    // An updated base register does not wait for the data.
    bool base = (inst.load || inst.store) && inst.latency[i] == 1 && inst.addressLatency[i] == 1;
    bool late = !base && dataReadyAt > cycle;
    uint64_t earliest = late ? dataReadyAt + 1 : cycle;
    auto set = [&](Role role, uint64_t latency) { readyAt[role][reg] = std::max(cycle + latency, earliest); };
    set(RoleGeneral, inst.latency[i]);
    set(RoleAddress, inst.addressLatency[i]);
    set(RoleAccumulator, inst.accumulatorLatency[i]);
    set(RoleStoreData, std::max(1, int(inst.latency[i])) - 1);
    waitsForMemory[reg] = late;
  }
}

void IssueModel::runBlock(const std::vector<Instruction> &block, const std::vector<MemoryReference> &references) {
  auto reference = references.begin();
  for (size_t index = 0; index < block.size(); ++index) {
    const Instruction &inst = block[index];
    waitForOperands(inst);
    while (!current.accepts(inst))
      nextCycle();
    current.take(inst);
    if (inst.loadStoreCycles > 1)
      loadStoreBusyUntil = cycle + inst.loadStoreCycles - 1;
    if (inst.neon == NeonForm::TwoBeat)
      fullNeonFreeAt = cycle + 2;
    uint64_t dataReadyAt = 0;
    for (; memory && reference != references.end() && reference->instruction == index; ++reference)
      dataReadyAt = std::max(dataReadyAt, memory->access(reference->address, cycle, reference->store));
    if (inst.divide)
      divideFreeAt = cycle + inst.latency[0] - 1;
    writeResults(inst, dataReadyAt);
  }
}

bool IssueModel::predictTaken(uint64_t pc, bool taken) {
  constexpr uint32_t historySpread = 0x9E5; // odd: spreads history over slots
  constexpr uint32_t historyMask = 0xff;
  uint32_t slot = (uint32_t(pc >> 2) ^ (branchHistory * historySpread)) & ((1u << predictorBits) - 1);
  uint8_t &counter = predictor[slot];
  bool predicted = counter >= 2;
  if (taken && counter < 3)
    ++counter;
  if (!taken && counter > 0)
    --counter;
  branchHistory = ((branchHistory << 1) | taken) & historyMask;
  return predicted;
}

void IssueModel::endBlock(uint64_t pc, const Instruction &last, bool taken) {
  if (last.conditional) {
    bool mispredicted = predictTaken(pc, taken) != taken;
    if (statistics.counting) {
      ++statistics.conditionalBranches;
      statistics.mispredicts += mispredicted;
    }
    if (mispredicted)
      advanceTo(cycle + parameters.mispredictPenalty);
  }
  if (taken && last.branch && parameters.takenBubble)
    advanceTo(cycle + 1);
}
