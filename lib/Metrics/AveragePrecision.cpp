// AveragePrecision: greedy pairs and the area under the curve of precision over recall.
#include "wino/Metrics/AveragePrecision.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace llvm;

namespace wino {

/// As COCO counts a group: any part of it that a detection has is enough.
static double overlapWith(const Truth &truth, const Detection &detection) {
  if (!truth.isCrowd)
    return overlap(truth.box, detection.box);
  double area = detection.box.area();
  return area > 0 ? intersection(truth.box, detection.box) / area : 0;
}

/// Pairs of one image, in the order of the detections; `isIgnored` is one per truth.
static Found match(const ImageObjects &image, double threshold, ArrayRef<bool> isIgnored) {
  Found found{std::vector<bool>(image.truths.size()), std::vector<int>(image.detections.size(), -1)};
  for (size_t d = 0; d < image.detections.size(); ++d) {
    const Detection &detection = image.detections[d];
    int best = -1;
    double most = 0;
    for (bool takesIgnored : {false, true}) {
      for (size_t t = 0; t < image.truths.size() && (best < 0 || !takesIgnored); ++t) {
        const Truth &truth = image.truths[t];
        if (truth.category != detection.category || isIgnored[t] != takesIgnored || (found.truths[t] && !truth.isCrowd))
          continue;
        double share = overlapWith(truth, detection);
        if (share >= threshold && share > most)
          best = int(t), most = share;
      }
      if (best >= 0)
        break;
    }
    if (best < 0)
      continue;
    found.truths[size_t(best)] = true;
    found.detections[d] = best;
  }
  return found;
}

Found matchObjects(const ImageObjects &image, double threshold) {
  SmallVector<bool> isIgnored;
  for (const Truth &truth : image.truths)
    isIgnored.push_back(truth.isCrowd);
  return match(image, threshold, isIgnored);
}

namespace {

/// A detection that counts, on the way to the curve.
struct Scored {
  double score;
  bool isRight;
};

} // namespace

static bool isOutside(const Box &box, const Selection &selection) {
  double area = box.area();
  return area < selection.leastArea || area >= selection.mostArea;
}

/// Mean of the best precision at or beyond recalls of 0, 0.01, .. 1.
static double areaUnderCurve(std::vector<Scored> scored, size_t objects) {
  std::stable_sort(scored.begin(), scored.end(), [](const Scored &a, const Scored &b) { return a.score > b.score; });
  std::vector<double> recall, precision;
  size_t right = 0;
  for (size_t i = 0; i < scored.size(); ++i) {
    right += scored[i].isRight;
    recall.push_back(double(right) / double(objects));
    precision.push_back(double(right) / double(i + 1));
  }
  for (size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  for (int percent = 0; percent <= 100; ++percent) {
    auto at = std::lower_bound(recall.begin(), recall.end(), double(percent) / 100);
    sum += at == recall.end() ? 0 : precision[size_t(at - recall.begin())];
  }
  return sum / 101;
}

double averagePrecision(const std::vector<ImageObjects> &images, int32_t category, double threshold,
                        const Selection &selection) {
  std::vector<Scored> scored;
  size_t objects = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    if (selection.hasImage && !selection.hasImage(i))
      continue;
    ImageObjects own;
    copy_if(images[i].truths, std::back_inserter(own.truths), [&](const Truth &t) { return t.category == category; });
    copy_if(images[i].detections, std::back_inserter(own.detections),
            [&](const Detection &d) { return d.category == category; });
    SmallVector<bool> isIgnored;
    for (const Truth &truth : own.truths) {
      isIgnored.push_back(truth.isCrowd || isOutside(truth.box, selection));
      objects += !isIgnored.back();
    }
    Found found = match(own, threshold, isIgnored);
    for (size_t d = 0; d < own.detections.size(); ++d) {
      int truth = found.detections[d];
      bool counts = truth >= 0 ? !isIgnored[size_t(truth)] : !isOutside(own.detections[d].box, selection);
      if (counts)
        scored.push_back({own.detections[d].score, truth >= 0});
    }
  }
  return objects ? areaUnderCurve(std::move(scored), objects) : std::nan("");
}

MeanPrecision meanPrecision(const std::vector<ImageObjects> &images, const Selection &selection) {
  std::set<int32_t> categories;
  for (const ImageObjects &image : images)
    for (const Truth &truth : image.truths)
      if (selection.category < 0 || truth.category == selection.category)
        categories.insert(truth.category);
  MeanPrecision mean;
  size_t counted = 0;
  for (int32_t category : categories) {
    double at50 = averagePrecision(images, category, 0.5, selection), sum = at50;
    if (std::isnan(at50))
      continue;
    for (int step = 1; step < 10; ++step)
      sum += averagePrecision(images, category, 0.5 + 0.05 * step, selection);
    mean.at50 += at50;
    mean.at50to95 += sum / 10;
    ++counted;
  }
  mean.at50 = counted ? mean.at50 / double(counted) : std::nan("");
  mean.at50to95 = counted ? mean.at50to95 / double(counted) : std::nan("");
  return mean;
}

} // namespace wino
