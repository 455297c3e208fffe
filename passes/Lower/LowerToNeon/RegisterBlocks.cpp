// Operations in the order of the sums; ListSchedule finds the one that is executed.
#include "Lower/LowerToNeon/RegisterBlocks.h"

namespace wino {

void Loader::load(int reg, int base, int64_t offset) {
  constexpr int firstHalf = 7, halves = 7;
  if (!split) {
    lines.push_back(line("ldr q{0}, [x{1}, #{2}]", reg, base, offset));
    return;
  }
  int half = firstHalf + next++ % halves;
  lines.push_back(line("ldr x{0}, [x{1}, #{2}]", half, base, offset + 8));
  lines.push_back(line("ldr d{0}, [x{1}, #{2}]", reg, base, offset));
  lines.push_back(line("ins v{0}.d[1], x{1}", reg, half));
}

void RegisterBlock::scale(Lines &body, int reg, int multiplier) const {
  if (shape.pre > 0)
    body.push_back(line("shl v{0}.4s, v{0}.4s, #{1}", reg, shape.pre));
  body.push_back(line("sqrdmulh v{0}.4s, v{0}.4s, v{1}.4s", reg, multiplier));
}

void RegisterBlock::beginResidual(Lines &body, const Residual &residual, int multiplier) {
  body.push_back(line("movz w27, #{0}", residual.multiplier));
  body.push_back(line("dup v{0}.8h, w27", multiplier));
  body.push_back("add x27, x3, x28");
}

namespace {

/// 4 tiles (or one) x 4 channels, steps of 16 depths: v0..v15 sums of (tile, channel), v16..v19 products of one tile,
/// v20..v27 filters of two steps, v28..v31 taps.
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
      for (int64_t r = 0; r < shape.rows; ++r) {
        multiplyRow(body, step, end, r, first && step == 0);
        // Into the registers that this tile has left.
        int64_t later = r + rowsAhead;
        bool ahead = later >= shape.rows;
        for (int64_t s = ahead ? end : step; s < (ahead ? nextEnd : end); ++s)
          loadTap(loader, s, later % shape.rows);
        if (group == 1 && r == 0 && end < nextEnd) // the other half of the filter registers is free already
          loadFilters(loader, end);
      }
      for (int64_t s = end; group == 2 && s < nextEnd; ++s)
        loadFilters(loader, s);
    }
  }

  void finish(Lines &body, Loader &loader) const override {
    loader.load(16, 2, 0);
    addLanes(body);
    for (int r = 0; r < shape.rows; ++r) {
      scale(body, r * 4, 16);
      body.push_back(line("str q{0}, [x3, #{1}]", r * 4, r * shape.outputRow));
    }
  }

protected:
  /// The four channels of tile r in v(4 r).
  void addLanes(Lines &body) const {
    int sums = int(shape.rows) * 4;
    for (int sum = 0; sum < sums && pairwise; sum += 4)
      body.push_back(line("addp v{0}.4s, v{0}.4s, v{1}.4s", sum, sum + 1));
    if (pairwise)
      return;
    for (int sum = 0; sum < sums; sum += 2)
      body.push_back(line("addp v{0}.4s, v{0}.4s, v{1}.4s", sum, sum + 1));
    for (int sum = 0; sum < sums; sum += 4)
      body.push_back(line("addp v{0}.4s, v{0}.4s, v{1}.4s", sum, sum + 2));
  }

private:
  bool single = shape.depth == 16;
  // Lanes of a single step have room for those beside them: sums of two columns go on in one register.
  bool pairwise = single && shape.productsInLane == 4;
  int64_t group = single ? 1 : shape.productsInLane / 2; // steps whose products share 16-bit lanes
  int64_t rowsAhead = std::min(shape.rows, 4 / group);   // tiles whose taps have registers

  int filterRegister(int64_t step, int64_t column) const { return 20 + int(step % 2) * 4 + int(column); }
  int tapRegister(int64_t step, int64_t row) const {
    if (shape.rows == 1)
      return 28 + int(step % 4);
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
    if (pairwise)
      for (int64_t c = 0; c < 4; c += 2)
        body.push_back(line("addp v{0}.8h, v{0}.8h, v{1}.8h", 16 + c, 17 + c));
    for (int64_t c = 0; c < (pairwise ? 2 : 4); ++c)
      body.push_back(
          line("{0} v{1}.4s, v{2}.8h", first ? "saddlp" : "sadalp", row * 4 + c, 16 + c * (pairwise ? 2 : 1)));
  }
};

