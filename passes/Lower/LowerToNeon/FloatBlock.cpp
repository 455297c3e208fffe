// 8 x 8 sums: 16 fmla by lane, two loads of filters and half a load of each row per input. The order is ListSchedule's.
#include "Lower/LowerToNeon/FloatBlock.h"

#include "Lower/LowerToNeon/RegisterBlocks.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/StringExtras.h"

namespace wino {

namespace {

// x0 left, x1 right operands of the piece at work, x16 left operands of this block, x15 those of the next one, x17 the
// first right ones; x2 what sums start from, x3 results, x4 blocks to go; x5 runs to go, x20 pieces to go. Constants:
// x22 to the next block's left operands, x23 to the next run's, x24 to the next block's results, x25 to the next run's
// right operands. v0.. inputs of four steps per row, behind them filters, at the end
// the sums.
class Writer {
public:
  Writer(const FloatProducts &shape, const TargetData &core) : shape(shape), core(core) {}

  std::optional<Assembly> write() {
    int64_t steps = shape.run / 4, pieces = std::max<int64_t>(1, (steps + most - 1) / most);
    int64_t first = steps - (pieces - 1) * most, last = pieces > 1 ? most : first, tail = shape.run % 4;
    if (slots < 2 || (shape.isHalf && tail > 0))
      return std::nullopt;
    emit("mov x16, x0");
    emit("mov x17, x1");
    constant(22, shape.rows * shape.rowBytes);
    constant(23, shape.runBytes - (shape.run - last * 4 - tail) * unit);
    constant(24, shape.rows * shape.outBytes);
    constant(25, (last * 4 + tail) * shape.columns * unit);
    Lines start = nextBlock();
    startSums(start);
    loadStart(start, (pieces > 1 ? first : last) * 4 + (pieces > 1 ? 0 : tail), pieces > 1 ? first : last);
    append(start);
    emit("1:");
    if (shape.runs > 1) {
      emit("mov x5, #{0}", shape.runs);
      emit("2:");
    }
    if (pieces > 1)
      piece(first, most * 4, most);
    if (pieces > 2) {
      emit("mov x20, #{0}", pieces - 2);
      emit("3:");
      piece(most, most * 4, most, "subs x20, x20, #1");
      emit("b.ne 3b");
    }
    int64_t startDepth = pieces > 1 ? first * 4 : last * 4 + tail, startSteps = pieces > 1 ? first : last;
    Lines body;
    multiply(body, last, tail);
    if (shape.runs > 1) {
      for (const char *l :
           {"subs x5, x5, #1", "add x6, x0, x23", "csel x0, x6, x15, ne", "add x14, x1, x25", "csel x1, x14, x17, ne"})
        body.push_back(l);
      loadStart(body, startDepth, startSteps);
      schedule(body);
      emit("b.ne 2b");
      body.clear();
    } else {
      body.push_back("mov x0, x15");
      body.push_back("mov x1, x17");
    }
    for (int64_t r = 0; r < shape.rows; ++r)
      for (int64_t q = 0; q < quads; ++q)
        body.push_back(line("str q{0}, [x3, #{1}]", sum(r, q), r * shape.outBytes + q * 16));
    body.push_back("add x3, x3, x24");
    body.push_back("mov x16, x15");
    body.push_back("sub x4, x4, #1");
    llvm::append_range(body, nextBlock());
    startSums(body);
    if (shape.runs == 1)
      loadStart(body, startDepth, startSteps);
    schedule(body);
    emit("cbnz x4, 1b");
    if (failed)
      return std::nullopt;
    text.insert(text.begin(), line("// float products, {0} x {1} x {2}: {3} cycles", shape.rows, shape.columns,
                                   shape.runs * shape.run, cycles));
    return Assembly{llvm::join(text, "\n"), assemblyConstraints({0, 1, 2, 3, 4}), {}, cycles};
  }

private:
  static constexpr int64_t most = 4; ///< steps of four inputs in straight-line code
  const FloatProducts &shape;
  const TargetData &core;
  const int64_t unit = shape.isHalf ? 2 : 4, quads = shape.columns / 4;
  /// Inputs whose filters have registers; pieces load no more ahead than each of them has.
  const int64_t slots = std::min((32 - shape.rows * quads - shape.rows) / quads, most * 4);
  bool failed = false;
  Lines text;
  uint64_t cycles = 0;
  int nextHalf = 0;

  template <typename... Args> void emit(const char *format, Args &&...args) {
    text.push_back(line(format, std::forward<Args>(args)...));
  }
  void constant(int reg, int64_t value) {
    failed |= value < 0 || value >= int64_t(1) << 32;
    emit("movz x{0}, #{1}", reg, value & 0xffff);
    if (value >> 16)
      emit("movk x{0}, #{1}, lsl #16", reg, value >> 16);
  }
  int sum(int64_t row, int64_t quad) const { return int(32 - shape.rows * quads + row * quads + quad); }
  int filterRegister(int64_t input, int64_t quad) const { return int(shape.rows + input % slots * quads + quad); }

