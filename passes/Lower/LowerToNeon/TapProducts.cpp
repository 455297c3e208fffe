// The order of operations is written down naively here; ListSchedule finds the one that is executed.
#include "Lower/LowerToNeon/TapProducts.h"

#include "Lower/LowerToNeon/RegisterBlocks.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace wino {

namespace {

// x0 U, x1 V of the piece of depth at work, x16, x17 of the register block; x2 multipliers, x3 O; x4 register blocks of
// tiles to go, x26 all of them, x20 blocks of channels to go in this tap, x21 all of them, x25 register blocks to go in
// all; x7..x13 halves of vectors, x6, x14 anything. Bytes to what follows: x5, x15 U and O of the next tiles; x22, x24
// those of the next channels, x23 V of theirs; x27, x28 U and O of the next tap, after these, or, with a residual, its
// address and where it lies behind the results.

/// Joins pieces into loops over depth and over all register blocks, and has each piece ordered. Where the next register
/// block lies is computed without branches beside the products, which leave a slot of most cycles to integers.
class Writer {
public:
  Writer(const RegisterBlock &block, const TargetData &core, bool split)
      : shape(block.shape), block(block), core(core), split(split) {}

  std::optional<Assembly> write() {
    int64_t most = block.maxStepsInPiece(), steps = shape.depth / block.stepDepth();
    int64_t pieces = (steps + most - 1) / most, firstSteps = steps - (pieces - 1) * most;
    int64_t fields = shape.channels / shape.columns;
    emitMove(5, shape.rows * shape.depth * unit);
    emit("mov x15, #{0}", shape.rows * shape.outputRow);
    emit("mov x16, x0");
    emit("mov x17, x1");
    emit("mov x25, #{0}", shape.taps * fields);
    emit("mul x25, x25, x4");
    emit("mov x20, #{0}", fields);
    emit("mov x21, x20");
    emit("mov x26, x4");
    emit("msub x22, x4, x5, x5"); // back to the first tiles
    emit("msub x24, x4, x15, x15");
    emit("add x24, x24, #{0}", block.resultBytes());
    emitMove(23, shape.columns * shape.depth * unit);
    if (!block.addsResidual()) {
      emitConstant(27, shape.inputTap);
      emitConstant(28, shape.taps > 1 ? shape.outputTap - fields * block.resultBytes() : 0);
    }
    Lines start;
    Loader plain(start, false);
    block.loadStart(plain);
    llvm::append_range(text, start);
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
    emit("cbnz x25, 1b");
    if (failed)
      return std::nullopt;
    text.insert(text.begin(),
                line("// products, {0} x {1} x {2}: {3} cycles", shape.rows, shape.columns, shape.depth, cycles));
    llvm::SmallVector<int> operands = {0, 1, 2, 3, 4};
    if (block.addsResidual())
      operands.push_back(28);
    return Assembly{llvm::join(text, "\n"), assemblyConstraints(operands), {}, cycles};
  }

private:
  const TapProducts &shape;
  const RegisterBlock &block;
  const TargetData &core;
  const bool split;
  const int64_t unit = shape.bytes ? 1 : 2;
  bool failed = false;
  Lines text;
  uint64_t cycles = 0;

  template <typename... Args> void emit(const char *format, Args &&...args) {
    text.push_back(line(format, std::forward<Args>(args)...));
  }

  /// One instruction where that is enough.
  void emitMove(int reg, int64_t value) {
    if (value > 65535)
      emitConstant(reg, value);
    else
      emit("mov x{0}, #{1}", reg, value);
  }

  void emitConstant(int reg, int64_t value) {
    emit("movz x{0}, #{1}", reg, value & 0xffff);
    emit("movk x{0}, #{1}, lsl #16", reg, value >> 16);
  }