/// The same for pixels of a direct convolution; x2: four biases, then four multipliers.
class PixelBlock : public ByteBlock {
public:
  explicit PixelBlock(const DirectProducts &direct)
      : ByteBlock({/*bytes=*/true, /*taps=*/1, direct.channels, direct.rows, /*columns=*/4, direct.depth,
                   /*productsInLane=*/2, direct.pre, /*outputRow=*/direct.pixel, /*inputTap=*/0,
                   /*outputTap=*/direct.channels - 4}),
        narrowing(direct.narrowing), residual(direct.residual) {}
  int64_t constantBytes() const override { return 32; }
  int64_t resultBytes() const override { return 4; }
  bool addsResidual() const override { return residual.has_value(); }

  void finish(Lines &body, Loader &loader) const override {
    const Narrowing &n = narrowing;
    loader.load(17, 2, 0);
    loader.load(16, 2, 16);
    if (n.clampsLow())
      body.push_back(limitLanes("v18", n.lo));
    if (n.clampsHigh())
      body.push_back(limitLanes("v19", n.hi));
    addLanes(body);
    for (int r = 0; r < shape.rows; ++r) {
      body.push_back(line("add v{0}.4s, v{0}.4s, v17.4s", r * 4));
      scale(body, r * 4, 16);
    }
    if (residual)
      addResidual(body);
    for (int r = 0; r < shape.rows; r += 2) {
      int low = r * 4, high = low + 4;
      body.push_back(line("sqrshrn v{0}.4h, v{0}.4s, #{1}", low, n.shift));
      if (r + 1 < shape.rows)
        body.push_back(line("sqrshrn2 v{0}.8h, v{1}.4s, #{2}", low, high, n.shift));
      if (n.clampsLow())
        body.push_back(line("smax v{0}.8h, v{0}.8h, v18.8h", low));
      if (n.clampsHigh())
        body.push_back(line("smin v{0}.8h, v{0}.8h, v19.8h", low));
      body.push_back(line("{0} v{1}.8b, v{1}.8h", n.isUnsigned ? "sqxtun" : "sqxtn", low));
      body.push_back(line("str s{0}, [x3, #{1}]", low, r * shape.outputRow));
      if (r + 1 < shape.rows) {
        body.push_back(line("mov s{0}, v{1}.s[1]", high, low));
        body.push_back(line("str s{0}, [x3, #{1}]", high, (r + 1) * shape.outputRow));
      }
    }
  }

private:
  Narrowing narrowing;
  std::optional<Residual> residual;

  /// In registers that addLanes has left.
  void addResidual(Lines &body) const {
    beginResidual(body, *residual, 3);
    for (int r = 0; r < shape.rows; ++r) {
      int bytes = r * 4 + 1;
      body.push_back(line("ldr s{0}, [x27, #{1}]", bytes, r * shape.outputRow));
      body.push_back(line("{0} v{1}.8h, v{1}.8b, #0", residual->isUnsigned ? "ushll" : "sshll", bytes));
      body.push_back(line("smlal v{0}.4s, v{1}.4h, v3.4h", r * 4, bytes));
    }
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
    for (int64_t step = 0; step < steps; ++step)
      multiplyStep(body, loader, step, steps, first);
  }

  void finish(Lines &body, Loader &loader) const override {
    int multipliers = 16 - int(quads);
    for (int q = 0; q < quads; ++q)
      loader.load(multipliers + q, 2, q * 16);
    finishRows(body, 0, shape.rows, multipliers);
  }

