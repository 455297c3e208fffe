// VectorCode: straight-line NEON code on as many registers as it likes; registers are then assigned, values that do not
// fit go through memory, and for an in-order core the issue model orders the whole.
#ifndef WINO_LOWER_LOWERTONEON_VECTORCODE_H
#define WINO_LOWER_LOWERTONEON_VECTORCODE_H

#include "wino/Target/TargetData.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <optional>
#include <string>
#include <vector>

namespace wino {

using Lines = std::vector<std::string>;

template <typename... Args> std::string line(const char *format, Args &&...args) {
  return llvm::formatv(format, std::forward<Args>(args)...).str();
}

/// `value`, a bound of bytes (-128 to 255), in the eight lanes of a register.
std::string limitLanes(const char *reg, int64_t value);

/// Lines in the order in which a core is given them, and cycles of one round in a loop: in-order cores have the issue
/// model's order, on others the lines stay as they are and LLVM's model counts. None if a line is not an instruction.
struct Ordered {
  Lines lines;
  uint64_t cycles;
};
std::optional<Ordered> orderFor(const TargetData &core, const Lines &lines);

/// Constraints of assembly whose operands come in these integer registers and which may change every register but x18,
/// x19, x29, x30 and sp, the flags and memory.
std::string assemblyConstraints(llvm::ArrayRef<int> operands);

/// Instructions are text in which `$0` is the number of the vector register written and `$1`, `$2`, ... those read.
class VectorCode {
public:
  using Reg = int;

  explicit VectorCode(const TargetData &core) : core(core) {}

  /// An instruction that writes a vector register.
  Reg add(std::string text, llvm::ArrayRef<Reg> uses = {});
  /// One whose result replaces its first operand: `$0` is both.
  Reg accumulate(std::string text, llvm::ArrayRef<Reg> uses);
  /// One that writes none: a store, or integer code.
  void effect(std::string text, llvm::ArrayRef<Reg> uses = {});
  /// 8 or 16 bytes at [x<base> + offset]. In order: by turns as `ldr d`, which takes a cycle that no 128-bit operation
  /// shares, and as `ldr x`, which does not, with a move that goes beside a `ldr d`.
  Reg load8(int base, int64_t offset);
  Reg load16(int base, int64_t offset);
  /// 16 bytes into a register that `finish` does not assign.
  void loadPinned(int reg, int base, int64_t offset);

  struct Allocated {
    Lines lines;        // in the order of the issue model, or as they were on a core that reorders
    uint64_t cycles;    // of that order
    int64_t spillSlots; // of 16 bytes, from [x<spillBase>] on
  };
  /// Assigns the vector registers `pool`. None if a line is not an instruction (an offset too large to encode) or the
  /// pool has fewer than four.
  std::optional<Allocated> finish(llvm::ArrayRef<int> pool, int spillBase) const;

  /// Integer registers that loads may use.
  static constexpr int firstHalf = 7, halves = 6;

private:
  const TargetData &core;
  struct Line {
    std::string text;
    llvm::SmallVector<Reg, 3> uses;
    Reg result = -1;
    bool tied = false;
  };
  std::vector<Line> program;
  int registers = 0, nextHalf = 0, loads8 = 0;

  friend class Allocator;
};

} // namespace wino

#endif
