// Integer graphs as text, and the QDQ models that they become: scales, zero points, shapes of nodes, refusals.
#include "wino/Emit/QdqModel.h"

#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <cstring>

namespace wino {
namespace {

/// !s: scale 1/2, signed. !u: scale 1/4, unsigned.
const char *const kAliases = R"mlir(
!s = !quant.uniform<i8:f32, 5.000000e-01>
!u = !quant.uniform<u8:f32, 2.500000e-01>
)mlir";

llvm::Expected<std::string> write(const std::string &text) {
  mlir::MLIRContext context;
  context.loadDialect<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect,
                      mlir::quant::QuantizationDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kAliases + text, &context);
  EXPECT_TRUE(module) << text;
  return writeQdqModel(module->lookupSymbol<mlir::func::FuncOp>("main"), "net", "1");
}

/// A function from !s to `to` with one op in its body.
std::string unary(const std::string &op, const std::string &from, const std::string &to) {
  return "func.func @main(%x: " + from + ") -> " + to + " { %y = " + op + " : (" + from + ") -> " + to +
         " loc(\"n\")\n return %y : " + to + " }";
}

class Model {
public:
  explicit Model(const std::string &text) {
    auto bytes = write(text);
    EXPECT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    EXPECT_TRUE(bytes && proto.ParseFromString(*bytes));
  }

  const onnx::NodeProto &node(const std::string &name) const {
    for (const onnx::NodeProto &node : proto.graph().node())
      if (node.name() == name)
        return node;
    ADD_FAILURE() << "no node " << name;
    return onnx::NodeProto::default_instance();
  }

  /// Elements of an initializer.
  template <typename T> std::vector<T> constant(const std::string &name) const {
    for (const onnx::TensorProto &tensor : proto.graph().initializer())
      if (tensor.name() == name) {
        std::vector<T> result(tensor.raw_data().size() / sizeof(T));
        std::memcpy(result.data(), tensor.raw_data().data(), tensor.raw_data().size());
        return result;
      }
    ADD_FAILURE() << "no constant " << name;
    return {};
  }

  std::string ops() const {
    std::string text;
    for (const onnx::NodeProto &node : proto.graph().node())
      text += (text.empty() ? "" : " ") + node.op_type();
    return text;
  }

  std::vector<int64_t> ints(const std::string &node, const std::string &name) const {
    for (const onnx::AttributeProto &attribute : this->node(node).attribute())
      if (attribute.name() == name)
        return attribute.ints_size() ? std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end())
                                     : std::vector<int64_t>{attribute.i()};
    ADD_FAILURE() << "no attribute " << name;
    return {};
  }

  onnx::ModelProto proto;
};

std::string failure(const std::string &text) {
  auto bytes = write(text);
  EXPECT_FALSE(bool(bytes));
  return llvm::toString(bytes.takeError());
}

/// One channel, signed to unsigned. M = 2^30, pre = 1, shift = 2: the factor is 2^(30 + 1 - 31 - 2) = 1/4.
std::string conv(const std::string &requant = "lo = 0, hi = 255", const std::string &more = "") {
  return R"mlir(
func.func @main(%x: tensor<1x1x2x2x!s> {wino.name = "image"}) -> (tensor<1x1x2x2x!u> {wino.name = "y"}) {
  %w = arith.constant dense<[[[[7]]]]> : tensor<1x1x1x1xi8>
  %b = arith.constant dense<-3> : tensor<1xi32>
  %y = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
      dilations = array<i64: 1, 1>, groups = 1 : i64)mlir" +
         more + R"mlir(, requant = #winograd.requant<pre = 1, shift = 2, )mlir" + requant +
         R"mlir(, multipliers = [1073741824]>}
      : (tensor<1x1x2x2x!s>, tensor<1x1x1x1xi8>, tensor<1xi32>) -> tensor<1x1x2x2x!u> loc("stem/conv")
  return %y : tensor<1x1x2x2x!u>
})mlir";
}

