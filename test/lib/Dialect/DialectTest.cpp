// Helpers of the dialect: node names, storage ranges, window extents, attribute checks. Op verifiers are tested in
// test/Dialect.
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace wino;

namespace {

struct DialectTest : testing::Test {
  DialectTest() { context.loadDialect<WinogradDialect, func::FuncDialect>(); }

  quant::UniformQuantizedType type(bool isSigned) {
    Builder b(&context);
    return quant::UniformQuantizedType::get(isSigned, b.getIntegerType(8), b.getF32Type(), 0.5, 0, isSigned ? -128 : 0,
                                            isSigned ? 127 : 255);
  }

  MLIRContext context;
};

TEST_F(DialectTest, nodeNameIsTheFirstNameOfTheLocation) {
  OpBuilder b(&context);
  Location unnamed = b.getUnknownLoc();
  Location named = NameLoc::get(b.getStringAttr("conv1"), NameLoc::get(b.getStringAttr("file")));
  Location fused = FusedLoc::get(&context, {unnamed, named});
  for (auto [loc, expected] : {std::pair(unnamed, "?"), std::pair(named, "conv1"), std::pair(fused, "conv1")}) {
    OwningOpRef<func::FuncOp> op = b.create<func::FuncOp>(loc, "f", b.getFunctionType({}, {}));
    EXPECT_EQ(nodeName(*op), expected);
  }
}

TEST_F(DialectTest, storageRangeOfBothSigns) {
  EXPECT_EQ(storageRange(type(true)).lo, -128);
  EXPECT_EQ(storageRange(type(true)).hi, 127);
  EXPECT_EQ(storageRange(type(false)).lo, 0);
  EXPECT_EQ(storageRange(type(false)).hi, 255);
}

TEST_F(DialectTest, windowExtent) {
  EXPECT_EQ(windowExtent(8, 3, 1, 1, 1, 1), 8);
  EXPECT_EQ(windowExtent(8, 3, 2, 1, 1, 1), 4); // the last column is not reached
  EXPECT_EQ(windowExtent(8, 3, 2, 1, 0, 1), 4);
  EXPECT_EQ(windowExtent(9, 3, 1, 2, 0, 0), 5); // a dilated kernel spans 5
  EXPECT_EQ(windowExtent(2, 3, 1, 1, 0, 0), 0); // too small for one window
  EXPECT_EQ(windowExtent(2, 5, 2, 1, 0, 1), 0); // floor, not truncation towards zero: (3 - 5) / 2 is -1
}

TEST_F(DialectTest, planTextIsChecked) {
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  auto emit = [&] { return emitError(UnknownLoc::get(&context)); };
  auto text = [&](StringRef plan) { return StringAttr::get(&context, plan); };
  EXPECT_FALSE(PlanAttr::getChecked(emit, &context, text("F(4,")));
  EXPECT_TRUE(PlanAttr::getChecked(emit, &context, text("direct")).isDirect());
  PlanAttr plan = PlanAttr::getChecked(emit, &context, text("F(4,3)"));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan.getSpec().m, 4);
  EXPECT_EQ(plan.getSpec().K, 6);
}

TEST_F(DialectTest, requantFieldsAreChecked) {
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  auto emit = [&] { return emitError(UnknownLoc::get(&context)); };
  auto multipliers = DenseI32ArrayAttr::get(&context, {1});
  auto valid = [&](int64_t pre, int64_t shift, int64_t lo, int64_t hi) {
    return static_cast<bool>(RequantAttr::getChecked(emit, &context, pre, shift, lo, hi, multipliers));
  };
  EXPECT_TRUE(valid(0, 1, -128, 127));
  EXPECT_TRUE(valid(31, 16, 0, 255));
  EXPECT_FALSE(valid(-1, 1, 0, 1));
  EXPECT_FALSE(valid(0, 0, 0, 1));
  EXPECT_FALSE(valid(0, 1, -32769, 1));
  EXPECT_FALSE(valid(0, 1, 0, 65536));
}

} // namespace
