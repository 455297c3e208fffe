// A network's outputs as detections, and what they are measured against.
#ifndef WINO_TOOLS_COMMON_DETECTIONREADER_H
#define WINO_TOOLS_COMMON_DETECTIONREADER_H

#include "wino/Calibrate/Images.h"
#include "wino/Metrics/DetectionSpec.h"
#include "wino/Metrics/GroundTruth.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <array>
#include <optional>

namespace wino {

class DetectionReader {
public:
  /// `spec` as after --detections, `truthFile` empty where the float network's detections are the reference.
  static llvm::Expected<DetectionReader> create(llvm::StringRef spec, llvm::StringRef truthFile,
                                                const ImageSource &images);

  /// Detections of one image in fractions of its width and height, down to the floor: `outputs` are all results of
  /// `main`. Several threads may call it at once.
  llvm::Expected<std::vector<Detection>> read(mlir::func::FuncOp main,
                                              llvm::ArrayRef<std::vector<float>> outputs) const;

  /// What is there in an image of the source and what was found there, in the picture's pixels. `byFloats` are the
  /// float network's detections: the reference where no truth is known.
  ImageObjects scene(size_t image, llvm::ArrayRef<Detection> byFloats, llvm::ArrayRef<Detection> found) const;

  const DetectionSpec &spec() const { return parsed; }
  bool hasTruth() const { return truth.has_value(); }
  /// Names by index, empty where nobody says.
  std::vector<std::string> categories() const { return truth ? truth->categories : std::vector<std::string>(); }

private:
  std::vector<Truth> reference(size_t image, llvm::ArrayRef<Detection> byFloats) const;

  DetectionSpec parsed;
  std::vector<float> priors;
  std::optional<GroundTruth> truth;
  std::array<double, 2> inputSize = {0, 0}; ///< width, height
};

} // namespace wino

#endif
