// Both transforms walk groups of channels; a group is one straight-line piece. Input:
//   x0 U, x13 U of the group, x2 table, x3 spill, x4 rounds to go, x5 reach of x0, x6 multipliers, x14... rows
#include "Lower/LowerToNeon/TileTransforms.h"

#include "Lower/Kernels/Layout.h"
#include "Lower/LowerToNeon/TransformRounds.h"

namespace wino {

namespace {

/// Input: the table is the lanes of constants, then the multipliers.
std::optional<TransformRound> inputRound(const InputTile &tile, int64_t unroll, int64_t parked,
                                         const TargetData &core) {
  int64_t n = tile.down.inputs, taps = int64_t(tile.down.outputs.size() * tile.across.outputs.size());
  bool bytes = !tile.multipliers.empty();
  int64_t groupBytes = bytes ? 8 : 16;
  // Taps are written one after the other; x0 moves on after as many as a store's offset reaches.
  int64_t reach = std::min<int64_t>(taps, 32000 / tile.tapBytes);
  constexpr int multiplierRegisters[] = {14, 15}; // lanes of 16 bits are taken from v0 to v15 only
  VectorCode code(core);
  LaneConstants constants(8, 'h');
  Reg lowest = -1, highest = -1;
  if (bytes && tile.limit < 127) {
    highest = code.add(line("movi v$0.8b, #{0}", tile.limit));
    lowest = code.add("mvn v$0.8b, v$1.8b", {highest}); // -limit - 1
  }
  int64_t group = 0, tap = 0;
  auto store = [&](Reg value) {
    Reg narrow = value;
    if (bytes) {
      int64_t lane = tap % 8, pinned = multiplierRegisters[tap / 8 % 2];
      if (lane == 0)
        code.loadPinned(int(pinned), 6, tap * 2);
      Reg scaled = code.add(line("sqrdmulh v$0.8h, v$1.8h, v{0}.h[{1}]", pinned, lane), {value});
      int64_t shift = tile.shifts[tap];
      if (shift > 8) { // beyond what the narrowing shift can encode, and then the result always fits
        scaled = code.add(line("srshr v$0.8h, v$1.8h, #{0}", shift), {scaled});
        shift = 0;
      }
      narrow = shift == 0 ? code.add("sqxtn v$0.8b, v$1.8h", {scaled})
                          : code.add(line("sqrshrn v$0.8b, v$1.8h, #{0}", shift), {scaled});
      if (highest >= 0) {
        narrow = code.add("smin v$0.8b, v$1.8b, v$2.8b", {narrow, highest});
        narrow = code.add("smax v$0.8b, v$1.8b, v$2.8b", {narrow, lowest});
      }
    }
    if (tap > 0 && tap % reach == 0)
      code.effect("add x0, x0, x5");
    code.effect(line("str {0}$1, [x0, #{1}]", bytes ? "d" : "q", tap % reach * tile.tapBytes + group * groupBytes),
                {narrow});
    ++tap;
  };
  for (; group < unroll; ++group, tap = 0) {
    transform2d(
        code, constants, tile.down, tile.across, parked,
        [&](int64_t j) {
          Regs column;
          for (int64_t i = 0; i < n; ++i)
            column.push_back(
                code.add(line("{0} v$0.8h, v$1.8b, #{1}", tile.isUnsigned ? "ushll" : "sshll", tile.prescale),
                         {code.load8(rowPointers[i], j * tile.pixel + group * 8)}));
          return column;
        },
        [&](int64_t, const Regs &row) {
          for (Reg value : row)
            store(value);
        });
    if (group + 1 < unroll && reach < taps)
      code.effect("mov x0, x13");
  }
  for (int64_t i = 0; i < n; ++i)
    code.effect(line("add x{0}, x{0}, #{1}", rowPointers[i], unroll * 8));
  code.effect(line("add x13, x13, #{0}", unroll * groupBytes));
  code.effect("mov x0, x13");
  code.effect("subs x4, x4, #1");
  if (constants.registers() > multiplierRegisters[0])
    return std::nullopt;
  auto done = code.finish(
      poolFrom(constants.registers(), bytes ? llvm::ArrayRef<int>(multiplierRegisters) : llvm::ArrayRef<int>()), 3);
  if (!done || done->spillSlots > slotsBeside(parked, tile.down.outputs.size(), tile.across.inputs, taps))
    return std::nullopt;
  TransformRound round{transformPrologue(constants.registers(), 0, n), std::move(*done), {}};
  round.before.push_back("mov x0, x13");
  round.before.push_back(line("add x6, x2, #{0}", constants.registers() * 16));
  round.before.push_back(line("mov x5, #{0}", reach * tile.tapBytes));
  std::vector<int32_t> lanes = constants.padded();
  llvm::append_range(lanes, tile.multipliers);
  lanes.resize(roundUp(lanes.size(), 8));
  for (size_t i = 0; i < lanes.size(); i += 2) // little endian: the lower lane first
    round.table.push_back(int32_t(uint32_t(lanes[i + 1]) << 16 | uint16_t(lanes[i])));
  return round;
}

} // namespace

std::optional<Assembly> inputTileCode(const InputTile &tile, const TargetData &core) {
  if (size_t(tile.down.inputs) > maxRows || tile.tapBytes > 32000 || (tile.across.inputs - 1) * tile.pixel > 32000 ||
      tile.groups == 0 || tile.groups > 65535)
    return std::nullopt;
  return fastestRounds("input", 8, tile.groups, 2, tile.down.outputs.size(), core, {2, 3, 1, 0, 13},
                       [&](int64_t unroll, int64_t parked) { return inputRound(tile, unroll, parked, core); });
}

} // namespace wino