  /// x16 and x17 to the next register block: of the same channels, of the next ones, of the next tap. The very last one
  /// is followed by one of its own tap: what is loaded for it is thrown away, and nothing beyond U and V is read. x6
  /// and x14 are left for advanceResults.
  void advanceOperands(Lines &body) const {
    for (const char *l : {"subs x25, x25, #1", "csel x23, xzr, x23, eq"})
      body.push_back(l);
    if (!block.addsResidual())
      body.push_back("csel x27, xzr, x27, eq");
    for (const char *l : {"subs x4, x4, #1", "csel x6, x5, x22, ne", "add x16, x16, x6", "csel x6, xzr, x23, ne",
                          "add x17, x17, x6", "mov x1, x17", "csel x14, x15, x24, ne", "csel x4, x26, x4, eq",
                          "cset x6, eq", "subs x20, x20, x6", "csel x20, x21, x20, eq"})
      body.push_back(l);
    if (shape.taps > 1)
      for (const char *l : {"csel x0, x27, xzr, eq", "add x16, x16, x0", "csel x0, x28, xzr, eq", "add x14, x14, x0"})
        body.push_back(l);
    body.push_back("mov x0, x16");
  }
  void advanceResults(Lines &body) const {
    body.push_back(line("add x2, x2, x6, lsl #{0}", llvm::Log2_64(block.constantBytes())));
    body.push_back("add x3, x3, x14");
  }

  void piece(int64_t steps, bool first, bool last, const char *count = nullptr, int64_t times = 1) {
    int64_t depth = steps * block.stepDepth();
    Lines body;
    Loader loader(body, split);
    if (last) {
      block.multiplyAndFinish(body, loader, steps, first, [&] { advanceOperands(body); });
      advanceResults(body);
    } else {
      block.multiply(body, loader, steps, first);
      if (count)
        body.push_back(count);
      body.push_back(line("add x0, x0, #{0}", depth * unit));
      body.push_back(line("add x1, x1, #{0}", depth * shape.columns * unit));
      block.loadStart(loader);
    }
    std::optional<Ordered> ordered = orderFor(core, body);
    if (!ordered) { // an offset that cannot be encoded
      failed = true;
      return;
    }
    llvm::append_range(text, ordered->lines);
    cycles += ordered->cycles * times;
  }
};

/// Immediates of `mov` reach 65535; those of loads and stores are checked by the assembler. Blocks of 16 channels have
/// long filters, and two instructions for their length.
bool encodable(const TapProducts &shape) {
  int64_t unit = shape.bytes ? 1 : 2, most = 65535, longest = most;
  if (shape.bytes && shape.columns == 16)
    longest = (int64_t(1) << 31) - 1;
  return std::max(shape.rows, shape.columns) * shape.depth * unit <= longest && shape.rows * shape.outputRow <= most &&
         shape.taps * (shape.channels / shape.columns) <= most && shape.inputTap < (int64_t(1) << 31) &&
         shape.outputTap < (int64_t(1) << 31);
}

std::optional<Assembly> fastest(const RegisterBlock &block, const TargetData &core) {
  if (!encodable(block.shape))
    return std::nullopt;
  if (!core.inOrder)
    return Writer(block, core, /*split=*/false).write();
  std::optional<Assembly> best;
  for (bool split : {true, false}) {
    std::optional<Assembly> code = Writer(block, core, split).write();
    if (code && (!best || code->cycles < best->cycles))
      best = std::move(code);
  }
  return best;
}

} // namespace

std::optional<Assembly> tapProductsCode(const TapProducts &shape, const TargetData &core) {
  if (!shape.bytes)
    return fastest(*wordBlock(shape), core);
  bool dot = core.products != ByteProducts::Widening;
  return fastest(dot ? *dotBlock(shape, core.products) : *byteBlock(shape), core);
}

std::optional<Assembly> directProductsCode(const DirectProducts &shape, const TargetData &core) {
  bool dot = core.products != ByteProducts::Widening;
  return fastest(dot ? *dotPixelBlock(shape, core.products) : *pixelBlock(shape), core);
}

} // namespace wino
