// Every operator's import in its opset forms. Refusals are in ImportRefusalsTest.cpp.
#include "ModelBuilder.h"

using namespace wino;
using namespace wino::test;

namespace {

Model conv(const Dims &in, const Dims &filter, const std::vector<onnx::AttributeProto> &attrs, bool bias = true) {
  Model m = unary("Conv", in, attrs, 13, bias ? Names{"w", "b"} : Names{"w"});
  m.floats("w", filter);
  if (bias)
    m.floats("b", {filter[0]});
  return m;
}

TEST(ImportOps, main_names_and_locations) {
  std::string text = importText(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("pads", Dims{1, 1, 1, 1})}));
  EXPECT_TRUE(contains(text, "func.func @main(%arg0: tensor<1x3x8x8xf32> {wino.name = \"x\"}"));
  EXPECT_TRUE(contains(text, "-> (tensor<1x4x8x8xf32> {wino.name = \"y\"})"));
  EXPECT_TRUE(contains(text, "winograd.conv_2d"));
  EXPECT_TRUE(contains(text, "loc(\"layer\")"));
}

TEST(ImportOps, conv_forms) {
  std::string text = importText(conv({2, 4, 9, 7}, {6, 2, 3, 2},
                                     {attr("strides", Dims{2, 1}), attr("dilations", Dims{2, 3}), attr("group", 2),
                                      attr("pads", Dims{1, 2, 0, 1}), attr("kernel_shape", Dims{3, 2})}));
  EXPECT_TRUE(contains(
      text,
      "dilations = array<i64: 2, 3>, groups = 2 : i64, pads = array<i64: 1, 2, 0, 1>, strides = array<i64: 2, 1>"));
  EXPECT_TRUE(contains(text, "-> tensor<2x6x3x7xf32>"));
  EXPECT_TRUE(contains(importText(conv({1, 1, 5, 5}, {1, 1, 3, 3}, {}, false)),
                       "dense<0.000000e+00> : tensor<1xf32>")); // no bias: zeros
}

TEST(ImportOps, conv_auto_pad) {
  // 5 wide, kernel 2, stride 2: SAME gives 3 outputs and one padded column, last (upper) or first (lower)
  auto pads = [](const char *mode) {
    return importText(conv({1, 1, 5, 5}, {1, 1, 2, 2}, {attr("auto_pad", mode), attr("strides", Dims{2, 2})}));
  };
  EXPECT_TRUE(contains(pads("SAME_UPPER"), "pads = array<i64: 0, 0, 1, 1>"));
  EXPECT_TRUE(contains(pads("SAME_UPPER"), "-> tensor<1x1x3x3xf32>"));
  EXPECT_TRUE(contains(pads("SAME_LOWER"), "pads = array<i64: 1, 1, 0, 0>"));
  EXPECT_TRUE(contains(pads("VALID"), "-> tensor<1x1x2x2xf32>"));
}

TEST(ImportOps, gemm_forms) {
  auto gemm = [](const Dims &x, const Dims &b, const std::vector<onnx::AttributeProto> &attrs, const Dims &c) {
    return importText(unary("Gemm", x, attrs, 13, {"b", "c"})
                          .floats("b", b, {1, 2, 3, 4, 5, 6})
                          .floats("c", c, std::vector<float>(c.empty() ? 1 : c.back(), 4)));
  };
  std::string text = gemm({1, 2}, {2, 3}, {attr("alpha", 2.0f), attr("beta", 0.5f)}, {3});
  EXPECT_TRUE(contains(text, "winograd.fully_connected"));
  EXPECT_TRUE(contains(
      text, "2.000000e+00, 8.000000e+00], [4.000000e+00, 1.000000e+01], [6.000000e+00, 1.200000e+01]")); // alpha * B
                                                                                                         // transposed
  EXPECT_TRUE(contains(text, "dense<2.000000e+00> : tensor<3xf32>"));                                    // beta * C
  EXPECT_TRUE(contains(gemm({5, 2}, {3, 2}, {attr("transB", 1)}, {1}), "-> tensor<5x3xf32>"));
  EXPECT_TRUE(contains(gemm({2, 5}, {2, 3}, {attr("transA", 1)}, {1, 3}), "winograd.transpose %arg0"));
}

