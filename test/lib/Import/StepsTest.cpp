// Operators that are imported as several others: the interpreter's numbers against plain loops, and what they may ask
// for.
#include "ImportNumbers.h"

#include <algorithm>
#include <numeric>

namespace {

TEST_F(ImportNumbers, products_of_computed_matrices) {
  for (int round = 0; round < 20; ++round) {
    int64_t batch = in(1, 3), m = in(1, 4), k = in(1, 4), n = in(1, 4);
    bool shared = in(0, 1) != 0; // one B for all
    Floats a = numbers({batch, m, k}), b = numbers({shared ? 1 : batch, k, n}), wanted;
    for (int64_t g = 0; g < batch; ++g)
      for (int64_t y = 0; y < m; ++y)
        for (int64_t x = 0; x < n; ++x) {
          double sum = 0;
          for (int64_t i = 0; i < k; ++i)
            sum += double(a[(g * m + y) * k + i]) * b[((shared ? 0 : g) * k + i) * n + x];
          wanted.push_back(float(sum));
        }
    Model matmul(13), einsum(13);
    matmul.input("a", {batch, m, k}).input("b", shared ? Dims{k, n} : Dims{batch, k, n}).output("y");
    expectNear(run(matmul.node("MatMul", {"a", "b"}, {"y"}), {a, b})[0], wanted, "MatMul");
    einsum.input("a", {batch, m, k}).input("b", {shared ? 1 : batch, k, n}).output("y");
    einsum.node("Einsum", {"a", "b"}, {"y"}, {attr("equation", "...ij, ...jk")});
    expectNear(run(einsum, {a, b})[0], wanted, "Einsum");
  }
}

TEST_F(ImportNumbers, einsum_diagonals_and_sums) {
  Floats x = numbers({2, 3, 3}), diagonal;
  for (int64_t k = 0; k < 6; ++k)
    diagonal.push_back(x[k / 3 * 9 + k % 3 * 4]);
  expectNear(run(unary("Einsum", {2, 3, 3}, {attr("equation", "bii->bi")}), {x})[0], diagonal, "diagonal");
  expectNear(run(unary("Einsum", {2, 3, 3}, {attr("equation", "bij->")}), {x})[0],
             {std::accumulate(x.begin(), x.end(), 0.0f)}, "sum");
}

TEST_F(ImportNumbers, gemm_with_a_matrix_to_add) {
  Floats a = numbers({3, 2}), b = numbers({4, 3}), c = numbers({2, 4}), wanted;
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t x = 0; x < 4; ++x) {
      double sum = 0;
      for (int64_t i = 0; i < 3; ++i)
        sum += double(a[i * 2 + y]) * b[x * 3 + i];
      wanted.push_back(float(0.5 * sum + 2 * c[y * 4 + x]));
    }
  Model model(13);
  model.input("a", {3, 2}).input("b", {4, 3}).input("c", {2, 4}).output("y");
  model.node("Gemm", {"a", "b", "c"}, {"y"},
             {attr("transA", 1), attr("transB", 1), attr("alpha", 0.5f), attr("beta", 2.0f)});
  expectNear(run(model, {a, b, c})[0], wanted, "Gemm");
}

