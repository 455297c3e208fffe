// Operators that are imported as several ops, or as others than their names say: the interpreter's numbers against
// plain loops over ONNX's own formulas.
#include "ImportNumbers.h"

namespace {

/// Every input element adds its weighted filter to the output, as the operator is defined.
TEST_F(ImportNumbers, conv_transpose_scatters) {
  for (int round = 0; round < 60; ++round) {
    int64_t group = in(1, 3), channels = group * in(1, 3), outputs = in(1, 3);
    Dims x = {in(1, 2), channels, in(1, 5), in(1, 5)}, w = {channels, outputs, in(1, 5), in(1, 5)};
    Dims strides = {in(1, 4), in(1, 4)}, dilations = {in(1, 2), in(1, 2)}, more = {in(0, 1), in(0, 1)}, pads(4), out(2);
    for (size_t d = 0; d < 2; ++d) {
      int64_t extent = (w[2 + d] - 1) * dilations[d] + 1, whole = strides[d] * (x[2 + d] - 1) + more[d] + extent;
      for (size_t side : {d, d + 2})
        pads[side] = in(0, std::min<int64_t>(3, (whole - 1) / 2));
      out[d] = whole - pads[d] - pads[d + 2];
    }
    Floats input = numbers(x), filter = numbers(w), bias = numbers({outputs * group});
    Model model = unary("ConvTranspose", x,
                        {attr("strides", strides), attr("dilations", dilations), attr("pads", pads),
                         attr("output_padding", more), attr("group", group)},
                        13, {"w", "b"});
    model.floats("w", w, filter).floats("b", {outputs * group}, bias);
    Floats wanted(size_t(x[0] * outputs * group * out[0] * out[1]), 0.0f);
    for (size_t k = 0; k < wanted.size(); ++k)
      wanted[k] = bias[k / size_t(out[0] * out[1]) % bias.size()];
    for (int64_t n = 0; n < x[0]; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t iy = 0; iy < x[2]; ++iy)
          for (int64_t ix = 0; ix < x[3]; ++ix)
            for (int64_t f = 0; f < outputs; ++f)
              for (int64_t u = 0; u < w[2]; ++u)
                for (int64_t v = 0; v < w[3]; ++v) {
                  int64_t oy = iy * strides[0] + u * dilations[0] - pads[0],
                          ox = ix * strides[1] + v * dilations[1] - pads[1];
                  if (oy < 0 || oy >= out[0] || ox < 0 || ox >= out[1])
                    continue;
                  int64_t channel = c / (channels / group) * outputs + f;
                  wanted[size_t(((n * outputs * group + channel) * out[0] + oy) * out[1] + ox)] +=
                      input[size_t(((n * channels + c) * x[2] + iy) * x[3] + ix)] *
                      filter[size_t(((c * outputs + f) * w[2] + u) * w[3] + v)];
                }
    expectNear(run(model, {input})[0], wanted, "round " + std::to_string(round));
  }
}

TEST_F(ImportNumbers, sequences_are_images_of_one_row) {
  Model conv = unary("Conv", {1, 1, 5}, {attr("pads", Dims{1, 0}), attr("strides", Dims{2})}, 13, {"w"});
  conv.floats("w", {1, 1, 2}, {1, 10});
  EXPECT_EQ(run(conv, {{1, 2, 3, 4, 5}})[0], (Floats{10, 32, 54}));
  EXPECT_EQ(
      run(unary("MaxPool", {1, 1, 5}, {attr("kernel_shape", Dims{2}), attr("ceil_mode", 1), attr("strides", Dims{2})}),
          {{1, 3, 2, 4, 5}})[0],
      (Floats{3, 4, 5}));
}

TEST_F(ImportNumbers, resize_takes_the_nearest) {
  for (const char *coordinates : {"half_pixel", "asymmetric"})
    for (float scale : {1.0f, 2.0f, 3.0f, 4.0f, 0.5f}) {
      Model model =
          unary("Resize", {1, 1, 1, 8},
                {attr("coordinate_transformation_mode", coordinates), attr("nearest_mode", "floor")}, 13, {"", "s"});
      model.floats("s", {4}, {1, 1, 2, scale});
      Floats input = numbers({8}), wanted;
      auto out = int64_t(8 * scale);
      for (int64_t row = 0; row < 2; ++row)
        for (int64_t k = 0; k < out; ++k) {
          double at = std::string(coordinates) == "asymmetric" ? k / double(scale) : (k + 0.5) / scale - 0.5;
          wanted.push_back(input[size_t(std::max(0.0, std::floor(at)))]);
        }
      expectNear(run(model, {input})[0], wanted, coordinates + std::to_string(scale));
    }
}

/// Between neighbours, at half pixels, with the border repeated: -0.25 0.25 0.75 1.25 ... of 1 3 2.
TEST_F(ImportNumbers, resize_interpolates) {
  Model model = unary("Resize", {1, 1, 1, 3}, {attr("mode", "linear")}, 13, {"", "s"}).floats("s", {4}, {1, 1, 1, 2});
  expectNear(run(model, {{1, 3, 2}})[0], {1, 1.5f, 2.5f, 2.75f, 2.25f, 2}, "linear");
  // with a = -1/2 a cubic through points of a straight line is that line: at 1.25 and 1.75 of 0 1 2 3
  Model cubic = unary("Resize", {1, 1, 1, 4}, {attr("mode", "cubic"), attr("cubic_coeff_a", -0.5f)}, 13, {"", "s"})
                    .floats("s", {4}, {1, 1, 1, 2});
  Floats line = run(cubic, {{0, 1, 2, 3}})[0];
  EXPECT_NEAR(line[3], 1.25, 1e-5);
  EXPECT_NEAR(line[4], 1.75, 1e-5);
}

TEST_F(ImportNumbers, normalizations) {
  Floats x = {1, 3, 0, 4}; // means 2 and 2, variances 1 and 4
  Model instance = unary("InstanceNormalization", {1, 2, 2}, {attr("epsilon", 0.0f)}, 13, {"s", "b"});
  instance.floats("s", {2}, {1, 10}).floats("b", {2}, {0, 5});
  expectNear(run(instance, {x})[0], {-1, 1, -5, 15}, "instance");
  Model layer = unary("LayerNormalization", {2, 2}, {attr("epsilon", 0.0f)}, 17, {"s", "b"}).output("m").output("i");
  layer.graph().mutable_node(0)->add_output("m");
  layer.graph().mutable_node(0)->add_output("i");
  layer.floats("s", {2}, {1, 10}).floats("b", {2}, {0, 5});
  std::vector<Floats> results = run(layer, {x});
  expectNear(results[0], {-1, 15, -1, 15}, "layer");
  expectNear(results[1], {2, 2}, "means");
  expectNear(results[2], {1, 0.5f}, "inverse deviations");
}

TEST_F(ImportNumbers, split_gather_tile_expand) {
  Model split(13);
  split.input("x", {2, 5}).ints("s", {2, 3}).output("a").output("b");
  split.node("Split", {"x", "s"}, {"a", "b"}, {attr("axis", 1)});
  std::vector<Floats> parts = run(split, {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}});
  EXPECT_EQ(parts[0], (Floats{0, 1, 5, 6}));
  EXPECT_EQ(parts[1], (Floats{2, 3, 4, 7, 8, 9}));
  auto gather = [&](const Dims &indices) {
    return run(unary("Gather", {2, 5}, {attr("axis", 1)}, 13, {"i"}).ints("i", indices),
               {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}})[0];
  };
  EXPECT_EQ(gather({4, 0, 2, -1}), (Floats{4, 0, 2, 4, 9, 5, 7, 9}));
  EXPECT_EQ(gather({1, 1}), (Floats{1, 1, 6, 6}));
  EXPECT_EQ(run(unary("Tile", {1, 2}, {}, 13, {"r"}).ints("r", {2, 3}), {{1, 2}})[0],
            (Floats{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(run(unary("Expand", {2, 1}, {}, 13, {"s"}).ints("s", {2, 1, 2}), {{1, 2}})[0],
            (Floats{1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST_F(ImportNumbers, pads_that_mirror) {
  auto pad = [&](const char *mode) {
    return run(unary("Pad", {1, 3}, {attr("pads", Dims{0, 2, 0, 1}), attr("mode", mode)}, 9), {{1, 2, 3}})[0];
  };
  EXPECT_EQ(pad("reflect"), (Floats{3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(pad("edge"), (Floats{1, 1, 1, 2, 3, 3}));
}

/// Before opset 7 an operand may be broadcast from an axis on.
TEST_F(ImportNumbers, operands_from_an_axis) {
  for (bool isConstant : {true, false}) {
    Model model(6);
    model.input("x", {1, 2, 1, 2}).output("y").node("Add", {"x", "c"}, {"y"}, {attr("axis", 1), attr("broadcast", 1)});
    if (isConstant)
      model.floats("c", {2}, {10, 20});
    else
      model.input("c", {2});
    EXPECT_EQ(run(model, {{1, 2, 3, 4}, {10, 20}})[0], (Floats{11, 12, 23, 24}));
  }
}

TEST_F(ImportNumbers, operands_of_one_column_are_repeated) {
  Model model(13);
  model.input("x", {1, 2, 2, 2}).input("s", {1, 2, 1, 1}).output("y").node("Mul", {"x", "s"}, {"y"});
  EXPECT_EQ(run(model, {{1, 2, 3, 4, 5, 6, 7, 8}, {10, 100}})[0], (Floats{10, 20, 30, 40, 500, 600, 700, 800}));
}

TEST_F(ImportNumbers, divisions_minima_means) {
  EXPECT_EQ(run(unary("Div", {1, 2}, {}, 13, {"c"}).floats("c", {2}, {4, -2}), {{2, 3}})[0], (Floats{0.5f, -1.5f}));
  Model quotient(13);
  quotient.input("x", {2}).input("z", {2}).output("y").node("Div", {"x", "z"}, {"y"});
  EXPECT_EQ(run(quotient, {{1, 6}, {2, -4}})[0], (Floats{0.5f, -1.5f}));
  for (auto [op, wanted] :
       {std::pair("Max", Floats{3, 7}), {"Min", {1, 2}}, {"Sum", {6, 14}}, {"Mean", {2, 14.0f / 3}}}) {
    Model model(13);
    model.input("a", {2}).input("b", {2}).input("c", {2}).output("y").node(op, {"a", "b", "c"}, {"y"});
    expectNear(run(model, {{1, 7}, {3, 2}, {2, 5}})[0], wanted, op);
  }
  EXPECT_EQ(run(unary("Max", {3}, {}, 13, {"c"}).floats("c", {}, {1}), {{0, 1, 2}})[0], (Floats{1, 1, 2}));
}

TEST_F(ImportNumbers, prelu_per_channel) {
  EXPECT_EQ(run(unary("PRelu", {1, 2, 1, 2}, {}, 13, {"s"}).floats("s", {2, 1, 1}, {0.5f, -2}), {{-2, 3, -4, 5}})[0],
            (Floats{-1, 3, 8, 5}));
}

TEST_F(ImportNumbers, reductions) {
  Floats x = {1, -2, 3, -4, 5, -6};
  auto reduce = [&](const char *op) {
    return run(unary(op, {2, 3}, {attr("axes", Dims{1}), attr("keepdims", 0)}, 11), {x})[0];
  };
  expectNear(reduce("ReduceSum"), {2, -5}, "sum");
  expectNear(reduce("ReduceMax"), {3, 5}, "max");
  expectNear(reduce("ReduceMin"), {-2, -6}, "min");
  expectNear(reduce("ReduceL1"), {6, 15}, "l1");
  expectNear(reduce("ReduceL2"), {std::sqrt(14.0f), std::sqrt(77.0f)}, "l2");
  expectNear(reduce("ReduceSumSquare"), {14, 77}, "sum of squares");
  expectNear(reduce("ReduceLogSumExp"),
             {std::log(std::exp(1.0f) + std::exp(-2.0f) + std::exp(3.0f)),
              std::log(std::exp(-4.0f) + std::exp(5.0f) + std::exp(-6.0f))},
             "log of the sum of exponentials");
  EXPECT_EQ(run(unary("GlobalMaxPool", {1, 2, 1, 3}), {x})[0], (Floats{3, 5}));
}

TEST_F(ImportNumbers, log_softmax) {
  Floats soft = run(unary("LogSoftmax", {2, 2}), {{0, 0, 1000, 0}})[0];
  expectNear(soft, {-std::log(2.0f), -std::log(2.0f), 0, -1000}, "rows");
}

} // namespace
