// AveragePrecision: examples by hand, and random scenes against a slow evaluation that is written from the definition.
#include "wino/Metrics/AveragePrecision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace wino;

namespace {

Box square(double x, double side = 10) { return {x, 0, x + side, side}; }

TEST(AveragePrecision, right_and_wrong_by_hand) {
  // By falling score: right, wrong, right, wrong; 4 objects, so recall reaches 1/4 at precision 1, 2/4 at 2/3.
  ImageObjects image;
  for (double x : {0, 100, 200, 300})
    image.truths.push_back({square(x), 0});
  image.detections = {{square(0), 0, .9}, {square(50), 0, .8}, {square(100), 0, .7}, {square(150), 0, .6}};
  EXPECT_NEAR(averagePrecision({image}, 0, 0.5), (26 * 1.0 + 25 * 2 / 3.0) / 101, 1e-12); // recalls 0..0.25, 0.26..0.50
  // A second detection of a found object is wrong.
  image.detections.insert(image.detections.begin() + 1, {square(1), 0, .85});
  EXPECT_NEAR(averagePrecision({image}, 0, 0.5), (26 * 1.0 + 25 * 0.5) / 101, 1e-12);
  EXPECT_TRUE(std::isnan(averagePrecision({image}, 1, 0.5)));
}

TEST(AveragePrecision, thresholds_of_overlap) {
  // One object, one detection with overlap 9/11 = 0.818: right up to 0.80, so 7 of 10 thresholds.
  ImageObjects image{{{square(0), 3}}, {{square(1), 3, .5}}};
  MeanPrecision mean = meanPrecision({image});
  EXPECT_DOUBLE_EQ(mean.at50, 1);
  EXPECT_NEAR(mean.at50to95, 0.7, 1e-12);
}

TEST(AveragePrecision, what_does_not_count_is_neither_right_nor_wrong) {
  ImageObjects image{{{square(0, 10), 0}, {square(100, 40), 0}, {{200, 0, 400, 200}, 0, /*isCrowd=*/true}},
                     {{square(100, 40), 0, .9},
                      {square(210, 10), 0, .8},
                      {square(250, 10), 0, .7},
                      {square(0, 10), 0, .6},
                      {square(500, 40), 0, .5}}};
  Selection small{0, 400};
  EXPECT_NEAR(averagePrecision({image}, 0, 0.5, small), 1, 1e-12); // two in the crowd and two large ones do not count
  Selection large{400};
  EXPECT_NEAR(averagePrecision({image}, 0, 0.5, large), 1, 1e-12); // found first; the wrong large one lowers nothing
  Selection others;
  others.hasImage = [](size_t i) { return i != 0; };
  EXPECT_TRUE(std::isnan(meanPrecision({image}, others).at50));
}

TEST(AveragePrecision, pairs_take_the_object_that_overlaps_most) {
  ImageObjects image{{{square(0), 0}, {square(3), 0}, {square(2), 1}}, {{square(2), 0, .9}, {square(1), 0, .8}}};
  Found found = matchObjects(image, 0.5);
  EXPECT_EQ(found.detections, (std::vector<int>{1, 0}));
  EXPECT_EQ(found.truths, (std::vector<bool>{true, true, false}));
}

/// From the definition: for every recall the largest precision of any cut of the list that reaches it.
double slowPrecision(const ImageObjects &image, double threshold) {
  std::vector<bool> isTaken(image.truths.size());
  std::vector<bool> isRight;
  for (const Detection &detection : image.detections) {
    int best = -1;
    for (size_t t = 0; t < image.truths.size(); ++t) {
      double share = overlap(image.truths[t].box, detection.box);
      if (!isTaken[t] && share >= threshold && (best < 0 || share > overlap(image.truths[best].box, detection.box)))
        best = int(t);
    }
    if (best >= 0)
      isTaken[best] = true;
    isRight.push_back(best >= 0);
  }
  double sum = 0;
  for (int percent = 0; percent <= 100; ++percent) {
    double best = 0;
    for (size_t cut = 1; cut <= isRight.size(); ++cut) {
      int right = int(std::count(isRight.begin(), isRight.begin() + long(cut), true));
      if (100 * right >= percent * int(image.truths.size()))
        best = std::max(best, double(right) / double(cut));
    }
    sum += best;
  }
  return sum / 101;
}

TEST(AveragePrecision, agrees_with_the_definition) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    ImageObjects image;
    for (unsigned i = 0; i < 1 + random() % 9; ++i)
      image.truths.push_back({square(double(random() % 60)), 0});
    for (unsigned i = 0; i < random() % 20; ++i)
      image.detections.push_back({square(double(random() % 60)), 0, 1 - 0.01 * i});
    for (double threshold : {0.5, 0.75})
      ASSERT_NEAR(averagePrecision({image}, 0, threshold), slowPrecision(image, threshold), 1e-12);
  }
}

TEST(AveragePrecision, scores_order_the_detections_of_all_images) {
  ImageObjects first{{{square(0), 0}}, {{square(50), 0, .9}}}, second{{{square(0), 0}}, {{square(0), 0, .4}}};
  EXPECT_NEAR(averagePrecision({first, second}, 0, 0.5), 51 * 0.5 / 101, 1e-12);
  EXPECT_NEAR(averagePrecision({second, first}, 0, 0.5), 51 * 0.5 / 101, 1e-12);
}

} // namespace
