// Every op as sparse rows against the interpreter, on operands of random numbers.
#include "wino-opt/SparseRows.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Reference/FloatOps.h"
#include "wino/Reference/MoveOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <random>

using namespace wino;

namespace {

/// `op` reads %x (1x2x4x6), %z (the same shape) or the constant %c (the same shape).
struct OneOp {
  mlir::MLIRContext context{[] {
    mlir::DialectRegistry registry;
    registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect>();
    return registry;
  }()};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Operation *op = nullptr;

  explicit OneOp(const std::string &text) {
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "func.func @main(%x: tensor<1x2x4x6xf32>, %z: tensor<1x2x4x6xf32>) {\n"
        "  %c = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 1.0, 2.0, 3.0], "
        "[0.5, 0.25, 4.0, 0.0, -1.0, -2.0], [3.0, 3.0, 3.0, 1.0, 1.0, 1.0]], [[1.0, 0.0, 0.0, 2.0, 2.0, 2.0], "
        "[-4.0, 5.0, 6.0, 7.0, 8.0, 9.0], [1.5, 1.0, 1.0, 1.0, 1.0, 1.0], [2.0, 1.0, 0.0, -1.0, -2.0, -3.0]]]]> : "
        "tensor<1x2x4x6xf32>\n  %y = " +
            text + "\n  return\n}",
        &context);
    if (module)
      module->walk([&](mlir::Operation *found) {
        if (isSparse(found))
          op = found;
      });
  }
};

void compare(const std::string &text) {
  OneOp one(text);
  ASSERT_TRUE(one.op) << text;
  auto isKnown = [](mlir::Value value) { return !value.getDefiningOp(); };
  std::optional<SparseLayer::Rows> rows = sparseRows(one.op, isKnown);
  ASSERT_TRUE(rows) << text;
  std::mt19937 random(1);
  std::vector<Tensor> operands;
  std::vector<size_t> sizes;
  for (mlir::Value operand : one.op->getOperands()) {
    operands.emplace_back(llvm::cast<mlir::RankedTensorType>(operand.getType()));
    if (isKnown(operand)) {
      for (float &x : operands.back().f)
        x = float(int(random() % 2001) - 1000) / 100;
      sizes.push_back(operands.back().f.size());
    } else {
      auto constant = llvm::cast<mlir::arith::ConstantOp>(operand.getDefiningOp()).getValue();
      auto values = llvm::cast<mlir::DenseElementsAttr>(constant).getValues<float>();
      operands.back().f.assign(values.begin(), values.end());
    }
  }
  std::vector<const Tensor *> all;
  std::vector<const float *> known;
  for (auto [operand, value] : llvm::zip(operands, one.op->getOperands())) {
    all.push_back(&operand);
    if (isKnown(value))
      known.push_back(operand.f.data());
  }
  std::vector<float> expected =
      isMove(one.op) ? evaluateMove(one.op, all).f : llvm::cantFail(evaluateFloat(one.op, all)).f;
  ParallelLoop loop(1);
  std::vector<float> found(rows->starts.size() - 1);
  SparseLayer(std::move(*rows), sizes, loop).forward(known, found.data(), 1, false);
  ASSERT_EQ(found.size(), expected.size()) << text;
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-4) << text << " at " << i;
}

const std::string t = "tensor<1x2x4x6xf32>";

TEST(SparseRows, are_what_the_interpreter_computes) {
  for (const char *operands : {"%x, %z", "%x, %c", "%c, %x", "%x, %x"})
    for (const char *kind : {"add", "sub"})
      compare("winograd." + std::string(kind) + " " + operands + " : (" + t + ", " + t + ") -> " + t);
  compare("winograd.mul %c, %x : (" + t + ", " + t + ") -> " + t);
  for (const char *kind : {"max_pool_2d", "avg_pool_2d"})
    for (const char *counts : {"true", "false"}) {
      std::string extra = kind[0] == 'a' ? std::string(", count_include_pad = ") + counts : "";
      compare("winograd." + std::string(kind) + " %x {kernel = array<i64: 3, 2>, strides = array<i64: 2, 2>, " +
              "pads = array<i64: 1, 0, 0, 0>" + extra + "} : (" + t + ") -> tensor<1x2x2x3xf32>");
    }
  compare("winograd.reduce_mean %x {axes = array<i64: 2, 3>, keep_dims = false} : (" + t + ") -> tensor<1x2xf32>");
  compare("winograd.reduce_mean %x {axes = array<i64: 1>, keep_dims = true} : (" + t + ") -> tensor<1x1x4x6xf32>");
  compare("winograd.concat %x, %z {axis = 1 : i64} : (" + t + ", " + t + ") -> tensor<1x4x4x6xf32>");
  compare("winograd.slice %x {starts = array<i64: 0, 1, 0, 2>, steps = array<i64: 1, 1, 2, 3>} : (" + t +
          ") -> tensor<1x1x2x2xf32>");
  compare("winograd.pad %x {low = array<i64: 0, 1, 0, 2>, high = array<i64: 0, 1, 1, 0>, value = 0.0 : f32} : (" + t +
          ") -> tensor<1x4x5x8xf32>");
  compare("winograd.transpose %x {perm = array<i64: 0, 2, 3, 1>} : (" + t + ") -> tensor<1x4x6x2xf32>");
}

TEST(SparseRows, say_what_they_do_not_know) {
  auto isKnown = [](mlir::Value) { return true; };
  OneOp product("winograd.mul %x, %z : (" + t + ", " + t + ") -> " + t);
  OneOp pad("winograd.pad %x {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 1, 1>, value = 1.0 : f32} : (" + t +
            ") -> tensor<1x2x6x8xf32>");
  EXPECT_FALSE(sparseRows(product.op, isKnown));
  EXPECT_FALSE(sparseRows(pad.op, isKnown));
}

} // namespace
