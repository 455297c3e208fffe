// The Winograd triple: exact tiles give exactly the direct convolution; tap rounding, saturation and overflow by hand.
#include "wino/Reference/TileOps.h"

#include "RunText.h"
#include "wino/Numerics/TapScales.h"

#include <cmath>

using namespace wino;

namespace {

using TileOps = RunText;
using V = std::vector<int32_t>;

const std::string s8 = "!quant.uniform<i8:f32, 5.0e-01>";

std::string list(const std::vector<double> &values) {
  std::string text;
  for (double value : values) {
    char number[40];
    std::snprintf(number, sizeof number, "%s%.17g", text.empty() ? "" : ", ", value);
    text += number;
    if (text.find_last_of(".e") == std::string::npos || text.find_last_of(".e") < text.find_last_of(' ') + 1)
      text += std::floor(value) == value ? ".0" : "";
  }
  return text;
}

std::string list(const V &values) {
  std::string text;
  for (int32_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return text;
}

std::string dims(std::vector<int64_t> shape, const std::string &element) {
  std::string text;
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element;
}

std::string planText(const std::string &tile) { return "plan = #winograd.plan<\"" + tile + "\">"; }

/// N x C_in x H x W to N x C_out x OH x OW by F(m,r), pads r / 2, through all four tile ops with 16-bit taps. Scales
/// are powers of two such that nothing is rounded: V = 64 G W G^T, o = 4 O', y = A' o / 4.
V winograd(TileOps &test, const std::string &tile, int64_t n, int64_t cIn, int64_t cOut, int64_t h, int64_t w, V x,
           V filter, V bias) {
  TileSpec spec = llvm::cantFail(TileSpec::parse(tile));
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(spec, 128));
  EXPECT_TRUE(transform.exactInput);
  int64_t rows = spec.down().K, columns = spec.across().K, high = spec.down().r, wide = spec.across().r;
  int64_t tiles = n * spec.down().tilesOver(h) * spec.across().tilesOver(w);
  std::vector<double> scales(rows * columns * cOut, 1.0 / 64);
  V multipliers;
  for (unsigned tap = 0; tap < rows * columns; ++tap) {
    double unit = transform.betaOf(tap) * transform.alphaOf(tap);
    double multiplier = std::ldexp(1.0, 31) / 16 / unit;
    EXPECT_EQ(multiplier, std::floor(multiplier));
    multipliers.insert(multipliers.end(), cOut, static_cast<int32_t>(multiplier));
  }
  std::string u = dims({rows, columns, tiles, cIn}, "i16"), v = dims({rows, columns, cOut, cIn}, "i16"),
              o = dims({rows, columns, tiles, cOut}, "i32");
  std::string in = dims({n, cIn, h, w}, s8), f = dims({cOut, cIn, high, wide}, "f32"), b = dims({cOut}, "i32"),
              out = dims({n, cOut, h, w}, s8);
  std::string plan = planText(tile);
  std::string text =
      "func.func @main(%x: tensor<" + in + ">, %w: tensor<" + f + ">, %b: tensor<" + b + ">) -> tensor<" + out +
      "> {\n" + "%u = winograd.input_transform %x {" + plan + ", pads = array<i64: " + std::to_string(high / 2) + ", " +
      std::to_string(wide / 2) + ">, output_size = array<i64: " + std::to_string(h) + ", " + std::to_string(w) +
      ">, multipliers = array<i32>, shifts = array<i32>} : (tensor<" + in + ">) -> tensor<" + u +
      ">\n%v = winograd.filter_transform %w {" + plan + ", scales = array<f64: " + list(scales) + ">} : (tensor<" + f +
      ">) -> tensor<" + v + ">\n%o = winograd.tap_matmul %u, %v {multipliers = array<i32: " + list(multipliers) +
      ">} : (tensor<" + u + ">, tensor<" + v + ">) -> tensor<" + o + ">\n%y = winograd.output_transform %o, %b {" +
      plan + ", shift = 2 : i64, lo = -100 : i64, hi = 120 : i64} : (tensor<" + o + ">, tensor<" + b + ">) -> tensor<" +
      out + ">\nreturn %y : tensor<" + out + ">\n}";
  mlir::func::FuncOp function = test.parse(text);
  for (int32_t &value : bias)
    value *= 4;
  std::vector<Tensor> args{TileOps::argument<int32_t>(function, 0, x),
                           TileOps::argument<float>(function, 1, std::vector<float>(filter.begin(), filter.end())),
                           TileOps::argument<int32_t>(function, 2, bias)};
  Interpreter interpreter = llvm::cantFail(Interpreter::create(function));
  return llvm::cantFail(interpreter.run(args)).front().i;
}

void expectDirectConvolution(TileOps &test, const std::string &tile, int high, int wide) {
  SCOPED_TRACE(tile);
  constexpr int n = 2, cIn = 3, cOut = 2, h = 5, w = 7; // tiles hang over both edges
  V x = test.integers(n * cIn * h * w, -20, 20), filter = test.integers(cOut * cIn * high * wide, -3, 3), bias{5, -7};
  V y = winograd(test, tile, n, cIn, cOut, h, w, x, filter, bias);
  ASSERT_EQ(y.size(), size_t(n * cOut * h * w));
  for (int b = 0; b < n; ++b)
    for (int f = 0; f < cOut; ++f)
      for (int oy = 0; oy < h; ++oy)
        for (int ox = 0; ox < w; ++ox) {
          int32_t sum = bias[f];
          for (int c = 0; c < cIn; ++c)
            for (int u = 0; u < high; ++u)
              for (int v = 0; v < wide; ++v)
                if (int iy = oy + u - high / 2, ix = ox + v - wide / 2; iy >= 0 && iy < h && ix >= 0 && ix < w)
                  sum += x[((b * cIn + c) * h + iy) * w + ix] * filter[((f * cIn + c) * high + u) * wide + v];
          EXPECT_EQ(y[((b * cOut + f) * h + oy) * w + ox], std::min(std::max(sum, -100), 120));
        }
}

TEST_F(TileOps, exactTileEqualsDirectConvolution) {
  expectDirectConvolution(*this, "F(2,3) taps=i16xi16", 3, 3);
  expectDirectConvolution(*this, "F(2x1,3) points=[0,1,-1,inf]x[0,1,inf] taps=i16xi16", 3, 3);
  expectDirectConvolution(*this, "F(1x2,1x3) taps=i16xi16", 1, 3);
  expectDirectConvolution(*this, "F(2x1,3x1) taps=i16xi16", 3, 1);
}

/// Input taps of `bits` bits beside i8 filter taps against the formula in binary64.
void expectNarrowInputTaps(TileOps &test, int bits) {
  std::string tile = "F(2,3) taps=i" + std::to_string(bits) + "xi8";
  TileSpec spec = llvm::cantFail(TileSpec::parse(tile));
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(spec, 128));
  ASSERT_TRUE(transform.exactInput);
  V x = test.integers(16, -128, 127), multipliers = test.integers(16, 1 << 14, (1 << 15) - 1),
    shifts = test.integers(16, 8 - bits, 10 - bits);
  std::string op =
      "input_transform {" + planText(tile) +
      ", pads = array<i64: 0, 0>, output_size = array<i64: 2, 2>, multipliers = array<i32: " + list(multipliers) +
      ">, shifts = array<i32: " + list(shifts) + ">}";
  V u = test.values<int32_t>(test.unary(op, {"1x1x4x4x" + s8}, "4x4x1x1xi8"), {x});
  bool saturated = false;
  double largest = std::ldexp(1.0, bits - 1) - 1;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      double t = 0; // beta_i beta_j (B^T X B)_ij: the transform need not know its own symmetry
      for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b)
          t += transform.down.algorithm.BT.at(i, a).toDouble() * transform.down.algorithm.BT.at(j, b).toDouble() *
               x[a * 4 + b];
      t *= transform.betaOf(unsigned(i * 4 + j));
      double high = std::floor(t * multipliers[i * 4 + j] / 32768 + 0.5);
      double shifted = std::floor(std::ldexp(high, -shifts[i * 4 + j]) + 0.5);
      saturated |= shifted > largest || shifted < -largest - 1;
      EXPECT_EQ(u[i * 4 + j], std::min(std::max(shifted, -largest - 1), largest));
    }
  EXPECT_TRUE(saturated);
}

