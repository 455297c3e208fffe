// The order of operations is written down naively here; ListSchedule finds the one that is executed.
#include "Lower/LowerToNeon/TapProducts.h"

#include "Lower/LowerToNeon/RegisterBlocks.h"
#include "Lower/LowerToNeon/VectorCode.h"

#include "llvm/ADT/StringExtras.h"

namespace wino {

namespace {

// x0 U, x1 V of the piece of depth at work, x16, x17 of the register block; x2 multipliers, x3 O; x4 register blocks,
// x20 blocks of channels, x25 blocks of channels of all taps to go; x5, x15 bytes of U and O per register block;
// x7..x14 halves of vectors; x21, x24 U of the tap, O of the channels, x22 U and x23 bytes of V to the channels that
// follow; x27, x28 bytes to U and O of the next tap.

/// Joins pieces into loops over depth, tiles, channels and taps, and has each piece ordered.
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
    emit("mov x21, x0");
    emit("mov x24, x3");
    emit("mov x25, #{0}", shape.taps * fields);
    emit("mov x20, #{0}", fields);
    emit("mov x26, x4");
    emitConstant(27, shape.inputTap);
    emitConstant(28, shape.outputTap - (fields - 1) * block.resultBytes());
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
    emit("add x2, x2, #{0}", block.constantBytes());
    emit("cbnz x25, 3b");
    if (failed)
      return std::nullopt;
    text.insert(text.begin(),
                line("// products, {0} x {1} x {2}: {3} cycles", shape.rows, shape.columns, shape.depth, cycles));
    return Assembly{llvm::join(text, "\n"), assemblyConstraints({0, 1, 2, 3, 4}), {}, cycles};
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

  /// Counters for one block of channels, and where the block after it starts: x22 U, x24 O, x23 bytes of V further. The
  /// very last one is followed by itself: what is loaded for it is thrown away, and nothing beyond V is read.
  void beginChannels(int64_t fields) {
    emit("mov x4, x26");
    emit("mov x3, x24");
    emit("subs x20, x20, #1");
    emit("add x6, x21, x27");
    emit("csel x22, x6, x21, eq");
    emit("add x6, x24, x28");
    emit("add x24, x24, #{0}", block.resultBytes());
    emit("csel x24, x6, x24, eq");
    emit("mov x6, #{0}", fields);
    emit("csel x20, x6, x20, eq");
    emitMove(6, shape.columns * shape.depth * unit);
    emit("subs x25, x25, #1");
    emit("csel x22, x21, x22, eq");
    emit("csel x23, xzr, x6, eq");
  }

  void piece(int64_t steps, bool first, bool last, const char *count = nullptr, int64_t times = 1) {
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