TEST(ImportOps, matmul_flattens_leading_dims) {
  std::string text = importText(unary("MatMul", {2, 3, 4}, {}, 13, {"b"}).floats("b", {4, 5}));
  EXPECT_TRUE(contains(text, "winograd.reshape %arg0 : (tensor<2x3x4xf32>) -> tensor<6x4xf32>"));
  EXPECT_TRUE(contains(text, "(tensor<6x5xf32>) -> tensor<2x3x5xf32>"));
}

TEST(ImportOps, activations) {
  EXPECT_TRUE(contains(importText(unary("Relu", {1, 4})), "winograd.activation<relu, 0.0"));
  EXPECT_TRUE(contains(importText(unary("Sigmoid", {1, 4})), "winograd.activation<sigmoid"));
  EXPECT_TRUE(
      contains(importText(unary("LeakyRelu", {1, 4}, {attr("alpha", 0.25f)})), "winograd.activation<leaky_relu, 2.5"));
  EXPECT_TRUE(contains(importText(unary("LeakyRelu", {1, 4})), "winograd.activation<leaky_relu, 0.00999"));
  EXPECT_TRUE(contains(importText(unary("Clip", {1, 4}, {attr("min", 0.0f), attr("max", 6.0f)}, 7)),
                       "<clip, 0.000000e+00 : f32, 6.000000e+00"));
  EXPECT_TRUE(contains(importText(unary("Clip", {1, 4}, {}, 13, {"", "hi"}).floats("hi", {}, {6})), "<clip, -3.40282"));
  EXPECT_TRUE(contains(importText(unary("Clip", {1, 4}, {}, 13, {"lo"}).floats("lo", {}, {0})), "<relu, 0.0"));
}

TEST(ImportOps, softmax_forms) {
  EXPECT_TRUE(contains(importText(unary("Softmax", {2, 3, 4})), "axis = 2 : i64"));
  EXPECT_TRUE(contains(importText(unary("Softmax", {2, 3, 4}, {attr("axis", 1)})), "axis = 1 : i64"));
  // before opset 13: all axes from `axis` on together
  std::string old = importText(unary("Softmax", {2, 3, 4}, {}, 11));
  EXPECT_TRUE(contains(old, "winograd.reshape %arg0 : (tensor<2x3x4xf32>) -> tensor<2x12xf32>"));
  EXPECT_TRUE(contains(importText(unary("Softmax", {2, 3, 4}, {attr("axis", 2)}, 11)), "winograd.softmax %arg0"));
}

TEST(ImportOps, binary_forms) {
  for (auto [op, name] : {std::pair("Add", "winograd.add"), {"Sub", "winograd.sub"}, {"Mul", "winograd.mul"}}) {
    Model m(13);
    m.input("x", {1, 2, 2, 2}).input("z", {1, 2, 2, 2}).output("y").node(op, {"x", "z"}, {"y"});
    EXPECT_TRUE(contains(importText(m), std::string(name) + " %arg0, %arg1"));
  }
  std::string channels = importText(unary("Mul", {1, 2, 1, 2}, {}, 13, {"c"}).floats("c", {2, 1, 1}, {3, 4}));
  EXPECT_TRUE(contains(channels, "[3.000000e+00, 3.000000e+00]], [[4.000000e+00, 4.000000e+00]"));
  Model first(13); // constant - x keeps its order
  first.input("x", {1, 3}).output("y").floats("c", {}, {1}).node("Sub", {"c", "x"}, {"y"});
  EXPECT_TRUE(contains(importText(first), "winograd.sub %cst, %arg0"));
  Model ranks(13);
  ranks.input("x", {1, 3}).input("z", {3}).output("y").node("Add", {"x", "z"}, {"y"});
  EXPECT_TRUE(contains(importText(ranks), "winograd.reshape %arg1 : (tensor<3xf32>) -> tensor<1x3xf32>"));
}

