// Linear scan in program order; the value whose next use is furthest gives way (Belady), and registers are taken in the
// order in which they became free, so that the scheduler finds few false dependences.
#include "Lower/LowerToNeon/VectorCode.h"

#include "wino/Machine/Assemble.h"
#include "wino/Machine/ListSchedule.h"
#include "wino/Machine/ReorderModel.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

namespace wino {

std::string limitLanes(const char *reg, int64_t value) {
  return value >= 0 ? line("movi {0}.8h, #{1}", reg, value) : line("mvni {0}.8h, #{1}", reg, -value - 1);
}

std::optional<Ordered> orderFor(const TargetData &core, const Lines &lines) {
  static const a53::Parameters parameters;
  static const a53::Decoder decoder(parameters);
  auto decoded = a53::assemble(lines, decoder);
  if (!decoded) {
    llvm::consumeError(decoded.takeError());
    return std::nullopt;
  }
  if (!core.inOrder) {
    llvm::Expected<double> cycles = reorderedCycles(*decoded, core.cpu);
    if (!cycles) {
      llvm::consumeError(cycles.takeError());
      return std::nullopt;
    }
    return Ordered{lines, uint64_t(std::lround(*cycles))};
  }
  a53::Schedule schedule = a53::schedule(*decoded, parameters);
  Ordered out{{}, schedule.cycles};
  for (unsigned i : schedule.order)
    out.lines.push_back(lines[i]);
  return out;
}

std::string assemblyConstraints(llvm::ArrayRef<int> operands) {
  std::string outputs, inputs, clobbers;
  for (size_t i = 0; i < operands.size(); ++i) {
    outputs += "={x" + std::to_string(operands[i]) + "},";
    inputs += std::to_string(i) + ",";
  }
  for (int x = 0; x <= 28; ++x)
    if (x != 18 && x != 19 && !llvm::is_contained(operands, x))
      clobbers += "~{x" + std::to_string(x) + "},";
  for (int v = 0; v < 32; ++v)
    clobbers += "~{v" + std::to_string(v) + "},";
  return outputs + inputs + clobbers + "~{cc},~{memory}";
}

VectorCode::Reg VectorCode::add(std::string text, llvm::ArrayRef<Reg> uses) {
  program.push_back({std::move(text), {uses.begin(), uses.end()}, registers, false});
  return registers++;
}

VectorCode::Reg VectorCode::accumulate(std::string text, llvm::ArrayRef<Reg> uses) {
  program.push_back({std::move(text), {uses.begin(), uses.end()}, registers, true});
  return registers++;
}

void VectorCode::effect(std::string text, llvm::ArrayRef<Reg> uses) {
  program.push_back({std::move(text), {uses.begin(), uses.end()}, -1, false});
}

static std::string address(int base, int64_t offset) {
  return ", [x" + std::to_string(base) + ", #" + std::to_string(offset) + "]";
}

VectorCode::Reg VectorCode::load8(int base, int64_t offset) {
  if (!core.inOrder || loads8++ % 2 == 0)
    return add("ldr d$0" + address(base, offset));
  std::string half = std::to_string(firstHalf + nextHalf++ % halves);
  effect("ldr x" + half + address(base, offset));
  return add("fmov d$0, x" + half);
}

VectorCode::Reg VectorCode::load16(int base, int64_t offset) {
  if (!core.inOrder)
    return add("ldr q$0" + address(base, offset));
  std::string half = std::to_string(firstHalf + nextHalf++ % halves);
  effect("ldr x" + half + address(base, offset + 8));
  Reg low = add("ldr d$0" + address(base, offset));
  return accumulate("ins v$0.d[1], x" + half, {low});
}

void VectorCode::loadPinned(int reg, int base, int64_t offset) {
  if (!core.inOrder)
    return effect("ldr q" + std::to_string(reg) + address(base, offset));
  std::string half = std::to_string(firstHalf + nextHalf++ % halves);
  effect("ldr x" + half + address(base, offset + 8));
  effect("ldr d" + std::to_string(reg) + address(base, offset));
  effect("ins v" + std::to_string(reg) + ".d[1], x" + half);
}

/// Where every value is, line after line.
class Allocator {
public:
  Allocator(const VectorCode &code, llvm::ArrayRef<int> pool, int spillBase)
      : code(code), spillBase(spillBase), free(pool.begin(), pool.end()), values(code.registers) {
    for (size_t i = 0; i < code.program.size(); ++i)
      for (VectorCode::Reg use : code.program[i].uses)
        values[use].uses.push_back(i);
  }

  Lines run() {
    for (now = 0; now < code.program.size(); ++now)
      place(code.program[now]);
    return std::move(lines);
  }