TEST_F(TileOps, narrowInputTapsRoundAndSaturate) {
  for (int bits = 4; bits <= 8; ++bits)
    expectNarrowInputTaps(*this, bits);
}

TEST_F(TileOps, filterTapsRoundHalfUpAndClamp) {
  // Tap (0, 0) of F(2,3) with points 0, 1, -1, inf is a multiple g of w_00; scales put it on ties and beyond 127.
  TileSpec spec = llvm::cantFail(TileSpec::parse("F(2,3) points=[0,1,-1,inf]"));
  double g = llvm::cantFail(BilinearAlgorithm::make(spec)).G.at(0, 0).toDouble();
  auto tap = [&](float weight, double scale, const std::string &formats = "i8xi8", const char *stored = "i8") {
    std::vector<double> scales(16, std::fabs(g * g) * scale);
    std::string op = "filter_transform {" + planText("F(2,3) points=[0,1,-1,inf] taps=" + formats) +
                     ", scales = array<f64: " + list(scales) + ">}";
    mlir::func::FuncOp function = parse(unary(op, {"1x1x3x3xf32"}, std::string("4x4x1x1x") + stored));
    Interpreter interpreter = llvm::cantFail(Interpreter::create(function));
    return llvm::cantFail(interpreter.run({argument<float>(function, 0, {weight, 0, 0, 0, 0, 0, 0, 0, 0})}))
        .front()
        .i[0];
  };
  EXPECT_EQ(tap(5, 2), 3);
  EXPECT_EQ(tap(-5, 2), -2);
  EXPECT_EQ(tap(1000, 1), 127);
  EXPECT_EQ(tap(-1000, 1), -127); // not -128: products of two taps stay symmetric
  EXPECT_EQ(tap(1000, 1, "i8xi6"), 31);
  EXPECT_EQ(tap(-1000, 1, "i6xi4"), -7);
  EXPECT_EQ(tap(-1000, 1, "i16xi8", "i16"), -127); // stored as its partner is
  EXPECT_EQ(tap(1e6, 1, "i16xi16", "i16"), 32767);
}