TEST(ImportOps, max_pool) {
  auto pool = [](const std::vector<onnx::AttributeProto> &more) {
    std::vector<onnx::AttributeProto> attrs = {attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2})};
    attrs.insert(attrs.end(), more.begin(), more.end());
    return importText(unary("MaxPool", {1, 2, 6, 7}, attrs));
  };
  EXPECT_TRUE(contains(pool({}), "-> tensor<1x2x2x3xf32>"));
  EXPECT_TRUE(contains(pool({attr("pads", Dims{1, 1, 1, 1})}), "-> tensor<1x2x3x4xf32>"));
  std::string ceil = pool({attr("ceil_mode", 1)}); // 6 = 3 + 2 + 1: one row more than fits, padded at the end
  EXPECT_TRUE(contains(ceil, "pads = array<i64: 0, 0, 1, 0>"));
  EXPECT_TRUE(contains(ceil, "-> tensor<1x2x3x3xf32>"));
  // stride 2 over 2 + 1 pad: a second window would start in the end pad and is dropped
  std::string dropped = importText(unary("MaxPool", {1, 1, 2, 2},
                                         {attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2}),
                                          attr("pads", Dims{0, 0, 1, 1}), attr("ceil_mode", 1)}));
  EXPECT_TRUE(contains(dropped, "-> tensor<1x1x1x1xf32>"));
}

TEST(ImportOps, average_pools_and_means) {
  std::vector<onnx::AttributeProto> attrs = {attr("kernel_shape", Dims{2, 2}), attr("pads", Dims{1, 1, 0, 0}),
                                             attr("count_include_pad", 1)};
  EXPECT_TRUE(contains(importText(unary("AveragePool", {1, 2, 4, 4}, attrs)), "count_include_pad = true"));
  EXPECT_TRUE(contains(importText(unary("AveragePool", {1, 2, 4, 4}, {attr("kernel_shape", Dims{4, 4})})),
                       "count_include_pad = false"));
  EXPECT_TRUE(
      contains(importText(unary("AveragePool", {1, 2, 4, 4},
                                {attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}), attr("ceil_mode", 1)})),
               "-> tensor<1x2x2x2xf32>"));
  EXPECT_TRUE(
      contains(importText(unary("GlobalAveragePool", {1, 2, 4, 4})), "axes = array<i64: 2, 3>, keep_dims = true"));
  EXPECT_TRUE(contains(importText(unary("ReduceMean", {1, 2, 4, 4}, {attr("axes", Dims{-1, 2}), attr("keepdims", 0)})),
                       "-> tensor<1x2xf32>"));
  EXPECT_TRUE(
      contains(importText(unary("ReduceMean", {1, 2, 4}, {}, 18, {"a"}).ints("a", {1})), "-> tensor<1x1x4xf32>"));
  EXPECT_TRUE(
      contains(importText(unary("ReduceMean", {1, 2, 4}, {attr("keepdims", 1)}, 18)), "axes = array<i64: 0, 1, 2>"));
  EXPECT_TRUE(
      contains(importText(unary("ReduceMean", {1, 2, 4}, {attr("noop_with_empty_axes", 1)}, 18)), "return %arg0"));
}

TEST(ImportOps, concat_slice_pad) {
  Model cat(13);
  cat.input("x", {1, 2, 2}).input("z", {1, 3, 2}).output("y").node("Concat", {"x", "z"}, {"y"}, {attr("axis", -2)});
  EXPECT_TRUE(contains(importText(cat), "-> tensor<1x5x2xf32>"));
  std::string old = importText(unary(
      "Slice", {1, 4, 8}, {attr("starts", Dims{1, -3}), attr("ends", Dims{99, -1}), attr("axes", Dims{1, 2})}, 9));
  EXPECT_TRUE(contains(old, "starts = array<i64: 0, 1, 5>, steps = array<i64: 1, 1, 1>"));
  EXPECT_TRUE(contains(old, "-> tensor<1x3x2xf32>"));
  std::string now = importText(unary("Slice", {1, 4, 8}, {}, 13, {"b", "e", "a", "s"})
                                   .ints("b", {0})
                                   .ints("e", {8})
                                   .ints("a", {2})
                                   .ints("s", {3}));
  EXPECT_TRUE(contains(now, "steps = array<i64: 1, 1, 3>"));
  EXPECT_TRUE(contains(now, "-> tensor<1x4x3xf32>"));
  EXPECT_TRUE(contains(importText(unary("Pad", {1, 4}, {attr("pads", Dims{0, 1, 0, 2}), attr("value", 1.5f)}, 9)),
                       "high = array<i64: 0, 2>, low = array<i64: 0, 1>, value = 1.500000e+00"));
  EXPECT_TRUE(
      contains(importText(unary("Pad", {1, 4}, {}, 13, {"p", "v"}).ints("p", {0, 0, 0, 0}).floats("v", {}, {0})),
               "winograd.pad"));
  EXPECT_TRUE(contains(importText(unary("Pad", {1, 4}, {}, 18, {"p", "", "a"}).ints("p", {3, 0}).ints("a", {-1})),
                       "-> tensor<1x7xf32>"));
}

