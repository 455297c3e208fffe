// LayerInputs: the feature maps that chosen tensors have on some calibration images, kept in memory for the passes that
// fit integers to data (rounding, optimised transforms, clips). Profile holds what needs no images; this holds a
// sample.
#ifndef WINO_CALIBRATE_LAYERINPUTS_H
#define WINO_CALIBRATE_LAYERINPUTS_H

#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Runner.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>

namespace wino {

/// Maps of one tensor, image after image, each channels x height x width.
struct FeatureMaps {
  int64_t images = 0, channels = 0, height = 0, width = 0;
  std::vector<float> values;

  llvm::ArrayRef<float> image(int64_t index) const {
    size_t size = size_t(channels * height * width);
    return llvm::ArrayRef(values).slice(size_t(index) * size, size);
  }
};

struct LayerInputs {
  std::map<std::string, FeatureMaps> maps; ///< by tensor name, that is the name of the value a convolution reads

  const FeatureMaps *find(llvm::StringRef tensor) const;
};

/// Runs the network on the images of `indices`, in this order, and keeps the tensors named (rank 4, batch 1). Takes as
/// many images as fit `byteLimit` in all, at least one; fails when even one does not fit, when a tensor never shows up,
/// and on numbers that are not finite.
llvm::Expected<LayerInputs> collectLayerInputs(Runner &runner, ImageSource &images, llvm::ArrayRef<size_t> indices,
                                               llvm::ArrayRef<std::string> tensors, size_t byteLimit,
                                               llvm::function_ref<void(size_t done, size_t total)> progress = nullptr);

} // namespace wino

#endif
