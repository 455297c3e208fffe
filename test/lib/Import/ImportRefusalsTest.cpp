// What is not imported, and that all of it is told at once. Bad ranks and attributes must be messages, never crashes.
#include "ModelBuilder.h"

#include <cmath>

using namespace wino;
using namespace wino::test;

namespace {

std::string conv(const Dims &in, const Dims &filter, const std::vector<onnx::AttributeProto> &attrs = {},
                 const Dims &bias = {}) {
  Model m = unary("Conv", in, attrs, 13, bias.empty() ? Names{"w"} : Names{"w", "b"});
  m.floats("w", filter);
  if (!bias.empty())
    m.floats("b", bias);
  return importText(m);
}

TEST(ImportRefusals, everything_in_one_report) {
  Model m(13);
  m.input("x", {1, 1, 4, 4}).output("y").floats("w", {1, 1, 3, 3});
  m.node("Det", {"x"}, {"a"})
      .node("Bernoulli", {"a"}, {"b"})
      .node("Det", {"x"}, {"c"})
      .node("Conv", {"x", "w"}, {"d"}, {attr("group", 2)});
  m.node("Conv", {"b", "w"}, {"e"}); // only follows from the others: not listed
  m.node("Concat", {"b", "c", "d", "e"}, {"y"}, {attr("axis", 1)});
  std::string text = importText(m);
  EXPECT_TRUE(
      contains(text, "m.onnx: expected operators that can be imported (see --list-ops), got 4 nodes that can't"));
  EXPECT_TRUE(contains(text, "\n  Det (opset 13): operator is not imported; nodes 'n_a', 'n_c'"));
  EXPECT_TRUE(contains(text, "\n  Bernoulli (opset 13): operator is not imported; node 'n_b'"));
  EXPECT_TRUE(contains(text, "\n  Conv (opset 13): expected group to divide"));
  EXPECT_EQ(text.find("n_e"), std::string::npos);
}

TEST(ImportRefusals, subgraphs_and_other_domains) {
  Model m = unary("Relu", {1});
  auto *a = m.graph().mutable_node(0)->add_attribute();
  a->set_name("body");
  a->set_type(onnx::AttributeProto::GRAPH);
  EXPECT_TRUE(contains(importText(m), "got a subgraph or another kind in 'body'"));
  Model other = unary("Relu", {1});
  other.graph().mutable_node(0)->set_domain("com.example");
  EXPECT_TRUE(contains(importText(other), "com.example.Relu (opset 0): operator is not imported; node 'layer'"));
}

TEST(ImportRefusals, conv_ranks_and_attributes) {
  EXPECT_TRUE(contains(conv({1, 3, 8, 8, 8, 8}, {4, 3, 3, 3, 3, 3}), "a sequence of rank 3 (NCW), got rank 6"));
  EXPECT_TRUE(contains(conv({1, 3, 2, 8, 8}, {4, 3, 3, 3, 3}), "at least as deep as the window"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3}), "expected a filter of rank 4, got 4x3x3"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 2, 3, 3}), "expected group to divide"));
  for (int group : {0, -1, 5})
    EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("group", group)}), "expected group to divide"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {}, {3}), "expected bias of shape 4, got 3"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("strides", Dims{0, 1})}),
                       "expected values of 'strides' in [1, 2^24], got 0"));
  EXPECT_TRUE(
      contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("strides", Dims{1})}), "expected 2 values in 'strides', got 1"));
  EXPECT_TRUE(
      contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("pads", Dims{1, 1})}), "expected 4 values in 'pads', got 2"));
  EXPECT_TRUE(
      contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("pads", Dims{-1, 0, 0, 0})}), "expected values of 'pads' in [0"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("dilations", Dims{int64_t(1) << 62, 1})}),
                       "expected values of 'dilations'"));
  EXPECT_TRUE(
      contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("dilations", Dims{1 << 24, 1}), attr("auto_pad", "SAME_UPPER")}),
               "expected a window of at most 65536 elements, dilation included, got 33554433"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("pads", 1)}),
                       "expected attribute 'pads' to be a list of integers"));
  EXPECT_TRUE(
      contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("kernel_shape", Dims{5, 5})}), "expected kernel_shape = 3x3"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 3, 3}, {attr("auto_pad", "SOMEHOW")}), "got 'SOMEHOW'"));
  EXPECT_TRUE(
      contains(conv({1, 3, 2, 8}, {4, 3, 3, 3}), "expected an input at least as large as the window (3), got 2"));
  EXPECT_TRUE(contains(conv({1, 3, 8, 8}, {4, 3, 0, 3}), "expected a filter with elements"));
  Model computed(13);
  computed.input("x", {1, 1, 4, 4}).input("w", {1, 1, 3, 3}).output("y").node("Conv", {"x", "w"}, {"y"});
  EXPECT_TRUE(contains(importText(computed), "expected a constant filter, got a computed one"));
  EXPECT_TRUE(contains(importText(unary("Conv", {1, 1, 4, 4})), "expected input 1, got none"));
}

