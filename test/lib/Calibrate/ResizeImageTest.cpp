// ResizeImage: against sums of doubles that are written from the definition, and what any resizing must keep.
#include "wino/Calibrate/ResizeImage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace wino;

namespace {

/// One result of one line, unrounded.
double slow(const std::vector<double> &line, size_t to, size_t i) {
  double step = double(line.size()) / double(to), reach = std::max(step, 1.0), centre = (double(i) + 0.5) * step;
  double sum = 0, weights = 0;
  for (size_t j = 0; j < line.size(); ++j) {
    double distance = std::fabs(double(j) + 0.5 - centre) / reach;
    if (distance < 1) {
      sum += (1 - distance) * line[j];
      weights += 1 - distance;
    }
  }
  return sum / weights;
}

TEST(ResizeImage, results_are_weighted_means) {
  std::mt19937 random(1);
  for (auto [h, w, toH, toW] : {std::tuple(7u, 9u, 3u, 4u), std::tuple(3u, 4u, 7u, 9u), std::tuple(5u, 6u, 5u, 6u),
                                std::tuple(1u, 1u, 4u, 2u), std::tuple(40u, 31u, 1u, 1u), std::tuple(6u, 20u, 9u, 7u)})
    for (unsigned channels : {1u, 3u}) {
      std::vector<uint8_t> samples(h * w * channels);
      for (uint8_t &sample : samples)
        sample = uint8_t(random());
      std::vector<uint8_t> result = resizeImage(samples, {channels, h, w}, {channels, toH, toW});
      ASSERT_EQ(result.size(), size_t(toH * toW * channels));
      for (unsigned c = 0; c < channels; ++c)
        for (unsigned x = 0; x < toW; ++x) {
          std::vector<double> column;
          for (unsigned y = 0; y < h; ++y) {
            std::vector<double> row;
            for (unsigned i = 0; i < w; ++i)
              row.push_back(samples[(y * w + i) * channels + c]);
            column.push_back(std::floor(slow(row, toW, x) + 0.5));
          }
          for (unsigned y = 0; y < toH; ++y) // a half may fall to either side in the fixed point
            ASSERT_NEAR(result[(y * toW + x) * channels + c], slow(column, toH, y), 1.51);
        }
      if (h == toH && w == toW) {
        EXPECT_EQ(result, samples);
      }
    }
}

TEST(ResizeImage, flat_pictures_stay_flat) {
  std::vector<uint8_t> samples(11 * 13, 255);
  for (uint8_t sample : resizeImage(samples, {1, 11, 13}, {1, 5, 29}))
    EXPECT_EQ(sample, 255);
}

} // namespace
