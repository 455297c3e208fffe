// TileModel against plain loops: errors, gradients by finite differences without and with rounding, threads.
#include "SlowTiles.h"
#include "gtest/gtest.h"

#include <random>

using namespace wino;
using namespace wino::test;

namespace {

struct Case {
  FeatureMaps maps;
  std::vector<float> filter;
  TileLayer layer;

  Case(int64_t images, int64_t channels, int64_t height, int64_t width, int64_t outputs, unsigned seed) {
    std::mt19937 random(seed);
    auto number = [&] { return float(int(random() % 2001) - 1000) / 1000; };
    maps = {images, channels, height, width, std::vector<float>(size_t(images * channels * height * width))};
    for (float &x : maps.values)
      x = number();
    filter.resize(size_t(outputs * channels * 9));
    for (float &w : filter)
      w = number();
    layer = {&maps, {1, 1, 1, 1}, filter, outputs};
  }
};

TileMatrices matricesOf(const char *tile) {
  return TileMatrices::from(llvm::cantFail(BilinearAlgorithm::make(llvm::cantFail(TileSpec::parse(tile)))));
}

TEST(TileSample, holds_different_tiles_with_their_exact_convolution) {
  Case c(2, 3, 7, 9, 5, 1);
  TileSample sample = TileSample::draw(c.layer, 4, 3, 1, 2, 100);
  EXPECT_EQ(sample.count, 2 * 3); // all tiles of one image of 7 x 9
  double power = 0;
  int64_t outputs = 0;
  for (size_t p = 0; p < size_t(sample.count); ++p)
    for (size_t a = 0; a < 4; ++a)
      for (size_t b = 0; b < 4; ++b)
        for (size_t f = 0; f < 5; ++f) {
          double y = 0;
          bool valid = a < sample.validRows[p] && b < sample.validCols[p];
          for (size_t u = 0; u < 3 && valid; ++u)
            for (size_t v = 0; v < 3; ++v)
              for (size_t i = 0; i < 3; ++i)
                y += sample.x[((p * 6 + a + u) * 6 + b + v) * 3 + i] * c.filter[((f * 3 + i) * 3 + u) * 3 + v];
          EXPECT_NEAR(sample.y[((p * 4 + a) * 4 + b) * 5 + f], y, 1e-5);
          power += y * y;
          outputs += valid;
        }
  EXPECT_EQ(outputs, 7 * 9 * 5); // every output of the map once
  EXPECT_NEAR(sample.power, power, 1e-4 * power);
}

TEST(TileModel, exact_matrices_without_rounding_have_no_error) {
  Case c(1, 16, 12, 12, 16, 2);
  for (const char *tile : {"F(2,3)", "F(4,3)", "F(6,3) K=9"}) {
    TileMatrices x = matricesOf(tile);
    TileSample sample = TileSample::draw(c.layer, x.m, 3, 0, 1, 100);
    EXPECT_LT(TileModel(c.layer, x.m, 3, x.K, 1).error(x, {}, sample, 0, sample.count), 1e-9 * sample.power) << tile;
  }
}

TEST(TileModel, error_is_that_of_plain_loops) {
  Case c(1, 5, 7, 7, 19, 3);
  for (const char *tile : {"F(2,3)", "F(4,3)", "F(4,3) K=7"})
    for (int limit : {0, 7, 127}) {
      TileMatrices x = matricesOf(tile);
      x.bt[3] += 0.05; // not exact
      TileSample sample = TileSample::draw(c.layer, x.m, 3, 0, 1, 6);
      TileModel model(c.layer, x.m, 3, x.K, 1);
      SlowTiles slow{c.layer, sample, {limit, limit, {}, {}}};
      model.fitScales(x, sample, 0, sample.count, slow.quantizers);
      double want = slow.error(x);
      EXPECT_NEAR(model.error(x, slow.quantizers, sample, 0, sample.count), want, (limit ? 2e-2 : 1e-4) * want)
          << tile << " " << limit; // in binary32 a number near a tie may round the other way
    }
}

/// Every derivative of the model against central differences of the plain loops with roundings replayed.
void checkGradient(const char *tile, int limit) {
  SCOPED_TRACE(std::string(tile) + " " + std::to_string(limit));
  Case c(1, 3, 8, 8, 17, 4);
  TileMatrices x = matricesOf(tile), gradient;
  std::mt19937 random(9);
  for (std::vector<double> *entries : {&x.at, &x.g, &x.bt})
    for (double &entry : *entries)
      entry += double(int(random() % 201) - 100) / 2000;
  TileSample sample = TileSample::draw(c.layer, x.m, 3, 0, 1, 3);
  TileModel model(c.layer, x.m, 3, x.K, 1);
  SlowTiles slow{c.layer, sample, {limit, limit, {}, {}}};
  model.fitScales(x, sample, 0, sample.count, slow.quantizers);
  for (std::vector<float> *scales : {&slow.quantizers.inputScales, &slow.quantizers.filterScales})
    for (float &scale : *scales)
      scale *= 0.8f; // so that some taps are clipped
  size_t clipped = 0;
  slow.error(x);
  for (const Rounding &rounding : slow.roundings)
    clipped += rounding.isClipped;
  EXPECT_EQ(clipped > 0, limit != 0); // otherwise half of the definition is not tested
  slow.replay = true;
  model.error(x, slow.quantizers, sample, 0, sample.count, &gradient);
  for (auto matrix : {&TileMatrices::at, &TileMatrices::g, &TileMatrices::bt}) {
    double largest = 0;
    for (double derivative : gradient.*matrix)
      largest = std::max(largest, std::fabs(derivative));
    for (size_t i = 0; i < (x.*matrix).size(); ++i) {
      TileMatrices low = x, high = x;
      (low.*matrix)[i] -= 1e-4;
      (high.*matrix)[i] += 1e-4;
      EXPECT_NEAR((gradient.*matrix)[i], (slow.error(high) - slow.error(low)) / 2e-4, 2e-4 * largest) << i;
    }
  }
}

TEST(TileModel, gradient_is_that_of_finite_differences) {
  checkGradient("F(2,3)", 0);
  checkGradient("F(4,3)", 0);
  checkGradient("F(4,3) K=7", 0);
}

TEST(TileModel, gradient_through_rounding_is_the_straight_through_estimator) {
  checkGradient("F(2,3)", 7);
  checkGradient("F(4,3)", 7);
  checkGradient("F(4,3)", 31);
}

TEST(TileModel, threads_do_not_change_a_bit) {
  Case c(1, 16, 40, 40, 24, 5);
  TileMatrices x = matricesOf("F(4,3)"), gradients[2];
  TileSample sample = TileSample::draw(c.layer, 4, 3, 0, 1, 100);
  ASSERT_EQ(sample.count, 100);
  double errors[2];
  for (unsigned threads : {1u, 2u}) {
    TileModel model(c.layer, 4, 3, 6, threads);
    TapQuantizers quantizers{127, 127, {}, {}};
    model.fitScales(x, sample, 0, sample.count, quantizers);
    errors[threads - 1] = model.error(x, quantizers, sample, 0, sample.count, &gradients[threads - 1]);
  }
  EXPECT_EQ(errors[0], errors[1]);
  EXPECT_EQ(gradients[0].at, gradients[1].at);
  EXPECT_EQ(gradients[0].g, gradients[1].g);
  EXPECT_EQ(gradients[0].bt, gradients[1].bt);
}

} // namespace
