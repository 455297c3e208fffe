// Parts of windows: complete, within 16 bits, and few.
#include "wino/Numerics/NarrowSums.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <functional>
#include <random>

using namespace wino;

namespace {

using Parts = std::vector<llvm::SmallVector<int64_t>>;

/// The largest magnitude of a part's sum over all channels, for the worst inputs in [-128, 127].
int64_t worstSum(const std::vector<int8_t> &weights, int64_t taps, llvm::ArrayRef<int64_t> part) {
  int64_t worst = 0;
  for (size_t first = 0; first < weights.size(); first += taps) {
    int64_t sum = 0;
    for (int64_t tap : part)
      sum += 128 * std::abs(int(weights[first + tap]));
    worst = std::max(worst, sum);
  }
  return worst;
}

void expectPartition(const std::vector<int8_t> &weights, int64_t taps, const Parts &parts) {
  std::vector<int> seen(taps, 0);
  for (const auto &part : parts) {
    EXPECT_FALSE(part.empty());
    EXPECT_LE(worstSum(weights, taps, part), 32767);
    for (int64_t tap : part)
      ++seen[tap];
  }
  EXPECT_EQ(seen, std::vector<int>(taps, 1));
}

/// The fewest parts, by trying all partitions.
size_t fewest(const std::vector<int8_t> &weights, int64_t taps) {
  size_t best = taps;
  Parts parts;
  std::function<void(int64_t)> place = [&](int64_t tap) {
    if (parts.size() >= best)
      return;
    if (tap == taps) {
      best = parts.size();
      return;
    }
    for (size_t p = 0; p < parts.size(); ++p) {
      parts[p].push_back(tap);
      if (worstSum(weights, taps, parts[p]) <= 32640)
        place(tap + 1);
      parts[p].pop_back();
    }
    parts.emplace_back(1, tap);
    place(tap + 1);
    parts.pop_back();
  };
  place(0);
  return best;
}

std::vector<int8_t> randomWeights(std::mt19937 &random, size_t count, int largest) {
  std::vector<int8_t> weights;
  while (weights.size() < count)
    weights.push_back(int8_t(int(random() % (2 * largest + 1)) - largest));
  return weights;
}

} // namespace

TEST(NarrowSums, the_largest_weights_go_in_pairs) {
  std::vector<int8_t> weights(9 * 2, -127);
  Parts parts = partsOf16Bits(weights, 9);
  expectPartition(weights, 9, parts);
  EXPECT_EQ(parts.size(), 5u); // 3 * 127 is more than 255
}

TEST(NarrowSums, a_sum_of_255_fits_and_one_of_256_does_not) {
  EXPECT_EQ(partsOf16Bits({127, 127, 1}, 3).size(), 1u);
  EXPECT_EQ(partsOf16Bits({127, -127, 2}, 3).size(), 2u);
  // two channels would take all three taps, the third would not
  EXPECT_EQ(partsOf16Bits({127, 127, 0, 0, 127, 127, 127, 2, 127}, 3).size(), 2u);
}

TEST(NarrowSums, zeros_and_single_taps) {
  EXPECT_EQ(partsOf16Bits(std::vector<int8_t>(25 * 3, 0), 25).size(), 1u);
  EXPECT_EQ(partsOf16Bits({5, -7}, 1).size(), 1u);
}

TEST(NarrowSums, close_to_the_fewest_parts) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 60; ++trial) {
    int64_t taps = 1 + int64_t(random() % 8);
    std::vector<int8_t> weights = randomWeights(random, taps * (1 + random() % 20), 20 + int(random() % 108));
    Parts parts = partsOf16Bits(weights, taps);
    expectPartition(weights, taps, parts);
    EXPECT_LE(parts.size(), fewest(weights, taps) + 1) << "trial " << trial;
    EXPECT_EQ(partsOf16Bits(weights, taps), parts);
  }
}