TEST(ImportRefusals, result_too_large) {
  std::string pads = conv({1, 1, 4, 4}, {1, 1, 1, 1}, {attr("pads", Dims{1 << 24, 1 << 24, 0, 0})});
  EXPECT_TRUE(contains(pads, "expected a result of 1 to 2^31 elements"));
  Model pad = unary("Pad", {1}, {attr("pads", Dims{0, int64_t(1) << 60})}, 9);
  EXPECT_TRUE(contains(importText(pad), "expected pads in [0, 2^24]"));
  Model wide(13); // 4 bytes of constant that broadcast to gigabytes
  wide.input("x", {1, 1 << 15, 1 << 15}).output("y").floats("c", {1 << 15, 1}).node("Add", {"x", "c"}, {"y"});
  EXPECT_TRUE(contains(importText(wide), "folding budget"));
}

// Each tensor is small enough, but a file of 300 bytes must not make calibration ask for 8 GB.
TEST(ImportRefusals, results_too_large_together) {
  Model pad = unary("Pad", {1, 1, 1, 1}, {attr("pads", Dims{0, 0, 0, 0, 0, 0, 45999, 45999})}, 9);
  EXPECT_TRUE(contains(importText(pad), "expected tensors of at most 2^28 elements together, got more with"));
}

TEST(ImportRefusals, matrices) {
  auto gemm = [](const Dims &x, const Dims &b, const Dims &c) {
    return importText(unary("Gemm", x, {}, 13, {"b", "c"}).floats("b", b).floats("c", c));
  };
  EXPECT_TRUE(contains(gemm({1, 2, 3}, {3, 4}, {4}), "expected matrices A and B"));
  EXPECT_TRUE(contains(gemm({1, 2}, {3, 4}, {4}), "expected B with 2 values per output, got 3"));
  EXPECT_TRUE(contains(gemm({2, 3}, {3, 4}, {3}), "expected C that is the same"));
  EXPECT_TRUE(contains(gemm({1, 3}, {3, 4}, {2, 1, 4}), "expected C that broadcasts to 1x4, got 2x1x4"));
  EXPECT_TRUE(contains(importText(unary("MatMul", {}, {}, 13, {"b"}).floats("b", {3, 4})), "of rank 1 or more"));
  EXPECT_TRUE(contains(importText(unary("MatMul", {1, 2}, {}, 13, {"b"}).floats("b", {3, 4})),
                       "expected B with 2 rows, got 3"));
  EXPECT_TRUE(contains(importText(unary("MatMul", {1, 2}, {}, 13, {"x"})), "expected B with 2 rows, got 1"));
  auto einsum = [](const char *equation) {
    return importText(unary("Einsum", {2, 3}, {attr("equation", equation)}, 13, {"b"}).floats("b", {3, 4}));
  };
  EXPECT_TRUE(contains(einsum("ij,ij->i"), "expected the same extent wherever a dimension stands, got 2 and 3"));
  EXPECT_TRUE(contains(einsum("ijk,jk->i"), "expected an operand of rank 3, got 2"));
  EXPECT_TRUE(contains(einsum("ij->i"), "expected an equation of 2 operands, got 1"));
  EXPECT_TRUE(contains(einsum("ij,jk->iz"), "expected every dimension of the result once and in an operand"));
  EXPECT_TRUE(contains(einsum("i1,jk->i"), "expected an equation of letters"));
  EXPECT_TRUE(contains(einsum("ijklm...,jk->i"), "expected an operand of rank 5 to 13, got 2"));
}

