// Ops that move values, on floats and on quantized numbers.
#include "wino/Reference/MoveOps.h"

#include "RunText.h"

using namespace wino;

namespace {

using MoveOps = RunText;
using V = std::vector<int32_t>;

const std::string s8 = "!quant.uniform<i8:f32, 5.0e-01>";

TEST_F(MoveOps, maxPoolIgnoresPadding) {
  std::string attributes =
      "max_pool_2d {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>}";
  // All values are negative: padding taken as zero would win.
  EXPECT_EQ(
      values<int32_t>(unary(attributes, {"1x1x3x3x" + s8}, "1x1x2x2x" + s8), {{-1, -2, -3, -4, -5, -6, -7, -8, -9}}),
      (V{-1, -2, -4, -5}));
  EXPECT_EQ(values<float>(unary(attributes, {"1x1x3x3xf32"}, "1x1x2x2xf32"), {{-1, -2, -3, -4, -5, -6, -7, -8, -9}}),
            (std::vector<float>{-1, -2, -4, -5}));
}

TEST_F(MoveOps, concatAlongAMiddleAxis) {
  std::string text = unary("concat {axis = 1 : i64}", {"2x1x2x" + s8, "2x2x2x" + s8}, "2x3x2x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{1, 2, 3, 4}, {5, 6, 7, 8, 9, 10, 11, 12}}),
            (V{1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12}));
}

TEST_F(MoveOps, sliceWithSteps) {
  std::string text = unary("slice {starts = array<i64: 1, 0>, steps = array<i64: 1, 2>}", {"3x4x" + s8}, "2x2x" + s8);
  EXPECT_EQ(values<int32_t>(text, {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}), (V{4, 6, 8, 10}));
}

TEST_F(MoveOps, padValueIsQuantizedAndClamped) {
  auto run = [&](const std::string &value) {
    return values<int32_t>(unary("pad {low = array<i64: 1, 0>, high = array<i64: 0, 1>, value = " + value + " : f32}",
                                 {"1x2x" + s8}, "2x3x" + s8),
                           {{7, 8}});
  };
  EXPECT_EQ(run("1.25"), (V{3, 3, 3, 7, 8, 3}));      // 2.5 -> 3: ties go up
  EXPECT_EQ(run("-1.25"), (V{-2, -2, -2, 7, 8, -2})); // -2.5 -> -2
  EXPECT_EQ(run("-1.0e+30"), (V{-128, -128, -128, 7, 8, -128}));
}

TEST_F(MoveOps, reshapeKeepsOrderAndTransposePermutes) {
  EXPECT_EQ(values<int32_t>(unary("reshape", {"2x3x" + s8}, "3x2x" + s8), {{1, 2, 3, 4, 5, 6}}), (V{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(
      values<int32_t>(unary("transpose {perm = array<i64: 1, 0>}", {"2x3x" + s8}, "3x2x" + s8), {{1, 2, 3, 4, 5, 6}}),
      (V{1, 4, 2, 5, 3, 6}));
  // out[k, i, j] = in[i, j, k]
  EXPECT_EQ(
      values<int32_t>(unary("transpose {perm = array<i64: 2, 0, 1>}", {"1x2x2x" + s8}, "2x1x2x" + s8), {{1, 2, 3, 4}}),
      (V{1, 3, 2, 4}));
}

} // namespace
