// DetectionDrop: trials and buckets of detectors, against counts of a world in which nothing has to be matched: every
// object and every detection has a cell of its own, so that who is right follows from how the cell was filled.
#include "wino/Metrics/DetectionDrop.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

using namespace wino;

namespace {

Box square(double x, double y, double side) { return {x, y, x + side, y + side}; }

/// What a network shows in a cell.
enum class Shows { Nothing, Object, ObjectFaintly, OtherClass, OtherPlace };

struct Cell {
  bool hasObject, isCrowd;
  int32_t category;
  double side; ///< of the object, in a cell of 1000 x 1000 pixels
  Shows floats, integers;
  size_t image, index;
};

/// Class and box of what is shown.
std::pair<int32_t, Box> shown(const Cell &cell, Shows shows) {
  double x = 1000 * double(cell.index), nudge = 0.125 * cell.side; // a right box need not be exact
  if (shows == Shows::OtherClass)
    return {1 - cell.category, square(x, nudge, cell.side)};
  if (shows == Shows::OtherPlace)
    return {cell.category, square(x + 2 * cell.side, 0, cell.side)};
  return {cell.category, square(x, nudge, cell.side)};
}

bool isRight(const Cell &cell, Shows shows) { return cell.hasObject && shows == Shows::Object; }
bool isWrong(const Cell &cell, Shows shows) {
  return shows == Shows::OtherClass || shows == Shows::OtherPlace || (shows == Shows::Object && !cell.hasObject);
}

struct World {
  std::vector<Cell> cells;
  std::vector<ImageObjects> floats, integers;
  Tags tags;

  explicit World(unsigned seed, size_t images = 7, size_t perImage = 12) : floats(images), integers(images) {
    std::mt19937 random(seed);
    auto draw = [&](unsigned n) { return unsigned(random() % n); };
    tags.columns = {{"light", {}}};
    for (size_t i = 0; i < images; ++i) {
      tags.columns[0].values.push_back(draw(2) ? "day" : "night");
      for (size_t c = 0; c < perImage; ++c) {
        const double sides[] = {10, 31.9, 32, 60, 96, 200};
        Cell cell{draw(4) > 0, draw(8) == 0, int32_t(draw(2)), sides[draw(6)], Shows(draw(5)), Shows(draw(5)), i, c};
        cells.push_back(cell);
        if (cell.hasObject)
          for (std::vector<ImageObjects> *scenes : {&floats, &integers})
            (*scenes)[i].truths.push_back({square(1000 * double(c), 0, cell.side), cell.category, cell.isCrowd});
        for (auto [shows, scenes] : {std::pair(cell.floats, &floats), std::pair(cell.integers, &integers)}) {
          if (shows == Shows::Nothing)
            continue;
          auto [category, box] = shown(cell, shows);
          double score = shows == Shows::ObjectFaintly ? 0.3 : 0.5 + 0.01 * double(draw(50));
          (*scenes)[i].detections.push_back({box, category, score});
        }
      }
      for (std::vector<ImageObjects> *scenes : {&floats, &integers})
        std::sort((*scenes)[i].detections.begin(), (*scenes)[i].detections.end(),
                  [](const Detection &a, const Detection &b) {
                    return std::pair(a.score, a.box.x0) > std::pair(b.score, b.box.x0);
                  });
    }
  }

