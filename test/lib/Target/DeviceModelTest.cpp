// Tests of DeviceModel: ranges cover the depth, cycles of an invented chip with round numbers, when real ones cut.
#include "wino/Target/DeviceModel.h"
#include "wino/Target/CostModel.h"

#include <gtest/gtest.h>

#include <set>

using namespace wino;

namespace {

TargetData chip() {
  TargetData target;
  target.triple = "nvptx64-nvidia-cuda";
  target.device = {10, 1024, 2, 100, 1000, 5000}; // a step of a whole block: 256 cycles
  target.lineBytes = 64;
  target.lineCycles = 1;
  return target;
}

TEST(DeviceModel, ranges_cover_all_steps_and_none_is_empty) {
  std::set<int64_t> seen;
  for (int64_t steps = 1; steps <= 80; ++steps)
    for (int64_t asked = 1; asked <= 40; ++asked) {
      DeviceGemm gemm = DeviceGemm::make(64, 64, (steps - 1) * 64 + 16, 1);
      ASSERT_EQ(gemm.steps(), steps);
      int64_t ranges = gemm.wholeRanges(asked), each = (steps + ranges - 1) / ranges;
      EXPECT_GE(ranges, 1);
      EXPECT_LE(ranges, std::min(asked, steps));
      EXPECT_GE(ranges * each, steps);
      EXPECT_LT((ranges - 1) * each, steps) << steps << " steps, " << asked << " ranges";
      seen.insert(ranges);
    }
  EXPECT_GT(seen.size(), 10u);
  EXPECT_EQ(DeviceGemm::make(64, 64, 9 * 64, 1).wholeRanges(8), 5); // of two steps; eight would be of two, too
}

TEST(DeviceModel, blocks_fit_the_product) {
  EXPECT_EQ(DeviceGemm::make(64, 64, 64, 1).blocks(), 1);
  EXPECT_EQ(DeviceGemm::make(65, 65, 64, 36).blocks(), 4 * 36);
  EXPECT_EQ(DeviceGemm::make(256, 16, 64, 1).blocks(), 2);
}

TEST(DeviceModel, blocks_take_turns_on_multiprocessors) {
  TargetData target = chip();
  auto cycles = [&](int64_t blocks) { return productCycles(DeviceGemm::make(64 * blocks, 64, 640, 1), 1, target); };
  EXPECT_EQ(cycles(1), 1000 + 10 * 256);
  EXPECT_EQ(cycles(10), cycles(1));               // one each
  EXPECT_EQ(cycles(20), 1000 + 10 * 512);         // two share one
  EXPECT_EQ(cycles(30), cycles(20) + cycles(10)); // and a third comes later
  target.device.stepCycles = 300;                 // waiting takes longer than multiplying
  EXPECT_EQ(cycles(10), 1000 + 10 * 300);
}

TEST(DeviceModel, sums_of_ranges_cost_their_bytes_and_a_launch) {
  TargetData target = chip();
  DeviceGemm gemm = DeviceGemm::make(64, 64, 640, 1);
  // Five ranges of two steps: five sums, written and read.
  EXPECT_EQ(splitCycles(gemm, 5, directPartialSums(), target), 1000 + 2 * 256 + 2 * 5 * 4 * 64 * 64 / 64 + 5000);
  // Products of a Winograd layer go to memory anyway, and its output transform adds.
  EXPECT_EQ(splitCycles(gemm, 5, winogradPartialSums(2), target), 1000 + 2 * 256 + 2 * (5 * 4 - 2) * 64 * 64 / 64);
  EXPECT_EQ(splitCycles(gemm, 1, winogradPartialSums(2), target), productCycles(gemm, 1, target));
}

TEST(DeviceModel, the_best_of_all_ranges_is_chosen_if_it_saves_a_tenth) {
  for (int64_t depth : {64, 640, 6400, 64000})
    for (int64_t rows : {16, 64, 640, 6400}) {
      DeviceGemm gemm = DeviceGemm::make(rows, 64, depth, 1);
      PartialSums partial = directPartialSums();
      double least = splitCycles(gemm, 1, partial, chip()), whole = least;
      for (int64_t ranges = 1; ranges <= partial.mostRanges; ++ranges)
        if (gemm.wholeRanges(ranges) == ranges)
          least = std::min(least, splitCycles(gemm, ranges, partial, chip()));
      int64_t chosen = chooseRanges(gemm, partial, chip());
      EXPECT_EQ(splitCycles(gemm, chosen, partial, chip()), least < 0.9 * whole ? least : whole)
          << depth << " " << rows;
    }
}

TEST(DeviceModel, blocks_that_transform_their_own_tiles) {
  TargetData target = chip();
  target.lineCycles = 0;
  // 4 x 4 blocks on 10 multiprocessors, two on some, which run one after the other; two steps.
  FusedTaps fused{64, 64, 64, 36, 0};
  double products = 16 * 16 * 32 * 36 / 1024.0;
  EXPECT_EQ(fusedCycles(fused, target), 2 * (1000 + 2 * products));
  // All transforms are done once by each of four blocks of channels: of eight tile-steps a tenth each.
  fused.transformCycles = 80;
  EXPECT_EQ(fusedCycles(fused, target), 2 * (1000 + 2 * (products + 100)));
  fused.outputs = 16;
  EXPECT_EQ(fusedCycles(fused, target), 1000 + 2 * (products + 100));
  target.lineCycles = 4; // V four times
  EXPECT_EQ(fusedCycles(fused, target), 1000 + 2 * (products + 100) + 4 * 36 * 16 * 64 / 64.0);
}

TEST(DeviceModel, small_deep_maps_are_cut_and_large_ones_are_not) {
  for (const char *name : {"sm_75", "sm_80", "sm_87", "sm_90"}) {
    const TargetData &target = *llvm::cantFail(findTarget(name));
    EXPECT_GT(chooseRanges(DeviceGemm::make(49, 512, 9 * 512, 1), directPartialSums(), target), 1) << name;
    EXPECT_EQ(chooseRanges(DeviceGemm::make(256 * 512, 64, 9 * 64, 1), directPartialSums(), target), 1) << name;
    EXPECT_EQ(chooseRanges(DeviceGemm::make(128 * 64, 64, 64, 36), winogradPartialSums(4), target), 1) << name;
    ConvShape shape;
    shape.channelsIn = shape.channelsOut = 512;
    shape.kernelHeight = shape.kernelWidth = 3;
    shape.outHeight = shape.outWidth = 7;
    EXPECT_LT(directCost(shape, target).gemm, productCycles(DeviceGemm::make(49, 512, 9 * 512, 1), 1, target)) << name;
  }
}

} // namespace