TEST(ImportRefusals, pools) {
  auto pool = [](const char *op, const std::vector<onnx::AttributeProto> &attrs, const Dims &in = {1, 1, 6, 6}) {
    return importText(unary(op, in, attrs));
  };
  onnx::AttributeProto kernel = attr("kernel_shape", Dims{2, 2});
  EXPECT_TRUE(contains(pool("MaxPool", {}), "expected attribute 'kernel_shape', got none"));
  EXPECT_TRUE(contains(pool("MaxPool", {attr("kernel_shape", Dims{2})}), "expected 2 values in 'kernel_shape', got 1"));
  EXPECT_TRUE(
      contains(pool("AveragePool", {kernel, attr("dilations", Dims{2, 2})}), "expected dilations = 1, got 2x2"));
  EXPECT_TRUE(contains(pool("AveragePool", {kernel, attr("pads", Dims{2, 0, 0, 0})}),
                       "expected pads smaller than the kernel (2), got 2"));
  EXPECT_TRUE(contains(pool("AveragePool", {kernel}, {1, 6}), "expected an image of rank 4"));
  EXPECT_TRUE(contains(pool("AveragePool", {attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}),
                                            attr("ceil_mode", 1), attr("count_include_pad", 1)}),
                       "expected windows that ceil_mode does not extend"));
  Model indices = unary("MaxPool", {1, 1, 2, 6, 6}, {attr("kernel_shape", Dims{2, 2, 2})}).output("i");
  indices.graph().mutable_node(0)->add_output("i");
  EXPECT_TRUE(contains(importText(indices), "expected only the first output of a pool of volumes to be used"));
  EXPECT_TRUE(
      contains(pool("MaxPool", {attr("kernel_shape", Dims{2000, 1}), attr("dilations", Dims{2, 2})}, {1, 1, 5000, 6}),
               "expected dilated windows of at most 1024 rows"));
}

TEST(ImportRefusals, elementwise) {
  EXPECT_TRUE(contains(importText(unary("Add", {2}, {}, 13, {"c"}).floats("c", {3})),
                       "expected shapes that broadcast, got 2 and 3"));
  EXPECT_TRUE(contains(importText(unary("Add", {2}, {}, 13, {"c"}).ints("c", {3})),
                       "expected data of one type, got f32 and i64"));
  EXPECT_TRUE(
      contains(importText(Model(13).input("i", {2}, onnx::TensorProto::INT64).output("y").node("Exp", {"i"}, {"y"})),
               "expected f32 data, got i64"));
  EXPECT_TRUE(contains(importText(unary("Div", {2}, {}, 13, {"c"}).floats("c", {2}, {1, 0})),
                       "expected divisors other than 0"));
  EXPECT_TRUE(
      contains(importText(unary("Range", {}, {}, 13, {"x", "x"})), "expected constant inputs, got computed ones"));
  EXPECT_TRUE(contains(importText(unary("Cast", {2}, {attr("to", 8)})), "expected a cast to a number type"));
  EXPECT_TRUE(contains(
      importText(
          Model(13).input("i", {2}, onnx::TensorProto::INT64).output("y").node("Cast", {"i"}, {"y"}, {attr("to", 2)})),
      "expected a cast to a type that holds all values of i64, got u8"));
  EXPECT_TRUE(contains(importText(unary("Pow", {2}, {}, 13, {"x"})), "expected constant exponents"));
  EXPECT_TRUE(contains(importText(unary("Where", {2}, {}, 13, {"x", "x"})), "expected bools as the condition"));
  EXPECT_TRUE(contains(importText(unary("And", {2}, {}, 13, {"x"})), "expected bools, got f32"));
  EXPECT_TRUE(contains(importText(unary("QuantizeLinear", {2}, {}, 13, {"c"}).floats("c", {}, {-1})),
                       "expected positive scales"));
  EXPECT_TRUE(contains(importText(unary("LRN", {1, 2, 2, 2}, {attr("size", 0)})), "expected an image and size in"));
  EXPECT_TRUE(contains(importText(unary("Elu", {2}, {attr("alpha", INFINITY)})), "expected finite parameters"));
  EXPECT_TRUE(contains(importText(unary("Gelu", {2}, {attr("approximate", "cubic")}, 20)),
                       "expected approximate 'none' or 'tanh', got 'cubic'"));
  EXPECT_TRUE(contains(importText(unary("HardSwish", {2})), "expected opset >= 14"));
  EXPECT_TRUE(
      contains(importText(unary("PRelu", {2}, {}, 13, {"c"}).floats("c", {3})), "expected slopes that broadcast"));
  EXPECT_TRUE(
      contains(importText(unary("Clip", {2}, {attr("min", 2.0f), attr("max", 1.0f)}, 7)), "expected min <= max"));
  EXPECT_TRUE(contains(importText(unary("Clip", {2}, {}, 13, {"x"})), "expected a constant min"));
  EXPECT_TRUE(
      contains(importText(unary("Softmax", {2}, {attr("axis", 1)})), "expected an axis of a rank 1 tensor, got 1"));
  EXPECT_TRUE(contains(importText(unary("Relu", {2}, {}, 13, {"x"})), "expected at most 1 inputs, got 2"));
  EXPECT_TRUE(contains(importText(unary("Relu", {2}, {}).input("i", {1}, onnx::TensorProto::DOUBLE)),
                       "input 'i': expected type f32, 16-bit floats, integers or bool, got f64"));
}

