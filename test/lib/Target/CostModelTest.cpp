// Tests of CostModel on an invented target with round numbers, and of its order of magnitude on the Cortex-A53.
#include "wino/Target/CostModel.h"
#include "wino/Target/Candidates.h"

#include <gtest/gtest.h>

using namespace wino;

namespace {

TargetData onlyGemm() {
  TargetData target;
  target.gemmInt8 = {4, 4, 16, 256 / 2.0, 0};
  target.gemmInt7 = {4, 4, 16, 256 / 4.0, 0};
  target.gemmInt16 = {8, 8, 1, 64 / 1.0, 0};
  target.gemmInt16Few = {4, 16, 1, 64 / 0.5, 0};
  target.outputTransform.lanes = 4;
  target.inputTransform.op = target.outputTransform.op = 0;
  target.inputTransform.spilledOp = target.outputTransform.spilledOp = 0;
  target.vectorOpCycles = target.vectorLoadCycles = target.vectorStoreCycles = target.lineCycles =
      target.layerOverheadCycles = target.gatherCycles = target.requantCycles = 0;
  return target;
}

ConvShape layer(int64_t channels, int64_t size) {
  ConvShape shape;
  shape.channelsIn = shape.channelsOut = channels;
  shape.kernelHeight = shape.kernelWidth = 3;
  shape.outHeight = shape.outWidth = size;
  return shape;
}

IntegerTransform transformOf(const char *text) {
  return llvm::cantFail(IntegerTransform::make(llvm::cantFail(TileSpec::parse(text))));
}

TEST(CostModel, direct_products_are_padded_to_the_kernel) {
  EXPECT_EQ(directCost(layer(16, 8), onlyGemm()).cycles(), 64 * 9 * 16 * 16 / 2.0);
  EXPECT_EQ(directCost(layer(1, 1), onlyGemm()).cycles(), 4 * 9 * 16 * 4 / 2.0); // 1 pixel, 1 channel in, 1 out
}

TEST(CostModel, winograd_products_shrink_by_the_tile) {
  // F(2,3): 16 taps per 4 outputs instead of 36 products.
  EXPECT_EQ(winogradCost(layer(16, 8), transformOf("F(2,3)"), onlyGemm()).gemm, 16 * 16 * 16 * 16 / 2.0);
  // 5 x 5 outputs need 9 tiles, padded to 12.
  EXPECT_EQ(winogradCost(layer(16, 5), transformOf("F(2,3)"), onlyGemm()).gemm, 16 * 12 * 16 * 16 / 2.0);
  // 16-bit taps use the other kernel.
  EXPECT_EQ(winogradCost(layer(16, 8), transformOf("F(2,3) taps=i16xi16"), onlyGemm()).gemm, 16 * 16 * 16 * 16 / 1.0);
  // 4 tiles fill half of its rows; the kernel for few tiles has none to spare.
  EXPECT_EQ(winogradCost(layer(16, 4), transformOf("F(2,3) taps=i16xi16"), onlyGemm()).gemm, 16 * 4 * 16 * 16 / 0.5);
}

TEST(CostModel, filters_of_seven_bits_have_their_kernel) {
  EXPECT_EQ(winogradCost(layer(16, 8), transformOf("F(2,3) taps=i8xi7"), onlyGemm()).gemm, 16 * 16 * 16 * 16 / 4.0);
  EXPECT_EQ(winogradCost(layer(16, 8), transformOf("F(2,3) taps=i8xi6"), onlyGemm()).gemm, 16 * 16 * 16 * 16 / 4.0);
}

TEST(CostModel, register_blocks_and_taps_have_their_own_cost) {
  TargetData target = onlyGemm();
  target.gemmInt8.blockCycles = 10;
  target.tapCycles = 100;
  // 16 tiles are 4 blocks of rows, 16 channels 4 of columns.
  EXPECT_EQ(winogradCost(layer(16, 8), transformOf("F(2,3)"), target).gemm, 16 * (16 * (128 + 10) + 100));
}

TEST(CostModel, transforms_cost_their_operations) {
  TargetData target = onlyGemm();
  target.inputTransform = {8, /*op=*/1, /*registers=*/16, /*spilledOp=*/5, /*value=*/2, /*result=*/3, /*wordResult=*/7};
  IntegerTransform transform = transformOf("F(2,3)");
  int operations = transform.down.input.counts().total();
  auto cycles = [&](const char *tile) { return winogradCost(layer(16, 2), transformOf(tile), target).inputTransform; };
  // One tile, two blocks of 8 channels, 4 + 4 one-dimensional transforms, 16 values between them.
  EXPECT_EQ(cycles("F(2,3)"), 2 * (8 * operations + 16 * 2 + 16 * 3));
  EXPECT_EQ(cycles("F(2,3) taps=i16xi16"), 2 * (8 * operations + 16 * 2 + 16 * 7));
  target.inputTransform.registers = 15;
  EXPECT_EQ(cycles("F(2,3)"), 2 * (8 * operations * 5 + 16 * 2 + 16 * 3));
  target.outputTransform = {4, 1, 8, 5, 2, 3, 0};
  EXPECT_EQ(winogradCost(layer(16, 2), transform, target).outputTransform,
            4 * (6 * transform.down.output.counts().total() + 16 * 2 + 4 * 3));
}

TEST(CostModel, direct_layers_read_the_input_of_the_network_as_it_lies) {
  ConvShape first = layer(16, 8);
  first.channelsIn = 3;
  double padded = directCost(first, onlyGemm()).cycles();
  first.isPacked = true;
  EXPECT_EQ(directCost(first, onlyGemm()).cycles(), 64 * 32 * 16 / 2.0); // 27 products, in steps of 16
  EXPECT_EQ(padded, 64 * 9 * 16 * 16 / 2.0);
  // 3x32x112x112/2 on the model of test/bench: 4.45 million cycles.
  first.channelsOut = 32;
  first.outHeight = first.outWidth = 112;
  EXPECT_NEAR(directCost(first, *llvm::cantFail(findTarget("cortex-a53"))).cycles(), 4.45e6, 0.4e6);
  // Hosts and GPUs copy it first.
  const TargetData &host = *llvm::cantFail(findTarget("x86-64"));
  ConvShape copied = first;
  copied.isPacked = false;
  EXPECT_EQ(directCost(first, host).cycles(), directCost(copied, host).cycles());
}

TEST(CostModel, directions_count_their_own_transforms) {
  TargetData target = onlyGemm();
  target.inputTransform = {8, /*op=*/1, /*registers=*/24, /*spilledOp=*/5, /*value=*/2, /*result=*/3, /*wordResult=*/7};
  target.outputTransform = {4, 1, 12, 5, 2, 3, 0};
  IntegerTransform t = transformOf("F(2x4,3) points=[0,1,-1,inf]x[0,1,-1,2,-2,inf]");
  int down = t.down.input.counts().total(), across = t.across.input.counts().total();
  ASSERT_NE(down, across);
  ConvCost cost = winogradCost(layer(16, 4), t, target);
  // 4 x 4 outputs are two tiles of 2 x 4; 6 columns down, 4 rows across, 4 x 6 values between them.
  EXPECT_EQ(cost.inputTransform, 2 * 2 * (6 * down + 4 * across + 24 * 2 + 24 * 3));
  EXPECT_EQ(cost.outputTransform,
            2 * 4 * (6 * t.down.output.counts().total() + 2 * t.across.output.counts().total() + 24 * 2 + 8 * 3));
  EXPECT_EQ(cost.scratchBytes, 24 * 2 * 16 * (1 + 4));
  IntegerTransform flat = transformOf("F(1x4,1x3) points=[0]x[0,1,-1,2,-2,inf]");
  // Four tiles of one row: no transform down.
  EXPECT_EQ(winogradCost(layer(16, 4), flat, target).inputTransform, 4 * 2 * (across + 6 * 2 + 6 * 3));
}

TEST(CostModel, bytes_count_filters_and_scratch) {
  ConvCost cost = winogradCost(layer(16, 4), transformOf("F(4,3)"), onlyGemm());
  EXPECT_EQ(cost.scratchBytes, 36 * 1 * 16 * (1 + 4));
  EXPECT_EQ(cost.weightBytes, 36 * 16 * 16 + 16 * (4 + 4 * 36) + 8 * 36);
  EXPECT_EQ(directCost(layer(16, 4), onlyGemm()).weightBytes, 9 * 16 * 16 + 8 * 16);
}

TEST(CostModel, narrow_products_move_fewer_bytes_and_cost_operations) {
  TargetData target = onlyGemm();
  target.vectorOpCycles = target.vectorLoadCycles = target.vectorStoreCycles = 0;
  auto costOf = [&](const char *tile) { return winogradCost(layer(16, 4), transformOf(tile), target); };
  ConvCost wide = costOf("F(4,3)");
  EXPECT_EQ(costOf("F(4,3) out=i16").scratchBytes, 36 * 16 * (1 + 2));
  EXPECT_EQ(costOf("F(4,3) out=i8").scratchBytes, 36 * 16 * (1 + 1));
  EXPECT_EQ(costOf("F(4,3) out=i8").weightBytes, wide.weightBytes + 4 * (36 + 16));
  target.vectorOpCycles = 1; // 16 channels are four vectors
  EXPECT_EQ(costOf("F(4,3) out=i16").outputTransform - costOf("F(4,3)").outputTransform, 4 * (3 * 36 + 16));
  EXPECT_EQ(costOf("F(4,3) out=i8").outputTransform - costOf("F(4,3)").outputTransform, 4 * (4 * 36 + 16));
  target.vectorOpCycles = 0;
  target.vectorLoadCycles = target.vectorStoreCycles = 1;
  EXPECT_EQ(costOf("F(4,3)").outputTransform - costOf("F(4,3) out=i8").outputTransform, 4 * 36 * 2 * 0.75);
}

TEST(CostModel, filters_and_both_sides_of_the_products_move_by_lines) {
  TargetData target = onlyGemm();
  target.lineCycles = 64;
  ConvCost filters = winogradCost(layer(16, 4), transformOf("F(4,3)"), target);
  EXPECT_EQ(filters.memory, double(filters.weightBytes));
  target.uLineCycles = 64;
  target.oLineCycles = 3 * 64;
  EXPECT_EQ(winogradCost(layer(16, 4), transformOf("F(4,3)"), target).memory,
            double(filters.weightBytes + 36 * 16 * (1 + 3 * 4)));
}

TEST(CostModel, depthwise_has_its_own_rate) {
  TargetData target = onlyGemm();
  target.depthwiseMacsPerCycle = 0.5;
  ConvShape shape = layer(16, 8);
  shape.groups = 16;
  EXPECT_EQ(directCost(shape, target).cycles(), 16 * 9 * 64 / 0.5);
}

// 64 x 64 x 56 x 56 on the model of test/bench: 26.5 million cycles direct, 9.1 by F(4,3).
TEST(CostModel, cortex_a53_is_near_what_was_simulated) {
  const TargetData &target = *llvm::cantFail(findTarget("cortex-a53"));
  ConvShape shape = layer(64, 56);
  EXPECT_NEAR(directCost(shape, target).cycles(), 26.5e6, 2.6e6);
  EXPECT_NEAR(winogradCost(shape, transformOf("F(4,3)"), target).cycles(), 9.1e6, 0.9e6);
}

// Dot products make direct layers 4 to 20 times faster, 16-bit taps hardly: Winograd pays later, and with bytes.
TEST(CostModel, the_best_algorithm_moves_with_the_target) {
  auto best = [](const char *name, const ConvShape &shape) {
    const TargetData &target = *llvm::cantFail(findTarget(name));
    std::string choice = "direct";
    double least = directCost(shape, target).cycles();
    for (const char *tile : {"F(4,3) taps=i8xi8", "F(4,3) taps=i16xi16"})
      if (double cycles = winogradCost(shape, transformOf(tile), target).cycles(); cycles < least) {
        least = cycles;
        choice = tile;
      }
    return choice;
  };
  EXPECT_NE(best("cortex-a53", layer(16, 32)), "direct");
  EXPECT_EQ(best("neoverse-n2", layer(16, 32)), "direct");
  auto exact = [](const char *name) {
    const TargetData &target = *llvm::cantFail(findTarget(name));
    ConvShape shape = layer(128, 28);
    return winogradCost(shape, transformOf("F(4,3) taps=i16xi16"), target).cycles() <
           directCost(shape, target).cycles();
  };
  EXPECT_TRUE(exact("cortex-a53"));
  for (const char *name : {"cortex-a55", "cortex-a76", "neoverse-n1", "neoverse-n2"})
    EXPECT_FALSE(exact(name)) << name;
}

TEST(TargetData, every_arm_core_has_an_emulator_and_says_what_it_needs) {
  for (const TargetData *target : allTargets()) {
    EXPECT_EQ(target->triple.starts_with("aarch64"), !target->qemuCpu.empty()) << target->name.str();
    EXPECT_EQ(target->products == ByteProducts::Dot || target->products == ByteProducts::Matrix,
              target->features.contains("+dotprod"))
        << target->name.str();
    EXPECT_EQ(target->products == ByteProducts::Matrix, target->features.contains("+i8mm")) << target->name.str();
    EXPECT_EQ(target->needs.contains("FEAT_DotProd"), target->features.contains("+dotprod")) << target->name.str();
    EXPECT_EQ(target->needs.contains("FEAT_I8MM"), target->features.contains("+i8mm")) << target->name.str();
  }
}

TEST(TargetData, names_are_unique_and_an_unknown_one_lists_them) {
  auto unknown = findTarget("z80");
  ASSERT_FALSE(bool(unknown));
  EXPECT_EQ(
      llvm::toString(unknown.takeError()),
      "expected a target among cortex-a53, cortex-a55, cortex-a76, neoverse-n1, neoverse-n2, x86-64, sm_75, sm_80, "
      "sm_87, sm_90, got 'z80'");
}

TEST(Candidates, default_tiles_have_proved_ranges) {
  EXPECT_EQ(defaultCandidates().size(), 5u);
  for (const TileSpec &tile : defaultCandidates())
    EXPECT_TRUE(bool(IntegerTransform::make(tile))) << tile.str();
}

TEST(Candidates, tiles_that_divide_the_map_are_added) {
  auto sizes = [](int64_t height, int64_t width) {
    std::vector<int> added;
    std::vector<TileSpec> tiles = candidatesFor(height, width);
    for (size_t i = defaultCandidates().size(); i < tiles.size(); ++i) {
      EXPECT_TRUE(bool(IntegerTransform::make(tiles[i]))) << tiles[i].str();
      if (tiles[i].isSquare())
        added.push_back(tiles[i].m);
    }
    return added;
  };
  EXPECT_EQ(sizes(32, 32), (std::vector<int>{4, 4, 8, 8, 8}));
  EXPECT_EQ(sizes(14, 14), (std::vector<int>{7, 7, 7}));
  EXPECT_EQ(sizes(280, 280), (std::vector<int>{4, 4, 5, 7, 7, 7, 8, 8, 6, 7})); // F(8,3) of words saves 4 %
  EXPECT_EQ(sizes(14, 15), (std::vector<int>{}));
}

/// The tiles, short, that are neither default ones nor square.
std::vector<std::string> rectangles(int64_t height, int64_t width, int64_t kernelHeight = 3, int64_t kernelWidth = 3) {
  std::vector<std::string> texts;
  for (const TileSpec &tile : candidatesFor(height, width, kernelHeight, kernelWidth)) {
    EXPECT_TRUE(bool(IntegerTransform::make(tile, 128))) << tile.str();
    EXPECT_TRUE(bool(IntegerTransform::make(tile, 255))) << tile.str();
    if (!tile.isSquare())
      texts.push_back(tile.shortStr());
  }
  return texts;
}

TEST(Candidates, rectangles_are_listed_where_they_save_products) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(rectangles(32, 32), Texts{});
  EXPECT_EQ(rectangles(28, 14), Texts{}); // F(7,3) K=10 covers both
  EXPECT_EQ(rectangles(18, 32), (Texts{"F(6x4,3) K=9x6 i8xi8", "F(6x4,3) i16xi16"}));
  EXPECT_EQ(rectangles(30, 40), Texts{"F(8x7,3) i16xi16"}); // bytes: F(6,3) K=9 and F(4,3) are nearly as good
  // Two rows: 1 x 10 tiles of 24 products, 10 of 36 with F(4,3), 20 of 16 with F(2,3); words: eight tiles of 28.
  EXPECT_EQ(rectangles(2, 40), (Texts{"F(2x4,3) i8xi8", "F(2x5,3) i16xi16"}));
  for (int64_t height = 1; height < 40; height += 6)
    for (int64_t width = 1; width < 40; width += 3)
      EXPECT_LE(rectangles(height, width).size(), 2u);
}

