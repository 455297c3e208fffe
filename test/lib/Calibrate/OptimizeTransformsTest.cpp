// OptimizeTransforms: what it wins on images that it has not seen, what it keeps, and what it refuses.
#include "wino/Calibrate/OptimizeTransforms.h"
#include "SlowTiles.h"
#include "wino/Numerics/IntegerTransform.h"
#include "gtest/gtest.h"

#include <random>

using namespace wino;
using namespace wino::test;

namespace {

class Optimising : public ::testing::Test {
protected:
  Optimising() {
    std::mt19937 random(11);
    auto number = [&] { return float(int(random() % 2001) - 1000) / 1000; };
    maps = {8, 8, 16, 16, std::vector<float>(8 * 8 * 256)};
    for (size_t i = 0; i < maps.values.size(); ++i) // smooth along a row, never negative
      maps.values[i] = std::max(0.0f, (i % 16 ? 0.8f * maps.values[i - 1] : 0) + number());
    filter.resize(16 * 8 * 9);
    for (float &w : filter)
      w = number();
    layer = {&maps, {1, 1, 1, 1}, filter, 16};
    options.steps = 200;
    options.rate = 0.02;
  }

  static TileSpec tile(const char *text) { return llvm::cantFail(TileSpec::parse(text)); }
  OptimizedTransforms optimize(const char *text) {
    auto result = optimizeTransforms(layer, tile(text), options);
    EXPECT_TRUE(bool(result));
    return result ? *result : OptimizedTransforms();
  }
  std::string errorOf(const char *text) {
    auto result = optimizeTransforms(layer, tile(text), options);
    return result ? "optimised" : llvm::toString(result.takeError());
  }

  FeatureMaps maps;
  std::vector<float> filter;
  TileLayer layer;
  TransformOptions options;
};

constexpr const char *classic = "F(4,3) points=[0,1,-1,2,-2,inf]";

TEST_F(Optimising, lowers_the_error_on_images_it_has_not_seen) {
  FeatureMaps all = maps, unseen = {2, 8, 16, 16, {all.values.begin() + 6 * 2048, all.values.end()}};
  maps = {6, 8, 16, 16, {all.values.begin(), all.values.begin() + 6 * 2048}};
  OptimizedTransforms result = optimize(classic);
  ASSERT_TRUE(result.tile.hasMatrices());
  EXPECT_LT(result.after, 0.9 * result.before);
  double errors[2];
  for (bool optimised : {false, true}) { // by plain loops, with scales of the images that were seen
    TileMatrices x =
        TileMatrices::from(llvm::cantFail(BilinearAlgorithm::make(optimised ? result.tile : tile(classic))));
    TapQuantizers quantizers{127, 127, {}, {}};
    TileModel(layer, 4, 3, 6, 1).fitScales(x, TileSample::draw(layer, 4, 3, 0, 6, 96), 0, 96, quantizers);
    TileLayer fresh = layer;
    fresh.inputs = &unseen;
    TileSample sample = TileSample::draw(fresh, 4, 3, 0, 2, 32);
    errors[optimised] = SlowTiles{fresh, sample, quantizers}.error(x);
  }
  EXPECT_LT(errors[1], 0.9 * 0.9 * errors[0]);
}

TEST_F(Optimising, states_matrices_in_small_fractions_that_are_proved) {
  OptimizedTransforms result = optimize(classic);
  ASSERT_TRUE(result.tile.hasMatrices());
  EXPECT_EQ(llvm::cantFail(TileSpec::parse(result.tile.str())), result.tile);
  EXPECT_TRUE(bool(IntegerTransform::make(result.tile, 255)));
  EXPECT_TRUE(bool(IntegerTransform::make(result.tile, 128)));
  const Rational one(1);
  for (int j = 0; j < 6; ++j) {
    Rational inBt(0), inAt(0);
    for (int k = 0; k < 6; ++k) {
      EXPECT_EQ((result.tile.BT.at(j, k) * Rational(1 << 14)).denominator(), 1);
      inBt = std::max(inBt, abs(result.tile.BT.at(j, k)));
    }
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ((result.tile.AT.at(i, j) * Rational(1 << 14)).denominator(), 1);
      inAt = std::max(inAt, abs(result.tile.AT.at(i, j)));
    }
    EXPECT_EQ(inBt, one);
    EXPECT_EQ(inAt, one);
  }
}

