// Per-layer exact transforms: never worse than the start, exact, and better where statistics differ from white.
#include "wino/Numerics/NoiseGain.h"
#include "wino/Numerics/PointSearch.h"

#include "gtest/gtest.h"

using namespace wino;

namespace {

TileSpec tileOf(llvm::StringRef text) { return llvm::cantFail(TileSpec::parse(text)); }

double gainOf(const TileSpec &tile, const Moments &moments) {
  return noiseGain(llvm::cantFail(BilinearAlgorithm::make(tile)), moments);
}

/// A first-order autoregression that a rectifier cut, and a filter that smooths: roughly a layer after a ReLU.
Moments smoothLayer(int n, int r) {
  Moments moments = Moments::autoregressive(n, 0.9, 1.0);
  for (int i = 0; i < r; ++i)
    for (int j = 0; j < r; ++j)
      moments.filter.push_back(i == j ? (i == r / 2 ? 1.5 : 0.75) : 0.2);
  return moments;
}

TEST(PointAdapt, lowers_the_noise_of_a_smooth_layer) {
  const struct {
    const char *text;
    double gain; ///< at least this much
  } cases[] = {{"F(4,3)", 0.07}, {"F(4,3) K=7", 0.1}, {"F(6,3) K=9", 0.1}, {"F(7,3) K=10", 0.1}, {"F(4,5)", 0.03}};
  for (const auto &c : cases) {
    TileSpec start = tileOf(c.text);
    Moments moments = smoothLayer(start.n(), start.r);
    TileSpec adapted = llvm::cantFail(adaptPoints(start, moments));
    EXPECT_LE(gainOf(adapted, moments), (1 - c.gain) * gainOf(start, moments)) << adapted.str();
    EXPECT_TRUE(llvm::cantFail(BilinearAlgorithm::make(adapted)).isExact());
    EXPECT_EQ(adapted.K, start.K);
    for (const Point &p : adapted.points)
      EXPECT_LE(p.value.denominator(), 16);
    EXPECT_EQ(adapted, llvm::cantFail(adaptPoints(start, moments))) << "not the same every time";
  }
}

TEST(PointAdapt, is_never_worse_than_the_start) {
  for (const char *text : {"F(2,3)", "F(4,3)", "F(4,3) K=7", "F(5,3) K=8", "F(6,3) K=10", "F(8,3) K=12"})
    for (int maxDenominator : {1, 2, 10}) {
      TileSpec start = tileOf(text);
      for (const Moments &moments : {Moments(), smoothLayer(start.n(), start.r)}) {
        TileSpec adapted = llvm::cantFail(adaptPoints(start, moments, maxDenominator));
        EXPECT_LE(gainOf(adapted, moments), gainOf(start, moments)) << text << " -> " << adapted.str();
      }
    }
}

TEST(PointAdapt, finds_its_way_back_from_poor_points) {
  // The best real points of F(4,3) are known: E = 4.742.
  TileSpec adapted = llvm::cantFail(adaptPoints(tileOf("F(4,3) points=[0,1,-1,2,-2,inf]"), Moments()));
  EXPECT_LE(gainOf(adapted, Moments()), 1.01 * 4.742) << adapted.str();
}

TEST(PointAdapt, keeps_formats) {
  TileSpec start = tileOf("F(4,3) taps=i8xi6");
  TileSpec adapted = llvm::cantFail(adaptPoints(start, smoothLayer(start.n(), start.r)));
  EXPECT_EQ(adapted.filterTap, start.filterTap);
  EXPECT_NE(adapted.str(), start.str());
}

TEST(PointAdapt, says_what_is_wrong) {
  auto errorOf = [](const TileSpec &start, const Moments &moments, int maxDenominator = 16) {
    auto result = adaptPoints(start, moments, maxDenominator);
    return result ? "found " + result->str() : llvm::toString(result.takeError());
  };
  EXPECT_EQ(errorOf(tileOf("F(4,3)"), {{1, 0, 0, 1}, {}}), "expected input moment of 6 x 6 entries, got 4");
  EXPECT_EQ(errorOf(tileOf("F(4,3)"), {}, 0), "expected denominators up to 1..64, got 0");
  EXPECT_EQ(errorOf(TileSpec(), {}), "expected a tile F(m,r), got 'direct'");
  EXPECT_EQ(errorOf(tileOf("F(2,3) points=[0,1] factors=[x^2-1@(0,2,3)]"), {}).rfind("expected points that give", 0),
            0u);
}

} // namespace