TEST(Candidates, filters_that_are_not_square_have_tiles_of_their_own) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(rectangles(17, 17, 1, 7), (Texts{"F(1x6,1x7) K=1x14 i8xi8", "F(1x6,1x7) i16xi16"}));
  EXPECT_EQ(rectangles(16, 40, 3, 1), (Texts{"F(8x1,3x1) K=11x1 i8xi8", "F(8x1,3x1) i16xi16"}));
  EXPECT_EQ(candidatesFor(8, 8, 5, 5).size(), 0u);
  EXPECT_EQ(candidatesFor(8, 8, 1, 1).size(), 0u);
  EXPECT_EQ(candidatesFor(8, 8, 2, 3).size(), 0u);
  EXPECT_EQ(rectangles(8, 8, 3, 5), (Texts{"F(4,3x5) K=6x9 i8xi8", "F(2x4,3x5) K=4x9 i16xi16"}));
}

TEST(Candidates, stride_2_has_tiles_of_phases) {
  auto sizes = [](int64_t height, int64_t width) {
    std::vector<int> found;
    for (const TileSpec &tile : strideCandidates(height, width)) {
      EXPECT_TRUE(bool(IntegerTransform::make(tile, 128))) << tile.str();
      EXPECT_TRUE(bool(IntegerTransform::make(tile, 255))) << tile.str();
      EXPECT_EQ(tile.stride, 2);
      if (tile.filterTap == TapType::I8)
        found.push_back(tile.m);
    }
    return found;
  };
  EXPECT_EQ(sizes(28, 28), (std::vector<int>{2, 4}));
  EXPECT_EQ(sizes(30, 30), (std::vector<int>{2, 3, 5})); // 225 x 25, 100 x 49, 64 x 81, 36 x 121 products
  EXPECT_EQ(sizes(2, 2), (std::vector<int>{2}));
}

} // namespace
