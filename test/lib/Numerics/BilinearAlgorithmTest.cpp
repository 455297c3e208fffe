// Exactness of every tile that we name, proved on all basis pairs, and its noise gain E against independently computed
// values.
#include "wino/Numerics/NoiseGain.h"

#include "gtest/gtest.h"

using namespace wino;

namespace {

struct KnownTile {
  const char *text;
  double gain;
};

const KnownTile knownTiles[] = {
    // Points alone, K = n.
    {"F(2,3)", 1.6667},
    {"F(4,3) points=[0,1,-1,2,-2,inf]", 10.77},
    {"F(4,3) points=[0,1/2,-1/2,2,-2,inf]", 6.86},
    {"F(4,3) points=[0,1/2,-1/2,3/2,-3/2,inf]", 5.99},
    {"F(4,3) points=[0,3/4,-3/4,3/2,-3/2,inf]", 5.14},
    {"F(4,3) points=[0,5/8,-5/8,3/2,-3/2,inf]", 4.78},
    {"F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf]", 4.762},
    {"F(4,3) points=[1/3,-1/3,1,-1,3,-3]", 4.75},
    {"F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf]", 20.632},
    {"F(6,3) points=[0,1,-1,2,-2,3,-3,inf]", 964.5},
    {"F(8,3) points=[0,1/2,-1/2,3/4,-3/4,5/4,-5/4,5/2,-5/2,inf]", 133},
    {"F(2,5) points=[0,2/3,-2/3,3/2,-3/2,inf]", 5.33},
    {"F(3,3) points=[0,13/5,-13/5,4/5,-4/5]", 2.6218},
    {"F(3,3) points=[inf,1/2,-1/2,3/2,-3/2]", 3.0388},
    {"F(5,3) points=[0,3/5,-3/5,7/6,-7/6,7/2,-7/2]", 9.646},
    // Stride 2 by phases, K = n = 2 m + 1.
    {"F(2,3)/2 K=5", 1.1615},
    {"F(3,3)/2 K=7", 1.4444},
    {"F(4,3)/2 K=9", 2.3465},
    {"F(5,3)/2 K=11", 3.8843},
    {"F(3,3)/2 points=[0,1] factors=[x^2+1@(0,2,-2)]", 1.9965},
    // One quadratic factor, K = n + 1.
    {"F(3,3) points=[0,9/8,-9/8] factors=[x^2+3/2@(0,11/4,-11/4)]", 1.2286},
    {"F(3,3) points=[inf,1,-1] factors=[x^2+1/2@(0,3/2,-3/2)]", 1.2515},
    {"F(4,3) points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]", 1.484},
    {"F(4,3) points=[0,1,-1,inf] factors=[x^2+1@(0,inf,1)]", 1.833},
    {"F(4,3) points=[3/5,-3/5,8/5,-8/5] factors=[x^2+1@(0,2,-2)]", 1.3736},
    {"F(4,3) points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)]", 1.4191},
    {"F(5,3) points=[inf,6/5,-6/5,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]", 1.7938},
    {"F(5,3) points=[inf,5/4,-5/4,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]", 1.8073},
    {"F(5,3) points=[inf,1,-1,1/2,-1/2] factors=[x^2+1@(inf,1/2,-1/2)]", 2.1657},
    {"F(6,3) points=[2/5,-2/5,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]", 2.5863},
    {"F(6,3) points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]", 2.7363},
    {"F(6,3) points=[0,3/4,-3/4,3/2,-3/2,inf] factors=[x^2+1@(0,2,-2)]", 2.67},
    {"F(7,3) points=[0,9/8,-9/8,3,-3,5/8,-5/8] factors=[x^2+1@(inf,3/4,-3/4)]", 4.3251},
    {"F(7,3) points=[0,1,-1,3,-3,1/2,-1/2] factors=[x^2+1@(inf,1/2,-1/2)]", 5.8432},
    {"F(8,3) points=[17/5,-17/5,5/4,-5/4,1/3,-1/3,4/5,-4/5] factors=[x^2+1@(0,2,-2)]", 8.1929},
    // A pair of factors, K = n + 2.
    {"F(6,3) points=[0,1,-1,inf] factors=[x^2+1*x+1@(0,inf,-1);x^2-1*x+1@(0,inf,1)]", 1.444},
    {"F(6,3) points=[13/8,-13/8,3/4,-3/4] factors=[x^2-1*x+1@(1,47/8,1/8);x^2+1*x+1@(-1,-47/8,-1/8)]", 1.5112},
    {"F(7,3) points=[0,15/8,-15/8,7/8,-7/8] factors=[x^2-1*x+1@(1/8,47/8,1);x^2+1*x+1@(-1/8,-47/8,-1)]", 1.7833},
    {"F(8,3) points=[0,inf,3/4,-3/4,5/4,-5/4] factors=[x^2-7/8*x+1@(47/8,1,1/8);x^2+7/8*x+1@(-47/8,-1,-1/8)]", 2.2409},
};

TEST(BilinearAlgorithm, every_known_tile_is_exact_and_has_its_noise_gain) {
  for (const KnownTile &tile : knownTiles) {
    SCOPED_TRACE(tile.text);
    auto spec = TileSpec::parse(tile.text);
    if (!spec) {
      ADD_FAILURE() << llvm::toString(spec.takeError());
      continue;
    }
    auto algorithm = BilinearAlgorithm::make(*spec);
    if (!algorithm) {
      ADD_FAILURE() << llvm::toString(algorithm.takeError());
      continue;
    }
    EXPECT_TRUE(algorithm->isExact());
    // The values are quoted with three to five digits.
    EXPECT_NEAR(noiseGain(*algorithm) / tile.gain, 1, tile.gain > 100 ? 4e-3 : 2.1e-3);
  }
}

TEST(BilinearAlgorithm, is_exact_notices_one_wrong_entry) {
  auto algorithm = llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse("F(4,3)"))));
  algorithm.BT.at(3, 2) += Rational(1, 1000000);
  EXPECT_FALSE(algorithm.isExact());
}