TEST(QdqModel, convolution_between_pairs) {
  Model model(conv());
  EXPECT_EQ(model.proto.opset_import(0).version(), 13);
  EXPECT_EQ(model.ops(), "QuantizeLinear DequantizeLinear DequantizeLinear DequantizeLinear Conv QuantizeLinear "
                         "DequantizeLinear");
  EXPECT_EQ(model.proto.graph().input(0).name(), "image");
  EXPECT_EQ(model.proto.graph().output(0).name(), "y");
  EXPECT_EQ(model.node("y.dequantize").output(0), "y");
  const onnx::NodeProto &node = model.node("stem/conv");
  EXPECT_EQ(node.op_type(), "Conv");
  EXPECT_EQ(model.ints("stem/conv", "kernel_shape"), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(model.ints("stem/conv", "pads"), (std::vector<int64_t>{0, 0, 0, 0}));
}

TEST(QdqModel, signed_activations_are_stored_around_128) {
  Model model(conv());
  const onnx::NodeProto &in = model.node("image.quantize"), &out = model.node("stem/conv.quantize");
  EXPECT_EQ(model.constant<float>(in.input(1)), std::vector<float>{0.5f});
  EXPECT_EQ(model.constant<uint8_t>(in.input(2)), std::vector<uint8_t>{128});
  EXPECT_EQ(model.constant<float>(out.input(1)), std::vector<float>{0.25f});
  EXPECT_EQ(model.constant<uint8_t>(out.input(2)), std::vector<uint8_t>{0});
}

// y = 1/4 acc in steps of 1/4 and x in steps of 1/2, so one step of the filter is 1/4 * 1/4 / (1/2) = 1/8.
TEST(QdqModel, filter_scale_is_what_the_multiplier_states) {
  Model model(conv());
  EXPECT_EQ(model.constant<int8_t>("stem/conv.filter"), std::vector<int8_t>{7});
  EXPECT_EQ(model.constant<float>("stem/conv.filter.scale"), std::vector<float>{0.125f});
  EXPECT_EQ(model.constant<int32_t>("stem/conv.bias"), std::vector<int32_t>{-3});
  EXPECT_EQ(model.constant<float>("stem/conv.bias.scale"), std::vector<float>{0.0625f});
  EXPECT_EQ(model.ints("stem/conv.filter.dequantize", "axis"), std::vector<int64_t>{0});
  EXPECT_EQ(model.node("stem/conv.bias.dequantize").input_size(), 2); // i32 has no zero point
}

TEST(QdqModel, narrow_clamps_follow_in_a_pair_of_their_own) {
  Model model(conv("lo = 4, hi = 200"));
  EXPECT_EQ(model.ops(), "QuantizeLinear DequantizeLinear DequantizeLinear DequantizeLinear Conv QuantizeLinear "
                         "DequantizeLinear Clip QuantizeLinear DequantizeLinear");
  EXPECT_EQ(model.constant<float>("stem/conv.lo"), std::vector<float>{1});
  EXPECT_EQ(model.constant<float>("stem/conv.hi"), std::vector<float>{50});
  EXPECT_EQ(model.node("y.dequantize").input(0), model.node("stem/conv.clip.quantize").output(0));
}

TEST(QdqModel, a_channel_of_zeros_has_a_scale_above_zero) {
  std::string text = conv();
  text.replace(text.find("1073741824"), 10, "0");
  EXPECT_GT(Model(text).constant<float>("stem/conv.filter.scale")[0], 0);
}

TEST(QdqModel, constant_operand_of_add) {
  // M_1 = 3 and shift = 2 over a result in steps of 1/2: one step of the constant is 3/8.
  Model model(R"mlir(
func.func @main(%x: tensor<1x2x!s>) -> tensor<1x2x!s> {
  %c = arith.constant dense<[[-127, 5]]> : tensor<1x2xi8>
  %y = winograd.add %x, %c {requant = #winograd.requant<pre = 0, shift = 2, lo = -128, hi = 127, multipliers = [4, 3]>}
      : (tensor<1x2x!s>, tensor<1x2xi8>) -> tensor<1x2x!s> loc("sum")
  return %y : tensor<1x2x!s>
})mlir");
  EXPECT_EQ(model.constant<uint8_t>("sum.constant"), (std::vector<uint8_t>{1, 133}));
  EXPECT_EQ(model.constant<float>("sum.constant.scale"), std::vector<float>{0.375f});
  EXPECT_EQ(model.node("sum").op_type(), "Add");
  EXPECT_EQ(model.node("sum").input(0), "input0.dq");
  EXPECT_EQ(model.node("sum").input(1), "sum.constant.dq");
  EXPECT_EQ(model.proto.graph().output(0).name(), "output0");
}

TEST(QdqModel, constant_operand_of_mul) {
  // M = 2^30, pre = 0, shift = 1: 1/4 over x and y in steps of 1/2, so one step of the constant is 1/4.
  Model model(R"mlir(
func.func @main(%x: tensor<2x!s>) -> tensor<2x!s> {
  %c = arith.constant dense<2> : tensor<2xi8>
  %y = winograd.mul %c, %x {requant = #winograd.requant<pre = 0, shift = 1, lo = -128, hi = 127, multipliers = [1073741824]>}
      : (tensor<2xi8>, tensor<2x!s>) -> tensor<2x!s> loc("scaled")
  return %y : tensor<2x!s>
})mlir");
  EXPECT_EQ(model.constant<float>("scaled.constant.scale"), std::vector<float>{0.25f});
  EXPECT_EQ(model.node("scaled").input(0), "scaled.constant.dq");
}

TEST(QdqModel, slice_states_ends_behind_the_last_element) {
  Model model(unary("winograd.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 3>}", "tensor<1x8x!s>",
                    "tensor<1x2x!s>"));
  EXPECT_EQ(model.node("n").op_type(), "Slice");
  EXPECT_EQ(model.constant<int64_t>("n.starts"), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(model.constant<int64_t>("n.ends"), (std::vector<int64_t>{1, 5}));
  EXPECT_EQ(model.constant<int64_t>("n.axes"), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(model.constant<int64_t>("n.steps"), (std::vector<int64_t>{1, 3}));
}

TEST(QdqModel, pad_states_all_low_amounts_first) {
  Model model(unary("winograd.pad %x {low = array<i64: 0, 1>, high = array<i64: 2, 3>, value = 1.5 : f32}",
                    "tensor<1x2x!s>", "tensor<3x6x!s>"));
  EXPECT_EQ(model.constant<int64_t>("n.pads"), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(model.constant<float>("n.value"), std::vector<float>{1.5f});
}

TEST(QdqModel, means_over_the_map_are_global_pools) {
  const char *requant = "requant = #winograd.requant<pre = 0, shift = 1, lo = -128, hi = 127, multipliers = [7]>}";
  Model pool(unary(std::string("winograd.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims = true, ") + requant,
                   "tensor<1x2x2x2x!s>", "tensor<1x2x1x1x!s>"));
  EXPECT_EQ(pool.node("n").op_type(), "GlobalAveragePool");
  Model mean(unary(std::string("winograd.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims = false, ") + requant,
                   "tensor<1x2x2x2x!s>", "tensor<1x2x!s>"));
  EXPECT_EQ(mean.node("n").op_type(), "ReduceMean");
  EXPECT_EQ(mean.ints("n", "axes"), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(mean.ints("n", "keepdims"), std::vector<int64_t>{0});
}

TEST(QdqModel, repeats_and_blocks) {
  Model repeat(unary("winograd.repeat %x {factors = array<i64: 1, 2>}", "tensor<1x2x!s>", "tensor<1x4x!s>"));
  EXPECT_EQ(repeat.node("n").op_type(), "Resize");
  EXPECT_EQ(repeat.node("n").input(1), ""); // no region of interest
  EXPECT_EQ(repeat.constant<float>("n.scales"), (std::vector<float>{1, 2}));
  Model toSpace(unary("winograd.depth_to_space %x {block = array<i64: 2, 2>, channels_first = true}",
                      "tensor<1x4x1x1x!s>", "tensor<1x1x2x2x!s>"));
  EXPECT_EQ(toSpace.ints("n", "blocksize"), std::vector<int64_t>{2});
  EXPECT_EQ(toSpace.node("n").attribute(1).s(), "CRD");
  EXPECT_EQ(failure(unary("winograd.space_to_depth %x {block = array<i64: 2, 1>}", "tensor<1x1x2x1x!s>",
                          "tensor<1x2x1x1x!s>")),
            "layer 'n': expected a square block, which is all that ONNX has, got another");
  Model largest(
      unary("winograd.reduce_max %x {axes = array<i64: 1>, keep_dims = false}", "tensor<1x2x!s>", "tensor<1x!s>"));
  EXPECT_EQ(largest.ints("n", "axes"), std::vector<int64_t>{1});
}

TEST(QdqModel, functions_and_extrema) {
  std::string entries(256 * 2 - 1, ',');
  for (size_t k = 0; k < 256; ++k)
    entries[2 * k] = '0';
  auto lookup = [&](const std::string &function) {
    return unary("winograd.lookup %x {table = array<i32: " + entries + ">, winograd.function = #winograd.activation<" +
                     function + ">}",
                 "tensor<4x!s>", "tensor<4x!u>");
  };
  Model selu(lookup("selu, 1.5 : f32, 0.5 : f32"));
  EXPECT_EQ(selu.node("n").op_type(), "Selu");
  EXPECT_EQ(selu.node("n").attribute(0).name(), "alpha");
  EXPECT_EQ(selu.node("n").attribute(1).f(), 0.5f);
  Model power(lookup("pow, 2.0 : f32, 0.0 : f32"));
  EXPECT_EQ(power.constant<float>("n.exponent"), std::vector<float>{2});
  EXPECT_EQ(failure(lookup("mish, 0.0 : f32, 0.0 : f32")),
            "layer 'n': expected a function that ONNX has in opset 13, got mish");
  Model extremum(
      "func.func @main(%x: tensor<4x!s>) -> tensor<4x!s> { %y = winograd.maximum %x, %x {requant = "
      "#winograd.requant<pre = 0, shift = 8, lo = -128, hi = 127, multipliers = [256, 256]>} : (tensor<4x!s>, "
      "tensor<4x!s>) -> tensor<4x!s> loc(\"n\")\n return %y : tensor<4x!s> }");
  EXPECT_EQ(extremum.node("n").op_type(), "Max");
}

TEST(QdqModel, a_table_needs_its_function) {
  std::string entries(256 * 3 - 2, ' ');
  for (size_t k = 0; k < 256; ++k)
    entries.replace(k * 3, 1, "0").replace(k * 3 + 1, k < 255, k < 255 ? "," : "");
  std::string table = "winograd.lookup %x {table = array<i32: " + entries + ">";
  EXPECT_EQ(failure(unary(table + "}", "tensor<4x!s>", "tensor<4x!u>")),
            "layer 'n': expected the function of the table in winograd.function, got none; QDQ has no tables");
  Model leaky(unary(table + ", winograd.function = #winograd.activation<leaky_relu, 1.250000e-01 : f32, 0.0 : f32>}",
                    "tensor<4x!s>", "tensor<4x!u>"));
  EXPECT_EQ(leaky.node("n").op_type(), "LeakyRelu");
  EXPECT_EQ(leaky.node("n").attribute(0).f(), 0.125f);
  Model clip(unary(table + ", winograd.function = #winograd.activation<clip, -1.0 : f32, 6.0 : f32>}", "tensor<4x!s>",
                   "tensor<4x!s>"));
  EXPECT_EQ(clip.node("n").input_size(), 3);
  EXPECT_EQ(clip.constant<float>(clip.node("n").input(2)), std::vector<float>{6});
}

TEST(QdqModel, one_value_as_two_results) {
  Model model("func.func @main(%x: tensor<2x!s> {wino.name = \"x\"}) -> (tensor<2x!s> {wino.name = \"a\"}, "
              "tensor<2x!s> {wino.name = \"b\"}) { return %x, %x : tensor<2x!s>, tensor<2x!s> }");
  EXPECT_EQ(model.node("a.dequantize").output(0), "a");
  EXPECT_EQ(model.node("b.dequantize").output(0), "b");
}

TEST(QdqModel, refusals) {
  EXPECT_EQ(failure("func.func @main(%x: tensor<2x!s> {wino.name = \"x\"}) -> (tensor<2x!s> {wino.name = \"x\"}) "
                    "{ return %x : tensor<2x!s> }"),
            "output 'x': expected a name that no other input or output has, got it twice; rename it in the model");
  EXPECT_EQ(failure("func.func @main(%x: tensor<2xf32> {wino.name = \"x\"}) -> tensor<2xf32> { return %x : "
                    "tensor<2xf32> }"),
            "input 'x': expected a quantized tensor (after wino-quantize-graph), got another type");
  std::string planned = conv("lo = 0, hi = 255", ", plan = #winograd.plan<\"F(2,3)\">");
  for (size_t at; (at = planned.find("1x1x1x1xi8")) != std::string::npos;)
    planned.replace(at, 10, "1x1x3x3xi8");
  planned.replace(planned.find("[[[[7]]]]"), 9, "7");
  planned.replace(planned.find("0, 0, 0, 0"), 10, "1, 1, 1, 1");
  EXPECT_EQ(failure(planned),
            "layer 'stem/conv': expected a direct convolution, got a Winograd plan, which QDQ has no words for");
  EXPECT_EQ(failure("func.func @main(%x: tensor<1x1x4x4x!s>) -> tensor<1x1x4x4x!s> {\n"
                    "%c = arith.constant dense<1.0> : tensor<2xf32>\n"
                    "%y = arith.negf %c : tensor<2xf32> loc(\"odd\")\n"
                    "return %x : tensor<1x1x4x4x!s> }"),
            "layer 'odd': expected a layer that QDQ has words for, got 'arith.negf'");
}

} // namespace
} // namespace wino