  int64_t spillSlots = 0;

private:
  static constexpr size_t never = std::numeric_limits<size_t>::max();
  struct Value {
    std::deque<size_t> uses; // lines to come
    int reg = -1, slot = -1;
  };
  const VectorCode &code;
  const int spillBase;
  std::deque<int> free;
  std::vector<Value> values;
  std::vector<VectorCode::Reg> resident;
  Lines lines;
  size_t now = 0;
  int nextHalf = 0;

  size_t nextUse(const Value &value) const { return value.uses.empty() ? never - 1 : value.uses.front(); }

  void release(VectorCode::Reg reg) {
    free.push_back(values[reg].reg);
    values[reg].reg = -1;
    resident.erase(std::find(resident.begin(), resident.end(), reg));
  }

  /// A register for `owner`; the values in `pinned` keep theirs.
  int take(VectorCode::Reg owner, llvm::ArrayRef<VectorCode::Reg> pinned = {}) {
    if (free.empty()) {
      auto rank = [&](VectorCode::Reg reg) { return llvm::is_contained(pinned, reg) ? 0 : nextUse(values[reg]) + 1; };
      auto furthest = std::max_element(resident.begin(), resident.end(),
                                       [&](VectorCode::Reg a, VectorCode::Reg b) { return rank(a) < rank(b); });
      VectorCode::Reg victim = *furthest;
      if (values[victim].slot < 0) {
        values[victim].slot = int(spillSlots++);
        lines.push_back("str q" + std::to_string(values[victim].reg) + address(spillBase, values[victim].slot * 16));
      }
      release(victim);
    }
    int reg = free.front();
    free.pop_front();
    values[owner].reg = reg;
    resident.push_back(owner);
    return reg;
  }

  void reload(VectorCode::Reg value) {
    std::string half = std::to_string(VectorCode::firstHalf + nextHalf++ % VectorCode::halves);
    int64_t offset = values[value].slot * 16;
    std::string reg = std::to_string(take(value));
    if (!code.core.inOrder) {
      lines.push_back("ldr q" + reg + address(spillBase, offset));
      return;
    }
    lines.push_back("ldr x" + half + address(spillBase, offset + 8));
    lines.push_back("ldr d" + reg + address(spillBase, offset));
    lines.push_back("ins v" + reg + ".d[1], x" + half);
  }

  void place(const VectorCode::Line &line) {
    for (VectorCode::Reg use : line.uses)
      if (values[use].reg < 0)
        reload(use);
    llvm::SmallVector<int, 4> numbers = {-1};
    for (VectorCode::Reg use : line.uses) {
      numbers.push_back(values[use].reg);
      values[use].uses.pop_front();
    }
    std::string copy;
    int kept = -1;
    if (line.tied) {
      VectorCode::Reg first = line.uses.front();
      if (values[first].uses.empty()) {
        // The accumulator dies here: its register goes on as the result.
        kept = values[first].reg;
        resident.erase(std::find(resident.begin(), resident.end(), first));
        values[first].reg = -1;
      }
    }
    for (VectorCode::Reg use : line.uses)
      if (values[use].reg >= 0 && values[use].uses.empty())
        release(use);
    if (line.result >= 0) {
      if (kept >= 0) {
        values[line.result].reg = kept;
        resident.push_back(line.result);
      } else {
        // The copy of an accumulator must not overwrite the other operands before they are read.
        take(line.result, line.tied ? llvm::ArrayRef<VectorCode::Reg>(line.uses) : llvm::ArrayRef<VectorCode::Reg>());
        if (line.tied)
          lines.push_back("mov v" + std::to_string(values[line.result].reg) + ".16b, v" + std::to_string(numbers[1]) +
                          ".16b");
      }
      numbers[0] = values[line.result].reg;
    }
    std::string text;
    for (size_t i = 0; i < line.text.size(); ++i) {
      if (line.text[i] != '$')
        text += line.text[i];
      else
        text += std::to_string(numbers[line.text[++i] - '0']);
    }
    lines.push_back(std::move(text));
    if (line.result >= 0 && values[line.result].uses.empty())
      release(line.result);
  }
};

std::optional<VectorCode::Allocated> VectorCode::finish(llvm::ArrayRef<int> pool, int spillBase) const {
  constexpr size_t leastPool = 4; // three operands and a result; constants may have taken the rest
  if (pool.size() < leastPool)
    return std::nullopt;
  Allocator allocator(*this, pool, spillBase);
  std::optional<Ordered> ordered = orderFor(core, allocator.run());
  if (!ordered)
    return std::nullopt;
  return Allocated{std::move(ordered->lines), ordered->cycles, allocator.spillSlots};
}

} // namespace wino