TEST(ImportRefusals, batch_norm) {
  auto norm = [](std::vector<float> variance, const std::vector<onnx::AttributeProto> &attrs,
                 const Dims &in = {1, 2, 3, 3}) {
    return importText(unary("BatchNormalization", in, attrs, 9, {"s", "b", "m", "v"})
                          .floats("s", {2})
                          .floats("b", {2})
                          .floats("m", {2})
                          .floats("v", {int64_t(variance.size())}, variance));
  };
  EXPECT_TRUE(contains(norm({1}, {}), "expected variance of shape 2, got 1"));
  EXPECT_TRUE(contains(norm({1, -1}, {}), "expected variance + epsilon > 0"));
  EXPECT_TRUE(contains(norm({1}, {attr("training_mode", 1)}), "expected parameters of shape 2, got 1"));
  EXPECT_TRUE(contains(norm({1, 1}, {}, {2}), "expected an input of rank 2 or more"));
}

TEST(ImportRefusals, moves) {
  auto reshape = [](const Dims &to) { return importText(unary("Reshape", {2, 3}, {}, 13, {"s"}).ints("s", to)); };
  EXPECT_TRUE(contains(reshape({4, -1}), "expected a shape of 6 elements, got 4x-1"));
  EXPECT_TRUE(contains(reshape({-1, -1}), "at most one -1"));
  EXPECT_TRUE(contains(reshape({1, 1, 0}), "expected a 0 in 'shape' only where the input has a dimension"));
  EXPECT_TRUE(contains(reshape({int64_t(1) << 62, 4}), "got more than 2^31"));
  EXPECT_TRUE(contains(reshape(Dims(40, 1)), "expected a shape of 6 elements"));
  EXPECT_TRUE(
      contains(importText(unary("Reshape", {2, 3}, {}, 13, {"x"})), "expected constant shape, got a computed one"));
  EXPECT_TRUE(contains(importText(unary("Flatten", {2, 3}, {attr("axis", 3)})), "expected axis in [-2, 2], got 3"));
  EXPECT_TRUE(contains(importText(unary("Squeeze", {2, 3}, {attr("axes", Dims{0})}, 11)),
                       "expected size 1 along axis 0, got 2"));
  EXPECT_TRUE(contains(importText(unary("Unsqueeze", {2}, {attr("axes", Dims{0, 0})}, 11)), "expected each axis once"));
  EXPECT_TRUE(contains(importText(unary("Unsqueeze", {2}, {}, 11)), "expected axes, got none"));
  EXPECT_TRUE(contains(importText(unary("Transpose", {2, 3}, {attr("perm", Dims{0, 0})})),
                       "expected perm to be a permutation"));
  EXPECT_TRUE(contains(importText(unary("Transpose", {2, 3}, {attr("perm", Dims{0, 7, 1})})),
                       "expected perm to be a permutation"));
  EXPECT_TRUE(contains(importText(unary("Concat", {2, 3}, {}, 13, {"x"})), "expected attribute 'axis', got none"));
  EXPECT_TRUE(contains(importText(unary("Concat", {2, 3}, {attr("axis", 0)}, 13, {"c"}).floats("c", {2, 4})),
                       "expected inputs that differ only along axis 0"));
  EXPECT_TRUE(contains(importText(unary("Slice", {4}, {attr("starts", Dims{0}), attr("ends", Dims{0})}, 9)),
                       "expected a result of 1 to 2^31 elements, got 0"));
  EXPECT_TRUE(contains(importText(unary("Slice", {4}, {attr("starts", Dims{0})}, 9)), "of one length"));
  EXPECT_TRUE(contains(
      importText(
          unary("Slice", {4000}, {}, 13, {"b", "e", "", "s"}).ints("b", {-1}).ints("e", {-5000}).ints("s", {-1})),
      "expected at most 1024 elements along an axis with step -1, got 4000"));
  EXPECT_TRUE(contains(importText(unary("Pad", {4}, {attr("pads", Dims{1, 1}), attr("mode", "wrap")}, 9)),
                       "expected mode 'constant', 'reflect' or 'edge', got 'wrap'"));
  EXPECT_TRUE(contains(importText(unary("Pad", {4}, {attr("pads", Dims{4, 0}), attr("mode", "reflect")}, 9)),
                       "expected pads of at most 3 and"));
  EXPECT_TRUE(contains(importText(unary("Pad", {4}, {attr("pads", Dims{-1, 1})}, 9)), "expected pads in [0, 2^24]"));
  EXPECT_TRUE(contains(importText(unary("Pad", {4}, {attr("pads", Dims{1, 1}), attr("value", -INFINITY)}, 9)),
                       "expected a finite padding value"));
  EXPECT_TRUE(
      contains(importText(unary("ReduceMean", {2, 3}, {attr("axes", Dims{1, -1})})), "expected each axis once"));
}

