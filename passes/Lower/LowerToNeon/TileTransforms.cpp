// Both transforms walk groups of channels; a group is one straight-line piece.
//   input: x0 U, x13 U of the group, x2 table, x3 spill, x4 groups to go, x5 reach of x0, x6 multipliers, x14... rows
//   output: x0 O, x13 O of the group, x3 spill, x4 groups to go, x5, x6 addresses, x14... rows, x24 bias, x27, x28
//   steps
#include "Lower/LowerToNeon/TileTransforms.h"

#include "Lower/Kernels/Layout.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

namespace wino {

namespace {

using Reg = VectorCode::Reg;
using Regs = std::vector<Reg>;

/// Rows of an input or output tile have one pointer each.
constexpr int rowPointers[] = {14, 15, 16, 17, 20, 21, 22, 23, 25, 26, 27, 28};
constexpr size_t maxRows = std::size(rowPointers);

/// Multipliers as lanes of v0, v1, ...: instructions take a lane as their second operand.
class LaneConstants {
public:
  LaneConstants(int lanes, char size) : lanes(lanes), size(size) {}

  std::string lane(int32_t value) {
    size_t index = llvm::find(values, value) - values.begin();
    if (index == values.size())
      values.push_back(value);
    return line("v{0}.{1}[{2}]", index / lanes, size, index % lanes);
  }
  int registers() const { return int((values.size() + lanes - 1) / lanes); }
  std::vector<int32_t> padded() const {
    std::vector<int32_t> all = values;
    all.resize(registers() * lanes);
    return all;
  }

private:
  int lanes;
  char size;
  std::vector<int32_t> values;
};

/// Straight-line code of a 1-D transform. A shift or product whose only reader adds it to something that ends there
/// becomes one multiply-accumulate.
class DagCode {
public:
  DagCode(VectorCode &code, const TransformDag &dag, LaneConstants &constants)
      : code(code), dag(dag), constants(constants), type(dag.bits == 16 ? "8h" : "4s"), readers(dag.nodes.size()),
        lastReader(dag.nodes.size(), -1) {
    for (size_t i = 0; i < dag.nodes.size(); ++i)
      if (dag.nodes[i].op != TransformDag::Op::Input)
        for (int operand : {dag.nodes[i].a, dag.nodes[i].b})
          if (operand >= 0) {
            ++readers[operand];
            lastReader[operand] = int(i);
          }
    for (int output : dag.outputs)
      if (output >= 0) {
        ++readers[output];
        lastReader[output] = int(dag.nodes.size());
      }
  }

  Regs emit(llvm::ArrayRef<Reg> inputs) {
    Regs values(dag.nodes.size(), -1); // -1 also for products that their reader makes
    for (size_t i = 0; i < dag.nodes.size(); ++i)
      values[i] = node(int(i), inputs, values);
    Regs outputs;
    for (int output : dag.outputs)
      outputs.push_back(output < 0 ? code.add("movi v$0.2d, #0") : values[output]);
    return outputs;
  }

private:
  VectorCode &code;
  const TransformDag &dag;
  LaneConstants &constants;
  const char *type;
  std::vector<int> readers, lastReader;

  /// True if `product` is made by the instruction of `reader`, which adds it to `accumulator`.
  bool fuses(int product, int accumulator, int reader) const {
    const TransformDag::Node &n = dag.nodes[product];
    bool multiplies = n.op == TransformDag::Op::MulInt || (n.op == TransformDag::Op::Shl && n.imm < dag.bits - 1);
    return multiplies && readers[product] == 1 && lastReader[accumulator] == reader && product != accumulator;
  }
  bool isFusedInto(int product) const {
    if (readers[product] != 1 || lastReader[product] >= int(dag.nodes.size()))
      return false;
    int reader = lastReader[product];
    return fusedOperand(reader) == product;
  }
  /// The operand of node i that becomes part of its instruction, or -1.
  int fusedOperand(int i) const {
    const TransformDag::Node &n = dag.nodes[i];
    if (n.op != TransformDag::Op::Add && n.op != TransformDag::Op::Sub)
      return -1;
    if (fuses(n.b, n.a, i))
      return n.b;
    return n.op == TransformDag::Op::Add && fuses(n.a, n.b, i) ? n.a : -1;
  }

