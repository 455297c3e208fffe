// Register blocks of up to 4 tiles or pixels x 16 channels on cores with dot products: four 32-bit sums to a register,
// no sum across lanes. Operations in the order of the sums.
#include "Lower/LowerToNeon/RegisterBlocks.h"

namespace wino {

namespace {

constexpr int64_t columns = 16;
constexpr int filters = 24; // v24..v31

/// sdot or smmla (usmmla): how a block multiplies, and where its sums are.
class DotMultiply {
public:
  DotMultiply(int64_t rows, int64_t depth) : rows(rows), depth(depth) {}
  virtual ~DotMultiply() = default;
  virtual void loadStart(Loader &loader) const = 0;
  virtual void multiply(Lines &body, Loader &loader, int64_t steps) const = 0;
  /// Every row starts from the sixteen sums in v20..v23, or from zero.
  virtual void start(Lines &body, bool fromSums) const = 0;
  /// Brings the sums into the order in which `sum` finds them; v16..v19 stay as they are.
  virtual void order(Lines &body) const = 0;
  /// The register of the sums of channels 4 q to 4 q + 3.
  virtual int sum(int64_t row, int64_t q) const = 0;
  /// One of two registers per row that hold nothing once sums are in order.
  virtual int spare(int64_t row, int64_t i) const = 0;

protected:
  const int64_t rows, depth;
};

/// By lane: v0..v15 sums of (row, four channels), v16..v23 rows of two steps of 16 depths, v24..v31 filters of two
/// times four depths.
class Sdot : public DotMultiply {
public:
  using DotMultiply::DotMultiply;

  void loadStart(Loader &loader) const override {
    for (int64_t r = 0; r < rows; ++r)
      loadRow(loader, 0, r);
    for (int64_t fours = 0; fours < 2; ++fours)
      loadFilters(loader, fours);
  }

  void multiply(Lines &body, Loader &loader, int64_t steps) const override {
    for (int64_t fours = 0; fours < 4 * steps; ++fours) {
      int64_t step = fours / 4, lane = fours % 4;
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t q = 0; q < 4; ++q)
          body.push_back(line("sdot v{0}.4s, v{1}.16b, v{2}.4b[{3}]", sum(r, q), filter(fours, q), row(step, r), lane));
      if (fours + 2 < 4 * steps)
        loadFilters(loader, fours + 2);
      if (step + 1 < steps && lane < rows)
        loadRow(loader, step + 1, lane);
    }
  }

  void start(Lines &body, bool fromSums) const override {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t q = 0; q < 4; ++q)
        body.push_back(fromSums ? line("mov v{0}.16b, v{1}.16b", sum(r, q), 20 + q)
                                : line("movi v{0}.2d, #0", sum(r, q)));
  }

  void order(Lines &) const override {}
  int sum(int64_t row, int64_t q) const override { return int(row * 4 + q); }
  int spare(int64_t row, int64_t i) const override { return int(filters + row * 2 + i); }

private:
  static int row(int64_t step, int64_t r) { return int(16 + step % 2 * 4 + r); }
  static int filter(int64_t fours, int64_t q) { return int(filters + fours % 2 * 4 + q); }
  void loadRow(Loader &loader, int64_t step, int64_t r) const { loader.load(row(step, r), 0, r * depth + step * 16); }
  static void loadFilters(Loader &loader, int64_t fours) {
    for (int64_t q = 0; q < 4; ++q)
      loader.load(filter(fours, q), 1, (fours * 4 + q) * 16);
  }
};

/// usmmla for unsigned rows. v0..v15 sums of (pair of rows, pair of channels), v16..v19 rows of a step of 16 depths,
/// v20..v23 their halves by pairs of rows, v24..v31 filters of eight depths.
class Smmla : public DotMultiply {
public:
  Smmla(int64_t rows, int64_t depth, bool isUnsigned)
      : DotMultiply(rows, depth), name(isUnsigned ? "usmmla" : "smmla") {}

  void loadStart(Loader &loader) const override {
    loadRows(loader, 0);
    for (int64_t pair = 0; pair < 8; ++pair)
      loadFilter(loader, 0, pair);
  }