TEST_F(TileOps, filterTapsAreThoseOfTheCompiler) {
  // The interpreter's own loops and transformFilter + quantizeTap, which fold filters into constants: the same bits.
  constexpr unsigned cOut = 3, cIn = 2;
  for (const char *text : {"F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8",
                           "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i16xi16",
                           "F(4x2,3)", "F(1x4,1x3) taps=i16xi16", "F(2x4,5x3)"}) {
    SCOPED_TRACE(text);
    TileSpec spec = llvm::cantFail(TileSpec::parse(text));
    int64_t high = spec.down().r, wide = spec.across().r, window = high * wide;
    unsigned count = unsigned(spec.taps());
    std::vector<double> scales(count * cOut);
    LineMatrix down(llvm::cantFail(BilinearAlgorithm::make(spec.down())).G),
        across(llvm::cantFail(BilinearAlgorithm::make(spec.across())).G);
    for (size_t i = 0; i < scales.size(); ++i)
      scales[i] = (spec.filterTap == TapType::I8 ? 0.01 : 0.0001) * (1 + double(i % 7) / 3);
    std::vector<float> filter;
    for (int32_t value : integers(cOut * cIn * window, -1000, 1000))
      filter.push_back(float(value) / 777);
    std::string op = "filter_transform {" + planText(text) + ", scales = array<f64: " + list(scales) + ">}";
    mlir::func::FuncOp function =
        parse(unary(op, {dims({cOut, cIn, high, wide}, "f32")},
                    dims({spec.down().K, spec.across().K, cOut, cIn}, spec.filterTap == TapType::I8 ? "i8" : "i16")));
    Interpreter interpreter = llvm::cantFail(Interpreter::create(function));
    V taps = llvm::cantFail(interpreter.run({argument<float>(function, 0, filter)})).front().i;
    int32_t limit = spec.filterTap == TapType::I8 ? 127 : 32767;
    for (unsigned f = 0; f < cOut; ++f) {
      std::vector<double> v =
          transformFilter(down, across, llvm::ArrayRef(filter).slice(f * cIn * window, cIn * window));
      for (unsigned tap = 0; tap < count; ++tap)
        for (unsigned c = 0; c < cIn; ++c)
          EXPECT_EQ(taps[(tap * cOut + f) * cIn + c], quantizeTap(v[tap * cIn + c], scales[tap * cOut + f], limit));
    }
  }
}

