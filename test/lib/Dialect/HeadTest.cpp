// Which tensors of small graphs belong to the head.
#include "wino/Dialect/Head.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <set>

using namespace mlir;
using namespace wino;

namespace {

struct HeadTest : testing::Test {
  HeadTest() { context.loadDialect<WinogradDialect, func::FuncDialect, arith::ArithDialect>(); }

  /// Names of the head's tensors of a function body with the argument %x: tensor<1x4x2x2xf32>.
  std::set<std::string> headOf(const std::string &body, const std::string &result) {
    std::string text = "func.func @main(%x: tensor<1x4x2x2xf32>) -> " + result + " {\n" + constants + body + "}\n";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    std::set<std::string> names;
    if (module)
      module->walk([&](Operation *op) {
        if (op->getNumResults() == 1 && isa<WinogradDialect>(op->getDialect()) && isHead(op->getResult(0)))
          names.insert(tensorName(op->getResult(0)));
      });
    return names;
  }

  std::string constants = R"(
    %w = arith.constant dense<1.0> : tensor<4x4xf32>
    %b = arith.constant dense<0.0> : tensor<4xf32>
    %v = arith.constant dense<1.0> : tensor<4x4x1x1xf32>
)";
  std::string mean = R"(
    %m = winograd.avg_pool_2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
      count_include_pad = true} : (tensor<1x4x2x2xf32>) -> tensor<1x4x1x1xf32> loc("mean")
    %r = winograd.reshape %m : (tensor<1x4x1x1xf32>) -> tensor<1x4xf32> loc("flat")
)";
  std::string layer(const std::string &from, const std::string &to, const std::string &activation = "") {
    return "%" + to + " = winograd.fully_connected %" + from + ", %w, %b {" + activation +
           "} : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32> loc(\"" + to + "\")\n";
  }

  MLIRContext context;
};

TEST_F(HeadTest, meanLayerAndSoftmax) {
  std::string softmax = "%s = winograd.softmax %l {axis = 1 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>\n";
  EXPECT_EQ(headOf(mean + layer("r", "l") + softmax + "return %s : tensor<1x4xf32>\n", "tensor<1x4xf32>"),
            (std::set<std::string>{"mean", "l"}));
}

TEST_F(HeadTest, onlyTheLastOfTwoLayers) {
  EXPECT_EQ(headOf(mean + layer("r", "k") + layer("k", "l") + "return %l : tensor<1x4xf32>\n", "tensor<1x4xf32>"),
            (std::set<std::string>{"l"}));
}

TEST_F(HeadTest, aTableNeedsBytes) {
  std::string sigmoid = "activation = #winograd.activation<sigmoid, 0.0 : f32, 0.0 : f32>";
  EXPECT_EQ(headOf(mean + layer("r", "l", sigmoid) + "return %l : tensor<1x4xf32>\n", "tensor<1x4xf32>"),
            std::set<std::string>{});
}

TEST_F(HeadTest, aMeanThatAConvolutionReads) {
  std::string gate = R"(
    %g = winograd.conv_2d %m, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
      dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x4x1x1xf32>, tensor<4x4x1x1xf32>, tensor<4xf32>) -> tensor<1x4x1x1xf32> loc("gate")
    return %g : tensor<1x4x1x1xf32>
)";
  EXPECT_EQ(headOf(mean + gate, "tensor<1x4x1x1xf32>"), std::set<std::string>{});
}

TEST_F(HeadTest, poolsOfWindowsAreMaps) {
  std::string pool = R"(
    %p = winograd.avg_pool_2d %x {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
      count_include_pad = true} : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32> loc("pool")
    return %p : tensor<1x4x2x2xf32>
)";
  EXPECT_EQ(headOf(pool, "tensor<1x4x2x2xf32>"), std::set<std::string>{});
}

} // namespace
