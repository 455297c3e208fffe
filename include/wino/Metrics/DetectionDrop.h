// DetectionDrop: what integers lose of what a detector finds, against floats on the same images, as a whole and by
// buckets: a budget of points can be held against each.
#ifndef WINO_METRICS_DETECTIONDROP_H
#define WINO_METRICS_DETECTIONDROP_H

#include "wino/Metrics/DetectionColumns.h"
#include "wino/Metrics/PairedDrop.h"

namespace wino {

/// (E9) What both networks answer for: of recall an object, right if it is found; of precision something that one of
/// them shows, right unless the network shows it where nothing is.
struct DetectionTrial {
  Measure measure = Measure::Recall;
  Box box; ///< of the object, or of the wrong detection
  int32_t category = 0;
  bool isFloatRight = false, isIntegerRight = false;

  bool isLost() const { return isFloatRight && !isIntegerRight; }
};

/// Trials of one image: its objects in their order (crowds are none), then what is shown. Both scenes have the same
/// truths; detections from `score` on count.
std::vector<DetectionTrial> detectionTrials(const ImageObjects &floats, const ImageObjects &integers, double score);

/// Whether each lost trial of an image is right in `others`: trials of the same image with other integers. An object is
/// the same one by its position, a wrong detection by class and an overlap of at least 0.5. False for what was not
/// lost.
std::vector<bool> comesBack(llvm::ArrayRef<DetectionTrial> trials, llvm::ArrayRef<DetectionTrial> others);

/// Average precision at overlap 0.5 of a bucket, percent; NaN where no object counts.
struct PrecisionPair {
  double floats = 0, integers = 0;
};

/// What a budget of points is held against: the whole and each bucket.
struct BucketedDrop {
  double points = 0;
  std::vector<Bucket> buckets;           ///< one family
  std::vector<PrecisionPair> precisions; ///< of each bucket of detections; none of images
};

/// Compares what was found on the same images: points of mAP@0.5 over everything (NaN where nothing is to be found),
/// and buckets of recall, then of precision, for each value of each column. Those without trials are left out.
BucketedDrop detectionDrop(llvm::ArrayRef<DetectionColumn> columns, double score,
                           const std::vector<ImageObjects> &floats, const std::vector<ImageObjects> &integers);

} // namespace wino

#endif // WINO_METRICS_DETECTIONDROP_H