TEST_F(TileOps, tapMatmulRoundsHalfUpAndChecksItsSum) {
  std::string narrow = unary("tap_matmul {multipliers = array<i32: 1073741824, 2147483647>}",
                             {"1x1x2x3xi8", "1x1x2x3xi8"}, "1x1x2x2xi32");
  // acc: [14, -3], [-1, 3]; halves round up; M = 2^31 - 1 is one in these sizes.
  EXPECT_EQ(values<int32_t>(narrow, {{1, 2, 3, -1, 0, 0}, {1, 2, 3, 0, 0, -1}}), (V{7, -3, 0, 0}));
  EXPECT_EQ(values<int32_t>(narrow, {{3, 0, 0, -3, 0, 0}, {1, 0, 0, 1, 0, 0}}), (V{2, 3, -1, -3}));
  std::string wide = unary("tap_matmul {multipliers = array<i32: 1>}", {"1x1x1x3xi16", "1x1x1x3xi16"}, "1x1x1x1xi32");
  EXPECT_NE(failure<int32_t>(wide, {{-32768, -32768, 0}, {-32768, -32768, 0}})
                .find("stage overflow: expected tap products within i32, got 2147483648"),
            std::string::npos);
  EXPECT_EQ(values<int32_t>(wide, {{-32768, -32768, 1}, {-32768, -32768, -1}}), V{1}); // 2^31 - 1 fits
}

TEST_F(TileOps, narrowProductsRoundTwiceAndSaturate) {
  auto products = [&](const std::string &type, int shift, V u) {
    std::string text = unary(
        "tap_matmul {multipliers = array<i32: 1073741824>, pre = 1 : i64, shift = " + std::to_string(shift) + " : i64}",
        {"1x1x4x2xi16", "1x1x1x2xi16"}, "1x1x4x1x" + type);
    return values<int32_t>(text, {u, {1, 1000}});
  };
  // The multiplier takes back what pre does: 7 / 2 = 3.5 and -7 / 2 = -3.5 go up; beyond the type they stop.
  EXPECT_EQ(products("i8", 1, {7, 0, -7, 0, 0, 1, 0, -1}), (V{4, -3, 127, -128}));
  EXPECT_EQ(products("i16", 2, {6, 0, -6, 0, 3, 131, 3, -132}), (V{2, -1, 32751, -32768}));
  EXPECT_EQ(products("i8", 16, {0, 32, 0, 33, 0, -32, 0, -33}), (V{0, 1, 0, -1}));
}

