// Columns own what they look things up in: they outlive the tags they were made of.
#include "wino/Metrics/DetectionColumns.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <set>

using namespace llvm;

namespace wino {

ImageObjects strongOnes(const ImageObjects &scene, double score) {
  ImageObjects strong{scene.truths, {}};
  copy_if(scene.detections, std::back_inserter(strong.detections),
          [&](const Detection &d) { return d.score >= score; });
  return strong;
}

template <typename T> static size_t positionOf(const std::vector<T> &sorted, const T &value) {
  return size_t(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin());
}

static DetectionColumn sizeColumn(double medium, double large) {
  DetectionColumn column{"size", {"small", "medium", "large"}, nullptr, nullptr};
  column.valueOf = [=](size_t, const Box &box, int32_t) {
    return size_t(box.area() >= medium) + size_t(box.area() >= large);
  };
  column.selectionOf = [=](size_t v) {
    Selection selection;
    selection.leastArea = v == 0 ? 0 : v == 1 ? medium : large;
    selection.mostArea = v == 0 ? medium : v == 1 ? large : std::numeric_limits<double>::infinity();
    return selection;
  };
  return column;
}

static DetectionColumn classColumn(const std::vector<int32_t> &classes, ArrayRef<std::string> categories) {
  DetectionColumn column{"class", {}, nullptr, nullptr};
  for (int32_t category : classes)
    column.values.push_back(size_t(category) < categories.size() && !categories[size_t(category)].empty()
                                ? categories[size_t(category)]
                                : std::to_string(category));
  column.valueOf = [classes](size_t, const Box &, int32_t category) { return positionOf(classes, category); };
  column.selectionOf = [classes](size_t v) {
    Selection selection;
    selection.category = classes[v];
    return selection;
  };
  return column;
}

static DetectionColumn tagColumn(const TagColumn &tag) {
  std::set<std::string> sorted(tag.values.begin(), tag.values.end());
  DetectionColumn column{tag.name, {sorted.begin(), sorted.end()}, nullptr, nullptr};
  column.valueOf = [values = column.values, tags = tag.values](size_t image, const Box &, int32_t) {
    return positionOf(values, tags[image]);
  };
  column.selectionOf = [values = column.values, tags = tag.values](size_t v) {
    Selection selection;
    selection.hasImage = [value = values[v], tags](size_t image) { return tags[image] == value; };
    return selection;
  };
  return column;
}

std::vector<DetectionColumn> detectionColumns(const DetectionSpec &spec, ArrayRef<std::string> categories,
                                              const Tags &tags, const std::vector<ImageObjects> &floats,
                                              const std::vector<ImageObjects> &integers) {
  std::set<int32_t> seen;
  for (const std::vector<ImageObjects> *scenes : {&floats, &integers})
    for (const ImageObjects &scene : *scenes) {
      for (const Truth &truth : scene.truths)
        seen.insert(truth.category);
      for (const Detection &detection : scene.detections)
        if (detection.score >= spec.score)
          seen.insert(detection.category);
    }
  std::vector<DetectionColumn> columns = {sizeColumn(spec.sizes[0], spec.sizes[1])};
  if (seen.size() > 1)
    columns.push_back(classColumn({seen.begin(), seen.end()}, categories));
  for (const TagColumn &tag : tags.columns)
    columns.push_back(tagColumn(tag));
  return columns;
}

} // namespace wino
