// Integer semantics by hand: every rounding tie, clamp and range check that the specification states.
#include "wino/Reference/IntegerOps.h"

#include "RunText.h"

#include <cmath>

using namespace wino;

namespace {

using IntegerOps = RunText;
using V = std::vector<int32_t>;

const std::string s8 = "!quant.uniform<i8:f32, 5.0e-01>", u8 = "!quant.uniform<u8:f32, 2.5e-01>";

std::string requant(const std::string &multipliers, int pre, int shift, int lo = -128, int hi = 127) {
  return "requant = #winograd.requant<pre = " + std::to_string(pre) + ", shift = " + std::to_string(shift) +
         ", lo = " + std::to_string(lo) + ", hi = " + std::to_string(hi) + ", multipliers = [" + multipliers + "]>";
}

/// The formula in real numbers: both roundings are floor(x + 1/2).
int32_t expected(int64_t acc, int64_t multiplier, int pre, int shift, int lo, int hi) {
  double product = std::floor(std::ldexp(double(acc) * double(multiplier), pre - 31) + 0.5);
  double scaled = std::floor(std::ldexp(product, -shift) + 0.5);
  return static_cast<int32_t>(std::min<double>(std::max<double>(scaled, lo), hi));
}

TEST_F(IntegerOps, requantRoundsTiesUpTwice) {
  // M = 2^30 halves: 3 -> 1.5 -> 2 -> (shift 1) 1; 1 -> 0.5 -> 1 -> 0.5 -> 1; -1 -> -0.5 -> 0 -> 0; -3 -> -1.5 -> -1 ->
  // -0.5 -> 0; -5 -> -2.5 -> -2 -> -1; -127 -> -63.5 -> -63 -> -31.5 -> -31; 381 -> 190.5 -> 191 -> 95.5 -> 96.
  std::string text = unary("fully_connected {" + requant("1073741824", 0, 1, -128, 100) + "}",
                           {"6x1x" + s8, "1x1xi8", "1xi32"}, "6x1x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{3, 1, -1, -3, -5, 127}, {1}, {0}}), (V{1, 1, 0, 0, -1, 32}));
  EXPECT_EQ(values<int32_t>(text, {{3, 1, -1, -3, -5, 127}, {1}, {1000}}), (V{100, 100, 100, 100, 100, 100}));
  EXPECT_EQ(values<int32_t>(text, {{3, 1, -1, -3, -5, 127}, {-127}, {0}}), (V{-95, -31, 32, 96, 100, -128}));
}

TEST_F(IntegerOps, preShiftKeepsSmallMultipliersPrecise) {
  std::string text =
      unary("fully_connected {" + requant("1073741825", 4, 4) + "}", {"1x1x" + s8, "1x1xi8", "1xi32"}, "1x1x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{100}, {1}, {1}}), (V{expected(101, 1073741825, 4, 4, -128, 127)}));
}

TEST_F(IntegerOps, convAgainstItsFormula) {
  std::vector<int64_t> multipliers{800000001, 12345678, 2147483647, 0, 500000000, 999999999};
  V x = integers(convInputs, 0, 255), w = integers(convWeights, -127, 127), b = integers(6, -1000, 1000);
  V y = values<int32_t>(
      convText(", " + requant("800000001, 12345678, 2147483647, 0, 500000000, 999999999", 3, 9), u8, "i8", "i32", s8),
      {x, w, b});
  ASSERT_EQ(y.size(), convOutputs);
  std::vector<int64_t> sums = convSums<int64_t>(x, w, b);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], expected(sums[i], multipliers[i / (3 * 7) % 6], 3, 9, -128, 127)) << i;
}

TEST_F(IntegerOps, convWithResidualRoundsTheSumOnce) {
  // mulhi32(2 acc, 2^30) = acc; (acc + 3 r) / 8 rounds half up: 1 + 3 -> 0.5 -> 1, 1 - 9 -> -1, 9 - 21 -> -1.5 -> -1,
  // 20 + 381 -> 50.1.
  std::string text = unary("conv_2d {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: "
                           "1, 1>, groups = 1 : i64, " +
                               requant("1073741824", 1, 3, -100, 50) + ", residual_multiplier = 3 : i64}",
                           {"1x1x1x5x" + s8, "1x1x1x1xi8", "1xi32", "1x1x1x5x" + s8}, "1x1x1x5x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{1, 1, 9, 20, -60}, {1}, {0}, {1, -3, -7, 127, -128}}), (V{1, -1, -1, 50, -55}));
  EXPECT_EQ(values<int32_t>(text, {{0, 0, 0, 0, 0}, {1}, {-1000}, {0, 0, 0, 100, 100}}),
            (V{-100, -100, -100, -87, -87}));
  std::string large = unary(
      "conv_2d {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = "
      "1 : i64, " +
          requant("2147483647", 0, 1) + ", residual_multiplier = 32767 : i64}",
      {"1x1x1x1x" + s8, "1x1x1x1xi8", "1xi32", "1x1x1x1x" + u8}, "1x1x1x1x" + s8);
  EXPECT_EQ(values<int32_t>(large, {{0}, {1}, {2139000000}, {200}}), V{127});
  EXPECT_NE(
      failure<int32_t>(large, {{0}, {1}, {2147000000}, {200}}).find("stage overflow: expected acc within i32, got"),
      std::string::npos);
}

TEST_F(IntegerOps, sumsThatLeave32BitsAreErrors) {
  std::string convolution = unary(
      "conv_2d {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : "
      "i64, " +
          requant("1", 0, 1) + "}",
      {"1x1x1x1x" + u8, "1x1x1x1xi8", "1xi32"}, "1x1x1x1x" + s8);
  EXPECT_EQ(values<int32_t>(convolution, {{255}, {-127}, {2147483647}}), V{1}); // the bound is passed, the sum is not
  EXPECT_NE(failure<int32_t>(convolution, {{255}, {127}, {2147483647}})
                .find("stage overflow: expected acc within i32, got 2147516032"),
            std::string::npos);
  std::string shifted =
      unary("fully_connected {" + requant("1", 20, 1) + "}", {"1x1x" + s8, "1x1xi8", "1xi32"}, "1x1x" + s8);
  EXPECT_NE(
      failure<int32_t>(shifted, {{127}, {127}, {0}}).find("stage overflow: expected acc << 20 within i32, got 16129"),
      std::string::npos);
}

TEST_F(IntegerOps, addAndSubWeighBothOperands) {
  for (std::string op : {"add {", "sub {"}) {
    // v = 3 a - 2 b, shift 2: 3 -> 0.75 -> 1, -2 -> -0.5 -> 0 (tie up), 2 -> 0.5 -> 1 (tie up), 127*3+128*2 -> 159.25
    // clamps.
    std::string text = unary(op + requant("3, -2", 0, 2) + "}", {"4x" + s8, "4x" + s8}, "4x" + s8);
    EXPECT_EQ(values<int32_t>(text, {{1, 0, 0, 127}, {0, 1, -1, -128}}), (V{1, 0, 1, 127}));
  }
}

TEST_F(IntegerOps, maximumAndMinimumCompareProducts) {
  // scales 0.5 and 0.25 into 0.5: factors 1 and 1/2 as 2^7 and 2^6 over 2^7; 5 and 9/2, 3 and 7/2 -> 4, -6 and -13/2 ->
  // -6
  std::string attributes = " {" + requant("128, 64", 0, 7) + "}";
  std::vector<V> operands = {{5, 3, -6}, {9, 7, -13}};
  EXPECT_EQ(values<int32_t>(unary("maximum" + attributes, {"3x" + s8, "3x" + s8}, "3x" + s8), operands), (V{5, 4, -6}));
  EXPECT_EQ(values<int32_t>(unary("minimum" + attributes, {"3x" + s8, "3x" + s8}, "3x" + s8), operands), (V{5, 3, -6}));
}

TEST_F(IntegerOps, mul) {
  // M = 2^30, pre 1: the product itself, then shift 3: 20 -> 2.5 -> 3, -20 -> -2.5 -> -2.
  std::string text = unary("mul {" + requant("1073741824", 1, 3) + "}", {"3x" + s8, "3xi8"}, "3x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{4, -4, 100}, {5, 5, 100}}), (V{3, -2, 127}));
}

TEST_F(IntegerOps, requantize) {
  std::string text = unary("requantize {" + requant("-3", 0, 1) + "}", {"4x" + u8}, "4x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{1, 2, 3, 255}}), (V{-1, -3, -4, -128}));
}

TEST_F(IntegerOps, avgPoolHasOneMultiplierOrOnePerPosition) {
  std::string pool = "avg_pool_2d {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, "
                     "1>, count_include_pad = ";
  // Factors 1/4 (M = 2^31 / 2, shift 1) everywhere, or the reciprocal of the valid count.
  std::string one =
      unary(pool + "true, " + requant("1073741824", 0, 1, 0, 255) + "}", {"1x1x3x3x" + u8}, "1x1x2x2x" + u8);
  EXPECT_EQ(values<int32_t>(one, {{1, 2, 3, 4, 5, 6, 7, 8, 9}}), (V{3, 3, 4, 3})); // 9: 4.5 -> 5 -> 2.5 -> 3
  std::string each =
      unary(pool + "false, " + requant("536870912, 1073741824, 1073741824, 2147483647", 1, 1, 0, 255) + "}",
            {"1x1x3x3x" + u8}, "1x1x2x2x" + u8);
  EXPECT_EQ(values<int32_t>(each, {{1, 2, 3, 4, 5, 6, 7, 8, 9}}), (V{3, 5, 8, 9}));
}

TEST_F(IntegerOps, reduceMean) {
  std::string text =
      unary("reduce_mean {axes = array<i64: 2, 3>, keep_dims = false, " + requant("1073741824", 0, 1) + "}",
            {"1x2x2x2x" + s8}, "1x2x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{1, 2, 3, 4, -1, -2, -3, -4}}), (V{3, -2}));
}

std::string table(const std::function<int(int)> &entry) {
  std::string text;
  for (int k = 0; k < 256; ++k)
    text += (k ? ", " : "") + std::to_string(entry(k));
  return "table = array<i32: " + text + ">";
}

TEST_F(IntegerOps, lookupStartsAtTheSmallestValue) {
  std::string fromSigned = unary("lookup {" + table([](int k) { return k; }) + "}", {"3x" + s8}, "3x" + u8);
  EXPECT_EQ(values<int32_t>(fromSigned, {{-128, 0, 127}}), (V{0, 128, 255}));
  std::string fromUnsigned = unary("lookup {" + table([](int k) { return k / 2; }) + "}", {"3x" + u8}, "3x" + s8);
  EXPECT_EQ(values<int32_t>(fromUnsigned, {{0, 128, 255}}), (V{0, 64, 127}));
}

TEST_F(IntegerOps, softmaxDividesWithRounding) {
  std::string text = unary("softmax {axis = 1 : i64, " + table([](int k) { return k == 0   ? 3
                                                                                  : k == 1 ? 1
                                                                                           : 0; }) + "}",
                           {"3x2x" + s8}, "3x2x!quant.uniform<u8:f32, 3.90625e-03>");
  // Equal: 128 each. One apart: 3/4 and 1/4 of 256. Far apart: 256 saturates at 255.
  EXPECT_EQ(values<int32_t>(text, {{5, 5, 5, 4, -128, 127}}), (V{128, 128, 192, 64, 0, 255}));
}

} // namespace
