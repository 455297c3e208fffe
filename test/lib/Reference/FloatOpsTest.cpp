// Float semantics by hand, and convolution against the formula of its description.
#include "wino/Reference/FloatOps.h"

#include "RunText.h"

#include <cmath>

using namespace wino;

namespace {

using FloatOps = RunText;
using V = std::vector<float>;

std::string conv(const char *attributes) { return std::string("conv_2d {") + attributes + "}"; }

TEST_F(FloatOps, convByHand) {
  std::string op =
      conv("strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64, "
           "activation = #winograd.activation<relu, 0.0 : f32, 0.0 : f32>");
  // Top row and right column read padding: y = relu(x[y-1, x] + 10 x[y, x] + 100 x[y-1, x+1] + 1000 x[y, x+1] - 2000).
  V y = values<float>(unary(op, {"1x1x2x2xf32", "1x1x2x2xf32", "1xf32"}, "1x1x2x2xf32"),
                      {{1, 2, 3, 4}, {1, 100, 10, 1000}, {-2000}});
  EXPECT_EQ(y, (V{10 + 2000 - 2000, 0, 1 + 30 + 200 + 4000 - 2000, 0}));
}

TEST_F(FloatOps, convAgainstItsFormula) {
  std::vector<int32_t> xi = integers(convInputs, -9, 9), wi = integers(convWeights, -9, 9);
  V x(xi.begin(), xi.end()), w(wi.begin(), wi.end()), b{1, 2, 3, 4, 5, 6};
  V y = values<float>(convText("", "f32", "f32", "f32", "f32"), {x, w, b});
  ASSERT_EQ(y.size(), convOutputs);
  EXPECT_EQ(y, convSums<float>(x, w, b)); // small integers: exact in any order
}

TEST_F(FloatOps, sumsAreBinary32InOrder) {
  // In binary64 the 1 would survive; in another order as well.
  V y = values<float>(unary("fully_connected", {"1x3xf32", "1x3xf32", "1xf32"}, "1x1xf32"),
                      {{1, 1, 1}, {1, 0x1p25f, -0x1p25f}, {0}});
  EXPECT_EQ(y, V{0});
}

TEST_F(FloatOps, activations) {
  auto run = [&](const std::string &kind, V x) {
    return values<float>(unary("activate {activation = #winograd.activation<" + kind + ">}", {"4xf32"}, "4xf32"), {x});
  };
  EXPECT_EQ(run("relu, 0.0 : f32, 0.0 : f32", {-1, 0, 2, -0.5f}), (V{0, 0, 2, 0}));
  EXPECT_EQ(run("clip, -1.0 : f32, 6.0 : f32", {-3, 0, 7, 6}), (V{-1, 0, 6, 6}));
  EXPECT_EQ(run("leaky_relu, 0.25 : f32, 0.0 : f32", {-4, 0, 4, -1}), (V{-1, 0, 4, -0.25f}));
  V s = run("sigmoid, 0.0 : f32, 0.0 : f32", {0, 1000, -1000, 1});
  EXPECT_EQ(s[0], 0.5f);
  EXPECT_EQ(s[1], 1.0f);
  EXPECT_EQ(s[2], 0.0f);
  EXPECT_FLOAT_EQ(s[3], 0.73105858f);
}

/// Published values (tables of erf, tanh, ...), not what the code gave.
TEST_F(FloatOps, functions) {
  auto at = [&](const std::string &kind, float x, const std::string &parameters = "0.0 : f32, 0.0 : f32") {
    return values<float>(
        unary("activate {activation = #winograd.activation<" + kind + ", " + parameters + ">}", {"1xf32"}, "1xf32"),
        {{x}})[0];
  };
  EXPECT_FLOAT_EQ(at("exp", 1), 2.7182818f);
  EXPECT_FLOAT_EQ(at("log", 10), 2.3025851f);
  EXPECT_FLOAT_EQ(at("sqrt", 2), 1.4142136f);
  EXPECT_EQ(at("reciprocal", -4), -0.25f);
  EXPECT_EQ(at("pow", -3, "2.0 : f32, 0.0 : f32"), 9);
  EXPECT_EQ(at("abs", -3), 3);
  EXPECT_EQ(at("neg", -3), 3);
  EXPECT_EQ(at("sign", -3), -1);
  EXPECT_EQ(at("sign", 0), 0);
  EXPECT_EQ(at("floor", -1.5f), -2);
  EXPECT_EQ(at("ceil", -1.5f), -1);
  EXPECT_EQ(at("round", 2.5f), 2); // halves to even
  EXPECT_EQ(at("round", -1.5f), -2);
  EXPECT_FLOAT_EQ(at("tanh", 0.5f), 0.46211716f);
  EXPECT_FLOAT_EQ(at("erf", 1), 0.84270079f);
  EXPECT_FLOAT_EQ(at("softplus", 0), 0.69314718f);
  EXPECT_EQ(at("softplus", 1000), 1000);
  EXPECT_EQ(at("softsign", -3), -0.75f);
  EXPECT_FLOAT_EQ(at("elu", -1, "2.0 : f32, 0.0 : f32"), -1.2642411f);
  EXPECT_EQ(at("elu", 3, "2.0 : f32, 0.0 : f32"), 3);
  EXPECT_FLOAT_EQ(at("celu", -2, "2.0 : f32, 0.0 : f32"), -1.2642411f);
  EXPECT_FLOAT_EQ(at("selu", -1, "2.0 : f32, 3.0 : f32"), -3.7927234f);
  EXPECT_EQ(at("selu", 2, "2.0 : f32, 3.0 : f32"), 6);
  EXPECT_FLOAT_EQ(at("gelu", 1), 0.84134475f);
  EXPECT_FLOAT_EQ(at("gelu_tanh", 1), 0.84119199f);
  EXPECT_FLOAT_EQ(at("mish", 1), 0.86509839f);
  EXPECT_FLOAT_EQ(at("hard_sigmoid", 1, "0.2 : f32, 0.5 : f32"), 0.7f);
  EXPECT_EQ(at("hard_sigmoid", -9, "0.2 : f32, 0.5 : f32"), 0);
  EXPECT_FLOAT_EQ(at("hard_swish", 1), 2.0f / 3);
  EXPECT_EQ(at("hard_swish", 4), 4);
  EXPECT_EQ(at("thresholded_relu", 1, "1.0 : f32, 0.0 : f32"), 0);
  EXPECT_EQ(at("thresholded_relu", 1.5f, "1.0 : f32, 0.0 : f32"), 1.5f);
}

TEST_F(FloatOps, elementwise) {
  EXPECT_EQ(values<float>(unary("maximum", {"2xf32", "2xf32"}, "2xf32"), {{1, 20}, {10, 2}}), (V{10, 20}));
  EXPECT_EQ(values<float>(unary("minimum", {"2xf32", "2xf32"}, "2xf32"), {{1, 20}, {10, 2}}), (V{1, 2}));
  EXPECT_EQ(values<float>(unary("add", {"2xf32", "2xf32"}, "2xf32"), {{1, 2}, {10, 20}}), (V{11, 22}));
  EXPECT_EQ(values<float>(unary("sub", {"2xf32", "2xf32"}, "2xf32"), {{1, 2}, {10, 20}}), (V{-9, -18}));
  EXPECT_EQ(values<float>(unary("mul", {"2xf32", "2xf32"}, "2xf32"), {{1, 2}, {10, 20}}), (V{10, 40}));
}

TEST_F(FloatOps, batchNorm) {
  std::string text =
      unary("batch_norm {epsilon = 1.0 : f32}", {"1x2x1x2xf32", "2xf32", "2xf32", "2xf32", "2xf32"}, "1x2x1x2xf32");
  EXPECT_EQ(values<float>(text, {{1, 3, 5, 7}, {2, 3}, {10, 20}, {1, 5}, {3, 8}}), (V{10, 12, 20, 22}));
}

TEST_F(FloatOps, avgPoolCountsValidElementsOrAll) {
  auto run = [&](const char *include) {
    return values<float>(
        unary(std::string("avg_pool_2d {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, "
                          "1, 1>, count_include_pad = ") +
                  include + "}",
              {"1x1x2x2xf32"}, "1x1x2x2xf32"),
        {{4, 8, 12, 16}});
  };
  EXPECT_EQ(run("false"), (V{4, 8, 12, 16}));
  EXPECT_EQ(run("true"), (V{1, 2, 3, 4}));
}

TEST_F(FloatOps, reduceMean) {
  std::string middle = unary("reduce_mean {axes = array<i64: 1>, keep_dims = true}", {"2x2x2xf32"}, "2x1x2xf32");
  EXPECT_EQ(values<float>(middle, {{1, 2, 3, 4, 5, 6, 7, 8}}), (V{2, 3, 6, 7}));
  std::string outer = unary("reduce_mean {axes = array<i64: 0, 2>, keep_dims = false}", {"2x2x2xf32"}, "2xf32");
  EXPECT_EQ(values<float>(outer, {{1, 2, 3, 4, 5, 6, 7, 8}}), (V{3.5f, 5.5f}));
}

TEST_F(FloatOps, softmaxAlongAnInnerAxisDoesNotOverflow) {
  V y = values<float>(unary("softmax {axis = 0 : i64}", {"2x2xf32"}, "2x2xf32"), {{1000, 0, 1000, std::log(3.0f)}});
  EXPECT_EQ(y[0], 0.5f);
  EXPECT_EQ(y[2], 0.5f);
  EXPECT_FLOAT_EQ(y[1], 0.25f);
  EXPECT_FLOAT_EQ(y[3], 0.75f);
}

} // namespace
