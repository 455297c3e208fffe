// The order of operations is written down naively here; ListSchedule finds the one that is executed.
#include "Lower/LowerToNeon/TapProducts.h"

#include "Lower/LowerToNeon/VectorCode.h"

#include "wino/Machine/Assemble.h"
#include "wino/Machine/ListSchedule.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace wino {

namespace {

using Lines = std::vector<std::string>;

// x0 U, x1 V of the piece of depth at work, x16, x17 of the register block; x2 multipliers, x3 O; x4 register blocks,
// x20 blocks of channels, x25 blocks of channels of all taps to go; x5, x15 bytes of U and O per register block;
// x7..x14 halves of vectors; x21, x24 U of the tap, O of the channels, x22 U and x23 bytes of V to the channels that
// follow.
constexpr int firstHalf = 7, halves = 8;

template <typename... Args> std::string line(const char *format, Args &&...args) {
  return llvm::formatv(format, std::forward<Args>(args)...).str();
}

/// Emits vector loads. A `ldr q` takes two cycles of its own; `ldr x` goes beside a 128-bit operation and `ins` beside
/// the `ldr d` of another register, one cycle for both.
class Loader {
public:
  Loader(Lines &lines, bool split) : lines(lines), split(split) {}

  void load(int reg, int base, int64_t offset) {
    if (!split) {
      lines.push_back(line("ldr q{0}, [x{1}, #{2}]", reg, base, offset));
      return;
    }
    int half = firstHalf + next++ % halves;
    lines.push_back(line("ldr x{0}, [x{1}, #{2}]", half, base, offset + 8));
    lines.push_back(line("ldr d{0}, [x{1}, #{2}]", reg, base, offset));
    lines.push_back(line("ins v{0}.d[1], x{1}", reg, half));
  }

private:
  Lines &lines;
  bool split;
  int next = 0;
};

/// Products of a register block over a piece of the depth. Every piece finds the operands of its first steps loaded and
/// ends by loading those of the piece that follows, x0 and x1 bytes further.
class RegisterBlock {
public:
  explicit RegisterBlock(const TapProducts &shape) : shape(shape) {}
  virtual ~RegisterBlock() = default;

  virtual int64_t stepDepth() const = 0;
  virtual int64_t maxStepsInPiece() const = 0;
  virtual void loadStart(Loader &loader) const = 0;
  /// The products of `steps` steps; `first`: sums start here.
  virtual void multiply(Lines &body, Loader &loader, int64_t steps, bool first) const = 0;
  /// Sums to O at x3.
  virtual void finish(Lines &body) const = 0;

protected:
  const TapProducts &shape;

  void scale(Lines &body, int reg, int multiplier) const {
    if (shape.pre > 0)
      body.push_back(line("shl v{0}.4s, v{0}.4s, #{1}", reg, shape.pre));
    body.push_back(line("sqrdmulh v{0}.4s, v{0}.4s, v{1}.4s", reg, multiplier));
  }
};

/// 4 tiles x 4 channels, steps of 16 depths: v0..v15 sums of (tile, channel), v16..v19 products of one tile, v20..v27
/// filters of two steps, v28..v31 taps.
class ByteBlock : public RegisterBlock {
public:
  using RegisterBlock::RegisterBlock;
  int64_t stepDepth() const override { return 16; }
  int64_t maxStepsInPiece() const override { return 8; }

  void loadStart(Loader &loader) const override {
    int64_t steps = std::min(group, shape.depth / 16);
    for (int64_t s = 0; s < steps; ++s)
      loadFilters(loader, s);
    for (int64_t r = 0; r < rowsAhead; ++r)
      for (int64_t s = 0; s < steps; ++s)
        loadTap(loader, s, r);
  }

