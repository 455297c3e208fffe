// Boxes: overlap against counted pixels, suppression against a naive rule.
#include "wino/Metrics/Boxes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace wino;

namespace {

/// Of boxes with integer corners.
double countedOverlap(const Box &a, const Box &b) {
  int both = 0, any = 0;
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 12; ++x) {
      auto isIn = [&](const Box &box) { return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1; };
      both += isIn(a) && isIn(b);
      any += isIn(a) || isIn(b);
    }
  return any ? double(both) / any : 0;
}

TEST(Boxes, overlap_is_the_share_of_common_pixels) {
  std::mt19937 random(1);
  auto corner = [&] { return double(random() % 12); };
  for (int i = 0; i < 2000; ++i) {
    Box a{corner(), corner(), corner(), corner()}, b{corner(), corner(), corner(), corner()};
    ASSERT_NEAR(overlap(a, b), countedOverlap(a, b), 1e-12);
  }
}

TEST(Boxes, odd_boxes_overlap_nothing) {
  Box good{0, 0, 2, 2}, empty{1, 1, 1, 1}, turned{2, 2, 0, 0}, lost{std::nan(""), 0, 2, 2};
  for (const Box &box : {empty, turned, lost}) {
    EXPECT_EQ(overlap(good, box), 0);
    EXPECT_EQ(overlap(box, box), 0);
  }
}

TEST(Boxes, suppression_keeps_what_no_kept_better_one_covers) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    std::vector<Detection> all;
    for (int i = 0; i < 40; ++i) {
      double x = double(random() % 20), y = double(random() % 20);
      all.push_back({{x, y, x + 1 + double(random() % 8), y + 1 + double(random() % 8)},
                     int32_t(random() % 2),
                     double(random() % 10) / 10});
    }
    // Naive: a candidate is kept or not by all that come before it in the order of scores.
    std::vector<size_t> order(all.size());
    for (size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return all[a].score != all[b].score ? all[a].score > all[b].score : a < b; });
    std::vector<bool> isKept(all.size());
    std::vector<Detection> expected;
    for (size_t i = 0; i < order.size(); ++i) {
      isKept[i] = true;
      for (size_t j = 0; j < i; ++j)
        if (isKept[j] && all[order[i]].category == all[order[j]].category &&
            overlap(all[order[i]].box, all[order[j]].box) > 0.3)
          isKept[i] = false;
      if (isKept[i])
        expected.push_back(all[order[i]]);
    }
    auto same = [](const Detection &a, const Detection &b) {
      return a.score == b.score && a.category == b.category && a.box.x0 == b.box.x0 && a.box.y1 == b.box.y1;
    };
    std::vector<Detection> kept = suppress(all, 0.3, 1000);
    ASSERT_TRUE(std::equal(kept.begin(), kept.end(), expected.begin(), expected.end(), same));
    // The strongest are the same when weak ones are left out beforehand.
    std::vector<Detection> strong;
    std::copy_if(all.begin(), all.end(), std::back_inserter(strong), [](const Detection &d) { return d.score >= 0.5; });
    strong = suppress(strong, 0.3, 1000);
    ASSERT_TRUE(std::equal(strong.begin(), strong.end(), kept.begin(), same));
    EXPECT_EQ(suppress(all, 0.3, 3).size(), 3u);
  }
}

} // namespace
