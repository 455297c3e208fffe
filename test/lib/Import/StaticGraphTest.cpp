// Fixing of input dimensions and folding of constants, without MLIR.
#include "ModelBuilder.h"

using namespace wino;
using namespace wino::test;

namespace {

/// Value of constant `y` after folding, or the messages.
struct Folded {
  std::string message;
  OnnxTensor value;
};

Folded fold(const Model &model, const StaticOptions &options = {}) {
  auto graph = readOnnxBytes(model.bytes(), "m.onnx");
  if (!graph)
    return {llvm::toString(graph.takeError()), {}};
  auto fixed = makeStatic(*graph, options);
  if (!fixed)
    return {llvm::toString(fixed.takeError()), {}};
  if (llvm::Error failed = reportProblems(*graph, fixed->problems))
    return {llvm::toString(std::move(failed)), {}};
  const OnnxTensor *y = fixed->constant("y");
  return y ? Folded{"", *y} : Folded{"not folded", {}};
}

Dims foldInts(const Model &model) {
  Folded folded = fold(model);
  EXPECT_EQ(folded.message, "");
  return folded.message.empty() ? *folded.value.ints() : Dims();
}

Model base(int64_t opset = 13) {
  Model model(opset);
  model.output("y");
  return model;
}

TEST(StaticGraph, shape_and_its_parts) {
  EXPECT_EQ(foldInts(unary("Shape", {2, 3, 5})), (Dims{2, 3, 5}));
  EXPECT_EQ(foldInts(unary("Shape", {2, 3, 5}, {attr("start", -2)}, 15)), (Dims{3, 5}));
  EXPECT_EQ(foldInts(unary("Shape", {2, 3, 5}, {attr("start", 2), attr("end", 1)}, 15)), Dims());
}

TEST(StaticGraph, shape_arithmetic_of_a_view) { // x.view(x.size(0), -1) as PyTorch writes it
  Model model(11);
  model.input("x", {-1, 4, 2, 2}).symbol(0, 0, "N").output("y");
  model.node("Constant", {}, {"zero"}, {attr("value", intTensor("", {}, {0}))}).node("Shape", {"x"}, {"s"});
  model.node("Gather", {"s", "zero"}, {"n"}, {attr("axis", 0)})
      .node("Unsqueeze", {"n"}, {"n1"}, {attr("axes", Dims{0})});
  model.node("Constant", {}, {"m1"}, {attr("value", intTensor("", {1}, {-1}))});
  model.node("Concat", {"n1", "m1"}, {"to"}, {attr("axis", 0)}).node("Reshape", {"x", "to"}, {"y"});
  ImportOptions options;
  options.inputDims["N"] = 3;
  EXPECT_TRUE(
      contains(importText(model, options), "winograd.reshape %arg0 : (tensor<3x4x2x2xf32>) -> tensor<3x16xf32>"));
}

TEST(StaticGraph, constants_of_all_kinds) {
  EXPECT_EQ(foldInts(base().node("Constant", {}, {"y"}, {attr("value_int", 4)})), Dims{4});
  EXPECT_EQ(foldInts(base().node("Constant", {}, {"y"}, {attr("value_ints", Dims{4, 5})})), (Dims{4, 5}));
  EXPECT_EQ(*fold(base().node("Constant", {}, {"y"}, {attr("value_float", 0.5f)})).value.floats(),
            std::vector<float>{0.5f});
  EXPECT_TRUE(contains(fold(base().node("Constant", {}, {"y"}, {attr("value_string", "s")})).message,
                       "expected a value of numbers"));
  EXPECT_EQ(
      foldInts(
          base().ints("s", {2, 2}).node("ConstantOfShape", {"s"}, {"y"}, {attr("value", intTensor("", {1}, {9}))})),
      (Dims{9, 9, 9, 9}));
  EXPECT_EQ(*fold(base().ints("s", {2}).node("ConstantOfShape", {"s"}, {"y"})).value.floats(),
            (std::vector<float>{0, 0}));
}

TEST(StaticGraph, arithmetic_broadcasts) {
  Model m = base().ints("a", {7, -8, 9}).ints("b", {2});
  auto run = [&](const char *op) { return foldInts(Model(m).node(op, {"a", "b"}, {"y"})); };
  EXPECT_EQ(run("Add"), (Dims{9, -6, 11}));
  EXPECT_EQ(run("Sub"), (Dims{5, -10, 7}));
  EXPECT_EQ(run("Mul"), (Dims{14, -16, 18}));
  EXPECT_EQ(run("Div"), (Dims{3, -4, 4}));
  EXPECT_EQ(*fold(base().floats("a", {1}, {3}).floats("b", {1}, {2}).node("Div", {"a", "b"}, {"y"})).value.floats(),
            std::vector<float>{1.5f});
}

TEST(StaticGraph, arithmetic_without_a_result) {
  int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_TRUE(contains(fold(base().ints("a", {1}).ints("b", {0}).node("Div", {"a", "b"}, {"y"})).message,
                       "expected a divisor other than 0"));
  EXPECT_EQ(foldInts(base().ints("a", {least}).ints("b", {-1}).node("Div", {"a", "b"}, {"y"})),
            Dims{least}); // wraps, no trap
  EXPECT_EQ(foldInts(base().ints("a", {least}).ints("b", {-1}).node("Add", {"a", "b"}, {"y"})),
            Dims{std::numeric_limits<int64_t>::max()});
  EXPECT_TRUE(contains(fold(base().ints("a", {1, 2}).ints("b", {1, 2, 3}).node("Add", {"a", "b"}, {"y"})).message,
                       "expected shapes that broadcast"));
  EXPECT_TRUE(contains(fold(base().ints("a", {1}).floats("b", {1}).node("Add", {"a", "b"}, {"y"})).message,
                       "operands of one type"));
}

TEST(StaticGraph, cast) {
  auto cast = [](float value, int to) {
    return fold(base().floats("a", {1}, {value}).node("Cast", {"a"}, {"y"}, {attr("to", to)}));
  };
  EXPECT_EQ(*cast(-2.7f, onnx::TensorProto::INT64).value.ints(), Dims{-2});
  EXPECT_EQ(*cast(7.0f, onnx::TensorProto::INT32).value.ints(), Dims{7});
  EXPECT_TRUE(contains(cast(3e9f, onnx::TensorProto::INT32).message, "expected values that i32 can hold"));
  EXPECT_TRUE(contains(cast(std::numeric_limits<float>::quiet_NaN(), onnx::TensorProto::INT64).message, "can hold"));
  EXPECT_TRUE(contains(cast(1, 77).message, "expected a cast to a number type"));
  EXPECT_TRUE(contains(cast(1, onnx::TensorProto::STRING).message, "expected a cast to a number type"));
}

TEST(StaticGraph, range) {
  auto scalar = [](const std::string &name, int64_t value) { return intTensor(name, {}, {value}); };
  auto range = [&](int64_t start, int64_t limit, int64_t delta) {
    Model m = base();
    *m.graph().add_initializer() = scalar("a", start);
    *m.graph().add_initializer() = scalar("b", limit);
    *m.graph().add_initializer() = scalar("c", delta);
    return fold(m.node("Range", {"a", "b", "c"}, {"y"}));
  };
  EXPECT_EQ(*range(1, 8, 3).value.ints(), (Dims{1, 4, 7}));
  EXPECT_EQ(*range(3, 0, -1).value.ints(), (Dims{3, 2, 1}));
  EXPECT_EQ(*range(3, 0, 1).value.ints(), Dims());
  EXPECT_TRUE(contains(range(0, 1, 0).message, "at most 2^31 elements"));
  EXPECT_TRUE(contains(range(0, int64_t(1) << 60, 1).message, "at most 2^31 elements"));
  EXPECT_TRUE(contains(range(0, int64_t(1) << 31, 1).message, "folding budget"));
}

TEST(StaticGraph, moves) {
  Model m = base().ints("v", {1, 2, 3, 4, 5, 6}).ints("s", {2, 3}).node("Reshape", {"v", "s"}, {"m"});
  EXPECT_EQ(foldInts(Model(m).node("Transpose", {"m"}, {"y"})), (Dims{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(foldInts(Model(m).ints("i", {-1, 0}).node("Gather", {"m", "i"}, {"y"}, {attr("axis", 1)})),
            (Dims{3, 1, 6, 4}));
  EXPECT_EQ(foldInts(Model(m).node("Concat", {"m", "m"}, {"y"}, {attr("axis", 1)})),
            (Dims{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(foldInts(Model(m).node("Identity", {"m"}, {"y"})), (Dims{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(fold(Model(m).ints("a", {0, 3}).node("Unsqueeze", {"m", "a"}, {"y"})).value.dims, (Dims{1, 2, 3, 1}));
  EXPECT_EQ(foldInts(Model(m).ints("e", {2, 1, 1}).ints("w", {5}).node("Expand", {"w", "e"}, {"y"})), (Dims{5, 5}));
  EXPECT_TRUE(contains(fold(Model(m).ints("i", {2}).node("Gather", {"m", "i"}, {"y"})).message,
                       "expected indices in [-2, 2), got 2"));
}

TEST(StaticGraph, slices_of_constants_go_backwards) { // how PyTorch reverses the pads
  Model m = base().ints("v", {1, 2, 3, 4, 5}).ints("a", {0});
  auto slice = [&](int64_t start, int64_t end, int64_t step) {
    return fold(
        Model(m).ints("b", {start}).ints("e", {end}).ints("s", {step}).node("Slice", {"v", "b", "e", "a", "s"}, {"y"}));
  };
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(*slice(-1, kLeast, -1).value.ints(), (Dims{5, 4, 3, 2, 1}));
  EXPECT_EQ(*slice(1, kMost, 2).value.ints(), (Dims{2, 4}));
  EXPECT_EQ(*slice(kLeast, kMost, kMost).value.ints(), Dims{1});
  EXPECT_EQ(*slice(kMost, kLeast, kLeast).value.ints(), Dims{5});
  EXPECT_EQ(*slice(3, 1, 1).value.ints(), Dims());
  EXPECT_TRUE(contains(slice(0, 1, 0).message, "expected steps other than 0"));
}

TEST(StaticGraph, folding_budget) { // a few bytes that ask for gigabytes
  Model m = base().ints("s", {1 << 15, 1 << 15}).node("ConstantOfShape", {"s"}, {"y"});
  EXPECT_TRUE(contains(fold(m).message, "folding budget"));
  Model overflow = base().ints("s", {int64_t(1) << 40, int64_t(1) << 40}).node("ConstantOfShape", {"s"}, {"y"});
  EXPECT_TRUE(contains(fold(overflow).message, "at most 2^31 elements"));
  Model negative = base().ints("s", {-5}).node("ConstantOfShape", {"s"}, {"y"});
  EXPECT_TRUE(contains(fold(negative).message, "at most 2^31 elements"));
  Model many = base(); // each fits, all together do not
  many.ints("s", {1 << 23});
  std::string last = "s";
  many.node("ConstantOfShape", {"s"}, {"c0"});
  for (int k = 0; k < 20; ++k)
    many.node("Add", {"c" + std::to_string(k), "c" + std::to_string(k)}, {k == 19 ? "y" : "c" + std::to_string(k + 1)});
  EXPECT_TRUE(contains(fold(many).message, "folding budget"));
}

TEST(StaticGraph, input_dims) {
  Model m(13);
  m.input("x", {-1, 3, -1}).symbol(0, 0, "N").output("y").node("Shape", {"x"}, {"y"});
  auto run = [&](std::map<std::string, int64_t> dims) {
    StaticOptions options;
    options.inputDims = std::move(dims);
    return fold(m, options);
  };
  EXPECT_TRUE(
      contains(run({}).message,
               "m.onnx: input 'x': expected a fixed size of axis 0, got symbol 'N'; give it with --input-dim N=N"));
  EXPECT_TRUE(
      contains(run({{"N", 2}}).message, "expected a fixed size of axis 2, got none; give it with --input-dim x:2=N"));
  EXPECT_EQ(*run({{"N", 2}, {"x:2", 7}}).value.ints(), (Dims{2, 3, 7}));
  EXPECT_EQ(*run({{"0", 2}, {"2", 7}}).value.ints(), (Dims{2, 3, 7}));
  EXPECT_TRUE(contains(run({{"N", 2}, {"2", 7}, {"M", 1}}).message,
                       "--input-dim M=1: expected a dimension of the model's inputs"));
  EXPECT_TRUE(contains(run({{"N", 2}, {"2", 7}, {"x:1", 4}}).message, "axis 1 is fixed at 3, got --input-dim 4"));
  EXPECT_TRUE(contains(run({{"N", int64_t(1) << 31}, {"2", 7}}).message, "expected 1 to 2^31 elements"));
}

TEST(StaticGraph, input_dim_text) {
  auto parse = [](const char *text) {
    auto pair = parseInputDim(text);
    return pair ? pair->first + "|" + std::to_string(pair->second) : llvm::toString(pair.takeError());
  };
  EXPECT_EQ(parse("N=1"), "N|1");
  EXPECT_EQ(parse("image:0=4"), "image:0|4");
  for (const char *bad : {"N", "=1", "N=0", "N=-1", "N=x", "N=99999999999"})
    EXPECT_TRUE(contains(parse(bad), "expected NAME=N")) << bad;
}

} // namespace
