// Closed forms against exact matrices, and condition numbers against a formula and published values.
#include "wino/Numerics/NoiseGain.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace wino;

namespace {

TileSpec tileOf(llvm::StringRef text) { return llvm::cantFail(TileSpec::parse(text)); }

const char *const tiles[] = {
    "F(2,3)",
    "F(4,3) points=[0,1,-1,2,-2,inf]",
    "F(4,3) points=[1/3,-1/3,1,-1,3,-3]",
    "F(4,3) points=[0,7/5,-2/3,3/2,-3,inf]",
    "F(4,3) points=[0,1,-1,inf] factors=[x^2+1@(0,inf,1)]",
    "F(4,3) points=[0,1,-1,inf] factors=[x^2-3/4*x+2/3@(1/2,3,-5/4)]",
    "F(5,3) points=[inf,6/5,-6/5,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]",
    "F(6,3) points=[0,1,-1,inf] factors=[x^2+1*x+1@(0,inf,-1);x^2-1*x+1@(0,inf,1)]",
    "F(6,3) points=[1,-1,2,-2] factors=[x^2-3*x+5@(0,inf,-1);x^2-6@(0,inf,1)]",
    "F(8,3) points=[0,inf,3/4,-3/4,5/4,-5/4] factors=[x^2-7/8*x+1@(47/8,1,1/8);x^2+7/8*x+1@(-47/8,-1,-1/8)]",
    "F(3,7) points=[0,2,-2,1/2,-1/2] factors=[x^2+2@(0,1,-1);x^2+1/2@(inf,1,-1)]",
    "F(8,7) points=[0,1,-1,2,-2,1/2,-1/2,3/2,-3/2,3,-3,1/3,-1/3,inf]",
};

/// A random Gram matrix: positive semidefinite, scaled to mean diagonal 1.
std::vector<double> randomMoment(int size, std::mt19937 &random) {
  std::vector<double> factor(size * size), moment(size * size);
  for (double &v : factor)
    v = double(random() % 2001) / 1000 - 1;
  double trace = 0;
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      for (int k = 0; k < size; ++k)
        moment[i * size + j] += factor[i * size + k] * factor[j * size + k];
      trace += i == j ? moment[i * size + j] : 0;
    }
  for (double &v : moment)
    v *= size / trace;
  return moment;
}

TEST(PointObjective, closed_form_equals_the_exact_matrices) {
  for (const char *text : tiles) {
    TileSpec tile = tileOf(text);
    double exact = noiseGain(llvm::cantFail(BilinearAlgorithm::make(tile)));
    EXPECT_NEAR(fastNoiseGain(RealTile::of(tile)) / exact, 1, 1e-9) << text;
  }
}

TEST(PointObjective, closed_form_with_moments_equals_the_exact_matrices) {
  std::mt19937 random(17);
  for (const char *text : tiles) {
    TileSpec tile = tileOf(text);
    BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(tile));
    for (Moments moments : {Moments{randomMoment(tile.n(), random), {}}, Moments{{}, randomMoment(tile.r, random)},
                            Moments{randomMoment(tile.n(), random), randomMoment(tile.r, random)}}) {
      ASSERT_FALSE(bool(moments.check(tile.n(), tile.r)));
      double exact = noiseGain(algorithm, moments);
      EXPECT_NEAR(fastNoiseGain(RealTile::of(tile), moments) / exact, 1, 1e-8) << text;
    }
  }
}

TEST(PointObjective, moments_of_white_input_change_nothing) {
  TileSpec tile = tileOf("F(4,3)");
  BilinearAlgorithm algorithm = llvm::cantFail(BilinearAlgorithm::make(tile));
  Moments white = Moments::autoregressive(tile.n(), 0, 0);
  EXPECT_NEAR(noiseGain(algorithm, white), noiseGain(algorithm), 1e-12);
  EXPECT_NEAR(noiseGain(algorithm, Moments()), noiseGain(algorithm), 1e-12);
}

/// E is the mean power of the output when every product carries an independent relative error: simulated.
TEST(PointObjective, noise_gain_predicts_simulated_noise) {
  TileSpec tile = tileOf("F(4,3)");
  BilinearAlgorithm a = llvm::cantFail(BilinearAlgorithm::make(tile));
  const int samples = 40000;
  Moments moments = Moments::autoregressive(tile.n(), 0.8, 0.3);
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<double> power(tile.K, 0);
  for (int s = 0; s < samples; ++s) {
    // An AR(1) sequence of power 1 plus a constant of power 0.3, over total power 1.3.
    std::vector<double> x(tile.n()), w(tile.r);
    double constant = std::sqrt(0.3) * normal(random), state = normal(random);
    for (double &v : x) {
      v = (state + constant) / std::sqrt(1.3);
      state = 0.8 * state + 0.6 * normal(random);
    }
    for (double &v : w)
      v = normal(random);
    for (int j = 0; j < tile.K; ++j) {
      double u = 0, v = 0;
      for (int l = 0; l < tile.n(); ++l)
        u += a.BT.at(j, l).toDouble() * x[l];
      for (int k = 0; k < tile.r; ++k)
        v += a.G.at(j, k).toDouble() * w[k];
      power[j] += u * u * v * v / samples;
    }
  }
  double noise = 0;
  for (int j = 0; j < tile.K; ++j)
    for (int i = 0; i < tile.m; ++i)
      noise += a.AT.at(i, j).toDouble() * a.AT.at(i, j).toDouble() * power[j] / (tile.m * tile.r);
  EXPECT_NEAR(noise / fastNoiseGain(RealTile::of(tile), moments), 1, 0.05);
}

