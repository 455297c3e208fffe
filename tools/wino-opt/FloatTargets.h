// FloatTargets: what the float network has at chosen tensors on chosen images, a few tensors in memory at a time.
#ifndef WINO_TOOLS_WINO_OPT_FLOATTARGETS_H
#define WINO_TOOLS_WINO_OPT_FLOATTARGETS_H

#include "wino/Calibrate/Images.h"
#include "wino/Calibrate/Runner.h"

#include <map>
#include <string>
#include <vector>

namespace wino {

class FloatTargets {
public:
  /// `names`: tensors in the order in which they will be asked for.
  FloatTargets(Runner &runner, ImageSource &images, llvm::ArrayRef<size_t> indices, std::vector<std::string> names)
      : runner(runner), images(images), indices(indices), names(std::move(names)) {}

  /// One map per image, valid until the next call. Runs the network again where the tensor is not at hand, and then
  /// keeps as many of those that follow as fit 128 MiB.
  llvm::Expected<const std::vector<std::vector<float>> *> at(const std::string &name);

private:
  llvm::Error load(const std::string &name);
  void keepWhatFits(std::vector<std::string>::iterator first, const std::map<std::string, size_t> &sizes,
                    std::map<std::string, bool> &wanted);

  Runner &runner;
  ImageSource &images;
  llvm::ArrayRef<size_t> indices;
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::vector<float>>> maps;
};

} // namespace wino

#endif
