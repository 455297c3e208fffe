//===- ListSchedule.h - order of straight-line code on an in-order core ---===//
//
// The order in which an in-order core loses the fewest cycles: list scheduling
// under the issue model's own rules (IssueModel.h), several priorities tried,
// the fastest kept.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_LISTSCHEDULE_H
#define WINO_MACHINE_LISTSCHEDULE_H

#include "wino/Machine/Decode.h"
#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace wino::a53 {

struct Schedule {
  std::vector<unsigned> order; // a permutation of the instructions that keeps what the program computes
  uint64_t cycles = 0;         // of that order, every access a hit, operands ready at the start
};

/// Orders straight-line code without branches. Registers are kept as they are: a reader stays behind the writer before
/// it and ahead of the writer after it. Stores keep their order among each other, and a load keeps its place among the
/// stores with the same base register; memory behind different base registers must not overlap. Deterministic.
Schedule schedule(llvm::ArrayRef<Instruction> program, const Parameters &parameters = {});

/// Cycles of the program in the given order, every access a hit.
uint64_t countCycles(llvm::ArrayRef<Instruction> program, const Parameters &parameters = {});

} // namespace wino::a53

#endif // WINO_MACHINE_LISTSCHEDULE_H
