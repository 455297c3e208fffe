// Walking whole functions: constants, several uses, observers, and errors that name what is wrong.
#include "wino/Reference/Interpreter.h"

#include "RunText.h"

#include <map>

using namespace wino;

namespace {

using InterpreterTest = RunText;
using V = std::vector<float>;

const char *residual = R"mlir(
func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32> loc("c")
  %s = arith.constant dense<3.0> : tensor<2xf32> loc("s")
  %a = winograd.add %x, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("a")
  %unused = winograd.mul %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("unused")
  %b = winograd.mul %a, %s : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("b")
  %y = winograd.add %b, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("y")
  return %y, %x : tensor<2xf32>, tensor<2xf32>
})mlir";

TEST_F(InterpreterTest, valuesLiveUntilTheirLastUse) {
  mlir::func::FuncOp function = parse(residual);
  llvm::Expected<Interpreter> interpreter = Interpreter::create(function);
  ASSERT_TRUE(static_cast<bool>(interpreter));
  std::vector<std::string> seen;
  for (int repeat = 0; repeat < 2; ++repeat) {
    seen.clear();
    llvm::Expected<std::vector<Tensor>> results =
        interpreter->run({argument<float>(function, 0, {10, 20})}, [&](mlir::Operation *op, const Tensor &value) {
          seen.push_back(nodeName(op).str() + "=" + std::to_string(int(value.f[0])));
        });
    ASSERT_TRUE(static_cast<bool>(results));
    EXPECT_EQ((*results)[0].f, (V{44, 88}));
    EXPECT_EQ((*results)[1].f, (V{10, 20}));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a=11", "unused=121", "b=33", "y=44"}));
}

TEST_F(InterpreterTest, rerunsOnlyWhatComesAfterAnOp) {
  mlir::func::FuncOp function = parse(residual);
  llvm::Expected<Interpreter> interpreter = Interpreter::create(function);
  ASSERT_TRUE(static_cast<bool>(interpreter));
  std::vector<Tensor> arguments = {argument<float>(function, 0, {10, 20})};
  std::map<mlir::Operation *, Tensor> kept;
  mlir::Operation *start = nullptr;
  auto keep = [&](mlir::Operation *op, const Tensor &value) {
    kept.emplace(op, value);
    start = nodeName(op) == "b" ? op : start;
  };
  ASSERT_TRUE(static_cast<bool>(interpreter->run(arguments, keep)));
  Tensor value = kept.at(start);
  value.f = {1, 2};
  std::vector<std::string> seen;
  auto rerun = [&](bool forgets) {
    return interpreter->rerunAfter(
        arguments, start, value,
        [&](mlir::Operation *op) { return forgets || nodeName(op) == "unused" ? nullptr : &kept.at(op); },
        [&](mlir::Operation *op, const Tensor &) { seen.push_back(nodeName(op).str()); });
  };
  llvm::Expected<std::vector<Tensor>> results = rerun(false);
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ((*results)[0].f, (V{12, 24})); // b = (1, 2) and a = (11, 22)
  EXPECT_EQ((*results)[1].f, (V{10, 20}));
  EXPECT_EQ(seen, std::vector<std::string>{"y"});
  llvm::Expected<std::vector<Tensor>> none = rerun(true);
  ASSERT_FALSE(static_cast<bool>(none));
  EXPECT_EQ(llvm::toString(none.takeError()),
            "layer 'y': expected the earlier result of an op that it reads, got none");
}

TEST_F(InterpreterTest, integerConstantsKeepTheirSign) {
  std::vector<int32_t> y = values<int32_t>(R"mlir(
func.func @main(%x: tensor<1x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x1x!quant.uniform<i8:f32, 0.5>> {
  %w = arith.constant dense<[[-3, 2]]> : tensor<1x2xi8>
  %b = arith.constant dense<-7> : tensor<1xi32>
  %y = winograd.fully_connected %x, %w, %b {requant = #winograd.requant<pre = 1, shift = 1, lo = -128, hi = 127, multipliers = [2147483647]>}
    : (tensor<1x2x!quant.uniform<i8:f32, 0.5>>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1x!quant.uniform<i8:f32, 0.5>>
  return %y : tensor<1x1x!quant.uniform<i8:f32, 0.5>>
})mlir",
                                           {{4, 5}});
  EXPECT_EQ(y, std::vector<int32_t>{-9});
}

/// 0.1f times 3, 127 and -128, each product rounded once to binary32; then back, ties up: 0.25 is 2.5 steps of 0.1f
/// times an inverse of 10, NaN the lowest.
TEST_F(InterpreterTest, integersBecomeFloatsAndFloatsIntegers) {
  std::string stored = "3x!quant.uniform<i8:f32, 0.10000000149011612>";
  mlir::func::FuncOp function = parse(unary("dequantize", {stored}, "3xf32"));
  llvm::Expected<Interpreter> down = Interpreter::create(function);
  ASSERT_TRUE(bool(down)) << llvm::toString(down.takeError());
  auto floats = down->run(argument<int32_t>(function, 0, {3, 127, -128}));
  ASSERT_TRUE(bool(floats)) << llvm::toString(floats.takeError());
  EXPECT_EQ(floats->front().f, (std::vector<float>{3 * 0.1f, 127 * 0.1f, -128 * 0.1f}));
  function =
      parse("func.func @main(%x: tensor<6xf32>) -> tensor<6x!quant.uniform<i8:f32, 0.10000000149011612>> {\n"
            "  %y = \"quant.qcast\"(%x) : (tensor<6xf32>) -> tensor<6x!quant.uniform<i8:f32, 0.10000000149011612>>\n"
            "  return %y : tensor<6x!quant.uniform<i8:f32, 0.10000000149011612>>\n}");
  llvm::Expected<Interpreter> up = Interpreter::create(function);
  ASSERT_TRUE(bool(up)) << llvm::toString(up.takeError());
  auto integers = up->run(argument<float>(function, 0, {0.25f, -0.25f, 0.249f, 1e30f, -1e30f, std::nanf("")}));
  ASSERT_TRUE(bool(integers)) << llvm::toString(integers.takeError());
  EXPECT_EQ(integers->front().i, (std::vector<int32_t>{3, -2, 2, 127, -128, -128}));
}

/// Channel 1 has a table of its own: 256 entries behind those of channel 0.
TEST_F(InterpreterTest, tablesOfChannels) {
  std::string table;
  for (int i = 0; i < 512; ++i)
    table += (i ? ", " : "") + std::to_string(i < 256 ? i / 2 : 255 - (i - 256));
  std::string type = "1x2x1x2x!quant.uniform<u8:f32, 1.0>";
  EXPECT_EQ(values<int32_t>(unary("lookup {table = array<i32: " + table + ">}", {type}, type), {{4, 255, 4, 255}}),
            (std::vector<int32_t>{2, 127, 251, 0}));
}

TEST_F(InterpreterTest, argumentsAreChecked) {
  mlir::func::FuncOp function =
      parse(unary("max_pool_2d {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}",
                  {"1x1x1x2x!quant.uniform<u8:f32, 0.5>"}, "1x1x1x2x!quant.uniform<u8:f32, 0.5>"));
  llvm::Expected<Interpreter> interpreter = Interpreter::create(function);
  ASSERT_TRUE(static_cast<bool>(interpreter));
  auto error = [&](llvm::ArrayRef<Tensor> args) {
    llvm::Expected<std::vector<Tensor>> results = interpreter->run(args);
    return results ? std::string("none") : llvm::toString(results.takeError());
  };
  Tensor good = argument<int32_t>(function, 0, {0, 255}), large = good, shape = good;
  large.i[1] = 256;
  shape.shape = {2};
  EXPECT_EQ(error({good}), "none");
  EXPECT_EQ(error({}), "function 'main': expected 1 arguments, got 0");
  EXPECT_EQ(error({large}), "function 'main': expected argument 0 in [0, 255], got 256");
  EXPECT_NE(error({shape}).find("expected argument 0 of type tensor<1x1x1x2x"), std::string::npos);
}

TEST_F(InterpreterTest, whatCannotRunIsRefusedByName) {
  auto error = [&](const std::string &text) {
    llvm::Expected<Interpreter> interpreter = Interpreter::create(parse(text));
    return interpreter ? std::string("none") : llvm::toString(interpreter.takeError());
  };
  EXPECT_EQ(error("func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n%y = arith.addf %x, %x : tensor<2xf32> "
                  "loc(\"sum\")\nreturn %y : tensor<2xf32>\n}"),
            "layer 'sum': expected a winograd op, a constant or return, got 'arith.addf'");
  EXPECT_EQ(error("func.func private @main(tensor<2xf32>)"),
            "function 'main': expected a body of one block, got 0 blocks");
  EXPECT_NE(error("func.func @main(%x: tensor<2xf64>) -> tensor<2xf64> {\nreturn %x : tensor<2xf64>\n}")
                .find("got tensor<2xf64>"),
            std::string::npos);
  std::string planned =
      unary("conv_2d {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups "
            "= 1 : i64, "
            "plan = #winograd.plan<\"F(2,3)\">, requant = #winograd.requant<pre = 0, shift = 16, lo = -128, hi = 127, "
            "multipliers = [0]>}",
            {"1x1x4x4x!quant.uniform<i8:f32, 0.5>", "1x1x3x3xf32", "1xf32"}, "1x1x4x4x!quant.uniform<i8:f32, 0.5>");
  EXPECT_NE(error(planned).find("expected operands and result both float or both integer"), std::string::npos);
}

} // namespace