  /// Where filters of eight depths have registers, a few tiles at a time go through all of the last eight depths: their
  /// results leave, and taps for their registers arrive, beside the products of the other tiles. The registers of the
  /// first ones hold the multipliers then.
  void multiplyAndFinish(Lines &body, Loader &loader, int64_t steps, bool first,
                         llvm::function_ref<void()> advance) const override {
    if (filterSlots < 8 || rowsAtOnce < quads)
      return RegisterBlock::multiplyAndFinish(body, loader, steps, first, advance);
    for (int64_t step = 0; step + 1 < steps; ++step)
      multiplyStep(body, loader, step, steps, first);
    advance();
    for (int64_t from = 0; from < shape.rows; from += rowsAtOnce) {
      bool ends = from + rowsAtOnce == shape.rows;
      for (int64_t d = steps * 8 - 8; d < steps * 8; ++d) {
        for (int64_t r = from; r < from + rowsAtOnce; ++r)
          multiplyTap(body, d, r, first);
        if (ends)
          loadFilter(loader, d % 8);
      }
      for (int64_t r = from; r < from + rowsAtOnce; ++r)
        if (r >= quads)
          loadTap(loader, 0, r);
        else
          loader.load(int(r), 2, r * 16);
      finishRows(body, from, from + rowsAtOnce, 0);
    }
    for (int64_t r = 0; r < quads; ++r)
      loadTap(loader, 0, r);
  }

private:
  int64_t quads = shape.columns / 4, filterLoads = shape.columns / 8;
  int64_t filterSlots = (16 - shape.rows) / filterLoads;
  int64_t rowsAtOnce = 4 / quads; // four sums by turns are as many as the latency of an accumulator asks for

  int sum(int64_t row, int64_t quad) const { return 16 + int(row * quads + quad); }
  int filterRegister(int64_t depth, int64_t pair) const {
    return int(shape.rows + depth % filterSlots * filterLoads + pair);
  }
  void multiplyTap(Lines &body, int64_t d, int64_t r, bool first) const {
    for (int64_t q = 0; q < quads; ++q)
      body.push_back(line("{0}{1} v{2}.4s, v{3}.{4}, v{5}.h[{6}]", first && d == 0 ? "smull" : "smlal",
                          q % 2 ? "2" : "", sum(r, q), filterRegister(d, q / 2), q % 2 ? "8h" : "4h", r, d % 8));
  }
  void multiplyStep(Lines &body, Loader &loader, int64_t step, int64_t steps, bool first) const {
    for (int64_t d = step * 8; d < step * 8 + 8; ++d) {
      for (int64_t r = 0; r < shape.rows; ++r) {
        multiplyTap(body, d, r, first);
        if (d % 8 == 7 && step + 1 < steps)
          loadTap(loader, step + 1, r);
      }
      if (d + filterSlots < steps * 8)
        loadFilter(loader, d + filterSlots);
    }
  }
  void finishRows(Lines &body, int64_t from, int64_t to, int multipliers) const {
    for (int64_t r = from; r < to; ++r)
      for (int64_t q = 0; q < quads; ++q) {
        scale(body, sum(r, q), multipliers + int(q));
        body.push_back(line("str q{0}, [x3, #{1}]", sum(r, q), r * shape.outputRow + q * 16));
      }
  }
  void loadFilter(Loader &loader, int64_t depth) const {
    for (int64_t p = 0; p < filterLoads; ++p)
      loader.load(filterRegister(depth, p), 1, (depth * shape.columns + p * 8) * 2);
  }
  void loadTap(Loader &loader, int64_t step, int64_t row) const {
    loader.load(int(row), 0, (row * shape.depth + step * 8) * 2);
  }
};

} // namespace

std::unique_ptr<RegisterBlock> byteBlock(const TapProducts &shape) { return std::make_unique<ByteBlock>(shape); }
std::unique_ptr<RegisterBlock> wordBlock(const TapProducts &shape) { return std::make_unique<WordBlock>(shape); }
std::unique_ptr<RegisterBlock> pixelBlock(const DirectProducts &shape) { return std::make_unique<PixelBlock>(shape); }

} // namespace wino
