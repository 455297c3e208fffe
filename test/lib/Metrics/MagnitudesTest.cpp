// Magnitudes: sums and groups against sorting all numbers.
#include "wino/Metrics/Magnitudes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace wino;

namespace {

TEST(Magnitudes, groups_are_parts_of_the_sorted_numbers) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  Magnitudes magnitudes, half;
  std::vector<float> all;
  for (int part = 0; part < 4; ++part) {
    std::vector<float> floats(5000), integers, rounded;
    for (float &x : floats)
      x = random() % 5 ? normal(random) : 0;
    for (float x : floats) {
      integers.push_back(x + 0.25f);
      rounded.push_back(x - 0.125f);
    }
    all.insert(all.end(), floats.begin(), floats.end());
    (part < 2 ? magnitudes : half).add(floats, integers, rounded);
  }
  magnitudes.add(half);
  all.erase(std::remove(all.begin(), all.end(), 0.0f), all.end());
  std::sort(all.begin(), all.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  auto groups = magnitudes.split(10);
  ASSERT_EQ(groups.size(), 10u);
  size_t begin = 0;
  for (const MagnitudeGroup &group : groups) {
    EXPECT_NEAR(double(group.count), double(all.size()) / 10, 0.06 * double(all.size())); // whole bins
    double signal = 0;
    for (size_t i = begin; i < begin + group.count; ++i)
      signal += double(all[i]) * double(all[i]);
    EXPECT_NEAR(group.signal, signal, 1e-9 * signal);
    EXPECT_NEAR(group.noise, 0.0625 * double(group.count), 1e-6 * double(group.count));
    EXPECT_NEAR(group.rounding, 0.015625 * double(group.count), 1e-6 * double(group.count));
    EXPECT_NEAR(group.largest, std::fabs(all[begin + group.count - 1]), 1e-12);
    EXPECT_NEAR(group.roundingDecibel() - group.decibel(), 10 * std::log10(4), 1e-3);
    begin += group.count;
  }
  EXPECT_EQ(begin, all.size());
  EXPECT_LT(groups.front().decibel() + 20, groups.back().decibel()); // equal noise hurts the faint ones
}

TEST(Magnitudes, nothing_and_one_number) {
  EXPECT_TRUE(Magnitudes().split().empty());
  Magnitudes magnitudes;
  magnitudes.add({0, 0}, {1, 1}, {0, 0});
  EXPECT_TRUE(magnitudes.split().empty());
  magnitudes.add({-3}, {-3}, {-3});
  ASSERT_EQ(magnitudes.split().size(), 1u);
  EXPECT_EQ(magnitudes.split()[0].largest, 3);
  EXPECT_TRUE(std::isinf(magnitudes.split()[0].decibel()));
}

} // namespace