  void multiply(Lines &body, Loader &loader, int64_t steps) const override {
    for (int64_t eights = 0; eights < 2 * steps; ++eights) {
      if (eights % 2 == 0) {
        for (int64_t p = 0; p < pairs; ++p)
          for (int half = 0; half < 2; ++half)
            body.push_back(line("zip{0} v{1}.2d, v{2}.2d, v{3}.2d", half + 1, 20 + p * 2 + half, 16 + p * 2,
                                16 + std::min(p * 2 + 1, rows - 1)));
        if (eights / 2 + 1 < steps)
          loadRows(loader, eights / 2 + 1);
      }
      for (int64_t pair = 0; pair < 8; ++pair) {
        for (int64_t p = 0; p < pairs; ++p)
          body.push_back(
              line("{0} v{1}.4s, v{2}.16b, v{3}.16b", name, p * 8 + pair, 20 + p * 2 + eights % 2, filters + pair));
        if (eights + 1 < 2 * steps)
          loadFilter(loader, eights + 1, pair);
      }
    }
  }

  void start(Lines &body, bool fromSums) const override {
    for (int64_t p = 0; p < pairs; ++p)
      for (int64_t pair = 0; pair < 8; ++pair)
        body.push_back(fromSums ? line("dup v{0}.2d, v{1}.d[{2}]", p * 8 + pair, 20 + pair / 2, pair % 2)
                                : line("movi v{0}.2d, #0", p * 8 + pair));
  }

  void order(Lines &body) const override {
    for (int64_t p = 0; p < pairs; ++p)
      for (int64_t q = 0; q < 4; ++q) {
        int64_t low = p * 8 + q * 2, high = low + 1;
        body.push_back(line("zip1 v{0}.2d, v{1}.2d, v{2}.2d", sum(p * 2, q), low, high));
        body.push_back(line("zip2 v{0}.2d, v{1}.2d, v{0}.2d", high, low));
      }
  }
  int sum(int64_t row, int64_t q) const override {
    return row % 2 == 0 ? int(24 + row / 2 * 4 + q) : int(row / 2 * 8 + q * 2 + 1);
  }
  int spare(int64_t row, int64_t i) const override { return int(row * 4 + i * 2); }

private:
  const char *const name;
  const int64_t pairs = (rows + 1) / 2;

  void loadRows(Loader &loader, int64_t step) const {
    for (int64_t r = 0; r < rows; ++r)
      loader.load(int(16 + r), 0, r * depth + step * 16);
  }
  static void loadFilter(Loader &loader, int64_t eights, int64_t pair) {
    loader.load(int(filters + pair), 1, (eights * 8 + pair) * 16);
  }
};

class DotBlock : public RegisterBlock {
public:
  DotBlock(const TapProducts &shape, ByteProducts products, bool isUnsigned = false) : RegisterBlock(shape) {
    if (products == ByteProducts::Dot)
      dot = std::make_unique<Sdot>(shape.rows, shape.depth);
    else
      dot = std::make_unique<Smmla>(shape.rows, shape.depth, isUnsigned);
  }

  int64_t stepDepth() const override { return 16; }
  int64_t maxStepsInPiece() const override { return 4; }
  void loadStart(Loader &loader) const override { dot->loadStart(loader); }
  void multiply(Lines &body, Loader &loader, int64_t steps, bool first) const override {
    if (first)
      start(body);
    dot->multiply(body, loader, steps);
  }

  void finish(Lines &body, Loader &loader) const override {
    for (int64_t q = 0; q < 4; ++q)
      loader.load(int(16 + q), 2, q * 16);
    dot->order(body);
    for (int64_t r = 0; r < shape.rows; ++r)
      for (int64_t q = 0; q < 4; ++q) {
        scale(body, dot->sum(r, q), int(16 + q));
        body.push_back(line("str q{0}, [x3, #{1}]", dot->sum(r, q), r * shape.outputRow + q * 16));
      }
  }

protected:
  virtual void start(Lines &body) const { dot->start(body, /*fromSums=*/false); }

  std::unique_ptr<DotMultiply> dot;
};

/// Pixels of a direct convolution; x2: for every four channels their biases, then their multipliers.
class DotPixelBlock : public DotBlock {
public:
  DotPixelBlock(const DirectProducts &direct, ByteProducts products)
      : DotBlock({/*bytes=*/true, /*taps=*/1, direct.channels, direct.rows, columns, direct.depth,
                  /*productsInLane=*/2, direct.pre, /*outputRow=*/direct.pixel, /*inputTap=*/0,
                  /*outputTap=*/direct.channels - columns},
                 products, direct.isUnsigned),
        narrowing(direct.narrowing), residual(direct.residual), stored(std::min(direct.stored, columns)) {}
  int64_t constantBytes() const override { return columns * 8; }
  int64_t resultBytes() const override { return columns; }
  bool addsResidual() const override { return residual.has_value(); }

