// Gate: which held-out images steer and which judge, the drop of top-1, and who is named when a budget is missed.
#include "wino-opt/Gate.h"

#include "common/Accuracy.h"
#include "wino-opt/BucketGate.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "wino/Dialect/Winograd.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <set>

using namespace wino;

namespace {

/// Images of one pixel; equal pixels are copies.
class Pixels : public ImageSource {
public:
  explicit Pixels(std::vector<uint8_t> pixels)
      : ImageSource({}, {1, 1, 1}, /*isFloat=*/false, /*isNhwc=*/false), pixels(std::move(pixels)) {}
  size_t size() const override { return pixels.size(); }
  std::string name(size_t index) const override { return std::to_string(index); }

private:
  llvm::Error readRaw(size_t index, std::vector<uint8_t> &raw) override {
    raw = {pixels[index]};
    return llvm::Error::success();
  }
  std::vector<uint8_t> pixels;
};

/// What is shown by the images of both parts when all images are held out.
std::pair<std::multiset<int>, std::multiset<int>> partsOf(const std::vector<uint8_t> &pixels, bool hasDrop = true,
                                                          bool replan = true) {
  Calibration calibration;
  calibration.images = std::make_unique<Pixels>(pixels);
  for (size_t i = 0; i < pixels.size(); ++i)
    calibration.heldOut.push_back(i);
  Options options;
  if (hasDrop)
    options.maxDrop = 1;
  options.replan = replan;
  options.asksForSqnr = !hasDrop;
  HeldOutParts parts = llvm::cantFail(splitHeldOut(calibration, options));
  std::pair<std::multiset<int>, std::multiset<int>> shown;
  for (size_t i : parts.steering)
    shown.first.insert(pixels[i]);
  for (size_t i : parts.judging)
    shown.second.insert(pixels[i]);
  EXPECT_TRUE(std::is_sorted(parts.judging.begin(), parts.judging.end()));
  return shown;
}

TEST(Gate, halves_depend_on_what_images_show_and_not_on_their_order) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 33; ++i)
    pixels.push_back(uint8_t(7 * i));
  auto halves = partsOf(pixels);
  EXPECT_EQ(halves.first.size(), 16u);
  EXPECT_EQ(halves.second.size(), 17u);
  std::reverse(pixels.begin(), pixels.end());
  EXPECT_EQ(partsOf(pixels), halves);
}

TEST(Gate, copies_of_a_picture_stand_in_one_half) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 40; ++i)
    pixels.push_back(uint8_t(i / 4)); // neighbours, as in a set that was augmented
  auto [steering, judging] = partsOf(pixels);
  EXPECT_EQ(steering.size(), 20u);
  EXPECT_EQ(judging.size(), 20u);
  for (int pixel : steering)
    EXPECT_EQ(judging.count(pixel), 0u);
}

TEST(Gate, few_images_judge_and_do_not_steer_plans) {
  std::vector<uint8_t> pixels;
  for (size_t i = 0; i < 2 * leastSteering; ++i) {
    auto [steering, judging] = partsOf(pixels, /*hasDrop=*/false);
    EXPECT_TRUE(steering.empty());
    EXPECT_EQ(judging.size(), pixels.size());
    pixels.push_back(uint8_t(i));
  }
  EXPECT_EQ(partsOf(pixels, /*hasDrop=*/false).first.size(), leastSteering);
  EXPECT_EQ(partsOf(pixels, /*hasDrop=*/false), partsOf(pixels));
  EXPECT_TRUE(partsOf(pixels, /*hasDrop=*/false, /*replan=*/false).first.empty());
}

TEST(Gate, of_many_images_most_judge_unless_top_1_steers) {
  std::vector<uint8_t> pixels(200);
  std::iota(pixels.begin(), pixels.end(), uint8_t(0));
  EXPECT_EQ(partsOf(pixels, /*hasDrop=*/false).first.size(), mostSteering);
  EXPECT_EQ(partsOf(pixels, /*hasDrop=*/true).first.size(), 100u);
}

TEST(Gate, the_noise_of_other_images_is_bounded_by_how_much_images_differ) {
  std::vector<Energy> alike(16, Energy{10, 0.1});
  EXPECT_DOUBLE_EQ(noiseBound(alike, 16, 2.5), 0.01);
  EXPECT_TRUE(std::isinf(noiseBound({alike[0]}, 16, 2.5)));
  // Two halves of random images: the bound from one holds for the other about as often as a normal distribution says.
  uint64_t state = 1;
  auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return double(state >> 40) / double(1 << 24);
  };
  unsigned kept = 0, trials = 2000;
  for (unsigned trial = 0; trial < trials; ++trial) {
    std::vector<Energy> first;
    Energy second;
    for (size_t i = 0; i < 64; ++i) {
      Energy image{5 + uniform(), 0.1 * (uniform() + uniform() + uniform())};
      i < 32 ? first.push_back(image) : second.add(image);
    }
    kept += second.noise / second.signal <= noiseBound(first, 32, 1.645);
  }
  EXPECT_NEAR(double(kept) / trials, 0.95, 0.02);
}

