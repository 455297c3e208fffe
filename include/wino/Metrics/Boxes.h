// Boxes: rectangles, how much two of them overlap, and of several that mean one object the best.
#ifndef WINO_METRICS_BOXES_H
#define WINO_METRICS_BOXES_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wino {

/// A rectangle by two corners; x0 > x1 or y0 > y1 is an empty one.
struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  double area() const;
};

/// Area of what both cover.
double intersection(const Box &a, const Box &b);

/// (E4) Intersection over union, 0 to 1; 0 where one is empty.
double overlap(const Box &a, const Box &b);

struct Detection {
  Box box;
  int32_t category = 0;
  double score = 0;
};

/// Non-maximum suppression: detections from the highest score to the lowest (of equal ones the earlier first); one is
/// dropped if it overlaps a kept one of its category by more than `limit`. At most `most` of each call are kept.
/// A lower score never decides about a higher one: those above a threshold are the same whatever lies below it.
std::vector<Detection> suppress(std::vector<Detection> detections, double limit, size_t most);

} // namespace wino

#endif // WINO_METRICS_BOXES_H
