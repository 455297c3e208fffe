// Tiles with taps in floats against the direct convolution of integers: equal where nothing rounds, else next to it.
#include "RunText.h"
#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include <cmath>

using namespace wino;

namespace {

struct FloatTilesTest : RunText {
  std::mt19937 random{7};
  static constexpr int64_t n = 2, cIn = 5, cOut = 3, height = 7, width = 10, pad = 1;
  std::vector<int32_t> x = integers(size_t(n * cIn * height * width), 127);
  std::vector<int32_t> w;

  std::vector<int32_t> integers(size_t count, int limit) {
    std::vector<int32_t> values(count);
    for (int32_t &value : values)
      value = int(random() % unsigned(2 * limit + 1)) - limit;
    return values;
  }

  /// sum x w / 2^9 + 3/8, exactly.
  double direct(int64_t b, int64_t f, int64_t y, int64_t column) const {
    int64_t sum = 0;
    for (int64_t c = 0; c < cIn; ++c)
      for (int64_t u = 0; u < 3; ++u)
        for (int64_t v = 0; v < 3; ++v) {
          int64_t row = y + u - pad, at = column + v - pad;
          if (row >= 0 && row < height && at >= 0 && at < width)
            sum += int64_t(x[size_t(((b * cIn + c) * height + row) * width + at)]) *
                   w[size_t(((f * cIn + c) * 3 + u) * 3 + v)];
        }
    return double(sum) / 512 + 0.375;
  }

  Tensor run(const std::string &plan, int lo, int hi) {
    TileSpec tile = llvm::cantFail(TileSpec::parse(plan));
    FloatTransform transform = llvm::cantFail(FloatTransform::make(tile));
    FloatTaps taps = transform.filterTaps(std::vector<float>(w.begin(), w.end()), cOut, cIn, {255, false});
    std::string scales, offsets;
    for (int exponent : taps.exponents) {
      char text[40];
      std::snprintf(text, sizeof text, "%s%.9e", scales.empty() ? "" : ", ", std::ldexp(1.0, -9 - exponent));
      scales += text;
      offsets += offsets.empty() ? "0.875" : ", 0.875"; // 3/8 and the half that rounds
    }
    std::string q = "!quant.uniform<i8:f32, 5.0e-01>",
                k = std::to_string(tile.down().K) + "x" + std::to_string(tile.across().K) + "x3x5xf32";
    auto function = parse(unary("float_tiles {plan = #winograd.plan<\"" + plan +
                                    "\">, pads = array<i64: 1, 1>, scales = array<f32: " + scales +
                                    ">, offsets = array<f32: " + offsets + ">, lo = " + std::to_string(lo) +
                                    " : i64, hi = " + std::to_string(hi) + " : i64}",
                                {"2x5x7x10x" + q, k}, "2x3x7x10x" + q));
    auto interpreter = Interpreter::create(function);
    EXPECT_TRUE(bool(interpreter)) << llvm::toString(interpreter.takeError());
    std::vector<Tensor> arguments = {argument<int32_t>(function, 0, x), argument<float>(function, 1, taps.values)};
    auto results = interpreter->run(arguments);
    EXPECT_TRUE(bool(results)) << llvm::toString(results.takeError());
    return std::move(results->front());
  }

