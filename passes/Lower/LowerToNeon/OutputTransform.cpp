// Output transform of a tile:
//   x3 spill, x4 rounds to go, x5, x6 addresses, x14... rows, x24 bias; O at x13, x25, ... (OutputAddresses);
//   with a residual x25 how far it lies behind the rows, x26 where a row of it is
#include "Lower/LowerToNeon/TileTransforms.h"

#include "Lower/LowerToNeon/TransformRounds.h"

namespace wino {

namespace {

/// Where the taps of O are. Offsets from as many pointers as they need, where registers are left for those; else one
/// pointer that walks down the columns.
class OutputAddresses {
public:
  OutputAddresses(const OutputTile &tile, int64_t rows, int64_t columns, int64_t round)
      : tapBytes(tile.tapBytes), rows(rows), columns(columns), round(round),
        reach(std::max<int64_t>(0, 32752 - round) / tapBytes) {
    for (int reg : {13, 25, 26, 27, 28, 0, 1, 2}) // x1 and x2: once they have been used
      if (!tile.residual || (reg != residualOffset && reg != residualRow))
        pointers.push_back(reg);
    walks = reach == 0 || (rows * columns + reach - 1) / reach > int64_t(pointers.size());
  }
  static constexpr int residualOffset = 25, residualRow = 26;

  Reg load(VectorCode &code, int64_t i, int64_t j, int64_t offset) const {
    int64_t tap = i * columns + j;
    if (!walks)
      return code.load16(pointers[tap / reach], tap % reach * tapBytes + offset);
    Reg value = code.load16(0, offset);
    if (i + 1 < rows)
      code.effect("add x0, x0, x27");
    else if (j + 1 < columns)
      code.effect(backStep() < 0 ? "add x0, x0, x28" : "sub x0, x0, x28");
    else
      code.effect("mov x0, x13");
    return value;
  }
  void endRound(VectorCode &code) const {
    if (walks) {
      code.effect(line("add x13, x13, #{0}", round));
      code.effect("mov x0, x13");
    } else {
      for (int64_t tap = 0; tap < rows * columns; tap += reach)
        code.effect(line("add x{0}, x{0}, #{1}", pointers[tap / reach], round));
    }
  }
  /// O comes in x13.
  void begin(Lines &lines) const {
    auto constant = [&](int reg, int64_t value) {
      lines.push_back(line("movz x{0}, #{1}", reg, value & 0xffff));
      lines.push_back(line("movk x{0}, #{1}, lsl #16", reg, value >> 16));
    };
    if (walks) {
      lines.push_back("mov x0, x13");
      constant(27, downStep());
      constant(28, std::abs(backStep()));
      return;
    }
    if (rows * columns > reach)
      constant(5, reach * tapBytes);
    for (int64_t tap = reach; tap < rows * columns; tap += reach)
      lines.push_back(line("add x{0}, x{1}, x5", pointers[tap / reach], pointers[tap / reach - 1]));
  }

private:
  llvm::SmallVector<int> pointers;
  int64_t tapBytes, rows, columns, round, reach;
  bool walks;