/// Convolution and pools of volumes, element by element.
TEST_F(ImportNumbers, volumes) {
  for (int round = 0; round < 20; ++round) {
    int64_t group = in(1, 2), channels = group * in(1, 2), outputs = group * in(1, 2);
    Dims x = {in(1, 2), channels, in(3, 5), in(3, 5), in(3, 5)},
         w = {outputs, channels / group, in(1, 3), in(1, 2), in(1, 3)};
    Dims kernel(w.begin() + 2, w.end()), strides(3), pads(6), dilations = {in(1, 2), 1, 1}, out = {x[0], outputs};
    for (size_t d = 0; d < 3; ++d) {
      strides[d] = in(1, 2);
      int64_t reach = (kernel[d] - 1) * dilations[d] + 1;
      for (size_t side : {d, d + 3})
        pads[side] = in(0, kernel[d] - 1);
      if (x[2 + d] + pads[d] + pads[d + 3] < reach)
        pads[d] = pads[d + 3] = reach;
      out.push_back((x[2 + d] + pads[d] + pads[d + 3] - reach) / strides[d] + 1);
    }
    Floats input = numbers(x), filter = numbers(w), bias = numbers({outputs}), conv;
    bool poolable = true; // pads below the kernel
    for (size_t d = 0; d < 6; ++d)
      poolable &= pads[d] < kernel[d % 3];
    // body(channel of the input, position of the kernel, element or nothing)
    auto window = [&](const Dims &at, int64_t first, int64_t count, auto body) {
      for (int64_t c = 0; c < count; ++c)
        for (int64_t k = 0; k < kernel[0] * kernel[1] * kernel[2]; ++k) {
          int64_t position[3] = {k / (kernel[1] * kernel[2]), k / kernel[2] % kernel[1], k % kernel[2]},
                  index = at[0] * channels + first + c;
          bool inside = true;
          for (size_t d = 0; d < 3; ++d) {
            int64_t i = at[2 + d] * strides[d] - pads[d] + position[d] * dilations[d];
            inside &= i >= 0 && i < x[2 + d];
            index = index * x[2 + d] + i;
          }
          body(c, k, inside ? input[size_t(index)] : NAN);
        }
    };
    Floats largest, mean;
    auto forAll = [&](int64_t features, auto body) {
      for (int64_t i = 0; i < x[0] * features * out[2] * out[3] * out[4]; ++i)
        body(Dims{i / (features * out[2] * out[3] * out[4]), i / (out[2] * out[3] * out[4]) % features,
                  i / (out[3] * out[4]) % out[2], i / out[4] % out[3], i % out[4]});
    };
    forAll(outputs, [&](const Dims &at) {
      double sum = bias[size_t(at[1])];
      int64_t perGroup = channels / group, g = at[1] / (outputs / group);
      window(at, g * perGroup, perGroup, [&](int64_t c, int64_t k, float v) {
        if (!std::isnan(v))
          sum += double(v) * filter[size_t((at[1] * perGroup + c) * kernel[0] * kernel[1] * kernel[2] + k)];
      });
      conv.push_back(float(sum));
    });
    forAll(channels, [&](const Dims &at) {
      float most = -INFINITY;
      double sum = 0, count = 0;
      window(at, at[1], 1, [&](int64_t, int64_t, float v) {
        if (!std::isnan(v))
          most = std::max(most, v), sum += v, ++count;
      });
      largest.push_back(most);
      mean.push_back(float(sum / count));
    });
    std::vector<onnx::AttributeProto> attrs = {attr("strides", strides), attr("pads", pads),
                                               attr("dilations", dilations)};
    auto withGroup = attrs;
    withGroup.push_back(attr("group", group));
    expectNear(run(unary("Conv", x, withGroup, 13, {"w", "b"}).floats("w", w, filter).floats("b", {outputs}, bias),
                   {input})[0],
               conv, "Conv");
    if (!poolable)
      continue;
    attrs.push_back(attr("kernel_shape", kernel));
    expectNear(run(unary("MaxPool", x, attrs), {input})[0], largest, "MaxPool");
    if (dilations[0] == 1)
      expectNear(run(unary("AveragePool", x, attrs), {input})[0], mean, "AveragePool");
  }
}

