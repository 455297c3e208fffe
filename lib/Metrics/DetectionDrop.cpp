// Trials of detectors, and buckets of them.
#include "wino/Metrics/DetectionDrop.h"

using namespace llvm;

namespace wino {

static constexpr double leastOverlap = 0.5;

/// Detections of nothing. Those of crowds count neither way.
static std::vector<Detection> wrongOnes(const ImageObjects &scene, const Found &found) {
  std::vector<Detection> wrong;
  for (size_t d = 0; d < scene.detections.size(); ++d)
    if (found.detections[d] < 0)
      wrong.push_back(scene.detections[d]);
  return wrong;
}

std::vector<DetectionTrial> detectionTrials(const ImageObjects &floats, const ImageObjects &integers, double score) {
  ImageObjects strongFloats = strongOnes(floats, score), strongIntegers = strongOnes(integers, score);
  Found byFloats = matchObjects(strongFloats, leastOverlap), byIntegers = matchObjects(strongIntegers, leastOverlap);
  std::vector<DetectionTrial> trials, shown;
  for (size_t t = 0; t < floats.truths.size(); ++t) {
    const Truth &truth = floats.truths[t];
    if (truth.isCrowd)
      continue;
    trials.push_back({Measure::Recall, truth.box, truth.category, byFloats.truths[t], byIntegers.truths[t]});
    if (byFloats.truths[t] || byIntegers.truths[t])
      shown.push_back({Measure::Precision, truth.box, truth.category, true, true});
  }
  ImageObjects wrong{{}, wrongOnes(strongIntegers, byIntegers)};
  for (const Detection &detection : wrongOnes(strongFloats, byFloats))
    wrong.truths.push_back({detection.box, detection.category});
  Found both = matchObjects(wrong, leastOverlap); // the same mistake of both
  for (size_t t = 0; t < wrong.truths.size(); ++t)
    shown.push_back({Measure::Precision, wrong.truths[t].box, wrong.truths[t].category, false, !both.truths[t]});
  for (size_t d = 0; d < wrong.detections.size(); ++d)
    if (both.detections[d] < 0)
      shown.push_back({Measure::Precision, wrong.detections[d].box, wrong.detections[d].category, true, false});
  trials.insert(trials.end(), shown.begin(), shown.end());
  return trials;
}

std::vector<bool> comesBack(ArrayRef<DetectionTrial> trials, ArrayRef<DetectionTrial> others) {
  std::vector<bool> back;
  for (size_t t = 0; t < trials.size(); ++t) {
    const DetectionTrial &trial = trials[t];
    bool isStillWrong = false;
    if (trial.measure == Measure::Recall)
      isStillWrong = !others[t].isIntegerRight;
    else
      for (const DetectionTrial &other : others)
        isStillWrong |= other.measure == Measure::Precision && other.isLost() && other.category == trial.category &&
                        overlap(other.box, trial.box) >= leastOverlap;
    back.push_back(trial.isLost() && !isStillWrong);
  }
  return back;
}

BucketedDrop detectionDrop(ArrayRef<DetectionColumn> columns, double score, const std::vector<ImageObjects> &floats,
                           const std::vector<ImageObjects> &integers) {
  BucketedDrop result;
  result.points = 100 * (meanPrecision(floats).at50 - meanPrecision(integers).at50);
  std::vector<std::vector<DetectionTrial>> trials;
  for (size_t i = 0; i < floats.size(); ++i)
    trials.push_back(detectionTrials(floats[i], integers[i], score));
  for (Measure measure : {Measure::Recall, Measure::Precision})
    for (const DetectionColumn &column : columns) {
      std::vector<PairedDrop> drops(column.values.size());
      for (size_t i = 0; i < trials.size(); ++i)
        for (const DetectionTrial &trial : trials[i])
          if (trial.measure == measure)
            drops[column.valueOf(i, trial.box, trial.category)].add(trial.isFloatRight, trial.isIntegerRight);
      for (size_t v = 0; v < drops.size(); ++v) {
        if (drops[v].trials == 0)
          continue;
        result.buckets.push_back({column.name, column.values[v], 1, drops[v], measure});
        Selection selection = column.selectionOf(v);
        result.precisions.push_back(
            {100 * meanPrecision(floats, selection).at50, 100 * meanPrecision(integers, selection).at50});
      }
    }
  for (Bucket &bucket : result.buckets)
    bucket.family = result.buckets.size(); // any of them fails the gate
  return result;
}

} // namespace wino
