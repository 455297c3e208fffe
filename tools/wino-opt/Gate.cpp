// Measurements that judge a compilation.
#include "Gate.h"

#include "BucketGate.h"

#include "../common/AllButOne.h"
#include "../common/MeasureLayer.h"
#include "../common/Progress.h"
#include "wino/Target/NetworkPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace llvm;

namespace wino {

static constexpr size_t layerImages = 2;
static constexpr size_t mapBytes = size_t(512) << 20;

Expected<HeldOutParts> splitHeldOut(const Calibration &calibration, const Options &options) {
  HeldOutParts parts;
  auto allJudge = [&] { return HeldOutParts{{}, calibration.heldOut}; };
  if (!options.maxDrop && !options.replans())
    return allJudge();
  std::map<uint64_t, std::vector<size_t>> copies; // by content
  for (size_t image : calibration.heldOut) {
    Expected<uint64_t> hash = calibration.images->contentHash(image);
    if (!hash)
      return hash.takeError();
    copies[*hash].push_back(image);
  }
  size_t most = options.maxDrop ? calibration.heldOut.size() : mostSteering;
  for (const auto &[hash, images] : copies) {
    bool steers = parts.steering.size() < parts.judging.size() && parts.steering.size() + images.size() <= most;
    append_range(steers ? parts.steering : parts.judging, images);
  }
  if (!options.maxDrop && parts.steering.size() < leastSteering)
    return allJudge();
  llvm::sort(parts.steering);
  llvm::sort(parts.judging);
  return parts;
}

Expected<std::string> checkVerifiable(const Calibration &calibration, const HeldOutParts &parts,
                                      const Options &options) {
  if (options.maxDrop && parts.steering.empty())
    return createStringError("--max-drop cannot be verified: expected two different held-out images or more (6 images "
                             "in all), got " +
                             Twine(parts.judging.empty() ? 0 : 1));
  if (!calibration.heldOut.empty())
    return std::string();
  std::string why =
      calibration.images ? "one image is too few to hold one out" : "there are no images to measure on without --calib";
  if (options.asksForSqnr && !options.acceptsUnverified)
    return createStringError("--min-sqnr cannot be verified: " + why +
                             "; give --calib=IMAGES with 2 images or more, or "
                             "accept it by --unverified");
  return "The SQNR of the outputs is not verified: " + why + ".";
}

double topOneDrop(ArrayRef<std::pair<size_t, size_t>> classes, ArrayRef<size_t> images, ArrayRef<int64_t> labels) {
  int64_t floats = 0, integers = 0;
  for (size_t i = 0; i < classes.size(); ++i) {
    floats += int64_t(classes[i].first) == labels[images[i]];
    integers += int64_t(classes[i].second) == labels[images[i]];
  }
  return classes.empty() ? 0 : 100 * double(floats - integers) / double(classes.size());
}

Error measureLayers(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp integers, Calibration &calibration,
                    ArrayRef<size_t> judging) {
  SmallVector<Conv2DOp> convs;
  planned.walk([&](Conv2DOp conv) { convs.push_back(conv); });
  if (convs.empty() || judging.empty())
    return Error::success();
  Expected<Runner *> runner = calibration.floatRunner(planned);
  if (!runner)
    return runner.takeError();
  Expected<LayerInputs> maps = collectLayerInputs(**runner, *calibration.images, judging.take_front(layerImages),
                                                  integerMapsOf(integers, convs), mapBytes);
  if (!maps) { // too large, or one name for several tensors: the network as a whole is measured anyway
    report.notes.push_back("Layers were not measured alone: " + toString(maps.takeError()) + ".");
    return Error::success();
  }
  for (Conv2DOp conv : convs) {
    Expected<std::optional<Energy>> energy = measureIntegerLayer(integers, conv, *maps, layerImages);
    if (!energy)
      return energy.takeError();
    for (LayerReport &layer : report.layers)
      if (layer.node == nodeName(conv) && *energy && (*energy)->signal > 0)
        layer.measuredError = (*energy)->noise / (*energy)->signal;
  }
  return Error::success();
}

Error measureEachLeftOut(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                         Calibration &calibration, size_t count, unsigned threads) {
  count = std::min(count, calibration.seen.size());
  if (count == 0)
    return Error::success();
  Expected<Runner *> runner = calibration.floatRunner(planned);
  if (!runner)
    return runner.takeError();
  auto progress = [](size_t done, size_t total) { showProgress("leaving out each layer", done, total); };
  Expected<AllButOne> measured = measureAllButOne(planned, **runner, integers, *calibration.images,
                                                  ArrayRef(calibration.seen).take_back(count), threads, progress);
  if (!measured)
    return measured.takeError();
  report.sqnrOfAllDb = measured->all.decibel();
  for (const auto &[node, energy] : measured->without)
    for (LayerReport &layer : report.layers)
      if (layer.node == node)
        layer.sqnrWithoutDb = energy.decibel();
  return Error::success();
}

namespace {

struct Suspect {
  const LayerReport *layer;
  double noise; ///< at the outputs
};

} // namespace

/// From the layer's candidates.
static void addSaferPlan(LayerReport &layer, mlir::func::FuncOp planned) {
  PlanLayer numbers;
  std::vector<std::string> names;
  planned.walk([&](Conv2DOp conv) {
    auto candidates = conv->getAttrOfType<mlir::ArrayAttr>("winograd.candidates");
    if (nodeName(conv) != layer.node || !candidates)
      return;
    for (auto entry : candidates.getAsRange<mlir::DictionaryAttr>()) {
      auto plan = entry.getAs<PlanAttr>("plan");
      numbers.options.push_back({entry.getAs<mlir::FloatAttr>("cycles").getValueAsDouble(),
                                 entry.getAs<mlir::FloatAttr>("error").getValueAsDouble(), true});
      // Two tiles of one short name differ in their points.
      TileSpec tile = plan.getSpec();
      names.push_back(tile.shortStr() == layer.algorithm ? tile.str() : tile.shortStr());
    }
  });
  numbers.chosen = unsigned(numbers.options.size()); // a plan from a file need not be a candidate
  numbers.options.push_back({layer.cycles, layer.error, true});
  std::optional<unsigned> safer = saferOption(numbers);
  if (!safer)
    return;
  layer.safer = names[*safer];
  layer.saferCycles = numbers.options[*safer].cycles - layer.cycles;
}

void addSaferPlans(Report &report, mlir::func::FuncOp planned) {
  for (LayerReport &layer : report.layers)
    addSaferPlan(layer, planned);
}

std::string guiltyLayers(const Report &report) {
  std::vector<Suspect> suspects;
  double sum = 0;
  for (const LayerReport &layer : report.layers) {
    // What was measured of a layer that makes a sum is the sum's.
    bool makesSum = !layer.tensor.empty() && layer.tensor != layer.node;
    double error = makesSum ? layer.error : layer.measuredError.value_or(layer.error);
    suspects.push_back({&layer, outputNoise(layer.sensitivity, layer.tapSensitivity, layer.directError, error)});
    sum += suspects.back().noise;
  }
  llvm::sort(suspects, [](const Suspect &a, const Suspect &b) {
    return a.noise != b.noise ? a.noise > b.noise : a.layer < b.layer; // layers of one vector, in program order
  });
  suspects.resize(std::min(suspects.size(), mostNames));
  std::string text;
  raw_string_ostream os(text);
  os << "The error budget is missed: ";
  if (report.missesBucket())
    os << guiltyForBucket(report) << "; ";
  if (report.maxDrop && report.drop && *report.drop <= *report.maxDrop)
    os << report.metric << format(" of all images drops by %.2f points", *report.drop);
  else if (report.maxDrop && report.drop)
    os << report.metric << format(" drops by %.2f points, expected at most %.2f", *report.drop, *report.maxDrop);
  else
    os << format("SQNR %.2f dB, expected at least %.2f", report.sqnrDb.value_or(0), report.minSqnrDb);
  os << "; most of the noise comes from ";
  for (const Suspect &suspect : suspects)
    os << (&suspect == suspects.data() ? "'" : ", '") << suspect.layer->node << "' (" << suspect.layer->algorithm
       << format(", %.0f %%", sum > 0 ? 100 * suspect.noise / sum : 0.0) << "; " << suspect.layer->saferText() << ")";
  os << ".";
  return text;
}

} // namespace wino