TEST(BilinearAlgorithm, f23_is_the_textbook_algorithm) {
  auto algorithm = llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse("F(2,3)"))));
  // Up to row scales that A and G without scaling push into B: rows (1,0,-1,0), (0,1,1,0)/2, (0,-1,1,0)/2, (0,-1,0,1).
  const Rational half(1, 2), want[4][4] = {{1, 0, -1, 0}, {0, half, half, 0}, {0, -half, half, 0}, {0, -1, 0, 1}};
  for (int j = 0; j < 4; ++j)
    for (int k = 0; k < 4; ++k)
      EXPECT_EQ(algorithm.BT.at(j, k), want[j][k]) << j << "," << k;
}

TEST(BilinearAlgorithm, noise_gain_ignores_row_scales) {
  auto algorithm = llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse("F(4,3)"))));
  double before = noiseGain(algorithm);
  for (int k = 0; k < algorithm.n; ++k)
    algorithm.BT.at(2, k) *= Rational(4, 3);
  for (int k = 0; k < algorithm.r; ++k)
    algorithm.G.at(2, k) *= Rational(3, 4);
  EXPECT_TRUE(algorithm.isExact());
  EXPECT_NEAR(noiseGain(algorithm), before, 1e-12);
}

TEST(BilinearAlgorithm, refuses_points_without_an_algorithm) {
  // A factor with the root 1, which is a point as well: the products cannot span the convolution.
  auto spec = TileSpec::parse("F(2,3) points=[1,0] factors=[x^2-1@(0,2,3)]");
  ASSERT_TRUE(bool(spec));
  auto algorithm = BilinearAlgorithm::make(*spec);
  EXPECT_FALSE(bool(algorithm));
  llvm::consumeError(algorithm.takeError());
  auto direct = BilinearAlgorithm::make(TileSpec());
  EXPECT_FALSE(bool(direct));
  llvm::consumeError(direct.takeError());
}

TEST(BilinearAlgorithm, refuses_fractions_beyond_64_bits) {
  auto spec = TileSpec::parse("F(8,3) points=[0,999999999/7,1,-1,2,-2,3,-3,4,inf]");
  ASSERT_TRUE(bool(spec));
  auto algorithm = BilinearAlgorithm::make(*spec);
  EXPECT_FALSE(bool(algorithm));
  llvm::consumeError(algorithm.takeError());
}

TEST(NoiseGain, inexactness_is_the_error_of_white_numbers) {
  TileSpec spec = llvm::cantFail(TileSpec::parse("F(2,3)"));
  BilinearAlgorithm x = llvm::cantFail(BilinearAlgorithm::make(spec));
  EXPECT_NEAR(inexactness(x, x), 0, 1e-15);
  x.BT.at(1, 2) += Rational(1, 8);
  x.AT.at(0, 1) += Rational(-1, 16);
  x.G.at(3, 1) += Rational(1, 5);
  // White numbers: the mean of the squared error is the sum of all squared coefficients of (result - convolution).
  double error = 0;
  for (int i = 0; i < 4; ++i) // two output coordinates, two of the kernel, two of the input
    for (int k = 0; k < 9; ++k)
      for (int l = 0; l < 16; ++l) {
        auto entry = [&](int a, int b, int c) {
          double sum = 0;
          for (int j = 0; j < 4; ++j)
            sum += x.AT.at(a, j).toDouble() * x.G.at(j, b).toDouble() * x.BT.at(j, c).toDouble();
          return sum;
        };
        double got = entry(i / 2, k / 3, l / 4) * entry(i % 2, k % 3, l % 4);
        double want = l / 4 == i / 2 + k / 3 && l % 4 == i % 2 + k % 3 ? 1 : 0;
        error += (got - want) * (got - want);
      }
  EXPECT_NEAR(inexactness(x, x), error / 36, 1e-12);
}

} // namespace