  void multiply(Lines &body, Loader &loader, int64_t steps, bool first) const override {
    for (int64_t step = 0; step < steps; step += group) {
      int64_t end = std::min(step + group, steps), nextEnd = std::min(end + group, steps);
      for (int64_t r = 0; r < 4; ++r) {
        multiplyRow(body, step, end, r, first && step == 0);
        // Into the registers that this tile has left.
        int64_t later = r + rowsAhead;
        for (int64_t s = later < 4 ? step : end; s < (later < 4 ? end : nextEnd); ++s)
          loadTap(loader, s, later % 4);
        if (group == 1 && r == 0 && end < nextEnd) // the other half of the filter registers is free already
          loadFilters(loader, end);
      }
      for (int64_t s = end; group == 2 && s < nextEnd; ++s)
        loadFilters(loader, s);
    }
  }

  void finish(Lines &body) const override {
    body.push_back("ldr q16, [x2]");
    for (int sum = 0; sum < 16; sum += 2)
      body.push_back(line("addp v{0}.4s, v{0}.4s, v{1}.4s", sum, sum + 1));
    for (int sum = 0; sum < 16; sum += 4)
      body.push_back(line("addp v{0}.4s, v{0}.4s, v{1}.4s", sum, sum + 2));
    for (int r = 0; r < 4; ++r) {
      scale(body, r * 4, 16);
      body.push_back(line("str q{0}, [x3, #{1}]", r * 4, r * shape.outputRow));
    }
  }

private:
  int64_t group = shape.productsInLane / 2;                  // steps whose products share 16-bit lanes
  int64_t rowsAhead = shape.productsInLane / 2 == 2 ? 2 : 4; // tiles whose taps have registers

  int filterRegister(int64_t step, int64_t column) const { return 20 + int(step % 2) * 4 + int(column); }
  int tapRegister(int64_t step, int64_t row) const {
    return group == 2 ? 28 + int(row % 2) * 2 + int(step % 2) : 28 + int(row);
  }
  void loadFilters(Loader &loader, int64_t step) const {
    for (int64_t c = 0; c < 4; ++c)
      loader.load(filterRegister(step, c), 1, step * 64 + c * 16);
  }
  void loadTap(Loader &loader, int64_t step, int64_t row) const {
    loader.load(tapRegister(step, row), 0, row * shape.depth + step * 16);
  }
  /// Products of steps [step, end) for one tile, and their sum onto its accumulators.
  void multiplyRow(Lines &body, int64_t step, int64_t end, int64_t row, bool first) const {
    for (int64_t s = step; s < end; ++s)
      for (int half = 0; half < 2; ++half)
        for (int64_t c = 0; c < 4; ++c)
          body.push_back(line("{0} v{1}.8h, v{2}.{4}, v{3}.{4}",
                              half        ? "smlal2"
                              : s == step ? "smull"
                                          : "smlal",
                              16 + c, tapRegister(s, row), filterRegister(s, c), half ? "16b" : "8b"));
    for (int64_t c = 0; c < 4; ++c)
      body.push_back(line("{0} v{1}.4s, v{2}.8h", first ? "saddlp" : "sadalp", row * 4 + c, 16 + c));
  }
};

/// Steps of eight depths, one depth at a time by lanes: v16..v31 sums of (tile, four channels), v0.. taps of eight
/// depths per tile, behind them filters of as many depths as there are registers left below v16.
class WordBlock : public RegisterBlock {
public:
  using RegisterBlock::RegisterBlock;
  int64_t stepDepth() const override { return 8; }
  int64_t maxStepsInPiece() const override { return 4; }

  void loadStart(Loader &loader) const override {
    for (int64_t r = 0; r < shape.rows; ++r)
      loadTap(loader, 0, r);
    for (int64_t d = 0; d < std::min(filterSlots, shape.depth); ++d)
      loadFilter(loader, d);
  }