TEST(Gate, drop_is_in_points_of_the_images_that_were_compared) {
  std::vector<int64_t> labels = {9, 0, 1, 2, 3, 4, 5};
  std::vector<size_t> images = {1, 2, 3, 4, 6}; // labels 0, 1, 2, 3, 5
  using Classes = std::vector<std::pair<size_t, size_t>>;
  EXPECT_DOUBLE_EQ(topOneDrop(Classes{{0, 0}, {1, 7}, {2, 7}, {7, 3}, {5, 5}}, images, labels), 20); // 4 against 3 of 5
  EXPECT_DOUBLE_EQ(topOneDrop(Classes{{7, 0}, {1, 1}, {2, 2}, {3, 3}, {5, 5}}, images, labels), -20);
  EXPECT_DOUBLE_EQ(topOneDrop({}, {}, labels), 0);
}

const char planned[] = R"(
func.func @main(%x: tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  %b = arith.constant dense<0.0> : tensor<1xf32>
  %a = winograd.conv_2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.candidates = [
      {plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64},
      {plan = #winograd.plan<"F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8">, cycles = 400.0 : f64, error = 0.005 : f64}]}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("noisy")
  %y = winograd.conv_2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64,
    winograd.candidates = [{plan = #winograd.plan<"direct">, cycles = 1000.0 : f64, error = 0.0001 : f64}]}
    : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32> loc("direct")
  return %y : tensor<1x1x4x4xf32>
})";

TEST(Gate, the_noisiest_layers_are_named_with_the_price_of_the_next_safer_plan) {
  mlir::DialectRegistry registry;
  registry.insert<WinogradDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(planned, &context);
  ASSERT_TRUE(bool(module));
  Report report;
  report.minSqnrDb = 25;
  report.sqnrDb = 17.25;
  LayerReport noisy;
  noisy.node = "noisy";
  noisy.tile = "F(4,3) K=6 points=[0,1,-1,2,-2,inf] taps=i8xi8";
  noisy.algorithm = "F(4,3) i8xi8";
  noisy.cycles = 420;
  noisy.error = 0.01;
  noisy.directError = 0.0001;
  noisy.sensitivity = noisy.tapSensitivity = 1;
  noisy.measuredError = 0.03; // counts instead of 0.01
  LayerReport direct;
  direct.node = "direct";
  direct.tile = direct.algorithm = "direct";
  direct.cycles = 1000;
  direct.error = direct.directError = 0.0001;
  direct.measuredError = 0.01;
  direct.sensitivity = direct.tapSensitivity = 1;
  report.layers = {direct, noisy};
  addSaferPlans(report, *module->getOps<mlir::func::FuncOp>().begin());
  std::string text = guiltyLayers(report);
  // The safer tile has the same short name, so its points are said.
  EXPECT_EQ(text,
            "The error budget is missed: SQNR 17.25 dB, expected at least 25.00; most of the noise comes from "
            "'noisy' (F(4,3) i8xi8, 75 %; F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8 instead saves 20 "
            "cycles), 'direct' (direct, 25 %; no safer plan).");
}

/// 200 images of two classes, taken alternately, and a tag; integers lose the first `lost` ones of class 1.
struct Labelled {
  std::vector<std::pair<size_t, size_t>> classes;
  std::vector<size_t> images;
  std::vector<int64_t> labels;
  Tags tags;

  explicit Labelled(size_t lost) {
    tags.columns = {{"light", {}}};
    for (size_t i = 0; i < 200; ++i) {
      images.push_back(199 - i); // not the order of the images
      labels.push_back(int64_t(i % 2));
      tags.columns[0].values.push_back(i < 150 ? "day" : "night");
    }
    for (size_t image : images) {
      size_t label = size_t(labels[image]);
      bool isLost = label == 1 && lost > 0;
      classes.emplace_back(label, isLost ? 0 : label);
      lost -= isLost;
    }
  }
  std::vector<Bucket> buckets() const { return dropBuckets(classes, images, labels, tags); }
};

TEST(BucketGate, images_fall_into_classes_and_tags) {
  std::vector<Bucket> buckets = Labelled(10).buckets();
  ASSERT_EQ(buckets.size(), 4u);
  EXPECT_EQ(buckets[1].column + buckets[1].value, "class1");
  EXPECT_EQ(buckets[1].drop.trials, 100u);
  EXPECT_EQ(buckets[1].drop.lost, 10u);
  EXPECT_EQ(buckets[3].column + buckets[3].value, "lightnight"); // images 199, 197, .. are lost
  EXPECT_EQ(buckets[3].drop.trials, 50u);
  EXPECT_EQ(buckets[3].drop.lost, 10u);
  EXPECT_EQ(buckets[2].drop.lost, 0u);
}

TEST(BucketGate, a_bucket_misses_a_budget_that_the_whole_keeps) {
  Labelled images(10); // 5 points of all, 10 of class 1, 20 of the night
  Report report;
  report.maxDrop = 5.2;
  report.drop = topOneDrop(images.classes, images.images, images.labels);
  EXPECT_TRUE(report.meetsBudget());
  addBuckets(report, images.buckets(), 5.2); // class 1: maybe no more than 5.2
  EXPECT_FALSE(report.meetsBudget());
  ASSERT_TRUE(report.worstBucket.has_value());
  EXPECT_EQ(report.buckets[*report.worstBucket].name(), "light=night");
  EXPECT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(guiltyForBucket(report),
            "light=night loses 20.00 points (10 of 50 images lost, 0 gained), expected at most 5.20");
}

TEST(BucketGate, what_luck_explains_is_named_and_not_judged) {
  Labelled images(3); // 3 of 3 in one of two buckets: 1 of 8 tosses
  Report report;
  report.maxDrop = 2;
  report.drop = topOneDrop(images.classes, images.images, images.labels);
  addBuckets(report, images.buckets(), 2);
  EXPECT_TRUE(report.meetsBudget());
  EXPECT_EQ(report.notes, std::vector<std::string>{"Too few images to judge 2 buckets that lose more than the budget: "
                                                   "class=1 (3 of 100 lost, 0 gained), light=night (3 of 50 lost, 0 "
                                                   "gained)."});
  EXPECT_EQ(guiltyForBucket(report), "");
  EXPECT_FALSE(missesBucket(images.buckets(), 2));
  EXPECT_TRUE(missesBucket(Labelled(10).buckets(), 2));
}

TEST(BucketGate, lost_images_are_those_of_the_bucket_and_no_more_than_asked_for) {
  Labelled images(10);
  Bucket night = images.buckets()[3], day = images.buckets()[2];
  auto lost = [&](const Bucket &bucket, size_t most) {
    return lostImages(bucket, images.classes, images.images, images.labels, images.tags, most);
  };
  EXPECT_EQ(lost(night, 3), (std::vector<size_t>{199, 197, 195}));
  EXPECT_EQ(lost(night, 100).size(), 10u);
  EXPECT_TRUE(lost(day, 100).empty());
}

TEST(BucketGate, what_is_lost_is_said_in_the_words_of_its_measure) {
  BucketReport objects{"size", "small", 40, 9, 1};
  objects.measure = "recall";
  EXPECT_EQ(objects.name() + ": " + objects.lossText(), "recall of size=small: 9 of 40 objects lost, 1 gained");
  objects.measure = "precision";
  EXPECT_EQ(objects.name() + ": " + objects.lossText(),
            "precision of size=small: 9 of 40 detections wrong with integers only, 1 with floats only");
}

TEST(BucketGate, layers_that_bring_most_images_back_come_first) {
  Report report;
  report.maxDrop = 1;
  report.drop = 0;
  report.buckets = {{"class", "3", 50, 10, 0, 90, 70, 20, 8, 30, /*isMissed=*/true}};
  report.blamedBucket = "class=3";
  report.blamedTrials = 10;
  report.sqnrOfAllDb = 20;
  for (auto [node, recovered, sqnr] :
       {std::tuple("a", 2, 21.0), std::tuple("b", 7, 20.5), std::tuple("c", 2, 24.0), std::tuple("d", 0, 20.0)}) {
    LayerReport layer;
    layer.node = node;
    layer.algorithm = "F(4,3)";
    layer.recovered = recovered;
    layer.sqnrWithoutDb = sqnr;
    report.layers.push_back(layer);
  }
  report.layers[1].safer = "F(2,3)";
  report.layers[1].saferCycles = 1234;
  EXPECT_EQ(guiltyForBucket(report),
            "class=3 loses 20.00 points (10 of 50 images lost, 0 gained), expected at most 1.00; of 10 lost images of "
            "class=3 come back with one layer in floats: 7 by 'b' (F(4,3); F(2,3) instead adds 1234 cycles), 2 by 'c' "
            "(F(4,3); no safer plan), 2 by 'a' (F(4,3); no safer plan)");
  report.buckets[0].measure = "precision";
  report.blamedBucket = "precision of class=3";
  report.blamedUnit = "detections";
  report.layers.resize(2);
  EXPECT_EQ(guiltyForBucket(report),
            "precision of class=3 loses 20.00 points (10 of 50 detections wrong with integers only, 0 with floats "
            "only), expected at most 1.00; of 10 wrong detections of class=3 go away with one layer in floats: 7 by "
            "'b' (F(4,3); F(2,3) instead adds 1234 cycles), 2 by 'a' (F(4,3); no safer plan)");
  std::string text = report.toText();
  EXPECT_NE(text.find("       7       +0.50 dB       +1234  b (F(4,3) -> F(2,3))"), std::string::npos) << text;
  EXPECT_NE(text.find("worst bucket: none loses"), std::string::npos); // none was named
}

} // namespace