TEST(PointObjective, coinciding_products_have_no_algorithm) {
  RealTile tile = RealTile::of(tileOf("F(4,3)"));
  tile.points[1] = tile.points[3];
  EXPECT_TRUE(std::isinf(fastNoiseGain(tile)));
  EXPECT_GT(vandermondeCondition(tile), 1e12);
  tile.points[1] = tile.points[5]; // infinity twice
  EXPECT_TRUE(std::isinf(fastNoiseGain(tile)));
  RealTile factors = RealTile::of(tileOf("F(4,3) points=[0,1,-1,inf] factors=[x^2+1@(0,inf,1)]"));
  factors.factors[0].t[0] = factors.factors[0].t[1];
  EXPECT_TRUE(std::isinf(fastNoiseGain(factors)));
}

TEST(PointObjective, condition_of_two_points_by_formula) {
  // F(2,2) with infinity: V = (1 a; 1 b), kappa = (s + sqrt(s^2 - 4 d^2)) / (2 |d|), s = 2 + a^2 + b^2, d = b - a.
  for (auto [a, b] : {std::pair(0.0, 1.0), std::pair(-0.5, 2.0), std::pair(3.0, 3.25)}) {
    RealTile tile;
    tile.m = tile.r = 2;
    tile.numPoints = 3;
    tile.points[0] = a;
    tile.points[1] = b;
    tile.points[2] = INFINITY;
    double s = 2 + a * a + b * b, d = b - a;
    EXPECT_NEAR(vandermondeCondition(tile), (s + std::sqrt(s * s - 4 * d * d)) / (2 * std::fabs(d)), 1e-9 * s / d);
  }
}

TEST(PointObjective, condition_numbers_of_the_literature) {
  const struct {
    const char *text;
    double kappa;
  } known[] = {
      {"F(2,3)", 3.226},
      {"F(4,3) points=[0,1,-1,2,-2,inf]", 42.47},
      {"F(4,3) points=[0,5/6,-5/6,7/6,-7/6,inf]", 14.546},
      {"F(4,3) points=[0,3/4,-3/4,5/4,-5/4,inf]", 16.54},
      {"F(6,3) points=[0,1,-1,2,-2,3,-3,inf]", 2074.5},
      {"F(6,3) points=[0,3/5,-3/5,1,-1,7/6,-7/6,inf]", 76.64},
      {"F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf]", 936.8},
      {"F(8,3) points=[0,1,-1,2,-2,3,-3,4,-4,inf]", 196900},
      {"F(8,3) points=[0,2/5,-2/5,5/6,-5/6,1,-1,7/6,-7/6,inf]", 474.1},
  };
  for (const auto &entry : known)
    EXPECT_NEAR(vandermondeCondition(RealTile::of(tileOf(entry.text))) / entry.kappa, 1, 5e-4) << entry.text;
}

TEST(PointObjective, refuses_what_is_no_second_moment) {
  auto message = [](Moments moments) {
    llvm::Error error = moments.check(4, 3);
    return error ? llvm::toString(std::move(error)) : std::string();
  };
  EXPECT_EQ(message({}), "");
  EXPECT_EQ(message(Moments::autoregressive(4, 0.9, 0.5)), "");
  EXPECT_EQ(message({std::vector<double>(9, 1.0), {}}), "expected input moment of 4 x 4 entries, got 9");
  EXPECT_EQ(message({{}, {1, 0, 0, 0, 1, 0, 0, NAN, 1}}), "expected finite entries in filter moment, got nan");
  EXPECT_EQ(message({{}, {1, 0, 0, 0.5, 1, 0, 0, 0, 1}}), "expected a symmetric filter moment, got 0 and 0.5");
  EXPECT_EQ(message({{}, {1, 2, 0, 2, 1, 0, 0, 0, 1}}), "expected a positive semidefinite filter moment, got another");
  EXPECT_EQ(message({{}, std::vector<double>(9, 0.0)}), "expected a positive semidefinite filter moment, got another");
}

} // namespace