  void multiply(Lines &body, Loader &loader, int64_t steps, bool first) const override {
    int64_t depth = steps * 8;
    for (int64_t d = 0; d < depth; ++d) {
      for (int64_t r = 0; r < shape.rows; ++r) {
        for (int64_t q = 0; q < quads; ++q)
          body.push_back(line("{0}{1} v{2}.4s, v{3}.{4}, v{5}.h[{6}]", first && d == 0 ? "smull" : "smlal",
                              q % 2 ? "2" : "", sum(r, q), filterRegister(d, q / 2), q % 2 ? "8h" : "4h", r, d % 8));
        if (d % 8 == 7 && d + 1 < depth)
          loadTap(loader, d / 8 + 1, r);
      }
      if (d + filterSlots < depth)
        loadFilter(loader, d + filterSlots);
    }
  }

  void finish(Lines &body) const override {
    int multipliers = 16 - int(quads);
    for (int q = 0; q < quads; ++q)
      body.push_back(line("ldr q{0}, [x2, #{1}]", multipliers + q, q * 16));
    for (int64_t r = 0; r < shape.rows; ++r)
      for (int64_t q = 0; q < quads; ++q) {
        scale(body, sum(r, q), multipliers + int(q));
        body.push_back(line("str q{0}, [x3, #{1}]", sum(r, q), r * shape.outputRow + q * 16));
      }
  }

private:
  int64_t quads = shape.columns / 4, filterLoads = shape.columns / 8;
  int64_t filterSlots = (16 - shape.rows) / filterLoads;

  int sum(int64_t row, int64_t quad) const { return 16 + int(row * quads + quad); }
  int filterRegister(int64_t depth, int64_t pair) const {
    return int(shape.rows + depth % filterSlots * filterLoads + pair);
  }
  void loadFilter(Loader &loader, int64_t depth) const {
    for (int64_t p = 0; p < filterLoads; ++p)
      loader.load(filterRegister(depth, p), 1, (depth * shape.columns + p * 8) * 2);
  }
  void loadTap(Loader &loader, int64_t step, int64_t row) const {
    loader.load(int(row), 0, (row * shape.depth + step * 8) * 2);
  }
};

/// Joins pieces into loops over depth, tiles, channels and taps, and has each piece ordered.
class Writer {
public:
  Writer(const TapProducts &shape, const RegisterBlock &block, bool split) : shape(shape), block(block), split(split) {}

  std::optional<Assembly> write() {
    int64_t most = block.maxStepsInPiece(), steps = shape.depth / block.stepDepth();
    int64_t pieces = (steps + most - 1) / most, firstSteps = steps - (pieces - 1) * most;
    int64_t fields = shape.channels / shape.columns;
    emit("mov x5, #{0}", shape.rows * shape.depth * unit);
    emit("mov x15, #{0}", shape.rows * shape.outputRow);
    emit("mov x16, x0");
    emit("mov x17, x1");
    emit("mov x21, x0");
    emit("mov x24, x3");
    emit("mov x25, #{0}", shape.taps * fields);
    emit("mov x20, #{0}", fields);
    emit("mov x26, x4");
    emitConstant(27, shape.inputTap);
    emitConstant(28, shape.outputTap - (shape.channels - shape.columns) * 4);
    Lines start;
    Loader plain(start, false);
    block.loadStart(plain);
    llvm::append_range(text, start);
    emit("3:");
    beginChannels(fields);
    emit("1:");
    if (pieces > 1)
      piece(firstSteps, /*first=*/true, /*last=*/false);
    if (pieces > 2) {
      emit("mov x6, #{0}", pieces - 2);
      emit("2:");
      piece(most, false, false, "subs x6, x6, #1", pieces - 2);
      emit("b.ne 2b");
    }
    piece(pieces > 1 ? most : firstSteps, pieces == 1, true);
    emit("b.ne 1b");
    emit("mov x21, x22");
    emit("add x2, x2, #{0}", shape.columns * 4);
    emit("cbnz x25, 3b");
    if (failed)
      return std::nullopt;
    text.insert(text.begin(),
                line("// tap products, {0} x {1} x {2}: {3} cycles", shape.rows, shape.columns, shape.depth, cycles));
    return Assembly{llvm::join(text, "\n"), assemblyConstraints({0, 1, 2, 3, 4}), {}, cycles};
  }

private:
  const TapProducts &shape;
  const RegisterBlock &block;
  const bool split;
  const int64_t unit = shape.bytes ? 1 : 2;
  bool failed = false;
  Lines text;
  uint64_t cycles = 0;