  // From one O of a column to the next, and from the last of a column to the first of the next one, backwards.
  int64_t downStep() const { return columns * tapBytes; }
  int64_t backStep() const { return downStep() * (rows - 1) - tapBytes; }
};

/// An input whose every unit adds one to every output of an exact DAG, or -1: there a bias can be added for all.
int inputOfOnes(const TransformDag &dag) {
  if (llvm::any_of(dag.nodes, [](const TransformDag::Node &n) { return n.op == TransformDag::Op::MulQ31; }))
    return -1;
  for (int k = 0; k < dag.inputs; ++k) {
    std::vector<int32_t> in(dag.inputs, 0), out(dag.outputs.size());
    in[k] = 1;
    dag.run(in.data(), out.data());
    if (llvm::all_of(out, [](int32_t y) { return y == 1; }))
      return k;
  }
  return -1;
}

std::optional<TransformRound> outputRound(const OutputTile &tile, int64_t unroll, int64_t parked,
                                          const TargetData &core) {
  int64_t rows = tile.down.inputs, columns = tile.across.inputs;
  int64_t mHigh = int64_t(tile.down.outputs.size()), mWide = int64_t(tile.across.outputs.size());
  constexpr int oddPixels[] = {5, 6};
  int onesDown = inputOfOnes(tile.down), onesAcross = inputOfOnes(tile.across);
  bool biasOnce = onesDown >= 0 && onesAcross >= 0;
  OutputAddresses addresses(tile, rows, columns, unroll * 16);
  VectorCode code(core);
  LaneConstants constants(4, 's');
  // Full vectors of 16-bit lanes behind the lanes: bounds that the narrowing itself does not keep.
  const Narrowing &narrowing = tile.narrowing;
  Reg lowest = -1, highest = -1;
  if (narrowing.clampsLow())
    lowest = code.add(limitLanes("v$0", narrowing.lo));
  if (narrowing.clampsHigh())
    highest = code.add(limitLanes("v$0", narrowing.hi));
  std::string residualLane = tile.residual ? constants.ownHalfLane(int32_t(tile.residual->multiplier)) : "";
  auto addResidual = [&](Reg value, int64_t byte) {
    const Residual &residual = *tile.residual;
    Reg bytes = code.add(line("ldr s$0, [x{0}, #{1}]", OutputAddresses::residualRow, byte));
    Reg words = code.add(line("{0} v$0.8h, v$1.8b, #0", residual.isUnsigned ? "ushll" : "sshll"), {bytes});
    return code.accumulate(line("smlal v$0.4s, v$2.4h, {0}", residualLane), {value, words});
  };
  auto narrowAndStore = [&](Reg first, Reg second, int64_t i, int64_t byte) {
    Reg words = code.add(line("sqrshrn v$0.4h, v$1.4s, #{0}", narrowing.shift), {first});
    if (second >= 0)
      words = code.accumulate(line("sqrshrn2 v$0.8h, v$2.4s, #{0}", narrowing.shift), {words, second});
    if (lowest >= 0)
      words = code.add("smax v$0.8h, v$1.8h, v$2.8h", {words, lowest});
    if (highest >= 0)
      words = code.add("smin v$0.8h, v$1.8h, v$2.8h", {words, highest});
    Reg bytes = code.add(line("{0} v$0.8b, v$1.8h", narrowing.isUnsigned ? "sqxtun" : "sqxtn"), {words});
    code.effect(line("str s$1, [x{0}, #{1}]", rowPointers[i], byte), {bytes});
    if (second < 0)
      return;
    int odd = oddPixels[byte / tile.pixel / 2 % 2];
    code.effect(line("add x{0}, x{1}, #{2}", odd, rowPointers[i], byte + tile.pixel));
    code.effect(line("st1 {{v$1.s}[1], [x{0}]", odd), {bytes});
  };
  for (int64_t group = 0; group < unroll; ++group) {
    Reg bias = code.load16(24, group * 16);
    transform2d(
        code, constants, tile.down, tile.across, parked,
        [&](int64_t j) {
          Regs column;
          for (int64_t i = 0; i < rows; ++i) {
            Reg value = addresses.load(code, i, j, group * 16);
            if (biasOnce && i == onesDown && j == onesAcross)
              value = code.add("add v$0.4s, v$1.4s, v$2.4s", {value, bias});
            column.push_back(value);
          }
          return column;
        },
        [&](int64_t i, const Regs &row) {
          Regs biased = row;
          for (Reg &value : biased)
            if (!biasOnce)
              value = code.add("add v$0.4s, v$1.4s, v$2.4s", {value, bias});
          if (tile.residual) {
            code.effect(line("add x{0}, x{1}, x{2}", OutputAddresses::residualRow, rowPointers[i],
                             OutputAddresses::residualOffset));
            for (int64_t j = 0; j < mWide; ++j)
              biased[j] = addResidual(biased[j], j * tile.pixel + group * 4);
          }
          for (int64_t j = 0; j < mWide; j += 2)
            narrowAndStore(biased[j], j + 1 < mWide ? biased[j + 1] : -1, i, j * tile.pixel + group * 4);
        });
  }
  for (int64_t i = 0; i < mHigh; ++i)
    code.effect(line("add x{0}, x{0}, #{1}", rowPointers[i], unroll * 4));
  addresses.endRound(code);
  code.effect(line("add x24, x24, #{0}", unroll * 16));
  code.effect("subs x4, x4, #1");
  auto done = code.finish(poolFrom(constants.registers(), {}), 3);
  if (!done || done->spillSlots > slotsBeside(parked, mHigh, columns, rows * columns) || constants.registers() > 12)
    return std::nullopt;
  TransformRound round{transformPrologue(constants.registers(), 14, mHigh), std::move(*done), constants.padded()};
  addresses.begin(round.before);
  return round;
}

} // namespace

std::optional<Assembly> outputTileCode(const OutputTile &tile, const TargetData &core) {
  int64_t mHigh = int64_t(tile.down.outputs.size()), mWide = int64_t(tile.across.outputs.size());
  if (mHigh > 8 || mWide * tile.pixel > 4000 || tile.groups == 0 || tile.groups > 65535 ||
      int64_t(tile.down.inputs) * tile.across.inputs * tile.tapBytes > (int64_t(1) << 30))
    return std::nullopt;
  llvm::SmallVector<int> operands = {2, 3, 1, 13, 14, 24};
  if (tile.residual)
    operands.push_back(OutputAddresses::residualOffset);
  return fastestRounds("output", 4, tile.groups, 4, mHigh, core, operands,
                       [&](int64_t unroll, int64_t parked) { return outputRound(tile, unroll, parked, core); });
}

} // namespace wino