TEST(ImportRefusals, data_without_elements) {
  for (const char *op : {"LRN", "MaxPool", "Relu"}) {
    std::vector<onnx::AttributeProto> attrs;
    if (op == std::string("LRN"))
      attrs = {attr("size", 3)};
    if (op == std::string("MaxPool"))
      attrs = {attr("kernel_shape", Dims{1, 1})};
    Model model(13);
    model.input("x", {1, 2, 3, 3}).floats("e", {0, 2, 3, 3}).output("y").node(op, {"e"}, {"z"}, attrs);
    model.node("Concat", {"x", "z"}, {"y"}, {attr("axis", 0)});
    std::string text = importText(model);
    EXPECT_TRUE(contains(text, "expected")) << op << text;
  }
  Model resize(13);
  resize.input("x", {1, 2, 3, 3}).floats("e", {1, 2, 0, 3}).ints("s", {1, 2, 4, 3}).output("y");
  resize.node("Resize", {"e", "", "", "s"}, {"z"}).node("Concat", {"x", "z"}, {"y"}, {attr("axis", 2)});
  EXPECT_TRUE(contains(importText(resize), "expected data with elements, got 1x2x0x3"));
}

TEST(ImportRefusals, volumes) {
  EXPECT_TRUE(contains(importText(unary("AveragePool", {1, 1, 5, 5, 5},
                                        {attr("kernel_shape", Dims{2, 2, 2}), attr("dilations", Dims{2, 2, 2})}, 19)),
                       "expected dilations = 1"));
  EXPECT_TRUE(contains(importText(unary("MaxPool", {1, 1, 5, 5, 5}, {})), "expected kernel_shape, got none"));
}

TEST(ImportRefusals, what_ends_a_network) {
  for (const char *op : {"TopK", "NonMaxSuppression"})
    EXPECT_TRUE(contains(importText(unary(op, {2, 3})), "end the model before it"));
}

