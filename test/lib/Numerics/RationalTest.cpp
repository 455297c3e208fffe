// Exact fractions: normal form, order, text, and the sticky invalid value on overflow.
#include "wino/Numerics/Rational.h"

#include "gtest/gtest.h"

#include <limits>

using wino::Rational;

namespace {

constexpr int64_t largest = std::numeric_limits<int64_t>::max();

TEST(Rational, has_lowest_terms_and_a_positive_denominator) {
  Rational value(6, -4);
  EXPECT_EQ(value.numerator(), -3);
  EXPECT_EQ(value.denominator(), 2);
  EXPECT_EQ(value.str(), "-3/2");
  EXPECT_EQ(Rational(8, 4).str(), "2");
}

TEST(Rational, computes_exactly) {
  EXPECT_EQ(Rational(1, 6) + Rational(1, 10), Rational(4, 15));
  EXPECT_EQ(Rational(1, 6) - Rational(1, 10), Rational(1, 15));
  EXPECT_EQ(Rational(2, 3) * Rational(9, 4), Rational(3, 2));
  EXPECT_EQ(Rational(2, 3) / Rational(-4, 9), Rational(-3, 2));
  EXPECT_LT(Rational(-1, 2), Rational(1, 3));
  EXPECT_EQ(abs(Rational(-5, 7)), Rational(5, 7));
  EXPECT_EQ(Rational(1, 4).toDouble(), 0.25);
}

TEST(Rational, fits_128_bits_in_between) {
  // Numerator and denominator of the sum need 126 bits before they are reduced.
  EXPECT_EQ(Rational(largest, 3) - Rational(largest, 3), Rational(0));
  EXPECT_EQ(Rational(largest, 5) * Rational(5, largest), Rational(1));
}

TEST(Rational, overflow_sticks) {
  Rational overflow = Rational(largest) + Rational(1);
  EXPECT_FALSE(overflow.isValid());
  EXPECT_FALSE(overflow.isZero());
  EXPECT_FALSE((overflow - overflow).isValid());
  EXPECT_FALSE((overflow * Rational(0)).isValid());
  EXPECT_FALSE((Rational(0) / overflow).isValid());
  EXPECT_FALSE((-overflow).isValid());
  EXPECT_FALSE((Rational(1) / Rational(0)).isValid());
  EXPECT_FALSE(Rational(std::numeric_limits<int64_t>::min(), 1).isValid());
}

TEST(Rational, parses_only_plain_fractions) {
  for (const char *text : {"0", "-7", "3/2", "-47/8", "999999999/999999998"}) {
    auto value = Rational::parse(text);
    ASSERT_TRUE(bool(value)) << text;
    EXPECT_EQ(value->str(), text);
  }
  for (const char *text : {"", "-", "+1", "1/", "/2", "1/0", "1/-2", "1//2", "0x10", "1.5", " 1", "1 ", "1e3", "--1",
                           "1234567890", "1/1234567890", "inf"}) {
    auto value = Rational::parse(text);
    EXPECT_FALSE(bool(value)) << text;
    llvm::consumeError(value.takeError());
  }
}

} // namespace
