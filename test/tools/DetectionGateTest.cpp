// The gate by detections on a network of which only the outputs matter: eight candidates at fixed places, one score
// each.
#include "wino-opt/DetectionGate.h"

#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <fstream>
#include <unistd.h>

using namespace wino;

namespace {

/// Pictures of 80 x 80 pixels.
class Pictures : public ImageSource {
public:
  explicit Pictures(size_t count) : ImageSource({}, {1, 80, 80}, /*isFloat=*/false, /*isNhwc=*/false), count(count) {}
  size_t size() const override { return count; }
  std::string name(size_t index) const override { return std::to_string(index); }

private:
  llvm::Error readRaw(size_t, std::vector<uint8_t> &) override { return llvm::Error::success(); }
  size_t count;
};

constexpr char text[] = R"(
func.func @main(%x: tensor<1x5x8xf32> {wino.name = "cells"}) -> tensor<1x5x8xf32> {
  return %x : tensor<1x5x8xf32>
})";
constexpr char spec[] = "boxes=0[0:4],scores=0[4],candidates=last,format=cxcywh,units=pixels,score=0.5,sizes=6:12";

/// Candidate c lies at x = 10 c + 5; the first four are 4 pixels wide (small), the others 8 (medium).
std::vector<std::vector<float>> outputs(const std::vector<float> &scores) {
  std::vector<float> cells(40);
  for (size_t c = 0; c < 8; ++c) {
    cells[c] = cells[8 + c] = 10 * float(c) + 5;
    cells[16 + c] = cells[24 + c] = c < 4 ? 4 : 8;
    cells[32 + c] = scores[c];
  }
  return {cells};
}

class DetectionGate : public testing::Test {
protected:
  DetectionGate() : context(registry()), module(mlir::parseSourceString<mlir::ModuleOp>(text, &context)) {
    main = *module->getOps<mlir::func::FuncOp>().begin();
  }
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registry.insert<WinogradDialect, mlir::func::FuncDialect>();
    return registry;
  }
  void add(Detected &detected, size_t position, const std::vector<float> &floats, const std::vector<float> &integers) {
    llvm::cantFail(detected.add(position, main, outputs(floats), main, outputs(integers)));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
};

const std::vector<float> all(8, 0.9f), noSmall = {0.1f, 0.1f, 0.1f, 0.1f, 0.9f, 0.9f, 0.9f, 0.9f}, none(8, 0.1f);

TEST_F(DetectionGate, without_truth_what_floats_find_is_to_be_found) {
  Pictures pictures(40);
  DetectionReader reader = llvm::cantFail(DetectionReader::create(spec, "", pictures));
  std::vector<size_t> images = {30, 7, 12};
  Tags tags;
  tags.columns = {{"light", std::vector<std::string>(40, "day")}};
  tags.columns[0].values[7] = "night";
  Detected detected(reader, images);
  add(detected, 0, all, all);
  add(detected, 1, all, noSmall);
  add(detected, 2, noSmall, all); // four too many
  BucketedDrop drop = llvm::cantFail(detected.drop(tags));
  std::string found;
  for (const Bucket &b : drop.buckets)
    found += (b.measure == Measure::Recall ? "recall " : "precision ") + b.column + "=" + b.value + " " +
             std::to_string(b.drop.lost) + "/" + std::to_string(b.drop.trials) + "; ";
  EXPECT_EQ(found, "recall size=small 4/8; recall size=medium 0/12; recall light=day 0/12; recall light=night 4/8; "
                   "precision size=small 4/12; precision size=medium 0/12; precision light=day 4/16; precision "
                   "light=night 0/8; ");

  Report report;
  report.maxDrop = 10;
  addBuckets(report, drop.buckets, 10);
  addPrecisions(report, drop.precisions);
  EXPECT_EQ(report.buckets[0].name(), "recall of size=small");
  ASSERT_TRUE(report.buckets[0].integerAp.has_value());
  EXPECT_DOUBLE_EQ(*report.buckets[0].floatAp, 100);
  // Four right ones, four wrong ones, then at 0.1 four right ones more: precision 1 up to recall 1/2, then 8/12.
  EXPECT_NEAR(*report.buckets[0].integerAp, 100 * (51 + 50 * 8.0 / 12) / 101, 1e-9);
  EXPECT_DOUBLE_EQ(*report.buckets[1].integerAp, 100);

  // Images that lose, and who is to answer for what in them.
  std::vector<LostTrials> lost = lostTrials(drop.buckets[0], detected, tags, 5);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].position, 1u);
  EXPECT_EQ(lost[0].trials, (std::vector<size_t>{0, 1, 2, 3}));
  std::vector<LostTrials> wrong = lostTrials(drop.buckets[4], detected, tags, 5);
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].position, 2u);
  EXPECT_EQ(wrong[0].trials.size(), 4u);
  EXPECT_TRUE(lostTrials(drop.buckets[0], detected, tags, 0).empty());
}

TEST_F(DetectionGate, small_objects_fail_a_budget_that_mean_precision_keeps) {
  Pictures pictures(60);
  DetectionReader reader = llvm::cantFail(DetectionReader::create(spec, "", pictures));
  std::vector<size_t> images(60);
  Detected detected(reader, images);
  // One small object and four medium ones per image; integers lose a third of the small ones.
  std::vector<float> one = noSmall, medium = noSmall;
  one[2] = 0.8f;
  for (size_t i = 0; i < 60; ++i)
    add(detected, i, one, i % 3 ? one : medium);
  BucketedDrop drop = llvm::cantFail(detected.drop({}));
  EXPECT_LT(drop.points, 8);
  EXPECT_TRUE(missesBucket(drop.buckets, 8));
  EXPECT_EQ(worstBucket(drop.buckets)->value, "small");
  EXPECT_EQ(worstBucket(drop.buckets)->drop.lost, 20u);
}

TEST_F(DetectionGate, truth_is_by_image_of_the_source) {
  Pictures pictures(3);
  std::string path = testing::TempDir() + "detection_gate_truth_" + std::to_string(getpid()) + ".csv";
  std::ofstream(path) << "image,category,x0,y0,x1,y1\n2,0,3,3,7,7\n2,0,43,43,47,47\n0,0,0,0,80,80\n";
  DetectionReader reader = llvm::cantFail(DetectionReader::create(spec, path, pictures));
  std::vector<size_t> images = {2};
  Detected detected(reader, images);
  add(detected, 0, all, noSmall); // candidate 4 is twice as wide as the second object
  BucketedDrop drop = llvm::cantFail(detected.drop({}));
  ASSERT_EQ(drop.buckets[0].drop.trials, 2u);
  EXPECT_EQ(drop.buckets[0].drop.floatRight, 1u);
  EXPECT_EQ(drop.buckets[0].drop.lost, 1u);

  std::vector<size_t> empty = {1};
  Detected nothing(reader, empty);
  add(nothing, 0, all, all);
  llvm::Expected<BucketedDrop> refused = nothing.drop({});
  ASSERT_FALSE(bool(refused));
  EXPECT_EQ(llvm::toString(refused.takeError()), "--max-drop cannot be verified: expected objects in the 1 held-out "
                                                 "images, got none in --truth");
  unlink(path.c_str());
}

} // namespace