TEST_F(Optimising, symmetric_matrices_keep_the_mirror) {
  const RationalMatrix bt = optimize(classic).tile.BT; // products 1 and 2, and 3 and 4, are mirrors
  ASSERT_EQ(bt.rows(), 6);
  for (int k = 0; k < 6; ++k) {
    EXPECT_EQ(abs(bt.at(1, k)), abs(bt.at(2, k)));
    EXPECT_EQ(abs(bt.at(3, k)), abs(bt.at(4, k)));
    EXPECT_TRUE(k % 2 == 0 || bt.at(0, k).isZero());
    EXPECT_TRUE(k % 2 == 1 || bt.at(5, k).isZero());
  }
  options.symmetric = false;
  RationalMatrix free = optimize(classic).tile.BT;
  ASSERT_EQ(free.rows(), 6);
  EXPECT_FALSE(free.at(0, 1).isZero());
  EXPECT_LT(TransformDag::fromFractions(bt, 16).counts().total(),
            TransformDag::fromFractions(free, 16).counts().total());
}

TEST_F(Optimising, keeps_the_gain_of_the_convolution) {
  OptimizedTransforms result = optimize("F(4,3) taps=i4xi4");
  ASSERT_TRUE(result.tile.hasMatrices());
  TileMatrices x = TileMatrices::from(llvm::cantFail(BilinearAlgorithm::make(result.tile)));
  TileSample sample = TileSample::draw(layer, 4, 3, 0, 6, 64);
  TapQuantizers quantizers{7, 7, {}, {}};
  TileModel(layer, 4, 3, 6, 1).fitScales(x, sample, 0, sample.count, quantizers);
  // |Y_hat - Y|^2, |Y|^2 and |Y_hat|^2, the last as the error against a target of zeros, give <Y_hat, Y>.
  double error = SlowTiles{layer, sample, quantizers}.error(x);
  TileSample zeros = sample;
  std::fill(zeros.y.begin(), zeros.y.end(), 0.0f);
  double product = (SlowTiles{layer, zeros, quantizers}.error(x) + sample.power - error) / 2;
  EXPECT_GT(error, 0.01 * sample.power); // without the correction the output would shrink by this much
  EXPECT_NEAR(product, sample.power, 0.25 * error);
}

TEST_F(Optimising, does_not_depend_on_threads) {
  OptimizedTransforms one = optimize("F(4,3) taps=i6xi6");
  options.threads = 2;
  OptimizedTransforms two = optimize("F(4,3) taps=i6xi6");
  EXPECT_EQ(one.tile, two.tile);
  EXPECT_EQ(one.after, two.after);
}

TEST_F(Optimising, keeps_what_it_cannot_better) {
  options.leastGain = 0.95;
  OptimizedTransforms result = optimize("F(2,3)");
  EXPECT_EQ(result.tile, tile("F(2,3)"));
  EXPECT_EQ(result.after, result.before);
  EXPECT_GT(result.before, 0);
  options.leastGain = 0.01;
  options.steps = 0;
  EXPECT_EQ(optimize(classic).tile, tile(classic));
  std::fill(maps.values.begin(), maps.values.end(), 0.0f);
  options.steps = 20;
  result = optimize(classic);
  EXPECT_EQ(result.tile, tile(classic));
  EXPECT_EQ(result.before, 0);
}

TEST_F(Optimising, one_image_is_enough) {
  maps = {1, 8, 16, 16, {maps.values.begin(), maps.values.begin() + 2048}};
  EXPECT_GT(optimize("F(6,3)").before, 0);
}

TEST_F(Optimising, refuses_what_does_not_fit) {
  EXPECT_EQ(errorOf("F(4,3) taps=i16xi16").find("expected a tile with taps of at most 8 bits"), 0u);
  EXPECT_EQ(errorOf("F(2,5) points=[0,1,-1,2,-2,inf]"),
            "expected a filter of 16 x 8 x 5 x 5 for the layer's maps, got 1152 numbers");
  layer.pads = {0, 0, 0, 0};
  FeatureMaps small = {1, 8, 2, 2, std::vector<float>(32)};
  layer.inputs = &small;
  EXPECT_EQ(errorOf("F(4,3)"), "expected maps that are not smaller than the kernel, got 2 x 2");
  layer.inputs = &maps;
  maps.values[5] = NAN;
  EXPECT_EQ(errorOf("F(4,3)"), "expected finite maps and filters, got a NaN or infinity");
}

} // namespace
