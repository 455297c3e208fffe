// AveragePrecision: how well detections find objects, by the rules of the COCO evaluation.
#ifndef WINO_METRICS_AVERAGEPRECISION_H
#define WINO_METRICS_AVERAGEPRECISION_H

#include "wino/Metrics/Boxes.h"

#include <functional>
#include <limits>
#include <vector>

namespace wino {

/// An object that is there.
struct Truth {
  Box box;
  int32_t category = 0;
  bool isCrowd = false; ///< a group that nobody has to find: detections inside it are neither right nor wrong
};

/// One image: what is there and what was found, in one frame of coordinates.
struct ImageObjects {
  std::vector<Truth> truths;
  std::vector<Detection> detections; ///< highest score first
};

/// Which objects count. Others are neither to be found nor wrong when found.
struct Selection {
  double leastArea = 0, mostArea = std::numeric_limits<double>::infinity(); ///< leastArea <= area < mostArea
  int32_t category = -1;                                                    ///< -1: all
  std::function<bool(size_t image)> hasImage;                               ///< none: all
};

/// (E5) Average precision of one category at one threshold of overlap: 101 points of recall. NaN where no object
/// counts.
double averagePrecision(const std::vector<ImageObjects> &images, int32_t category, double threshold,
                        const Selection &selection = {});

struct MeanPrecision {
  double at50 = 0;     ///< mean over the categories that have objects, overlap 0.5
  double at50to95 = 0; ///< likewise, and over 0.50, 0.55, .. 0.95
};

/// NaN where no object counts.
MeanPrecision meanPrecision(const std::vector<ImageObjects> &images, const Selection &selection = {});

/// What of one image was found.
struct Found {
  std::vector<bool> truths;    ///< one per truth: a detection has it
  std::vector<int> detections; ///< one per detection: its truth, or -1
};

/// (E6) Pairs truths and detections of the same category: from the highest score down, each detection takes the free
/// truth that it overlaps most, if by `threshold` at least; crowds last, and any number of detections may have one.
Found matchObjects(const ImageObjects &image, double threshold);

} // namespace wino

#endif // WINO_METRICS_AVERAGEPRECISION_H