TEST_F(TileOps, narrowProductsAreBroughtToOneUnit) {
  TileSpec spec = llvm::cantFail(TileSpec::parse("F(2,3) points=[0,2,-1/2,inf]"));
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(spec, 128));
  for (int bits : {8, 16}) {
    std::string tile = "F(2,3) points=[0,2,-1/2,inf] out=i" + std::to_string(bits);
    int32_t limit = 1 << (bits - 1), bias = -123457, perChannel = 987654321;
    V o, perTap;
    for (int t = 0; t < 16; ++t) {
      o.push_back(t == 3 ? -limit : (t * 7919 + 13) % (2 * limit) - limit);
      perTap.push_back(1000000 + 77777 * t * t);
    }
    std::string type = "i" + std::to_string(bits);
    std::string text =
        unary("output_transform {" + planText(tile) + ", shift = 13 : i64, lo = -128 : i64, hi = 127 : i64, " +
                  "tap_multipliers = array<i32: " + list(perTap) +
                  ">, channel_multipliers = array<i32: " + std::to_string(perChannel) + ">}",
              {"4x4x1x1x" + type, "1xi32"}, "1x1x2x2x" + s8);
    V y = values<int32_t>(text, {o, {bias}});
    for (int a = 0; a < 2; ++a)
      for (int b = 0; b < 2; ++b) {
        double t = bias;
        for (int i = 0; i < 4; ++i)
          for (int j = 0; j < 4; ++j)
            t += (transform.down.algorithm.AT.at(a, i) * transform.down.alpha[i]).toDouble() *
                 (transform.down.algorithm.AT.at(b, j) * transform.down.alpha[j]).toDouble() *
                 std::floor(double(o[i * 4 + j]) / limit * perTap[i * 4 + j] + 0.5);
        double scaled = std::floor(t * perChannel / 2147483648.0 + 0.5);
        EXPECT_EQ(y[a * 2 + b], std::min(std::max(std::floor(scaled / 8192 + 0.5), -128.0), 127.0)) << type;
      }
  }
}

TEST_F(TileOps, outputTransformAddsItsResidualBeforeTheOnlyRounding) {
  TileSpec spec = llvm::cantFail(TileSpec::parse("F(2,3)"));
  IntegerTransform transform = llvm::cantFail(IntegerTransform::make(spec, 128));
  V o(16 * 4, 0), r = integers(9, -128, 127);
  for (size_t i = 0; i < o.size(); ++i)
    o[i] = int32_t(i * 7919 % 20011) - 10000;
  std::string text = unary("output_transform {" + planText("F(2,3)") +
                               ", shift = 7 : i64, lo = -100 : i64, hi = 127 : i64, residual_multiplier = 51 : i64}",
                           {"4x4x4x1xi32", "1xi32", "1x1x3x3x" + s8}, "1x1x3x3x" + s8);
  V y = values<int32_t>(text, {o, {-77}, r});
  ASSERT_EQ(y.size(), 9u);
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 3; ++column) {
      int tile = row / 2 * 2 + column / 2;
      double t = -77;
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
          t += (transform.down.algorithm.AT.at(row % 2, i) * transform.down.alpha[i]).toDouble() *
               (transform.down.algorithm.AT.at(column % 2, j) * transform.down.alpha[j]).toDouble() *
               o[(i * 4 + j) * 4 + tile];
      double sum = std::floor((t + 51.0 * r[row * 3 + column]) / 128 + 0.5);
      EXPECT_EQ(y[row * 3 + column], std::min(std::max(sum, -100.0), 127.0)) << row << ", " << column;
    }
}

TEST_F(TileOps, outputTransformRefusesWhatDoesNotFit) {
  std::string text =
      unary("output_transform {" + planText("F(2,3)") + ", shift = 16 : i64, lo = -128 : i64, hi = 127 : i64}",
            {"4x4x1x1xi32", "1xi32"}, "1x1x2x2x" + s8);
  EXPECT_NE(failure<int32_t>(text, {V(16, 2147483647), {0}})
                .find("stage overflow: expected output transform within i32, got"),
            std::string::npos);
  EXPECT_NE(failure<int32_t>(text, {V(16, 1000000), {2147483647}})
                .find("stage overflow: expected output transform and bias within i32, got"),
            std::string::npos);
}

} // namespace