  /// Counts by bucket, "recall size=small".
  std::map<std::string, PairedDrop> expected() const {
    std::map<std::string, PairedDrop> drops;
    for (const Cell &cell : cells) {
      auto add = [&](const char *measure, int32_t category, bool isFloatRight, bool isIntegerRight) {
        std::string size = cell.side < 32 ? "small" : cell.side < 96 ? "medium" : "large";
        for (const std::string &bucket : {"size=" + size, "class=" + std::string(category ? "cart" : "0"),
                                          "light=" + tags.columns[0].values[cell.image]})
          drops[std::string(measure) + " " + bucket].add(isFloatRight, isIntegerRight);
      };
      bool counts = cell.hasObject && !cell.isCrowd;
      bool byFloats = isRight(cell, cell.floats), byIntegers = isRight(cell, cell.integers);
      bool floatWrong = isWrong(cell, cell.floats), integerWrong = isWrong(cell, cell.integers);
      if (counts)
        add("recall", cell.category, byFloats, byIntegers);
      if (counts && (byFloats || byIntegers))
        add("precision", cell.category, true, true);
      if (floatWrong && integerWrong && shown(cell, cell.floats).first == shown(cell, cell.integers).first &&
          overlap(shown(cell, cell.floats).second, shown(cell, cell.integers).second) > 0.5) {
        add("precision", shown(cell, cell.floats).first, false, false);
        continue;
      }
      if (floatWrong)
        add("precision", shown(cell, cell.floats).first, false, true);
      if (integerWrong)
        add("precision", shown(cell, cell.integers).first, true, false);
    }
    return drops;
  }
};

TEST(DetectionDrop, counts_of_every_bucket_follow_from_how_the_scenes_were_made) {
  DetectionSpec spec;
  for (unsigned seed = 0; seed < 200; ++seed) {
    World world(seed);
    auto columns = detectionColumns(spec, {"", "cart"}, world.tags, world.floats, world.integers);
    BucketedDrop drop = detectionDrop(columns, spec.score, world.floats, world.integers);
    std::map<std::string, PairedDrop> expected = world.expected();
    ASSERT_EQ(drop.buckets.size(), expected.size()) << seed;
    ASSERT_EQ(drop.precisions.size(), drop.buckets.size());
    for (const Bucket &bucket : drop.buckets) {
      std::string name =
          (bucket.measure == Measure::Recall ? "recall " : "precision ") + bucket.column + "=" + bucket.value;
      ASSERT_TRUE(expected.count(name)) << seed << " " << name;
      const PairedDrop &want = expected.at(name), &got = bucket.drop;
      EXPECT_EQ(got.trials, want.trials) << seed << " " << name;
      EXPECT_EQ(got.floatRight, want.floatRight) << seed << " " << name;
      EXPECT_EQ(got.integerRight, want.integerRight) << seed << " " << name;
      EXPECT_EQ(got.lost, want.lost) << seed << " " << name;
      EXPECT_EQ(got.gained, want.gained) << seed << " " << name;
      EXPECT_EQ(bucket.family, drop.buckets.size());
    }
    EXPECT_DOUBLE_EQ(drop.points, 100 * (meanPrecision(world.floats).at50 - meanPrecision(world.integers).at50));
  }
}

TEST(DetectionDrop, what_comes_back_is_what_other_integers_get_right) {
  unsigned came = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    World world(seed, 1), other(seed, 1);
    // Other integers: in every second cell what the floats show.
    other.integers[0].detections.clear();
    for (const Cell &cell : world.cells)
      if (Shows shows = cell.index % 2 ? cell.floats : cell.integers; shows != Shows::Nothing) {
        auto [category, box] = shown(cell, shows);
        other.integers[0].detections.push_back({box, category, shows == Shows::ObjectFaintly ? 0.3 : 0.9});
      }
    auto trials = detectionTrials(world.floats[0], world.integers[0], 0.5);
    auto others = detectionTrials(world.floats[0], other.integers[0], 0.5);
    std::vector<bool> back = comesBack(trials, others);
    ASSERT_EQ(back.size(), trials.size());
    for (size_t t = 0; t < trials.size(); ++t) {
      bool isMended = size_t(trials[t].box.x0 / 1000) % 2;
      EXPECT_EQ(back[t], trials[t].isLost() && isMended) << seed << " trial " << t;
      came += back[t];
    }
  }
  EXPECT_GT(came, 100u);
}

TEST(DetectionDrop, nothing_to_be_found_is_no_number) {
  std::vector<ImageObjects> nothing(3);
  BucketedDrop drop = detectionDrop(detectionColumns({}, {}, {}, nothing, nothing), 0.5, nothing, nothing);
  EXPECT_TRUE(std::isnan(drop.points));
  EXPECT_TRUE(drop.buckets.empty());
}

TEST(DetectionDrop, a_class_that_only_integers_show_is_a_bucket_of_precision) {
  std::vector<ImageObjects> floats(1), integers(1);
  floats[0].truths = integers[0].truths = {{square(0, 0, 50), 0}};
  floats[0].detections = {{square(0, 0, 50), 0, 0.9}};
  integers[0].detections = {{square(0, 0, 50), 3, 0.9}};
  BucketedDrop drop = detectionDrop(detectionColumns({}, {}, {}, floats, integers), 0.5, floats, integers);
  std::string text;
  for (const Bucket &b : drop.buckets)
    text += (b.measure == Measure::Recall ? "recall " : "precision ") + b.column + "=" + b.value + ": " +
            std::to_string(b.drop.lost) + "/" + std::to_string(b.drop.trials) + "; ";
  EXPECT_EQ(text, "recall size=medium: 1/1; recall class=0: 1/1; precision size=medium: 1/2; precision class=0: 0/1; "
                  "precision class=3: 1/1; ");
  EXPECT_TRUE(std::isnan(drop.precisions[4].floats));
}

} // namespace
