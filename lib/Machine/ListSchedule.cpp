//===- ListSchedule.cpp - order of straight-line code on an in-order core -===//
//
// Greedy, cycle by cycle, under several priorities; IssueModel has the last
// word on which order is fastest.
//
//===----------------------------------------------------------------------===//
#include "wino/Machine/ListSchedule.h"

#include "wino/Machine/IssueModel.h"

#include <algorithm>
#include <array>
#include <optional>

namespace wino::a53 {

namespace {

struct Edge {
  unsigned to;
  unsigned latency; // 0: order only
};

/// Who must wait for whom.
struct Dependences {
  std::vector<std::vector<Edge>> successors;
  std::vector<unsigned> predecessors; // how many
  std::vector<unsigned> height;       // cycles from issue to the end of the code, at least

  explicit Dependences(llvm::ArrayRef<Instruction> program)
      : successors(program.size()), predecessors(program.size()), height(program.size()) {
    std::array<int, numRegisters> writer;
    std::array<std::vector<unsigned>, numRegisters> readers;
    writer.fill(-1);
    int lastStore = -1;
    std::array<int, numRegisters> storeBehind; // last store by base register
    std::array<std::vector<unsigned>, numRegisters> loadsBehind;
    storeBehind.fill(-1);
    for (unsigned i = 0; i < program.size(); ++i) {
      const Instruction &inst = program[i];
      for (unsigned s = 0; s < inst.numSources; ++s) {
        unsigned reg = inst.source[s];
        if (writer[reg] >= 0)
          connect(writer[reg], i, latency(program[writer[reg]], reg, inst.role[s]));
        readers[reg].push_back(i);
      }
      int base = inst.store || inst.load ? baseRegister(inst) : -1;
      if (inst.store) {
        if (lastStore >= 0)
          connect(lastStore, i, 0);
        lastStore = int(i);
        if (base >= 0) {
          for (unsigned load : loadsBehind[base])
            connect(load, i, 0);
          loadsBehind[base].clear();
          storeBehind[base] = int(i);
        }
      } else if (base >= 0) {
        if (storeBehind[base] >= 0)
          connect(storeBehind[base], i, 0);
        loadsBehind[base].push_back(i);
      }
      for (unsigned r = 0; r < inst.numResults; ++r) {
        unsigned reg = inst.result[r];
        for (unsigned reader : readers[reg])
          if (reader != i)
            connect(reader, i, 0);
        if (writer[reg] >= 0)
          connect(writer[reg], i, 0);
        readers[reg].clear();
        writer[reg] = int(i);
      }
    }
    for (unsigned i = program.size(); i-- > 0;)
      for (const Edge &edge : successors[i])
        height[i] = std::max(height[i], edge.latency + height[edge.to]);
  }

private:
  void connect(unsigned from, unsigned to, unsigned latency) {
    successors[from].push_back({to, latency});
    ++predecessors[to];
  }
  /// The integer register of a load's or store's address.
  static int baseRegister(const Instruction &inst) {
    for (unsigned s = inst.numSources; s-- > 0;) // data comes before the address
      if (inst.source[s] < 32)
        return inst.source[s];
    return -1;
  }
  static unsigned latency(const Instruction &writer, unsigned reg, Role role) {
    for (unsigned r = 0; r < writer.numResults; ++r)
      if (writer.result[r] == reg) {
        switch (role) {
        case RoleAddress: return writer.addressLatency[r];
        case RoleAccumulator: return writer.accumulatorLatency[r];
        case RoleStoreData: return std::max<int>(1, writer.latency[r]) - 1;
        default: return writer.latency[r];
        }
      }
    return 0;
  }
};

/// How candidates of a cycle are ranked: smaller first.
struct Priority {
  int lead;       // loads rank as if they stood this much earlier in the program; negative: rank by height instead
  int alonePrice; // and half-width operations without a partner that much later
};

bool isLoadPart(const Instruction &inst) { return inst.load || inst.neon == NeonForm::Half; }

std::vector<unsigned> scheduleBy(llvm::ArrayRef<Instruction> program, const Dependences &dependences,
                                 Priority priority) {
  unsigned count = program.size();
  std::vector<unsigned> waiting = dependences.predecessors, order;
  std::vector<uint64_t> earliest(count);
  std::vector<unsigned> open; // all predecessors issued
  for (unsigned i = 0; i < count; ++i)
    if (waiting[i] == 0)
      open.push_back(i);
  auto rank = [&](unsigned i) {
    if (priority.lead < 0)
      return -int64_t(dependences.height[i]) * 4096 + i;
    return (int64_t(i) - (isLoadPart(program[i]) ? priority.lead : 0)) * 4096 + i;
  };
  IssueCycle cycle;
  uint64_t now = 0, loadStoreBusyUntil = 0;
  order.reserve(count);
  while (order.size() < count) {
    auto fits = [&](unsigned i) { return earliest[i] <= now && cycle.accepts(program[i]); };
    auto hasPartner = [&](unsigned i) {
      if (program[i].neon == NeonForm::Full || program[i].neon == NeonForm::None)
        return true;
      IssueCycle with = cycle;
      with.take(program[i]);
      return llvm::any_of(open, [&](unsigned j) {
        return j != i && program[j].neon == NeonForm::Half && earliest[j] <= now && with.accepts(program[j]);
      });
    };
    std::optional<unsigned> best;
    int64_t bestRank = 0;
    for (unsigned i : open) {
      if (!fits(i))
        continue;
      int64_t r = rank(i);
      if (!hasPartner(i))
        r += int64_t(priority.alonePrice) * 4096;
      if (!best || r < bestRank) {
        best = i;
        bestRank = r;
      }
    }
    if (!best) {
      ++now;
      cycle.clear(now <= loadStoreBusyUntil);
      continue;
    }
    unsigned chosen = *best;
    cycle.take(program[chosen]);
    if (program[chosen].loadStoreCycles > 1)
      loadStoreBusyUntil = now + program[chosen].loadStoreCycles - 1;
    open.erase(std::find(open.begin(), open.end(), chosen));
    order.push_back(chosen);
    for (const Edge &edge : dependences.successors[chosen]) {
      earliest[edge.to] = std::max(earliest[edge.to], now + edge.latency);
      if (--waiting[edge.to] == 0)
        open.push_back(edge.to);
    }
  }
  return order;
}

} // namespace

uint64_t countCycles(llvm::ArrayRef<Instruction> program, const Parameters &parameters) {
  Statistics statistics;
  IssueModel model(parameters, statistics);
  model.runBlock(std::vector<Instruction>(program.begin(), program.end()), {});
  return model.now() + 1;
}

Schedule schedule(llvm::ArrayRef<Instruction> program, const Parameters &parameters) {
  Dependences dependences(program);
  Schedule best;
  for (unsigned i = 0; i < program.size(); ++i) // the source's order, which must not be lost
    best.order.push_back(i);
  best.cycles = countCycles(program, parameters);
  for (int lead : {-1, 0, 8, 16, 24, 32, 48, 64, 96})
    for (int alonePrice : {0, 4, 12, 32}) {
      std::vector<unsigned> order = scheduleBy(program, dependences, {lead, alonePrice});
      std::vector<Instruction> ordered;
      for (unsigned i : order)
        ordered.push_back(program[i]);
      uint64_t cycles = countCycles(ordered, parameters);
      if (cycles < best.cycles)
        best = {std::move(order), cycles};
    }
  return best;
}

} // namespace wino::a53