TEST_F(ImportNumbers, dilated_maxima_and_their_indices) {
  for (int round = 0; round < 20; ++round) {
    Dims x = {in(1, 2), in(1, 2), in(4, 7), in(4, 7)}, kernel = {in(1, 3), in(1, 3)}, dilations = {in(1, 2), in(1, 2)};
    Floats input = numbers(x), largest, indices;
    for (float &v : input)
      v = float(int(v)); // some are equal: the first counts
    int64_t rows = x[2] - (kernel[0] - 1) * dilations[0], columns = x[3] - (kernel[1] - 1) * dilations[1];
    if (rows < 1 || columns < 1)
      continue;
    for (int64_t plane = 0; plane < x[0] * x[1]; ++plane)
      for (int64_t y = 0; y < rows; ++y)
        for (int64_t c = 0; c < columns; ++c) {
          int64_t best = -1;
          for (int64_t k = 0; k < kernel[0] * kernel[1]; ++k) {
            int64_t i = (plane * x[2] + y + k / kernel[1] * dilations[0]) * x[3] + c + k % kernel[1] * dilations[1];
            best = best < 0 || input[size_t(i)] > input[size_t(best)] ? i : best;
          }
          largest.push_back(input[size_t(best)]);
          indices.push_back(float(best));
        }
    Model model = unary("MaxPool", x, {attr("kernel_shape", kernel), attr("dilations", dilations)}).output("i");
    model.graph().mutable_node(0)->add_output("i");
    auto got = run(model, {input});
    EXPECT_EQ(got[0], largest);
    EXPECT_EQ(got[1], indices);
  }
}

TEST_F(ImportNumbers, arg_max_takes_the_first_or_the_last) {
  Floats x = {3, 7, 7, 1, -2, -2};
  auto arg = [&](const char *op, int last) {
    return run(unary(op, {2, 3}, {attr("axis", 1), attr("keepdims", 0), attr("select_last_index", last)}), {x})[0];
  };
  EXPECT_EQ(arg("ArgMax", 0), (Floats{1, 0}));
  EXPECT_EQ(arg("ArgMax", 1), (Floats{2, 0}));
  EXPECT_EQ(arg("ArgMin", 0), (Floats{0, 1}));
  EXPECT_EQ(arg("ArgMin", 1), (Floats{0, 2}));
}

TEST_F(ImportNumbers, comparisons_and_choices) {
  auto compare = [&](const char *op) {
    Model model(13);
    model.input("a", {3}).input("b", {3}).output("y").node(op, {"a", "b"}, {"y"});
    return run(model, {{1, 2, 1e-30f}, {2, 2, 0}})[0];
  };
  EXPECT_EQ(compare("Equal"), (Floats{0, 1, 0}));
  EXPECT_EQ(compare("Greater"), (Floats{0, 0, 1}));
  EXPECT_EQ(compare("GreaterOrEqual"), (Floats{0, 1, 1}));
  EXPECT_EQ(compare("Less"), (Floats{1, 0, 0}));
  EXPECT_EQ(compare("LessOrEqual"), (Floats{1, 1, 0}));
  auto logic = [&](const char *op) {
    Model model(13);
    model.input("a", {4}, onnx::TensorProto::BOOL).input("b", {4}, onnx::TensorProto::BOOL).output("y");
    return run(model.node(op, {"a", "b"}, {"y"}), {{0, 0, 1, 1}, {0, 1, 0, 1}})[0];
  };
  EXPECT_EQ(logic("And"), (Floats{0, 0, 0, 1}));
  EXPECT_EQ(logic("Or"), (Floats{0, 1, 1, 1}));
  EXPECT_EQ(logic("Xor"), (Floats{0, 1, 1, 0}));
  Model where(13);
  where.input("c", {3}, onnx::TensorProto::BOOL).input("x", {3}).input("z", {1}).output("y");
  EXPECT_EQ(run(where.node("Where", {"c", "x", "z"}, {"y"}), {{1, 0, 1}, {1, 2, 3}, {-9}})[0], (Floats{1, -9, 3}));
}

TEST_F(ImportNumbers, casts_cut_towards_zero) {
  EXPECT_EQ(run(unary("Cast", {4}, {attr("to", 7)}), {{1.75f, -1.75f, 0, -0.5f}})[0], (Floats{1, -1, 0, 0}));
  EXPECT_EQ(run(unary("Cast", {3}, {attr("to", 9)}), {{0, -3, 0.25f}})[0], (Floats{0, 1, 1}));
}

