// Code of a DAG: products are fused into sums wherever an accumulator ends.
#include "Lower/LowerToNeon/TransformRounds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace wino {

std::string LaneConstants::lane(int32_t value) {
  size_t index = std::find(values.begin() + owned, values.end(), value) - values.begin();
  if (index == values.size())
    values.push_back(value);
  return line("v{0}.{1}[{2}]", index / lanes, size, index % lanes);
}

std::string LaneConstants::ownHalfLane(int32_t value) {
  values.push_back(value);
  ++owned;
  return line("v{0}.h[{1}]", (values.size() - 1) / lanes, (values.size() - 1) % lanes * 2);
}

std::vector<int32_t> LaneConstants::padded() const {
  std::vector<int32_t> all = values;
  all.resize(registers() * lanes);
  return all;
}

namespace {

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

} // namespace

void transform2d(VectorCode &code, LaneConstants &constants, const TransformDag &down, const TransformDag &across,
                 int64_t parked, llvm::function_ref<Regs(int64_t)> in,
                 llvm::function_ref<void(int64_t, const Regs &)> out) {
  DagCode first(code, down, constants), second(code, across, constants);
  std::vector<Regs> middle;
  int64_t rows = int64_t(down.outputs.size()), columns = across.inputs;
  auto place = [&](int64_t i, int64_t j) { return (i * columns + j) * 16; };
  for (int64_t j = 0; j < columns; ++j) {
    middle.push_back(first.emit(in(j)));
    for (int64_t i = rows - parked; i < rows; ++i)
      code.effect(line("str q$1, [x3, #{0}]", place(i, j)), {middle.back()[i]});
  }
  for (int64_t i = 0; i < rows; ++i) {
    Regs row;
    for (int64_t j = 0; j < columns; ++j)
      row.push_back(i < rows - parked ? middle[j][i] : code.load16(3, place(i, j)));
    out(i, second.emit(row));
  }
}

std::vector<int> poolFrom(int first, llvm::ArrayRef<int> but) {
  std::vector<int> pool;
  for (int v = first; v < 32; ++v)
    if (!llvm::is_contained(but, v))
      pool.push_back(v);
  return pool;
}

static std::string loopOver(int64_t groups, Lines before, const Lines &body) {
  before.push_back(line("mov x4, #{0}", groups));
  before.push_back("1:");
  llvm::append_range(before, body);
  before.push_back("b.ne 1b");
  return llvm::join(before, "\n");
}

Lines transformPrologue(int constantRegisters, int firstRow, size_t rows) {
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

std::optional<Assembly> fastestRounds(const char *what, int64_t lanes, int64_t groups, int64_t most, int64_t rows,
                                      const TargetData &core, llvm::ArrayRef<int> operands,
                                      llvm::function_ref<std::optional<TransformRound>(int64_t, int64_t)> make) {
  std::optional<TransformRound> best;
  int64_t unroll = 1, parked = 0;
  auto consider = [&](int64_t trial, int64_t park) {
    std::optional<TransformRound> round = make(trial, park);
    if (!round || (best && round->body.cycles * unroll >= best->body.cycles * trial))
      return;
    best = std::move(round);
    unroll = trial;
    parked = park;
  };
  consider(1, 0);
  if (best && best->body.spillSlots > 0)
    for (int64_t park : {rows / 4, rows / 3, rows / 2, rows * 3 / 4, rows})
      consider(1, park);
  for (int64_t trial = 2; trial <= (core.inOrder ? most : 1) && groups % trial == 0; trial *= 2)
    consider(trial, parked);
  if (!best)
    return std::nullopt;
  best->before.insert(best->before.begin(), line("// {0} transform of {1} channels: {2} cycles, {3} spills", what,
                                                 unroll * lanes, best->body.cycles, best->body.spillSlots));
  return Assembly{loopOver(groups / unroll, best->before, best->body.lines), assemblyConstraints(operands),
                  std::move(best->table), best->body.cycles / unroll};
}

} // namespace wino
