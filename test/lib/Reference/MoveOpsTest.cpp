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

TEST_F(MoveOps, repeatCopiesEveryElement) {
  std::string upsampled = unary("repeat {factors = array<i64: 1, 1, 2, 3>}", {"1x2x1x2x" + s8}, "1x2x2x6x" + s8);
  EXPECT_EQ(values<int32_t>(upsampled, {{1, 2, 3, 4}}),
            (V{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4}));
  // an extent of 1 is broadcast
  EXPECT_EQ(values<float>(unary("repeat {factors = array<i64: 2, 1>}", {"1x3xf32"}, "2x3xf32"), {{1, 2, 3}}),
            (std::vector<float>{1, 2, 3, 1, 2, 3}));
}

/// Element (n, c, y, x) of every tensor is its index; the formulas are those of ONNX, with one block for both sides.
TEST_F(MoveOps, blocksFollowTheirFormulas) {
  constexpr int64_t batch = 2, channels = 3, height = 2, width = 2, high = 2, wide = 3;
  V deep(batch * channels * high * wide * height * width);
  for (size_t k = 0; k < deep.size(); ++k)
    deep[k] = int32_t(k) % 251 - 128;
  std::string deepType = "2x18x2x2x" + s8, wideType = "2x3x4x6x" + s8, block = "block = array<i64: 2, 3>";
  for (bool channelsFirst : {false, true}) {
    V got = values<int32_t>(
        unary("depth_to_space {" + block + ", channels_first = " + (channelsFirst ? "true" : "false") + "}", {deepType},
              wideType),
        {deep});
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t y = 0; y < height * high; ++y)
          for (int64_t x = 0; x < width * wide; ++x) {
            int64_t i = y % high, j = x % wide;
            int64_t from = channelsFirst ? (c * high + i) * wide + j : (i * wide + j) * channels + c;
            EXPECT_EQ(got[((n * channels + c) * height * high + y) * width * wide + x],
                      deep[((n * channels * high * wide + from) * height + y / high) * width + x / wide]);
          }
    if (!channelsFirst) { // the inverse
      EXPECT_EQ(values<int32_t>(unary("space_to_depth {" + block + "}", {wideType}, deepType), {got}), deep);
    }
  }
}

TEST_F(MoveOps, reduceMaxOverAxes) {
  // of rows of negative numbers, too: nothing starts at 0
  EXPECT_EQ(values<int32_t>(unary("reduce_max {axes = array<i64: 1>, keep_dims = false}", {"2x3x" + s8}, "2x" + s8),
                            {{-5, -3, -9, 4, 8, 2}}),
            (V{-3, 8}));
  EXPECT_EQ(values<float>(unary("reduce_max {axes = array<i64: 0, 2>, keep_dims = true}", {"2x2x2xf32"}, "1x2x1xf32"),
                          {{-1, -2, -3, -4, -5, -6, -7, -0.5f}}),
            (std::vector<float>{-1, -0.5f}));
}

} // namespace