TEST_F(ImportNumbers, products_norms_powers) {
  Floats x = {1, 2, 3, 4, 5, -1, 0.5f, 2, 2, 1};
  EXPECT_EQ(run(unary("ReduceProd", {2, 5}, {attr("axes", Dims{1}), attr("keepdims", 0)}), {x})[0], (Floats{120, -2}));
  expectNear(run(unary("LpNormalization", {1, 2}, {attr("axis", 1)}), {{3, -4}})[0], {0.6f, -0.8f}, "norm 2");
  expectNear(run(unary("LpNormalization", {1, 2}, {attr("axis", 1), attr("p", 1)}), {{3, -1}})[0], {0.75f, -0.25f},
             "norm 1");
  EXPECT_EQ(run(unary("Pow", {4}, {}, 13, {"e"}).floats("e", {4}, {0, 2, 2, 3}), {{0, 3, -3, -2}})[0],
            (Floats{1, 9, 9, -8}));
  for (int64_t size : {1, 2, 3, 9}) { // the window reaches over the channels
    Floats input = numbers({1, 4, 1, 2}), wanted;
    for (int64_t i = 0; i < 8; ++i) {
      double sum = 0;
      for (int64_t c = std::max<int64_t>(0, i / 2 - (size - 1) / 2); c <= std::min<int64_t>(3, i / 2 + size / 2); ++c)
        sum += double(input[c * 2 + i % 2]) * input[c * 2 + i % 2];
      wanted.push_back(float(input[i] / std::pow(2 + 0.5 / double(size) * sum, 0.75)));
    }
    expectNear(
        run(unary("LRN", {1, 4, 1, 2}, {attr("size", size), attr("alpha", 0.5f), attr("bias", 2.0f)}), {input})[0],
        wanted, "LRN of " + std::to_string(size));
  }
}

TEST_F(ImportNumbers, quantized_operators) {
  Model quantize = unary("QuantizeLinear", {5}, {}, 13, {"s", "z"}).floats("s", {}, {2});
  *quantize.graph().add_initializer() = byteTensor("z", {128});
  EXPECT_EQ(run(quantize, {{0, 3, 5, 1000, -1000}})[0], (Floats{128, 130, 130, 255, 0})); // 1.5 and 2.5 to even
  Model back(13);
  back.input("x", {2}, onnx::TensorProto::UINT8)
      .output("y")
      .floats("s", {}, {0.5f})
      .node("DequantizeLinear", {"x", "s", "z"}, {"y"});
  *back.graph().add_initializer() = byteTensor("z", {10});
  EXPECT_EQ(run(back, {{10, 14}})[0], (Floats{0, 2}));
  Model product(13);
  product.input("x", {1, 2}, onnx::TensorProto::UINT8).input("w", {2, 1}, onnx::TensorProto::UINT8).output("y");
  *product.graph().add_initializer() = byteTensor("z", {12});
  EXPECT_EQ(run(product.node("MatMulInteger", {"x", "w", "z"}, {"y"}), {{11, 14}, {3, 5}})[0], (Floats{7}));
}

TEST_F(ImportNumbers, slices_backwards) {
  EXPECT_EQ(run(unary("Slice", {2, 4}, {}, 13, {"b", "e", "a", "s"})
                    .ints("b", {3})
                    .ints("e", {-5})
                    .ints("a", {1})
                    .ints("s", {-2}),
                {{1, 2, 3, 4, 5, 6, 7, 8}})[0],
            (Floats{4, 2, 8, 6}));
}

TEST_F(ImportNumbers, steps_have_names_of_their_own) {
  // A value that is called as a step would be.
  Model model(13);
  model.input("x", {2, 3}).output("y").output("z");
  model.node("Relu", {"x"}, {"l.max"}, {}, "r")
      .node("ArgMax", {"x"}, {"z"}, {attr("axis", 1)}, "l")
      .node("Neg", {"l.max"}, {"y"});
  auto got = run(model, {{1, -2, 3, 4, 5, 6}});
  EXPECT_EQ(got[0], (Floats{-1, 0, -3, -4, -5, -6}));
  EXPECT_EQ(got[1], (Floats{2, 2}));
}

} // namespace
