// Intervals of activations contain what the interpreter's arithmetic makes of numbers from the interval of the operand.
#include "wino/Dialect/Intervals.h"
#include "wino/Dialect/FloatActivation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace wino;

namespace {

struct IntervalsTest : testing::TestWithParam<uint32_t> {
  IntervalsTest() { context.loadDialect<WinogradDialect, func::FuncDialect, arith::ArithDialect>(); }

  ActivationAttr activation(ActivationKind kind, double lo, double hi) {
    Builder b(&context);
    return ActivationAttr::get(&context, kind, b.getF32FloatAttr(float(lo)), b.getF32FloatAttr(float(hi)));
  }
  /// Of the op of this name.
  Operation *first(llvm::StringRef name, llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    Operation *found = nullptr;
    if (module)
      module->walk([&](Operation *op) { found = op->getName().getStringRef() == name ? op : found; });
    return found;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_P(IntervalsTest, containWhatActivationsMake) {
  auto kind = static_cast<ActivationKind>(GetParam());
  std::mt19937_64 random(GetParam());
  auto uniform = [&](double lo, double hi) { return std::uniform_real_distribution<double>(lo, hi)(random); };
  NumberMachine machine;
  FloatActivation function(machine);
  for (int trial = 0; trial < 400; ++trial) {
    double size = std::exp2(uniform(-6, 8)), a = uniform(-size, size), b = uniform(-size, size);
    Interval x{float(std::min(a, b)), float(std::max(a, b))};
    double lo = trial % 4 == 0 ? uniform(-3, 0) : uniform(0, 3), hi = trial % 3 == 0 ? uniform(-3, 0) : uniform(0, 3);
    if (kind == ActivationKind::Clip)
      std::tie(lo, hi) = std::minmax({lo, hi});
    if (kind == ActivationKind::Sqrt)
      x = {std::fabs(x.lo), std::fabs(x.lo) + 1};
    ActivationAttr attr = activation(kind, lo, hi);
    Interval y = activatedInterval(attr, x);
    if (y.largest() > std::numeric_limits<float>::max())
      y = {}; // as resultInterval has it
    for (int i = 0; i <= 64; ++i) {
      float in = i == 64 && x.lo <= 0 && x.hi >= 0 ? 0.0f : float(x.lo + (x.hi - x.lo) * std::min(i, 32) / 32);
      in = std::clamp(i > 32 && i < 64 ? float(uniform(x.lo, x.hi)) : in, float(x.lo), float(x.hi));
      float out = function.apply(attr, in);
      bool isInside = out >= y.lo && out <= y.hi, mayBeNan = !y.isFinite() && std::isnan(out);
      ASSERT_TRUE(isInside || mayBeNan) << stringifyActivationKind(kind).str() << "(" << in << "; " << lo << ", " << hi
                                        << ") = " << out << ", expected in [" << y.lo << ", " << y.hi << "] for ["
                                        << x.lo << ", " << x.hi << "]";
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, IntervalsTest, testing::Range(1u, unsigned(getMaxEnumValForActivationKind()) + 1));

TEST_F(IntervalsTest, roundingsOfOneOperationAreIncluded) {
  const char *text = R"(func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
    %y = winograd.add %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  })";
  Operation *op = first("winograd.add", text);
  ASSERT_TRUE(op);
  Interval y = resultInterval(op, {Interval{1e9, 1e9 + 33}, Interval{0, 0}});
  EXPECT_LE(y.lo, double(float(1e9)) - 100); // numbers there are 64 apart
  EXPECT_GE(y.hi, 1e9 + 33 + 100);
  EXPECT_FALSE(resultInterval(op, {Interval{0, 3e38}, Interval{0, 3e38}}).isFinite()) << "infinite in binary32";
}

TEST_F(IntervalsTest, sumsBeyondBinary32HaveNone) {
  const char *text = R"(func.func @f(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
    %w = arith.constant dense<[[1.0e30, -1.0e30]]> : tensor<1x2xf32>
    %b = arith.constant dense<0.0> : tensor<1xf32>
    %y = winograd.fully_connected %x, %w, %b {activation = #winograd.activation<clip, -1.0 : f32, 1.0 : f32>}
      : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  })";
  Operation *op = first("winograd.fully_connected", text);
  ASSERT_TRUE(op);
  op->removeAttr("activation");
  EXPECT_TRUE(resultInterval(op, {Interval{0, 1e7}, Interval(), Interval()}).isFinite());
  EXPECT_FALSE(resultInterval(op, {Interval{0, 1e9}, Interval(), Interval()}).isFinite()); // inf - inf
}

TEST_F(IntervalsTest, filtersOfNormalHalvesHave16Bits) {
  auto stores = [&](const std::string &weights, const std::string &type = "f16") {
    std::string text = "func.func @f(%x: tensor<1x2x" + type + ">) -> tensor<1x2xf32> {\n  %w = arith.constant dense<" +
                       weights + "> : tensor<2x2xf32>\n  %b = arith.constant dense<0.0> : tensor<2xf32>\n" +
                       "  %y = winograd.fully_connected %x, %w, %b : (tensor<1x2x" + type +
                       ">, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>\n  return %y : tensor<1x2xf32>\n}";
    Operation *op = first("winograd.fully_connected", text);
    return op && storesHalfFilter(op);
  };
  EXPECT_TRUE(stores("[[1.0, 1.0e-8], [0.0, 0.0]]")); // what is lost is nothing beside the channel's largest
  EXPECT_FALSE(stores("[[1.0, 1.0], [1.0e-8, 2.0e-8]]"));
  EXPECT_FALSE(stores("[[1.0, 1.0e5], [1.0, 1.0]]"));
  EXPECT_FALSE(stores("[[1.0, 1.0], [1.0, 1.0]]", "f32"));
}

} // namespace
