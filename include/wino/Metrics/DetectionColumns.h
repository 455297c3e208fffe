// DetectionColumns: the buckets that objects and detections fall into: by size, by class, by what is known of the
// image.
#ifndef WINO_METRICS_DETECTIONCOLUMNS_H
#define WINO_METRICS_DETECTIONCOLUMNS_H

#include "wino/Metrics/AveragePrecision.h"
#include "wino/Metrics/DetectionSpec.h"
#include "wino/Metrics/TagFile.h"

#include <functional>
#include <string>
#include <vector>

namespace wino {

struct DetectionColumn {
  std::string name;
  std::vector<std::string> values;
  /// Position among the values of what lies at `box`. A wrong detection belongs to its own box and class, a right one
  /// to its object's.
  std::function<size_t(size_t image, const Box &box, int32_t category)> valueOf;
  std::function<Selection(size_t value)> selectionOf; ///< the same for (E5)
};

/// What counts as found: detections with a score of at least `score`; curves go further down.
ImageObjects strongOnes(const ImageObjects &scene, double score);

/// Columns `size` (small, medium, large), `class` where scenes have more than one, and those of `tags`, whose values
/// are by position of the scene. `categories` are names by index, empty or missing ones are the index.
std::vector<DetectionColumn> detectionColumns(const DetectionSpec &spec, llvm::ArrayRef<std::string> categories,
                                              const Tags &tags, const std::vector<ImageObjects> &floats,
                                              const std::vector<ImageObjects> &integers);

} // namespace wino

#endif // WINO_METRICS_DETECTIONCOLUMNS_H
