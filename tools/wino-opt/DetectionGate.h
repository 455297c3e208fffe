// The gate by detections: --max-drop holds for mAP@0.5 of all images, and for recall and precision of every size, class
// and tag.
#ifndef WINO_TOOLS_WINO_OPT_DETECTIONGATE_H
#define WINO_TOOLS_WINO_OPT_DETECTIONGATE_H

#include "../common/DetectionReader.h"
#include "BucketGate.h"
#include "wino/Metrics/DetectionDrop.h"

namespace wino {

/// What both networks found on some images, in the order of these.
class Detected {
public:
  Detected(const DetectionReader &reader, llvm::ArrayRef<size_t> images) : reader(reader), images(images) {
    floats.resize(images.size());
    integers.resize(images.size());
    byFloats.resize(images.size());
  }

  /// Decodes the outputs of both on one image; several threads may call it at once.
  llvm::Error add(size_t position, mlir::func::FuncOp floatMain, llvm::ArrayRef<std::vector<float>> floatOutputs,
                  mlir::func::FuncOp integerMain, llvm::ArrayRef<std::vector<float>> integerOutputs);

  /// `tags` by image of the source. An error where nothing is to be found, so that nothing can be lost.
  llvm::Expected<BucketedDrop> drop(const Tags &tags) const;

  /// The scene of one of the images with other detections; `outputs` are those of `integerMain`.
  llvm::Expected<ImageObjects> sceneOf(size_t position, mlir::func::FuncOp integerMain,
                                       llvm::ArrayRef<std::vector<float>> outputs) const;

  std::vector<DetectionColumn> columns(const Tags &tags) const;

  const DetectionReader &reader;
  llvm::ArrayRef<size_t> images;
  std::vector<ImageObjects> floats, integers; ///< in pixels of the pictures

private:
  std::vector<std::vector<Detection>> byFloats; ///< normalized
};

/// Adds the average precision of each bucket to the entries that addBuckets() made of the same ones.
void addPrecisions(Report &report, llvm::ArrayRef<PrecisionPair> precisions);

/// Lost trials of a bucket in an image: positions in its detectionTrials().
struct LostTrials {
  size_t position; ///< of the image
  std::vector<size_t> trials;
};

/// The first `most` images of a bucket with lost trials.
std::vector<LostTrials> lostTrials(const Bucket &bucket, const Detected &detected, const Tags &tags, size_t most);

/// Leaves each convolution in floats on images with lost trials of the bucket: how many it brings back.
llvm::Error blameForDetections(Report &report, const Bucket &bucket, llvm::ArrayRef<LostTrials> lost,
                               const Detected &detected, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                               Calibration &calibration, unsigned threads);

} // namespace wino

#endif