TEST(ImportRefusals, repeats_and_parts) {
  auto resize = [](std::vector<float> scales, const std::vector<onnx::AttributeProto> &attrs) {
    return importText(
        unary("Resize", {1, 1, 4, 4}, attrs, 13, {"", "s"}).floats("s", {int64_t(scales.size())}, scales));
  };
  EXPECT_TRUE(
      contains(resize({1, 1, 2, 2}, {attr("mode", "area")}), "expected mode nearest, linear or cubic, got 'area'"));
  EXPECT_TRUE(contains(resize({1, 1, 2, 2}, {attr("coordinate_transformation_mode", "tf_crop_and_resize")}),
                       "expected a constant roi of 8 values"));
  EXPECT_TRUE(contains(resize({1, 1, 2, 2}, {attr("coordinate_transformation_mode", "middle")}),
                       "expected coordinate_transformation_mode"));
  EXPECT_TRUE(contains(resize({1, 1, 2}, {}), "expected 4 scales or sizes, got 3"));
  EXPECT_TRUE(contains(resize({1, 1, -2, 1}, {}), "expected extents in [1, 2^24] along axis 2"));
  EXPECT_TRUE(contains(resize({1, 1, NAN, 1}, {}), "expected extents in [1, 2^24] along axis 2"));
  EXPECT_TRUE(contains(resize({1, 1, 1e30f, 1}, {}), "expected extents in [1, 2^24] along axis 2"));
  EXPECT_TRUE(contains(importText(unary("DepthToSpace", {1, 6, 2, 2}, {attr("blocksize", 2)})), "expected blocksize"));
  EXPECT_TRUE(contains(importText(unary("SpaceToDepth", {1, 6, 2, 2}, {attr("blocksize", 0)})), "expected blocksize"));
  EXPECT_TRUE(
      contains(importText(unary("Split", {5}, {}, 13, {"s"}).ints("s", {2, 3})), "expected 1 sizes that add up"));
  EXPECT_TRUE(
      contains(importText(unary("Split", {5}, {}, 13, {"s"}).ints("s", {int64_t(1) << 62})), "expected sizes >= 0"));
  EXPECT_TRUE(
      contains(importText(unary("Gather", {5}, {}, 13, {"i"}).ints("i", {5})), "expected indices in [-5, 5), got 5"));
  EXPECT_TRUE(
      contains(importText(unary("Tile", {5}, {}, 13, {"r"}).ints("r", {0})), "expected repeats in [1, 1024], got 0"));
  EXPECT_TRUE(contains(importText(unary("Expand", {5}, {}, 13, {"s"}).ints("s", {4})),
                       "expected a shape that 5 broadcasts to"));
}

TEST(ImportRefusals, conv_transpose) {
  auto transposed = [](const Dims &w, const std::vector<onnx::AttributeProto> &attrs) {
    return importText(unary("ConvTranspose", {1, 4, 3, 3}, attrs, 13, {"w"}).floats("w", w));
  };
  EXPECT_TRUE(contains(transposed({4, 2, 3}, {}), "expected a 2-D image and a filter of rank 4"));
  EXPECT_TRUE(contains(transposed({3, 2, 3, 3}, {}), "expected a filter for 4 channels"));
  EXPECT_TRUE(contains(transposed({4, 2, 3, 3}, {attr("group", 3)}), "expected a filter for 4 channels"));
  EXPECT_TRUE(
      contains(transposed({4, 2, 3, 3}, {attr("pads", Dims{4, 0, 4, 0})}), "expected 1 to 2^24 rows and columns"));
  EXPECT_TRUE(
      contains(transposed({4, 2, 3, 3}, {attr("strides", Dims{4096, 4096})}), "expected steps of at most 2^28"));
  EXPECT_TRUE(contains(transposed({4, 2, 3, 3}, {attr("strides", Dims{5000, 1})}), "expected strides in [1, 4096]"));
  EXPECT_TRUE(
      contains(transposed({4, 2, 3, 3}, {attr("dilations", Dims{1 << 20, 1})}), "expected a window of at most"));
}

} // namespace
