// Detections of held-out images, and the layers that cost the worst bucket of them most.
#include "DetectionGate.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>
#include <mutex>

using namespace llvm;

namespace wino {

Error Detected::add(size_t position, mlir::func::FuncOp floatMain, ArrayRef<std::vector<float>> floatOutputs,
                    mlir::func::FuncOp integerMain, ArrayRef<std::vector<float>> integerOutputs) {
  Expected<std::vector<Detection>> found = reader.read(floatMain, floatOutputs);
  if (!found)
    return found.takeError();
  byFloats[position] = std::move(*found);
  floats[position] = reader.scene(images[position], byFloats[position], byFloats[position]);
  Expected<ImageObjects> scene = sceneOf(position, integerMain, integerOutputs);
  if (!scene)
    return scene.takeError();
  integers[position] = std::move(*scene);
  return Error::success();
}

Expected<ImageObjects> Detected::sceneOf(size_t position, mlir::func::FuncOp integerMain,
                                         ArrayRef<std::vector<float>> outputs) const {
  Expected<std::vector<Detection>> found = reader.read(integerMain, outputs);
  if (!found)
    return found.takeError();
  return reader.scene(images[position], byFloats[position], *found);
}

std::vector<DetectionColumn> Detected::columns(const Tags &tags) const {
  Tags ofImages;
  for (const TagColumn &column : tags.columns) {
    ofImages.columns.push_back({column.name, {}});
    for (size_t image : images)
      ofImages.columns.back().values.push_back(column.values[image]);
  }
  return detectionColumns(reader.spec(), reader.categories(), ofImages, floats, integers);
}

Expected<BucketedDrop> Detected::drop(const Tags &tags) const {
  BucketedDrop drop = detectionDrop(columns(tags), reader.spec().score, floats, integers);
  if (std::isnan(drop.points))
    return createStringError(
        "--max-drop cannot be verified: expected objects in the " + Twine(images.size()) +
        " held-out images, got none" +
        (reader.hasTruth() ? " in --truth" : " that the float network finds; see score= of --detections"));
  return std::move(drop);
}

void addPrecisions(Report &report, ArrayRef<PrecisionPair> precisions) {
  for (auto [bucket, pair] : zip(report.buckets, precisions))
    if (!std::isnan(pair.floats) && !std::isnan(pair.integers)) {
      bucket.floatAp = pair.floats;
      bucket.integerAp = pair.integers;
    }
}

std::vector<LostTrials> lostTrials(const Bucket &bucket, const Detected &detected, const Tags &tags, size_t most) {
  std::vector<LostTrials> lost;
  std::vector<DetectionColumn> columns = detected.columns(tags);
  auto column = find_if(columns, [&](const DetectionColumn &c) { return c.name == bucket.column; });
  for (size_t i = 0; i < detected.images.size() && lost.size() < most; ++i) {
    LostTrials image{i, {}};
    for (auto [t, trial] :
         enumerate(detectionTrials(detected.floats[i], detected.integers[i], detected.reader.spec().score)))
      if (trial.isLost() && trial.measure == bucket.measure &&
          column->values[column->valueOf(i, trial.box, trial.category)] == bucket.value)
        image.trials.push_back(t);
    if (!image.trials.empty())
      lost.push_back(std::move(image));
  }
  return lost;
}

Error blameForDetections(Report &report, const Bucket &bucket, ArrayRef<LostTrials> lost, const Detected &detected,
                         mlir::func::FuncOp planned, mlir::func::FuncOp integers, Calibration &calibration,
                         unsigned threads) {
  std::vector<size_t> images;
  uint64_t trials = 0;
  for (const LostTrials &image : lost) {
    images.push_back(detected.images[image.position]);
    trials += image.trials.size();
  }
  double score = detected.reader.spec().score;
  std::map<size_t, uint64_t> back; // of each layer
  std::mutex mutex;
  auto onOutputs = [&](size_t layer, size_t i, ArrayRef<std::vector<float>> outputs) -> Error {
    size_t position = lost[i].position;
    Expected<ImageObjects> scene = detected.sceneOf(position, integers, outputs);
    if (!scene)
      return scene.takeError();
    std::vector<bool> isBack = comesBack(detectionTrials(detected.floats[position], detected.integers[position], score),
                                         detectionTrials(detected.floats[position], *scene, score));
    std::lock_guard<std::mutex> lock(mutex);
    back[layer] += uint64_t(count_if(lost[i].trials, [&](size_t t) { return isBack[t]; }));
    return Error::success();
  };
  auto recovered = [&](size_t layer, const AllButOne &) { return back[layer]; };
  return blameBucket(report, {bucket, images, trials, recovered}, planned, integers, calibration, threads, onOutputs);
}

} // namespace wino
