// Tile text: round trips, defaults, one message per rule, and hostile text.
#include "wino/Numerics/TileSpec.h"

#include "gtest/gtest.h"

using namespace wino;

namespace {

std::string errorOf(llvm::StringRef text) {
  auto spec = TileSpec::parse(text);
  return spec ? "accepted: " + spec->str() : llvm::toString(spec.takeError());
}

std::string canonical(llvm::StringRef text) {
  auto spec = TileSpec::parse(text);
  return spec ? spec->str() : llvm::toString(spec.takeError());
}

const char *const canonicalTiles[] = {
    "direct",
    "F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8",
    "F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i16xi16",
    "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8",
    "F(6,3) K=10 points=[0,1,-1,inf] factors=[x^2+1*x+1@(0,inf,-1);x^2-1*x+1@(0,inf,1)] taps=i8xi8",
    "F(8,3) K=12 points=[0,inf,3/4,-3/4,5/4,-5/4] " // one text of two lines
    "factors=[x^2-7/8*x+1@(47/8,1,1/8);x^2+7/8*x+1@(-47/8,-1,-1/8)] taps=i8xi8",
    "F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi6",
    "F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i16xi8 out=i16",
    "F(2,3) K=4 at=[1,1,1,0;0,1,-1,1] g=[1,0,0;1/2,1/2,1/2;1/2,-1/2,1/2;0,0,1] "
    "bt=[1,0,-1,0;0,1,1,0;0,-1,1,0;0,-1,0,1] taps=i4xi4 out=i8",
    "F(4x2,3) K=6x4 points=[0,2/3,-2/3,3/2,-3/2,inf]x[0,1,-1,inf] taps=i8xi8",
    "F(2x4,3) K=4x7 points=[0,1,-1,inf] factors=[]x[x^2+1@(0,2,-2)] taps=i16xi8 out=i16",
    "F(1x4,1x3) K=1x6 points=[0]x[0,1,-1,2,-2,inf] taps=i8xi8",
    "F(6,3) K=8 points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=f32xf32",
    "F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=f16xf16",
    "F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=f16xf16 out=f16",
    "F(2x4,5x3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8", // one n, so one list
    "F(3,3x1) K=5x3 points=[0,1,-1,2,inf]x[0,1,-1] taps=i8xi8",
    "F(2,3) K=4 points=[0,1,-1,inf]x[0,2,-2,inf] taps=i8xi8",
    "F(2x1,3x1) K=4x1 at=[1,1,1,0;0,1,-1,1]x[1] g=[1,0,0;1/2,1/2,1/2;1/2,-1/2,1/2;0,0,1]x[1] "
    "bt=[1,0,-1,0;0,1,1,0;0,-1,1,0;0,-1,0,1]x[1] taps=i8xi8",
};

TEST(TileSpec, round_trips_canonical_text) {
  for (const char *text : canonicalTiles)
    EXPECT_EQ(canonical(text), text);
}

TEST(TileSpec, reads_fields_in_any_order_and_reduces_fractions) {
  const char *want = "F(4,3) K=7 points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)] taps=i8xi8";
  EXPECT_EQ(canonical("  F(4,3)   points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]  "), want);
  EXPECT_EQ(canonical("F(4,3) taps=i8xi8 factors=[x^2+0*x+1@(0,2,-2)] points=[0,1,-1,inf] K=7"), want);
  EXPECT_EQ(canonical("F(4,3) K=7 points=[0,2/2,-1,inf] factors=[x^2+1@(0,4/2,-2)]"), want);
}

TEST(TileSpec, size_alone_takes_the_default_points) {
  EXPECT_EQ(canonical("F(2,3)"), "F(2,3) K=4 points=[0,1,-1,inf] taps=i8xi8");
  EXPECT_EQ(canonical("F(4,3)"), "F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8");
  EXPECT_EQ(canonical("F(6,3) taps=i16xi16"), "F(6,3) K=8 points=[0,1,-1,2,-2,1/2,-1/2,inf] taps=i16xi16");
  EXPECT_EQ(canonical("F(6,3) K=9"), "F(6,3) K=9 points=[0,3/4,-3/4,4/3,-4/3,inf] factors=[x^2+1@(0,2,-2)] taps=i8xi8");
  EXPECT_EQ(canonical("F(2,5)"), "F(2,5) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8");
}

TEST(TileSpec, what_is_stated_once_holds_for_both_directions) {
  EXPECT_EQ(canonical("F(4x2,3)"), canonical("F(4x2,3x3) K=6x4"));
  EXPECT_EQ(canonical("F(4x4,3x3) K=6x6"), canonical("F(4,3)")); // equal directions are a square tile
  EXPECT_EQ(canonical("F(2x2,3) points=[0,1,-1,inf]x[0,1,-1,inf]"), canonical("F(2,3)"));
  EXPECT_EQ(canonical("F(1x4,1x3)"), "F(1x4,1x3) K=1x6 points=[0]x[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8");
  EXPECT_EQ(canonical("F(6x1,7x1) K=14x1 taps=i16xi16").substr(0, 18), "F(6x1,7x1) K=14x1 ");
}

TEST(TileSpec, stride_stands_behind_the_size) {
  EXPECT_EQ(canonical("F(3,3)/2"), "F(3,3)/2 K=7 points=[0,1,-1,inf] taps=i8xi8");
  EXPECT_EQ(canonical("F(3,3)/1"), canonical("F(3,3)"));
  EXPECT_EQ(canonical("F(2x2,3)/2x2"), canonical("F(2,3)/2"));
  EXPECT_EQ(canonical("F(1x4,1x3)/2"), "F(1x4,1x3)/2 K=1x9 points=[0]x[1/2,-1/2,5/4,-5/4,inf] taps=i8xi8");
  EXPECT_EQ(llvm::cantFail(TileSpec::parse("F(2x4,3)/2x1 taps=i8xi7")).shortStr(), "F(2x4,3)/2x1 i8xi7");
  TileSpec tile = llvm::cantFail(TileSpec::parse("F(4,3)/2"));
  EXPECT_EQ(tile.n(), 9);
  EXPECT_EQ(tile.K, 9);
  EXPECT_EQ(tile.step(), 8);
  EXPECT_EQ(tile.tilesOver(9), 3); // of outputs
}

TEST(TileSpec, directions_are_down_and_across) {
  TileSpec tile = llvm::cantFail(TileSpec::parse("F(4x2,3x5) taps=i16xi16"));
  EXPECT_FALSE(tile.isSquare());
  EXPECT_EQ(tile.down().m, 4);
  EXPECT_EQ(tile.down().r, 3);
  EXPECT_EQ(tile.across().m, 2);
  EXPECT_EQ(tile.across().r, 5);
  EXPECT_EQ(tile.down().tilesOver(9), 3);
  EXPECT_EQ(tile.across().tilesOver(9), 5);
  EXPECT_EQ(tile.taps(), 36);
  EXPECT_EQ(tile.filterText(), "3x5");
  EXPECT_EQ(tile.withoutFormats().str(), llvm::cantFail(TileSpec::parse("F(4x2,3x5)")).str());
  TileSpec square = llvm::cantFail(TileSpec::parse("F(4,3)"));
  EXPECT_TRUE(square.isSquare());
  EXPECT_EQ(&square.down(), &square.across());
  EXPECT_FALSE(square == tile);
}

TEST(TileSpec, every_default_is_listed_once_and_fits_its_size) {
  for (int m = 2; m <= 8; ++m)
    for (int K = m + 2; K <= 16; ++K) {
      auto spec = TileSpec::parse("F(" + std::to_string(m) + ",3) K=" + std::to_string(K));
      if (!spec) {
        llvm::consumeError(spec.takeError());
        continue;
      }
      EXPECT_EQ(spec->m, m);
      EXPECT_EQ(spec->K, K);
      EXPECT_EQ(spec->points.size() + 3 * spec->factors.size(), size_t(K));
      EXPECT_EQ(int(spec->points.size() + 2 * spec->factors.size()), spec->n());
    }
}

TEST(TileSpec, short_text_leaves_out_the_points) {
  EXPECT_EQ(llvm::cantFail(TileSpec::parse("F(4,3)")).shortStr(), "F(4,3) i8xi8");
  EXPECT_EQ(llvm::cantFail(TileSpec::parse("F(6,3) K=9 taps=i16xi16")).shortStr(), "F(6,3) K=9 i16xi16");
  EXPECT_EQ(TileSpec().shortStr(), "direct");
  EXPECT_EQ(llvm::cantFail(TileSpec::parse("F(4x2,3)")).shortStr(), "F(4x2,3) i8xi8");
  EXPECT_EQ(llvm::cantFail(TileSpec::parse("F(2x6,3) K=4x9 out=i8")).shortStr(), "F(2x6,3) K=4x9 i8xi8 out=i8");
}

TEST(TileSpec, formats_are_apart_from_matrices) {
  TileSpec tile = llvm::cantFail(TileSpec::parse("F(4,3) taps=i16xi8 out=i16"));
  EXPECT_FALSE(tile.hasByteTaps());
  EXPECT_EQ(tile.withoutFormats(), llvm::cantFail(TileSpec::parse("F(4,3)")));
  EXPECT_TRUE(llvm::cantFail(TileSpec::parse("F(4,3) taps=i6xi8")).hasByteTaps());
  EXPECT_EQ(tapLimit(TapType::I4), 7);
  EXPECT_EQ(tapLimit(TapType::I16), 32767);
}

TEST(TileSpec, messages_say_what_was_expected) {
  struct {
    const char *text, *expected;
  } cases[] = {
      {"Winograd", "expected 'direct' or 'F(m,r)', got 'Winograd'"},
      {"F(9,3)", "expected F(m,r) with m in 1..8"},
      {"F(0,3)", "expected F(m,r) with m in 1..8"},
      {"F(4,3)/3", "expected a stride of 1 or 2"},
      {"F(4,3)/0", "expected a stride of 1 or 2"},
      {"F(4,3)/", "expected a stride of 1 or 2"},
      {"F(2,5)/2", "expected F(m,3)/2 with m in 1..7"},
      {"F(8,3)/2", "expected F(m,3)/2 with m in 1..7"},
      {"F(2x4,1x3)/2", "expected F(m,3)/2 with m in 1..7, or F(1,1)/2"},
      {"F(3,3)/2 points=[0,1,inf]", "expected points + 2 * factors = m + 1 of F(m,3)/2"},
      {"F(3,3)/2 K=8 points=[0,1,-1,inf]", "expected K = points + 3 * factors + m of F(m,3)/2"},
      {"F(6,3)/2", "expected points=[..], since the table has none"},
      {"F(4,3) K=17", "expected K in 1..16"},
      {"F(4x9,3)", "expected F(m,r) with m in 1..8"},
      {"F(4x,3)", "expected 'direct' or 'F(m,r)', got ',3)'"},
      {"F(4x2x2,3)", "expected 'direct' or 'F(m,r)', got 'x2,3)'"},
      {"F(4x2,3) K=6x17", "expected K in 1..16"},
      {"F(4x2,3) K=6", "expected points=[..]"},
      {"F(4x2,3) points=[0,1,-1,2,-2,inf]", "expected points + 2 * factors = m + r - 1"},
      {"F(4x2,3) points=[0,1,-1,2,-2,inf]x[0,1,-1]", "expected points + 2 * factors = m + r - 1"},
      {"F(2x4,3) points=[0,1,-1,inf]x[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]", "expected points + 2 * factors"},
      {"F(2,3) points=[0,1,-1,inf]x", "expected a list of at most 16 points"},
      {"F(2,3) factors=x^2", "expected factors=[x^2+b*x+c@(t1,t2,t3)]"},
      {"F(2x1,3x1) K=4x1 at=[1,1,1,0;0,1,-1,1] g=[1]x[1] bt=[1]x[1]", "expected K= and at, g and bt of m x K"},
      {"F(4,3) K=9", "expected points=[..]"},
      {"F(4,4)", "expected points=[..]"},
      {"F(4,3) points=[0,1,-1]", "expected points + 2 * factors = m + r - 1"},
      {"F(2,3) K=5 points=[0,1,-1,inf]", "expected K = points + 3 * factors"},
      {"F(2,3) points=[0,1,2/2,inf]", "expected distinct points"},
      {"F(2,3) points=[0,1,inf,inf]", "expected distinct points"},
      {"F(2,3) points=[0,1/0,2,inf]", "expected a list of at most 16 points"},
      {"F(2,3) points=[0,1] factors=[x^3@(0,1,2)]", "expected factors x^2+b*x+c@(t1,t2,t3)"},
      {"F(2,3) points=[0,1] factors=[x^2+1@(0,1)]", "expected three values t"},
      {"F(2,3) taps=i8xi16", "expected i16 taps of the input beside those of the filter"},
      {"F(2,3) taps=i3xi8", "expected taps=i8xi8, with types i4 to i8 and i16, or f16xf16 or f32xf32"},
      {"F(2,3) taps=f32xi8", "expected one type of floats for the taps of input and filter, or none"},
      {"F(2,3) taps=f16xf32", "expected one type of floats for the taps of input and filter, or none"},
      {"F(2,3) taps=f64xf64", "expected taps=i8xi8, with types i4 to i8 and i16, or f16xf16 or f32xf32"},
      {"F(2,3) taps=f16xf16 out=i16", "expected out=f16 or none beside taps in floats"},
      {"F(2,3) taps=i12xi8", "expected taps=i8xi8, with types i4 to i8 and i16"},
      {"F(2,3) taps=f32xf32 out=f16", "expected taps=f16xf16 beside out=f16"},
      {"F(2,3) out=f16", "expected taps=f16xf16 beside out=f16"},
      {"F(2,3) out=i4", "expected out=i8, out=i16, out=i32 or, beside taps=f16xf16, out=f16"},
      {"F(2,3) taps=i8xi8 taps=i8xi8", "expected every field once"},
      {"F(2,3) points=[0,1,-1,inf] points=[]", "expected every field once"},
      {"F(2,3) K=4 at=[1,1,1,0;0,1,-1,1]", "expected K= and at, g and bt of m x K"},
      {"F(2,3) K=4 at=[1,1,1,0;0,1]", "expected at=[..;..] with m rows"},
      {"F(2,1) K=1 at=[1;1] g=[1] bt=[1,1]", "expected K of at least (m - 1) * stride + r"},
      {"F(2,3) g=[]", "expected g=[..;..] with K rows"},
      {"F(2,3) bt=[1,2", "expected bt=[..;..] with K rows"},
      {"F(1,3) K=3 at=[1,0,1] g=[1,0,0;0,1,0;0,0,1] bt=[1,0,0;0,1,0;0,0,1]", "expected a nonzero number in every row"},
      {"F(1,3) K=3 at=[0,0,0] g=[1,0,0;0,1,0;0,0,1] bt=[1,0,0;0,1,0;0,0,1]", "expected a nonzero number in every row"},
      {"F(1,3) K=3 at=[1,1,1] g=[1,0,0;0,0,0;0,0,1] bt=[1,0,0;0,1,0;0,0,1]", "expected a nonzero number in every row"},
      {"F(1,3) K=3 at=[1,1,1] g=[1,0,0;0,1,0;0,0,1] bt=[1,0,0;0,1,0;0,0,0]", "expected a nonzero number in every row"},
      {"F(2,3) K=4 points=[0] bt=[1]", "expected points or matrices, not both"},
      {"F(2,3) \x1b[31m",
       "expected K=, points=[..], factors=[..], at=[..], g=[..], bt=[..], taps= or out=, got '\\033["},
      {"F(2,3) colour=red", "expected K=, points=[..], factors=[..], at=[..], g=[..], bt=[..], taps= or out="},
  };
  for (const auto &c : cases)
    EXPECT_EQ(errorOf(c.text).rfind(c.expected, 0), 0u) << c.text << ": " << errorOf(c.text);
}

/// Nothing to compare: neither an abort nor an endless loop is the test; what is accepted must round-trip.
void mustSurvive(llvm::StringRef text) {
  auto spec = TileSpec::parse(text);
  if (!spec)
    return llvm::consumeError(spec.takeError());
  auto again = TileSpec::parse(spec->str());
  ASSERT_TRUE(bool(again)) << text.str();
  EXPECT_EQ(again->str(), spec->str());
}

TEST(TileSpec, survives_truncated_and_changed_text) {
  for (const char *tile : canonicalTiles) {
    std::string text = tile;
    for (size_t length = 0; length <= text.size(); ++length)
      mustSurvive(text.substr(0, length));
    for (size_t i = 0; i < text.size(); ++i)
      for (char c : {'\0', '9', '-', '/', '(', ']', ',', 'x', '@', ' ', '\xff'}) {
        std::string changed = text;
        changed[i] = c;
        mustSurvive(changed);
        mustSurvive(text.substr(0, i) + std::string(1, c) + text.substr(i));
      }
  }
}

TEST(TileSpec, survives_hostile_sizes) {
  std::string many = "F(8,3) points=[0";
  for (int i = 1; i < 100000; ++i)
    many += "," + std::to_string(i);
  mustSurvive(many + "]");
  mustSurvive(std::string(1 << 20, '('));
  mustSurvive("F(99999999999999999999,3)");
  mustSurvive("F(4,3) K=-6");
  mustSurvive("F(2,3) points=[999999999/999999998,999999997,-999999999,inf]");
  EXPECT_EQ(errorOf(std::string(30000, 'x')), "expected a tile of at most 24000 characters, got 30000");
  std::string wide = "F(8,3) K=16 bt=[0";
  for (int i = 1; i < 3000; ++i)
    wide += i % 5 ? ",1" : ";1";
  mustSurvive(wide + "]");
}

} // namespace
