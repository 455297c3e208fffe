// Calibrator: runs a network over images and collects a Profile. Running is
// Runner's work, statistics are Observer's and TapObserver's.
#include "wino/Calibrate/Calibrator.h"
#include "wino/Calibrate/TapObserver.h"
#include "wino/Numerics/BilinearAlgorithm.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace wino {

namespace {

struct Taps {
  const TapRequest *request;
  TapObserver observer;
};

/// What is collected while the network runs. Errors inside the callback wait
/// here until the run is over.
class Collector {
public:
  explicit Collector(const CalibrateOptions &options) : options(options) {}

  Error addRequest(const TapRequest &request);
  void startImage(std::string name, bool withTaps) {
    imageName = std::move(name);
    observeTaps = withTaps;
  }
  void observe(StringRef name, ArrayRef<float> values, ArrayRef<int64_t> shape);
  Error finish(Profile &profile);

  std::string problem; ///< the first one; empty when all is well

private:
  void fail(const Twine &message) {
    if (problem.empty())
      problem = (imageName + ": " + message).str();
  }
  void observeInput(std::vector<Taps> &readers, ArrayRef<float> values, ArrayRef<int64_t> shape);

  CalibrateOptions options;
  std::map<std::string, Observer> tensors;
  std::map<std::string, std::vector<Taps>> readers; ///< by the tensor that they read
  std::string imageName;
  bool observeTaps = false;
};

} // namespace

static std::string label(const TapRequest &request) {
  return "node '" + request.node + "', tile " + request.tile.str();
}

Error Collector::addRequest(const TapRequest &request) {
  if (any_of(request.pads, [](int64_t pad) { return pad < 0 || pad > 65536; }))
    return createStringError(label(request) + ": expected pads from 0 to 65536");
  std::vector<Taps> &list = readers[request.input];
  for (const Taps &taps : list)
    if (taps.request->node == request.node &&
        taps.request->tile.withoutFormats() == request.tile.withoutFormats()) // U does not depend on formats
      return Error::success();
  if (request.tile.direct)
    return createStringError(label(request) + ": expected a Winograd tile");
  TapObserver::Line lines[2];
  for (auto [line, plan] : {std::pair(&lines[0], &request.tile.down()), std::pair(&lines[1], &request.tile.across())}) {
    Expected<BilinearAlgorithm> algorithm = BilinearAlgorithm::make(*plan);
    if (!algorithm)
      return createStringError(label(request) + ": " + toString(algorithm.takeError()));
    *line = TapObserver::Line::of(*algorithm);
  }
  list.push_back({&request, TapObserver(lines[0], lines[1], request.pads, options.tapBins)});
  return Error::success();
}

void Collector::observeInput(std::vector<Taps> &list, ArrayRef<float> values, ArrayRef<int64_t> shape) {
  for (Taps &taps : list) {
    if (shape.size() != 4 || !taps.observer.fits(shape[2], shape[3]))
      return fail(label(*taps.request) + ": expected an input of rank 4 that is not smaller than the kernel");
    taps.observer.add(values.data(), shape[0], shape[1], shape[2], shape[3]);
  }
}

void Collector::observe(StringRef name, ArrayRef<float> values, ArrayRef<int64_t> shape) {
  uint64_t elements = 1;
  bool positive = true;
  for (int64_t extent : shape) {
    positive &= extent > 0;
    elements = SaturatingMultiply<uint64_t>(elements, std::max<int64_t>(extent, 0));
  }
  if (!positive || elements != values.size())
    return fail("tensor '" + name + "': expected a shape of " + Twine(values.size()) + " elements");
  Observer &observer = tensors.try_emplace(name.str(), options.tensorBins).first->second;
  observer.add(values);
  if (observer.nonFinite())
    return fail("tensor '" + name +
                "': expected finite numbers, got NaN or infinity (check scale, "
                "mean, std and the model)");
  auto reader = readers.find(name.str());
  if (observeTaps && reader != readers.end())
    observeInput(reader->second, values, shape);
}

Error Collector::finish(Profile &profile) {
  for (const auto &[name, observer] : tensors) {
    TensorStats &stats = profile.tensors[name];
    stats.min = observer.min();
    stats.max = observer.max();
    stats.rms = observer.rms();
    stats.clipS8 = observer.clipMse(127);
    stats.clipU8 = observer.hasNegative() ? 0 : observer.clipMse(255);
    stats.count = observer.count();
    stats.nonzero = observer.count() ? double(observer.nonZero()) / double(observer.count()) : 1;
  }
  for (const auto &[input, list] : readers)
    for (const Taps &taps : list) {
      if (!tensors.count(input))
        return createStringError(label(*taps.request) + ": expected the network to have a tensor '" + input + "'");
      std::vector<TapStats> &out = profile.taps[taps.request->node][taps.request->tile.withoutFormats().str()];
      out.clear();
      for (unsigned i = 0; i < taps.observer.taps(); ++i) {
        out.push_back(statsOf(taps.observer.tap(i)));
      }
    }
  return Error::success();
}

static Error checkArguments(const ImageSource &images, const std::vector<bool> &heldOut,
                            const CalibrateOptions &options) {
  if (heldOut.size() != images.size())
    return createStringError("expected " + Twine(images.size()) + " held-out flags, got " + Twine(heldOut.size()));
  if (!is_contained(heldOut, false))
    return createStringError("expected at least one image to calibrate on, got none");
  for (unsigned bins : {options.tensorBins, options.tapBins})
    if (bins < 16 || bins > 65536 || !isPowerOf2_32(bins))
      return createStringError("expected histogram bins to be a power of two "
                               "from 16 to 65536, got " +
                               Twine(bins));
  return Error::success();
}

Expected<Profile> calibrate(Runner &runner, ImageSource &images, const std::vector<bool> &heldOut,
                            const std::vector<TapRequest> &requests, const CalibrateOptions &options,
                            function_ref<void(size_t, size_t)> progress) {
  if (Error error = checkArguments(images, heldOut, options))
    return std::move(error);
  Collector collector(options);
  for (const TapRequest &request : requests)
    if (Error error = collector.addRequest(request))
      return std::move(error);

  size_t total = std::count(heldOut.begin(), heldOut.end(), false), done = 0;
  std::vector<float> input(images.elements());
  for (size_t index = 0; index < images.size(); ++index) {
    if (heldOut[index])
      continue;
    if (Error error = images.load(index, input.data()))
      return std::move(error);
    collector.startImage(images.name(index), done < options.tapImages);
    if (Error error = runner.run(input, [&](StringRef name, ArrayRef<float> values, ArrayRef<int64_t> shape) {
          collector.observe(name, values, shape);
        }))
      return std::move(error);
    if (!collector.problem.empty())
      return createStringError(Twine(collector.problem));
    ++done;
    if (progress)
      progress(done, total);
  }
  Profile profile;
  profile.images = done;
  if (Error error = collector.finish(profile))
    return std::move(error);
  return profile;
}

} // namespace wino