  template <typename Check> void forOutputs(const Tensor &result, int lo, int hi, Check check) {
    size_t i = 0;
    for (int64_t b = 0; b < n; ++b)
      for (int64_t f = 0; f < cOut; ++f)
        for (int64_t y = 0; y < height; ++y)
          for (int64_t column = 0; column < width; ++column) {
            double exact = direct(b, f, y, column);
            check(exact, clampTo<int32_t>(roundHalfUp(exact), lo, hi), result.i[i++]);
          }
  }
};

TEST_F(FloatTilesTest, areTheDirectConvolutionWhereNothingRounds) {
  for (auto [plan, step] : {std::pair("F(2,3) points=[0,1,-1,inf] taps=f32xf32", 64),
                            std::pair("F(4x2,3) points=[0,1,-1,2,-2,inf]x[0,1,-1,inf] taps=f32xf32", 192)}) {
    w = integers(size_t(cOut * cIn * 9), 2);
    for (int32_t &value : w) // G has denominators of 24, and sums shall end in all eighths
      value *= step;
    int clamped = 0, halves = 0;
    forOutputs(run(plan, -90, 100), -90, 100, [&](double exact, int32_t expected, int32_t got) {
      EXPECT_EQ(got, expected) << plan << ": " << exact;
      clamped += expected == -90 || expected == 100;
      halves += exact - std::floor(exact) == 0.5;
    });
    EXPECT_GT(clamped, 0);
    EXPECT_GT(halves, 0); // the tie that tells half up from half to even
  }
}

TEST_F(FloatTilesTest, areNextToItWhereFloatsRound) {
  w = integers(size_t(cOut * cIn * 9), 63);
  for (auto [plan, reach] : {std::pair("F(4,3) taps=f32xf32", 0.501), std::pair("F(6,3) taps=f32xf32", 0.501),
                             std::pair("F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16", 1.0),
                             std::pair("F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16 out=f16", 2.0),
                             std::pair("F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=f16xf16", 2.5)}) {
    double worst = 0;
    forOutputs(run(plan, -128, 127), -128, 127, [&](double exact, int32_t, int32_t got) {
      worst = std::max(worst, std::fabs(std::min(std::max(exact, -128.0), 127.0) - got));
    });
    EXPECT_LE(worst, reach) << plan;
    EXPECT_GT(worst, 0.3) << plan;
  }
}

TEST_F(FloatTilesTest, betweenMapsOfFloats) {
  w = integers(size_t(cOut * cIn * 9), 63);
  std::vector<float> maps(x.begin(), x.end());
  for (auto [plan, type, reach] : {std::tuple("F(4,3) points=[0,1,-1,2,-2,inf] taps=f32xf32", "f32", 5e-4),
                                   std::tuple("F(6,3) taps=f32xf32", "f16", 0.2), // steps of 1/4 from 256 on
                                   std::tuple("F(4,3) points=[0,1,-1,2,-2,inf] taps=f16xf16", "f16", 1.0)}) {
    TileSpec tile = llvm::cantFail(TileSpec::parse(plan));
    FloatTransform transform = llvm::cantFail(FloatTransform::make(tile));
    FloatTaps taps = transform.filterTaps(std::vector<float>(w.begin(), w.end()), cOut, cIn, {255, false});
    std::string scales;
    for (int exponent : taps.exponents) {
      char text[40];
      std::snprintf(text, sizeof text, "%s%.9e", scales.empty() ? "" : ", ", std::ldexp(1.0, -9 - exponent));
      scales += text;
    }
    std::string k = std::to_string(tile.down().K) + "x" + std::to_string(tile.across().K) + "x3x5xf32";
    auto function = parse(unary("float_tiles {plan = #winograd.plan<\"" + std::string(plan) +
                                    "\">, pads = array<i64: 1, 1>, scales = array<f32: " + scales +
                                    ">, offsets = array<f32: 0.375, 0.375, 0.375>, activation = "
                                    "#winograd.activation<relu, 0.0 : f32, 0.0 : f32>}",
                                {"2x5x7x10x" + std::string(type), k}, "2x3x7x10x" + std::string(type)));
    auto interpreter = Interpreter::create(function);
    ASSERT_TRUE(bool(interpreter)) << llvm::toString(interpreter.takeError());
    auto results = interpreter->run({argument<float>(function, 0, maps), argument<float>(function, 1, taps.values)});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    size_t i = 0;
    for (int64_t b = 0; b < n; ++b)
      for (int64_t f = 0; f < cOut; ++f)
        for (int64_t y = 0; y < height; ++y)
          for (int64_t column = 0; column < width; ++column) {
            float got = results->front().f[i++];
            EXPECT_NEAR(got, std::max(direct(b, f, y, column), 0.0), reach) << plan;
            EXPECT_TRUE(std::string(type) == "f32" || got == roundToHalf(got)) << plan;
          }
  }
}

} // namespace
