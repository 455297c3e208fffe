// The wording of range errors, pinned once.
#include "wino/Numerics/Ranges.h"

#include "gtest/gtest.h"

using namespace wino;

TEST(Ranges, text_names_stage_bound_and_type) {
  EXPECT_EQ(rangeText("tap products", 5.1e9, "i32"),
            "expected tap products within i32 (2147483647), got bound 5.1e+09");
}

TEST(Ranges, limits_of_types) {
  EXPECT_EQ(typeLimit("i8"), 127);
  EXPECT_EQ(typeLimit("i16"), 32767);
  EXPECT_EQ(typeLimit("i32"), 2147483647.0);
}
