// TransformRounds (NEON): what input and output transforms have in common: code of a 2-D transform, and a loop whose
// rounds take as many groups of channels, and leave as much to memory, as have the fewest cycles.
#ifndef WINO_LOWER_LOWERTONEON_TRANSFORMROUNDS_H
#define WINO_LOWER_LOWERTONEON_TRANSFORMROUNDS_H

#include "Lower/Kernels/Isa.h"
#include "Lower/LowerToNeon/VectorCode.h"

namespace wino {

using Reg = VectorCode::Reg;
using Regs = std::vector<Reg>;

/// Rows of an input or output tile have one pointer each.
constexpr int rowPointers[] = {14, 15, 16, 17, 20, 21, 22, 23, 25, 26, 27, 28};
constexpr size_t maxRows = std::size(rowPointers);

/// Multipliers as lanes of v0, v1, ...: instructions take a lane as their second operand.
class LaneConstants {
public:
  LaneConstants(int lanes, char size) : lanes(lanes), size(size) {}

  std::string lane(int32_t value);
  /// A place of its own whatever the value, so that code is the same for all; asked for before all others. A lane of 16
  /// bits, of a number that has no more; lanes are of 32.
  std::string ownHalfLane(int32_t value);
  int registers() const { return int((values.size() + lanes - 1) / lanes); }
  std::vector<int32_t> padded() const;

private:
  int lanes;
  char size;
  std::vector<int32_t> values;
  size_t owned = 0; ///< the first of `values`, which nobody else reads
};

/// Columns, then rows; `in` gives a column, `out` takes a row. What stands between the passes in the last `parked` rows
/// waits at [x3], the rows from the last one on.
void transform2d(VectorCode &code, LaneConstants &constants, const TransformDag &down, const TransformDag &across,
                 int64_t parked, llvm::function_ref<Regs(int64_t)> in,
                 llvm::function_ref<void(int64_t, const Regs &)> out);

/// Slots of 16 bytes from [x3] on that spilled values may take: what lies before the rows that wait there, or all of
/// `slots` where none does. `rows` x `columns`: between the passes.
inline int64_t slotsBeside(int64_t parked, int64_t rows, int64_t columns, int64_t slots) {
  return parked > 0 ? (rows - parked) * columns : slots;
}

/// v`first` to v31 without `but`.
std::vector<int> poolFrom(int first, llvm::ArrayRef<int> but);

/// Constants into v0, v1, ... and a pointer per row, `stride` bytes apart.
Lines transformPrologue(int constantRegisters, int firstRow, size_t rows);

/// The loop's body and what stands before it, a round of `unroll` groups.
struct TransformRound {
  Lines before;
  VectorCode::Allocated body;
  std::vector<int32_t> table;
};

/// The round that takes the fewest cycles per group: first of one group, with rows of the middle (of `rows`) parked,
/// then of more groups, up to `most`. `make` makes them of numbers of groups and of rows.
std::optional<Assembly> fastestRounds(const char *what, int64_t lanes, int64_t groups, int64_t most, int64_t rows,
                                      const TargetData &core, llvm::ArrayRef<int> operands,
                                      llvm::function_ref<std::optional<TransformRound>(int64_t, int64_t)> make);

} // namespace wino

#endif
