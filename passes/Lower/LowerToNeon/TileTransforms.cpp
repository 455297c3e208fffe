// Both transforms walk groups of channels; a group is one straight-line piece.
//   input: x0 U, x13 U of the group, x2 table, x3 spill, x4 groups to go, x5 reach of x0, x6 multipliers, x14... rows
//   output: x3 spill, x4 rounds to go, x5, x6 addresses, x14... rows, x24 bias; O at x0, x13, x25, ...
//   (OutputAddresses)
// A round of the loop takes as many groups as have the fewest cycles: loads of one beside the arithmetic of another.
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
/// becomes one multiply-accumulate; outputs are computed in an order in which many are.
class DagCode {
public:
  DagCode(VectorCode &code, const TransformDag &dag, LaneConstants &constants)
      : code(code), dag(dag), constants(constants), type(dag.bits == 16 ? "8h" : "4s"), readers(dag.nodes.size()) {
    for (const TransformDag::Node &node : dag.nodes)
      if (node.op != TransformDag::Op::Input)
        for (int operand : {node.a, node.b})
          if (operand >= 0)
            ++readers[operand];
    std::vector<int> outputs;
    for (int output : dag.outputs)
      if (output >= 0) {
        ++readers[output];
        outputs.push_back(output);
      }
    int least = arrange(outputs);
    for (bool better = true; better;) {
      better = false;
      for (size_t i = 0; i < outputs.size(); ++i)
        for (size_t j = i + 1; j < outputs.size(); ++j) {
          std::swap(outputs[i], outputs[j]);
          int count = arrange(outputs);
          better |= count < least;
          if (count < least)
            least = count;
          else
            std::swap(outputs[i], outputs[j]);
        }
    }
    arrange(outputs);
  }

  Regs emit(llvm::ArrayRef<Reg> inputs) {
    Regs values(dag.nodes.size(), -1); // -1 also for products that their reader makes
    for (int i : order)
      values[i] = node(i, inputs, values);
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
  std::vector<int> order; // of nodes, operands before their readers

  /// Orders the nodes so that outputs are complete one after the other; the number of instructions.
  int arrange(llvm::ArrayRef<int> outputs) {
    order.clear();
    lastReader.assign(dag.nodes.size(), -1);
    std::vector<bool> placed(dag.nodes.size());
    for (int output : outputs)
      place(output, placed);
    for (int output : outputs)
      lastReader[output] = int(dag.nodes.size());
    return int(llvm::count_if(order, [&](int i) { return !isFusedInto(i); }));
  }
  void place(int i, std::vector<bool> &placed) {
    const TransformDag::Node &n = dag.nodes[i];
    if (placed[i])
      return;
    placed[i] = true;
    if (n.op != TransformDag::Op::Input)
      for (int operand : {n.a, n.b})
        if (operand >= 0)
          place(operand, placed);
    if (n.op != TransformDag::Op::Input)
      for (int operand : {n.a, n.b})
        if (operand >= 0)
          lastReader[operand] = i;
    order.push_back(i);
  }

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

namespace {

/// The loop's body and what stands before it, a round of `unroll` groups.
struct Round {
  Lines before;
  VectorCode::Allocated body;
  std::vector<int32_t> table;
};

/// Input: the table is the lanes of constants, then the multipliers.
std::optional<Round> inputRound(const InputTile &tile, int64_t unroll, const TargetData &core) {
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
        code, constants, tile.down, tile.across,
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
  if (!done || done->spillSlots > taps)
    return std::nullopt;
  Round round{prologue(constants.registers(), 0, n), std::move(*done), {}};
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

/// The rounds of as many groups, up to `most`, that take the fewest cycles; `make` makes them.
std::optional<Assembly> fastest(const char *what, int64_t lanes, int64_t groups, int64_t most, const TargetData &core,
                                llvm::ArrayRef<int> operands, llvm::function_ref<std::optional<Round>(int64_t)> make) {
  std::optional<Round> best;
  int64_t unroll = 1;
  for (int64_t trial = 1; trial <= (core.inOrder ? most : 1); trial *= 2) {
    if (groups % trial != 0)
      continue;
    std::optional<Round> round = make(trial);
    if (round && (!best || round->body.cycles * unroll < best->body.cycles * trial)) {
      best = std::move(round);
      unroll = trial;
    }
  }
  if (!best)
    return std::nullopt;
  best->before.insert(best->before.begin(), line("// {0} transform of {1} channels: {2} cycles, {3} spills", what,
                                                 unroll * lanes, best->body.cycles, best->body.spillSlots));
  return Assembly{loopOver(groups / unroll, best->before, best->body.lines), assemblyConstraints(operands),
                  std::move(best->table), best->body.cycles / unroll};
}

} // namespace

std::optional<Assembly> inputTileCode(const InputTile &tile, const TargetData &core) {
  if (size_t(tile.down.inputs) > maxRows || tile.tapBytes > 32000 || tile.groups == 0 || tile.groups > 65535)
    return std::nullopt;
  return fastest("input", 8, tile.groups, 2, core, {2, 3, 1, 0, 13},
                 [&](int64_t unroll) { return inputRound(tile, unroll, core); });
}

namespace {

/// Where the taps of O are. Offsets from as many pointers as they need, where registers are left for those; else one
/// pointer that walks down the columns.
class OutputAddresses {
public:
  OutputAddresses(const OutputTile &tile, int64_t rows, int64_t columns, int64_t round)
      : tapBytes(tile.tapBytes), rows(rows), columns(columns), round(round),
        reach(std::max<int64_t>(0, 32752 - round) / tapBytes) {
    walks = reach == 0 || (rows * columns + reach - 1) / reach > int64_t(std::size(pointers));
  }

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
  static constexpr int pointers[] = {13, 25, 26, 27, 28, 0, 1, 2}; // x1 and x2: once they have been used
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

std::optional<Round> outputRound(const OutputTile &tile, int64_t unroll, const TargetData &core) {
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
        code, constants, tile.down, tile.across,
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
  if (!done || done->spillSlots > rows * columns || constants.registers() > 12)
    return std::nullopt;
  Round round{prologue(constants.registers(), 14, mHigh), std::move(*done), constants.padded()};
  addresses.begin(round.before);
  return round;
}

} // namespace

std::optional<Assembly> outputTileCode(const OutputTile &tile, const TargetData &core) {
  int64_t mHigh = int64_t(tile.down.outputs.size()), mWide = int64_t(tile.across.outputs.size());
  if (mHigh > 8 || mWide * tile.pixel > 4000 || tile.groups == 0 || tile.groups > 65535 ||
      int64_t(tile.down.inputs) * tile.across.inputs * tile.tapBytes > (int64_t(1) << 30))
    return std::nullopt;
  return fastest("output", 4, tile.groups, 4, core, {2, 3, 1, 13, 14, 24},
                 [&](int64_t unroll) { return outputRound(tile, unroll, core); });
}

} // namespace wino
