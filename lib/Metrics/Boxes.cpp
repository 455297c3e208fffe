// Boxes: overlaps and greedy suppression.
#include "wino/Metrics/Boxes.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace wino {

double Box::area() const { return x1 > x0 && y1 > y0 ? (x1 - x0) * (y1 - y0) : 0; }

double intersection(const Box &a, const Box &b) {
  return Box{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)}.area();
}

double overlap(const Box &a, const Box &b) {
  double areaA = a.area(), areaB = b.area();
  if (!(areaA > 0 && areaB > 0)) // also where a number is none
    return 0;
  double both = intersection(a, b);
  return both / (areaA + areaB - both);
}

std::vector<Detection> suppress(std::vector<Detection> detections, double limit, size_t most) {
  std::stable_sort(detections.begin(), detections.end(),
                   [](const Detection &a, const Detection &b) { return a.score > b.score; });
  std::vector<Detection> kept;
  for (const Detection &detection : detections) {
    if (kept.size() == most)
      break;
    auto covers = [&](const Detection &other) {
      return other.category == detection.category && overlap(other.box, detection.box) > limit;
    };
    if (!llvm::any_of(kept, covers))
      kept.push_back(detection);
  }
  return kept;
}

} // namespace wino
