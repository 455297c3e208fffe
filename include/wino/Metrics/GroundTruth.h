// GroundTruth: the objects of every image, from a CSV file or a COCO JSON file.
#ifndef WINO_METRICS_GROUNDTRUTH_H
#define WINO_METRICS_GROUNDTRUTH_H

#include "wino/Metrics/AveragePrecision.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace wino {

/// What is there in one image. Boxes are in pixels of a picture of this size.
struct ImageTruth {
  double width = 0, height = 0; ///< 0: the file does not say; boxes are in pixels of the network's input
  std::vector<Truth> truths;
};

struct GroundTruth {
  std::vector<ImageTruth> images;      ///< in the order of the image source
  std::vector<std::string> categories; ///< names by index; empty where the file has none
};

constexpr size_t maxTruthBytes = size_t(128) << 20, maxTruths = 1 << 22, maxCategories = 1 << 16;

/// Reads the objects of the images of an image source. `names` are their file names (without folder), or empty texts
/// where they are rows of an array.
///
/// COCO JSON: `images` (id, file_name, width, height), `annotations` (image_id, category_id, bbox = [x, y, width,
/// height], iscrowd), `categories` (id, name); all else is skipped. Category index: position among the ids in rising
/// order. Entries of `images` belong to files of their name, or, for rows of an array, to rows in their order.
///
/// CSV: columns `image` (a file's name, or a position from 0), `category` (an index), `x0`, `y0`, `x1`, `y1`, and
/// maybe `crowd` (0 or 1), `width` and `height` of the picture that the boxes are in. Images without a row show
/// nothing.
///
/// Errors: files too large or nested too deeply, missing or wrong members, an object of no image, numbers that are not
/// finite, boxes that are not rectangles.
llvm::Expected<GroundTruth> readGroundTruth(llvm::StringRef path, llvm::ArrayRef<std::string> names);

} // namespace wino

#endif // WINO_METRICS_GROUNDTRUTH_H