  template <typename... Args> void emit(const char *format, Args &&...args) {
    text.push_back(line(format, std::forward<Args>(args)...));
  }

  void emitConstant(int reg, int64_t value) {
    emit("movz x{0}, #{1}", reg, value & 0xffff);
    emit("movk x{0}, #{1}, lsl #16", reg, value >> 16);
  }

  /// Counters for one block of channels, and where the block after it starts: x22 U, x24 O, x23 bytes of V further. The
  /// very last one is followed by itself: what is loaded for it is thrown away, and nothing beyond V is read.
  void beginChannels(int64_t fields) {
    emit("mov x4, x26");
    emit("mov x3, x24");
    emit("subs x20, x20, #1");
    emit("add x6, x21, x27");
    emit("csel x22, x6, x21, eq");
    emit("add x6, x24, x28");
    emit("add x24, x24, #{0}", shape.columns * 4);
    emit("csel x24, x6, x24, eq");
    emit("mov x6, #{0}", fields);
    emit("csel x20, x6, x20, eq");
    emit("mov x6, #{0}", shape.columns * shape.depth * unit);
    emit("subs x25, x25, #1");
    emit("csel x22, x21, x22, eq");
    emit("csel x23, xzr, x6, eq");
  }

  void piece(int64_t steps, bool first, bool last, const char *count = nullptr, int64_t times = 1) {
    static const a53::Parameters parameters;
    static const a53::Decoder decoder(parameters);
    int64_t depth = steps * block.stepDepth();
    Lines body;
    Loader loader(body, split);
    block.multiply(body, loader, steps, first);
    if (count)
      body.push_back(count);
    if (last) {
      for (const char *l : {"subs x4, x4, #1", "add x6, x16, x5", "csel x16, x6, x22, ne", "mov x0, x16",
                            "add x6, x17, x23", "csel x17, x17, x6, ne", "mov x1, x17"})
        body.push_back(l);
      block.finish(body);
      body.push_back("add x3, x3, x15");
    } else {
      body.push_back(line("add x0, x0, #{0}", depth * unit));
      body.push_back(line("add x1, x1, #{0}", depth * shape.columns * unit));
    }
    block.loadStart(loader);
    auto decoded = a53::assemble(body, decoder);
    if (!decoded) {
      llvm::consumeError(decoded.takeError()); // an offset that cannot be encoded
      failed = true;
      return;
    }
    a53::Schedule schedule = a53::schedule(*decoded, parameters);
    for (unsigned i : schedule.order)
      text.push_back(body[i]);
    cycles += schedule.cycles * times;
  }
};

/// Immediates of `mov` reach 65535; those of loads and stores are checked by the assembler.
bool encodable(const TapProducts &shape) {
  int64_t unit = shape.bytes ? 1 : 2, most = 65535;
  return std::max(shape.rows, shape.columns) * shape.depth * unit <= most && shape.rows * shape.outputRow <= most &&
         shape.taps * (shape.channels / shape.columns) <= most && shape.inputTap < (int64_t(1) << 31) &&
         shape.outputTap < (int64_t(1) << 31);
}

} // namespace

std::optional<Assembly> tapProductsCode(const TapProducts &shape) {
  std::optional<Assembly> best;
  if (!encodable(shape))
    return best;
  std::unique_ptr<RegisterBlock> block;
  if (shape.bytes)
    block = std::make_unique<ByteBlock>(shape);
  else
    block = std::make_unique<WordBlock>(shape);
  for (bool split : {true, false}) {
    std::optional<Assembly> code = Writer(shape, *block, split).write();
    if (code && (!best || code->cycles < best->cycles))
      best = std::move(code);
  }
  return best;
}

} // namespace wino
