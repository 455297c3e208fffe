// What detectors find: by floats, by integers, and what is there.
#ifndef WINO_TOOLS_WINO_RUN_DETECT_H
#define WINO_TOOLS_WINO_RUN_DETECT_H

#include "Output.h"

#include "../common/DetectionReader.h"
#include "wino/Metrics/TagFile.h"

namespace wino {

/// The detections of one network on all images, and what they are measured with.
class DetectionCheck {
public:
  /// `spec` as after --detections, `truthFile` empty where the float network's detections are the reference; only the
  /// first `count` images are run.
  static llvm::Expected<DetectionCheck> create(llvm::StringRef spec, llvm::StringRef truthFile,
                                               const ImageSource &images, size_t count);

  /// Decodes the outputs of `main` on one image. Several threads may do so for several images.
  llvm::Error add(Ran network, mlir::func::FuncOp main, size_t image, llvm::ArrayRef<std::vector<float>> outputs);

  /// Compares and prints; `ran` says which networks have been added.
  void report(Output &output, Ran ran, const Tags &tags);

private:
  DetectionCheck(DetectionReader reader, size_t count)
      : reader(std::move(reader)), floatFound(count), integerFound(count) {}
  void printNumbers(Output &output, Ran ran) const;
  void makeScenes();

  DetectionReader reader;
  std::vector<std::vector<Detection>> floatFound, integerFound; ///< normalized, down to the floor
  std::vector<ImageObjects> floatScenes, integerScenes;         ///< in the pictures' pixels
};

} // namespace wino

#endif
