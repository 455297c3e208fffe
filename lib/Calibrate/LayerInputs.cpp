// Collecting feature maps. The first image tells the sizes, and so how many images fit.
#include "wino/Calibrate/LayerInputs.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace llvm;

namespace wino {

const FeatureMaps *LayerInputs::find(StringRef tensor) const {
  auto found = maps.find(tensor.str());
  return found == maps.end() ? nullptr : &found->second;
}

namespace {

class Keeper {
public:
  explicit Keeper(ArrayRef<std::string> tensors) : wanted(tensors.begin(), tensors.end()) {}

  void startImage() { ++started; }

  void keep(StringRef name, ArrayRef<float> values, ArrayRef<int64_t> shape) {
    if (!wanted.count(name.str()) || !problem.empty())
      return;
    FeatureMaps &maps = result.maps[name.str()];
    if (shape.size() != 4 || shape[0] != 1)
      return fail(name, "a feature map of one image");
    if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
      return fail(name, "finite numbers");
    if (maps.images == 0) {
      maps.channels = shape[1];
      maps.height = shape[2];
      maps.width = shape[3];
    }
    if (int64_t(values.size()) != maps.channels * maps.height * maps.width)
      return fail(name, "the same shape for every image");
    if (maps.images == started)
      return fail(name, "one tensor of this name");
    ++maps.images;
    maps.values.insert(maps.values.end(), values.begin(), values.end());
  }

  /// What one image takes; also the check that every tensor was there.
  Expected<size_t> bytesPerImage() const {
    size_t bytes = 0;
    for (const std::string &name : wanted) {
      const FeatureMaps *maps = result.find(name);
      if (!maps)
        return createStringError("expected the network to have a tensor '" + name + "'");
      bytes += maps->values.size() * sizeof(float);
    }
    return bytes;
  }

  void reserve(size_t images) {
    for (auto &[name, maps] : result.maps)
      maps.values.reserve(maps.values.size() * images);
  }

  LayerInputs result;
  std::string problem;

private:
  void fail(StringRef name, const char *expected) {
    problem = ("tensor '" + name + "': expected " + expected + ", got others").str();
  }

  std::set<std::string> wanted;
  int64_t started = 0; ///< images
};

} // namespace

Expected<LayerInputs> collectLayerInputs(Runner &runner, ImageSource &images, ArrayRef<size_t> indices,
                                         ArrayRef<std::string> tensors, size_t byteLimit,
                                         function_ref<void(size_t, size_t)> progress) {
  if (indices.empty())
    return createStringError("expected at least one image to collect feature maps from, got none");
  Keeper keeper(tensors);
  std::vector<float> input(images.elements());
  size_t total = indices.size();
  for (size_t done = 0; done < total; ++done) {
    if (Error error = images.load(indices[done], input.data()))
      return std::move(error);
    keeper.startImage();
    Error error = runner.run(input, [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t> shape) {
      keeper.keep(name, values, shape);
    });
    if (error)
      return std::move(error);
    if (!keeper.problem.empty())
      return createStringError(images.name(indices[done]) + ": " + keeper.problem);
    if (done == 0) {
      Expected<size_t> bytes = keeper.bytesPerImage();
      if (!bytes)
        return bytes.takeError();
      if (*bytes > byteLimit)
        return createStringError("expected the feature maps of one image to fit " + Twine(byteLimit) + " bytes, got " +
                                 Twine(*bytes));
      total = std::min(total, byteLimit / std::max<size_t>(*bytes, 1));
      keeper.reserve(total);
    }
    if (progress)
      progress(done + 1, total);
  }
  return std::move(keeper.result);
}

} // namespace wino