  /// Four numbers. Every other load of halves goes beside another.
  void load(Lines &body, int reg, int base, int64_t offset) {
    constexpr int firstHalf = 7, halves = 7;
    int half = firstHalf + nextHalf++ % halves;
    if (!shape.isHalf) {
      body.push_back(line("ldr x{0}, [x{1}, #{2}]", half, base, offset + 8));
      body.push_back(line("ldr d{0}, [x{1}, #{2}]", reg, base, offset));
      body.push_back(line("ins v{0}.d[1], x{1}", reg, half));
      return;
    }
    if (nextHalf % 2 == 0) {
      body.push_back(line("ldr d{0}, [x{1}, #{2}]", reg, base, offset));
    } else {
      body.push_back(line("ldr x{0}, [x{1}, #{2}]", half, base, offset));
      body.push_back(line("fmov d{0}, x{1}", reg, half));
    }
    body.push_back(line("fcvtl v{0}.4s, v{0}.4h", reg));
  }
  void loadRow(Lines &body, int64_t step, int64_t r) { load(body, int(r), 0, r * shape.rowBytes + step * 4 * unit); }
  void loadFilter(Lines &body, int64_t input) {
    for (int64_t q = 0; q < quads; ++q)
      load(body, filterRegister(input, q), 1, (input * shape.columns + q * 4) * unit);
  }
  /// Operands of the first step of a piece of `inputs` inputs.
  void loadStart(Lines &body, int64_t inputs, int64_t steps) {
    for (int64_t r = 0; steps > 0 && r < shape.rows; ++r)
      loadRow(body, 0, r);
    for (int64_t i = 0; i < std::min(slots, inputs); ++i)
      loadFilter(body, i);
  }
  void multiplyInput(Lines &body, int64_t input, int64_t row, int64_t lane) {
    for (int64_t q = 0; q < quads; ++q)
      body.push_back(line("fmla v{0}.4s, v{1}.4s, v{2}.s[{3}]", sum(row, q), filterRegister(input, q), row, lane));
  }
  void multiply(Lines &body, int64_t steps, int64_t tail) {
    int64_t all = steps * 4 + tail;
    for (int64_t i = 0; i < all; ++i) {
      bool isTail = i >= steps * 4;
      for (int64_t r = 0; r < shape.rows; ++r) {
        if (isTail)
          body.push_back(line("ldr s{0}, [x0, #{1}]", r, r * shape.rowBytes + i * 4));
        multiplyInput(body, i, r, isTail ? 0 : i % 4);
        if (i % 4 == 3 && i / 4 + 1 < steps)
          loadRow(body, i / 4 + 1, r);
      }
      if (i + slots < all)
        loadFilter(body, i + slots);
    }
  }
  /// A piece that is not the last of its run; the next one has `inputs` inputs.
  void piece(int64_t steps, int64_t inputs, int64_t nextSteps, const char *count = nullptr) {
    Lines body;
    multiply(body, steps, 0);
    if (count)
      body.push_back(count);
    body.push_back(line("add x0, x0, #{0}", steps * 4 * unit));
    body.push_back(line("add x1, x1, #{0}", steps * 4 * shape.columns * unit));
    loadStart(body, inputs, nextSteps);
    schedule(body);
  }
  /// x15: the left operands of the block behind x16, or these where it is the last one.
  Lines nextBlock() const { return {"cmp x4, #1", "csel x14, x22, xzr, gt", "add x15, x16, x14"}; }
  void startSums(Lines &body) {
    for (int64_t q = 0; q < quads; ++q)
      for (int64_t r = 0; r < shape.rows; ++r) {
        if (!shape.hasStart)
          body.push_back(line("movi v{0}.2d, #0", sum(r, q)));
        else if (r == 0)
          body.push_back(line("ldr q{0}, [x2, #{1}]", sum(r, q), q * 16));
        else
          body.push_back(line("mov v{0}.16b, v{1}.16b", sum(r, q), sum(0, q)));
      }
  }
  void append(const Lines &lines) { llvm::append_range(text, lines); }
  void schedule(const Lines &body) {
    std::optional<Ordered> ordered = orderFor(core, body);
    if (!ordered) {
      failed = true; // an offset that cannot be encoded
      return;
    }
    append(ordered->lines);
    cycles += ordered->cycles;
  }
};

} // namespace

std::optional<Assembly> floatProductsCode(const FloatProducts &shape, const TargetData &core) {
  return core.inOrder ? Writer(shape, core).write() : std::nullopt;
}

} // namespace wino
