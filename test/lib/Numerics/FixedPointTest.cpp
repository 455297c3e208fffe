// The rounding rule: ties go up, whatever the sign; each test names the tie or the limit that it pins.
#include "wino/Numerics/FixedPoint.h"

#include "gtest/gtest.h"

#include <random>

using namespace wino;

namespace {

TEST(FixedPoint, rshr_breaks_ties_upwards_not_away_from_zero) {
  EXPECT_EQ(rshr(5, 1), 3);   // 2.5
  EXPECT_EQ(rshr(-5, 1), -2); // -2.5
  EXPECT_EQ(rshr(-6, 2), -1); // -1.5
  EXPECT_EQ(rshr(6, 2), 2);   // 1.5
  EXPECT_EQ(rshr(-7, 2), -2); // -1.75
  EXPECT_EQ(rshr(-7, 0), -7);
}

TEST(FixedPoint, rshr_does_not_overflow_at_int32_limits) {
  EXPECT_EQ(rshr(INT32_MAX, 1), int64_t(1) << 30);
  EXPECT_EQ(rshr(INT32_MIN, 1), -(int64_t(1) << 30));
  EXPECT_EQ(rshr(INT32_MAX, 16), 32768);
}

TEST(FixedPoint, mulhi16_ties_and_limits) {
  EXPECT_EQ(mulhi16(1, 16384), 1);   // 0.5
  EXPECT_EQ(mulhi16(-1, 16384), 0);  // -0.5
  EXPECT_EQ(mulhi16(-3, 16384), -1); // -1.5
  EXPECT_EQ(mulhi16(3, 16384), 2);   // 1.5
  EXPECT_EQ(mulhi16(32767, 32767), 32766);
  EXPECT_EQ(mulhi16(-32768, 32767), -32767);
}

TEST(FixedPoint, mulhi32_ties_and_limits) {
  EXPECT_EQ(mulhi32(1, 1 << 30), 1);
  EXPECT_EQ(mulhi32(-1, 1 << 30), 0);
  EXPECT_EQ(mulhi32(-3, 1 << 30), -1);
  EXPECT_EQ(mulhi32(INT32_MIN, INT32_MAX), INT32_MIN + 1);
  EXPECT_EQ(mulhi32(INT32_MAX, INT32_MAX), INT32_MAX - 1);
}

TEST(FixedPoint, products_equal_their_definitions) {
  std::mt19937 random(7);
  for (int i = 0; i < 100000; ++i) {
    auto a = int16_t(random()), b = int16_t(random());
    if (a == -32768 && b == -32768)
      continue;
    EXPECT_EQ(mulhi16(a, b), std::floor(double(a) * b / 32768 + 0.5));
    auto x = int32_t(random()), y = int32_t(random() >> 1);
    EXPECT_EQ(mulhi32(x, y), int32_t((__int128(2) * x * y + (__int128(1) << 31)) >> 32));
  }
}

TEST(FixedPoint, saturation) {
  EXPECT_EQ(sat8(128), 127);
  EXPECT_EQ(sat8(-129), -128);
}

TEST(FixedPoint, requant_rounds_twice_and_clamps) {
  Requant q{/*pre=*/2, /*shift=*/1, /*lo=*/-128, /*hi=*/127};
  EXPECT_EQ(requant(5, q, 1 << 30), 5);   // (5 << 2) / 2 = 10, / 2
  EXPECT_EQ(requant(-3, q, 1 << 29), -1); // -12 / 4 = -3, then the tie -1.5 goes up
  EXPECT_EQ(requant(1000, q, 1 << 30), 127);
  EXPECT_EQ(requant(-1000, q, 1 << 30), -128);
}

TEST(FixedPoint, multiplier16_is_the_nearest) {
  for (double real : {0.999, 0.75, 0.5, 0.1, 1.0 / 3, 0.0001, std::ldexp(1.0, -16), 0.4999999}) {
    auto q = quantizeMultiplier16(real);
    ASSERT_TRUE(q.has_value()) << real;
    EXPECT_GE(q->m, 1 << 14);
    EXPECT_TRUE(q->shift >= 0 && q->shift <= 15) << real;
    EXPECT_LE(std::fabs(q->real() / real - 1), std::ldexp(1.0, -15)) << real;
  }
  EXPECT_EQ(quantizeMultiplier16(0.4999999)->m, 1 << 14); // rounds up to 1/2: one shift less
  EXPECT_EQ(quantizeMultiplier16(0.4999999)->shift, 0);
  EXPECT_EQ(quantizeMultiplier16(0.9999999)->m, 32767); // 1 itself has no multiplier
}

TEST(FixedPoint, multiplier16_refuses_what_it_cannot_state) {
  for (double real : {0.0, -0.5, 1.0, 2.0, std::ldexp(1.0, -17), std::nan(""), HUGE_VAL})
    EXPECT_FALSE(quantizeMultiplier16(real).has_value()) << real;
}

} // namespace