  void finish(Lines &body, Loader &loader) const override {
    const Narrowing &n = narrowing;
    for (int64_t q = 0; q < 4; ++q)
      loader.load(int(16 + q), 2, q * 32 + 16);
    if (n.clampsLow())
      body.push_back(limitLanes("v20", n.lo));
    if (n.clampsHigh())
      body.push_back(limitLanes("v21", n.hi));
    dot->order(body);
    if (residual)
      beginResidual(body, *residual, 22);
    for (int64_t r = 0; r < shape.rows; ++r) {
      for (int64_t q = 0; q < 4; ++q)
        scale(body, dot->sum(r, q), int(16 + q));
      if (residual)
        addResidual(body, r);
      for (int64_t q = 0; q < 4; q += 2) {
        int words = dot->sum(r, q);
        body.push_back(line("sqrshrn v{0}.4h, v{0}.4s, #{1}", words, n.shift));
        body.push_back(line("sqrshrn2 v{0}.8h, v{1}.4s, #{2}", words, dot->sum(r, q + 1), n.shift));
        if (n.clampsLow())
          body.push_back(line("smax v{0}.8h, v{0}.8h, v20.8h", words));
        if (n.clampsHigh())
          body.push_back(line("smin v{0}.8h, v{0}.8h, v21.8h", words));
      }
      const char *narrow = n.isUnsigned ? "sqxtun" : "sqxtn";
      int bytes = dot->sum(r, 0);
      body.push_back(line("{0} v{1}.8b, v{1}.8h", narrow, bytes));
      body.push_back(line("{0}2 v{1}.16b, v{2}.8h", narrow, bytes, dot->sum(r, 2)));
      store(body, bytes, r * shape.outputRow);
    }
  }

protected:
  void start(Lines &body) const override {
    for (int64_t q = 0; q < 4; ++q)
      body.push_back(line("ldr q{0}, [x2, #{1}]", 20 + q, q * 32));
    dot->start(body, /*fromSums=*/true);
  }

private:
  /// A pixel inside the network has room for sixteen channels, and those of a layer with a residual are stored whole.
  void addResidual(Lines &body, int64_t r) const {
    const char *widen = residual->isUnsigned ? "ushll" : "sshll";
    int low = dot->spare(r, 0), high = dot->spare(r, 1);
    body.push_back(line("ldr q{0}, [x27, #{1}]", high, r * shape.outputRow));
    body.push_back(line("{0} v{1}.8h, v{2}.8b, #0", widen, low, high));
    body.push_back(line("{0}2 v{1}.8h, v{1}.16b, #0", widen, high));
    for (int64_t q = 0; q < 4; ++q)
      body.push_back(line("smlal{0} v{1}.4s, v{2}.{3}, v22.{3}", q % 2 ? "2" : "", dot->sum(r, q), q < 2 ? low : high,
                          q % 2 ? "8h" : "4h"));
  }
  /// The first `stored` bytes of a register.
  void store(Lines &body, int reg, int64_t offset) const {
    if (stored == columns) {
      body.push_back(line("str q{0}, [x3, #{1}]", reg, offset));
      return;
    }
    int64_t done = 0;
    for (auto [bytes, size] : {std::pair<int64_t, char>{8, 'd'}, {4, 's'}, {2, 'h'}, {1, 'b'}})
      for (; done + bytes <= stored; done += bytes) {
        body.push_back(line("movz x7, #{0}", offset + done));
        body.push_back("add x7, x7, x3");
        body.push_back(line("st1 {{v{0}.{1}}[{2}], [x7]", reg, size, done / bytes));
      }
  }

  const Narrowing narrowing;
  const std::optional<Residual> residual;
  const int64_t stored;
};

} // namespace

std::unique_ptr<RegisterBlock> dotBlock(const TapProducts &shape, ByteProducts products) {
  return std::make_unique<DotBlock>(shape, products);
}
std::unique_ptr<RegisterBlock> dotPixelBlock(const DirectProducts &shape, ByteProducts products) {
  return std::make_unique<DotPixelBlock>(shape, products);
}

} // namespace wino