  Reg node(int i, llvm::ArrayRef<Reg> inputs, const Regs &values) {
    const TransformDag::Node &n = dag.nodes[i];
    auto binary = [&](const char *name) {
      return code.add(line("{0} v$0.{1}, v$1.{1}, v$2.{1}", name, type), {values[n.a], values[n.b]});
    };
    auto byLane = [&](const char *name, int32_t value) {
      return code.add(line("{0} v$0.{1}, v$1.{1}, {2}", name, type, constants.lane(value)), {values[n.a]});
    };
    if (isFusedInto(i))
      return -1;
    switch (n.op) {
    case TransformDag::Op::Input: return inputs[n.a];
    case TransformDag::Op::Shl: return code.add(line("shl v$0.{0}, v$1.{0}, #{1}", type, n.imm), {values[n.a]});
    case TransformDag::Op::MulInt: return byLane("mul", n.imm);
    case TransformDag::Op::MulQ15:
    case TransformDag::Op::MulQ31: return byLane("sqrdmulh", n.imm);
    case TransformDag::Op::Add:
    case TransformDag::Op::Sub: break;
    }
    bool adds = n.op == TransformDag::Op::Add;
    int product = fusedOperand(i);
    if (product < 0)
      return binary(adds ? "add" : "sub");
    const TransformDag::Node &p = dag.nodes[product];
    int32_t factor = p.op == TransformDag::Op::Shl ? int32_t(1) << p.imm : p.imm;
    int accumulator = product == n.b ? n.a : n.b;
    return code.accumulate(line("{0} v$0.{1}, v$2.{1}, {2}", adds ? "mla" : "mls", type, constants.lane(factor)),
                           {values[accumulator], values[p.a]});
  }
};

/// Columns, then rows; `in` gives a column, `out` takes a row.
void transform2d(VectorCode &code, LaneConstants &constants, const TransformDag &down, const TransformDag &across,
                 llvm::function_ref<Regs(int64_t)> in, llvm::function_ref<void(int64_t, const Regs &)> out) {
  DagCode first(code, down, constants), second(code, across, constants);
  std::vector<Regs> middle;
  for (int64_t j = 0; j < across.inputs; ++j)
    middle.push_back(first.emit(in(j)));
  for (size_t i = 0; i < down.outputs.size(); ++i) {
    Regs row;
    for (const Regs &column : middle)
      row.push_back(column[i]);
    out(int64_t(i), second.emit(row));
  }
}

/// v`first` to v31 without `but`.
std::vector<int> poolFrom(int first, llvm::ArrayRef<int> but) {
  std::vector<int> pool;
  for (int v = first; v < 32; ++v)
    if (!llvm::is_contained(but, v))
      pool.push_back(v);
  return pool;
}

std::string loopOver(int64_t groups, Lines before, const Lines &body) {
  before.push_back(line("mov x4, #{0}", groups));
  before.push_back("1:");
  llvm::append_range(before, body);
  before.push_back("b.ne 1b");
  return llvm::join(before, "\n");
}

/// Constants into v0, v1, ... and a pointer per row, `stride` bytes apart.
Lines prologue(int constantRegisters, int firstRow, size_t rows) {
  Lines lines;
  for (int v = 0; v < constantRegisters; ++v)
    lines.push_back(line("ldr q{0}, [x2, #{1}]", v, v * 16));
  for (size_t r = 0; r < rows; ++r) {
    if (r == 0 && firstRow != rowPointers[0])
      lines.push_back(line("mov x{0}, x{1}", rowPointers[0], firstRow));
    if (r > 0)
      lines.push_back(line("add x{0}, x{1}, x1", rowPointers[r], rowPointers[r - 1]));
  }
  return lines;
}

} // namespace

std::optional<Assembly> inputTileCode(const InputTile &tile, const TargetData &core) {
  int64_t n = tile.down.inputs, taps = int64_t(tile.down.outputs.size() * tile.across.outputs.size());
  bool bytes = !tile.multipliers.empty();
  // Taps are written one after the other; x0 moves on after as many as a store's offset reaches.
  int64_t reach = std::min<int64_t>(taps, 32000 / tile.tapBytes);
  if (size_t(n) > maxRows || reach == 0 || tile.groups == 0 || tile.groups > 65535)
    return std::nullopt;
  constexpr int multiplierRegisters[] = {14, 15}; // lanes of 16 bits are taken from v0 to v15 only
  VectorCode code(core);
  LaneConstants constants(8, 'h');
  Reg lowest = -1, highest = -1;
  if (bytes && tile.limit < 127) {
    highest = code.add(line("movi v$0.8b, #{0}", tile.limit));
    lowest = code.add("mvn v$0.8b, v$1.8b", {highest}); // -limit - 1
  }
  int64_t tap = 0;
  auto store = [&](Reg value) {
    Reg narrow = value;
    if (bytes) {
      int64_t lane = tap % 8, pinned = multiplierRegisters[tap / 8 % 2];
      if (lane == 0)
        code.effect(line("ldr q{0}, [x6, #{1}]", pinned, tap * 2));
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
    code.effect(line("str {0}$1, [x0, #{1}]", bytes ? "d" : "q", tap % reach * tile.tapBytes), {narrow});
    ++tap;
  };
  transform2d(
      code, constants, tile.down, tile.across,
      [&](int64_t j) {
        Regs column;
        for (int64_t i = 0; i < n; ++i)
          column.push_back(
              code.add(line("{0} v$0.8h, v$1.8b, #{1}", tile.isUnsigned ? "ushll" : "sshll", tile.prescale),
                       {code.load8(rowPointers[i], j * tile.pixel)}));
        return column;
      },
      [&](int64_t, const Regs &row) {
        for (Reg value : row)
          store(value);
      });
  for (int64_t i = 0; i < n; ++i)
    code.effect(line("add x{0}, x{0}, #8", rowPointers[i]));
  code.effect(line("add x13, x13, #{0}", bytes ? 8 : 16));
  code.effect("mov x0, x13");
  code.effect("subs x4, x4, #1");
  if (constants.registers() > multiplierRegisters[0])
    return std::nullopt;
  auto done = code.finish(
      poolFrom(constants.registers(), bytes ? llvm::ArrayRef<int>(multiplierRegisters) : llvm::ArrayRef<int>()), 3);
  if (!done || done->spillSlots > taps)
    return std::nullopt;
  Assembly out{"", assemblyConstraints({2, 3, 1, 0, 13}), {}, done->cycles};
  Lines before = prologue(constants.registers(), 0, n);
  before.insert(before.begin(),
                line("// input transform of 8 channels: {0} cycles, {1} spills", done->cycles, done->spillSlots));
  before.push_back("mov x0, x13");
  before.push_back(line("add x6, x2, #{0}", constants.registers() * 16));
  before.push_back(line("mov x5, #{0}", reach * tile.tapBytes));
  out.text = loopOver(tile.groups, before, done->lines);
  std::vector<int32_t> lanes = constants.padded();
  llvm::append_range(lanes, tile.multipliers);
  lanes.resize(roundUp(lanes.size(), 8));
  for (size_t i = 0; i < lanes.size(); i += 2) // little endian: the lower lane first
    out.table.push_back(int32_t(uint32_t(lanes[i + 1]) << 16 | uint16_t(lanes[i])));
  return out;
}

std::optional<Assembly> outputTileCode(const OutputTile &tile, const TargetData &core) {
  int64_t rows = tile.down.inputs, columns = tile.across.inputs, taps = rows * columns;
  int64_t mHigh = int64_t(tile.down.outputs.size()), mWide = int64_t(tile.across.outputs.size());
  // From one O of a column to the next, and from the last of a column to the first of the next one, backwards.
  int64_t downStep = columns * tile.tapBytes, backStep = downStep * (rows - 1) - tile.tapBytes;
  constexpr int oddPixels[] = {5, 6};
  if (mHigh > 8 || mWide * tile.pixel > 4000 || downStep * (rows - 1) > (int64_t(1) << 30) || tile.groups == 0 ||
      tile.groups > 65535)
    return std::nullopt;
  VectorCode code(core);
  LaneConstants constants(4, 's');
  // Full vectors of 16-bit lanes behind the lanes: bounds that the narrowing itself does not keep.
  const Narrowing &narrowing = tile.narrowing;
  Reg bias = code.load16(24, 0), lowest = -1, highest = -1;
  if (narrowing.clampsLow())
    lowest = code.add(limitLanes("v$0", narrowing.lo));
  if (narrowing.clampsHigh())
    highest = code.add(limitLanes("v$0", narrowing.hi));
  auto narrowAndStore = [&](Reg first, Reg second, int64_t i, int64_t j) {
    Reg words = code.add(line("sqrshrn v$0.4h, v$1.4s, #{0}", narrowing.shift), {first});
    if (second >= 0)
      words = code.accumulate(line("sqrshrn2 v$0.8h, v$2.4s, #{0}", narrowing.shift), {words, second});
    if (lowest >= 0)
      words = code.add("smax v$0.8h, v$1.8h, v$2.8h", {words, lowest});
    if (highest >= 0)
      words = code.add("smin v$0.8h, v$1.8h, v$2.8h", {words, highest});
    Reg bytes = code.add(line("{0} v$0.8b, v$1.8h", narrowing.isUnsigned ? "sqxtun" : "sqxtn"), {words});
    code.effect(line("str s$1, [x{0}, #{1}]", rowPointers[i], j * tile.pixel), {bytes});
    if (second < 0)
      return;
    int odd = oddPixels[j / 2 % 2];
    code.effect(line("add x{0}, x{1}, #{2}", odd, rowPointers[i], (j + 1) * tile.pixel));
    code.effect(line("st1 {{v$1.s}[1], [x{0}]", odd), {bytes});
  };
  transform2d(
      code, constants, tile.down, tile.across,
      [&](int64_t j) {
        Regs column;
        for (int64_t i = 0; i < rows; ++i) {
          column.push_back(code.load16(0, 0));
          if (i + 1 < rows)
            code.effect("add x0, x0, x27");
          else if (j + 1 < columns)
            code.effect(backStep < 0 ? "add x0, x0, x28" : "sub x0, x0, x28");
        }
        return column;
      },
      [&](int64_t i, const Regs &row) {
        Regs biased;
        for (Reg value : row)
          biased.push_back(code.add("add v$0.4s, v$1.4s, v$2.4s", {value, bias}));
        for (int64_t j = 0; j < mWide; j += 2)
          narrowAndStore(biased[j], j + 1 < mWide ? biased[j + 1] : -1, i, j);
      });
  for (int64_t i = 0; i < mHigh; ++i)
    code.effect(line("add x{0}, x{0}, #4", rowPointers[i]));
  code.effect("add x13, x13, #16");
  code.effect("mov x0, x13");
  code.effect("add x24, x24, #16");
  code.effect("subs x4, x4, #1");
  auto done = code.finish(poolFrom(constants.registers(), {}), 3);
  if (!done || done->spillSlots > taps || constants.registers() > 12)
    return std::nullopt;
  Assembly out{"", assemblyConstraints({2, 3, 1, 13, 14, 24}), {}, done->cycles};
  Lines before = prologue(constants.registers(), 14, mHigh);
  before.insert(before.begin(),
                line("// output transform of 4 channels: {0} cycles, {1} spills", done->cycles, done->spillSlots));
  before.push_back("mov x0, x13");
  for (auto [reg, value] : {std::pair<int, int64_t>{27, downStep}, std::pair<int, int64_t>{28, std::abs(backStep)}}) {
    before.push_back(line("movz x{0}, #{1}", reg, value & 0xffff));
    before.push_back(line("movk x{0}, #{1}, lsl #16", reg, value >> 16));
  }
  out.text = loopOver(tile.groups, before, done->lines);
  out.table = constants.padded();
  return out;
}

} // namespace wino