TEST(ImportOps, reshapes) {
  EXPECT_TRUE(
      contains(importText(unary("Reshape", {2, 3, 4}, {}, 13, {"s"}).ints("s", {0, -1})), "-> tensor<2x12xf32>"));
  EXPECT_TRUE(contains(importText(unary("Flatten", {2, 3, 4})), "-> tensor<2x12xf32>"));
  EXPECT_TRUE(contains(importText(unary("Flatten", {2, 3, 4}, {attr("axis", 0)})), "-> tensor<1x24xf32>"));
  EXPECT_TRUE(contains(importText(unary("Flatten", {2, 3, 4}, {attr("axis", -1)})), "-> tensor<6x4xf32>"));
  EXPECT_TRUE(contains(importText(unary("Squeeze", {1, 3, 1})), "-> tensor<3xf32>"));
  EXPECT_TRUE(contains(importText(unary("Squeeze", {1, 3, 1}, {attr("axes", Dims{2})}, 11)), "-> tensor<1x3xf32>"));
  EXPECT_TRUE(contains(importText(unary("Squeeze", {1, 3, 1}, {}, 13, {"a"}).ints("a", {0})), "-> tensor<3x1xf32>"));
  EXPECT_TRUE(contains(importText(unary("Unsqueeze", {3}, {attr("axes", Dims{0, 2})}, 11)), "-> tensor<1x3x1xf32>"));
  EXPECT_TRUE(contains(importText(unary("Unsqueeze", {3}, {}, 13, {"a"}).ints("a", {-1})), "-> tensor<3x1xf32>"));
  EXPECT_TRUE(
      contains(importText(unary("Transpose", {1, 2, 3}, {attr("perm", Dims{0, 2, 1})})), "-> tensor<1x3x2xf32>"));
  EXPECT_TRUE(contains(importText(unary("Transpose", {1, 2, 3})), "perm = array<i64: 2, 1, 0>"));
}

TEST(ImportOps, passed_on_values) {
  EXPECT_TRUE(contains(importText(unary("Identity", {2})), "return %arg0"));
  EXPECT_TRUE(contains(importText(unary("Dropout", {2}, {attr("ratio", 0.5f)}, 7)), "return %arg0"));
  Model m = unary("Dropout", {2}, {}, 13, {"", "t"});
  auto *t = m.graph().add_initializer();
  t->set_name("t");
  t->set_data_type(onnx::TensorProto::BOOL);
  t->add_int32_data(0);
  EXPECT_TRUE(contains(importText(m), "return %arg0"));
}

TEST(ImportOps, batch_norm) {
  Model m = unary("BatchNormalization", {1, 2, 3, 3}, {attr("epsilon", 0.001f)}, 9, {"s", "b", "m", "v"});
  m.floats("s", {2}).floats("b", {2}).floats("m", {2}).floats("v", {2}, {1, 2});
  EXPECT_TRUE(contains(importText(m), "winograd.batch_norm"));
  EXPECT_TRUE(contains(importText(m), "epsilon = 1.0"));
}

TEST(ImportOps, constant_outputs) {
  Model m = unary("Relu", {1}).output("c");
  m.node("Constant", {}, {"c"}, {attr("value", floatTensor("", {2}, {1, 2}))});
  EXPECT_TRUE(contains(importText(m), "arith.constant dense<[1.000000e+00, 2.000000e+00]>"));
}

TEST(ImportOps, nodes_without_use_are_dropped) {
  Model m = unary("Relu", {1}).node("Whatever", {"x"}, {"unused"});
  EXPECT_TRUE(contains(importText(m), "winograd.activate"));
}

TEST(ImportOps, list_ops_names_every_row) {
  std::string text = listOps();
  for (const char *op : {"Conv", "BatchNormalization", "Unsqueeze", "everything", "constants only"})
    EXPECT_TRUE(contains(text, op));
}

} // namespace
