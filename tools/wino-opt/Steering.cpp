// Plans that follow what earlier plans were measured to do, on held-out images that judge nothing.
#include "Compiler.h"

#include "../common/Network.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Target/BudgetSearch.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace wino {

/// With --max-drop: the first budget, and how it is tightened.
static constexpr double loosestSqnr = 18, sqnrPerRound = 3;
static constexpr unsigned dropRounds = 4;

/// Without: plans that are measured at most, and budgets that are tried; several can lead to one plan.
static constexpr unsigned mostPlans = 4, mostBudgets = 12;
/// How sure they are to keep the budget on other images: standard errors of the ratio of noise to signal.
static constexpr double standardErrors = 2.5;

/// The choice as text, tile after tile.
static std::string choiceOf(mlir::func::FuncOp planned) {
  std::string text;
  planned.walk([&](Conv2DOp conv) { text += conv.getPlan()->getSpec().str() + "\n"; });
  return text;
}

static double predictedNoise(mlir::func::FuncOp planned) {
  return planned->getAttrOfType<mlir::FloatAttr>("winograd.predicted_noise").getValueAsDouble();
}

/// Whether other budgets can lead to other plans.
static bool hasChoice(mlir::func::FuncOp planned) {
  auto front = planned->getAttrOfType<mlir::ArrayAttr>("winograd.front");
  return front && front.size() > 1;
}

/// "29.9 dB (at least 29.1 elsewhere, predicted 31.2)"
static std::string inDecibel(double measured, double bound, double predicted) {
  std::string text;
  raw_string_ostream(text) << format("%.1f dB (at least %.1f elsewhere, predicted %.1f)", -10 * std::log10(measured),
                                     -10 * std::log10(bound), -10 * std::log10(predicted));
  return text;
}

/// Starts again from the candidates.
Error Compiler::choosePlanAnew(mlir::ModuleOp listed, const PlanBudget &budget) {
  module = listed.clone();
  main = cantFail(mainFunction(*module)); // makeIntegers has found it
  return choosePlan(budget);
}

/// (E22) Looks for the loosest budget of predicted noise whose plan keeps --min-sqnr on the steering images, with
/// room for what other images may show. Whether the judging ones agree is for the gate to say.
Error Compiler::steerBySqnr() {
  mlir::OwningOpRef<mlir::ModuleOp> listed = std::move(module), best, bestPlanned;
  double limit = std::pow(10, -options.minSqnr / 10);
  std::optional<BudgetSearch> search;
  std::map<std::string, double> noises; // of measured plans
  double least = std::numeric_limits<double>::infinity();
  std::string history;
  for (unsigned i = 0; i < mostBudgets && (!search || search->next()); ++i) {
    if (Error error = choosePlanAnew(*listed, {options.minSqnr, 0, search ? *search->next() : 0}))
      return error;
    double predicted = predictedNoise(main);
    if (!search && !hasChoice(main)) {
      heldOut = {{}, calibration.heldOut};
      return quantizePlan(options.emit);
    }
    if (!search)
      search.emplace(predicted, limit);
    auto [found, isNew] = noises.try_emplace(choiceOf(main));
    if (!isNew && !search->keeps())
      break; // nothing quieter is left
    if (isNew) {
      if (noises.size() > mostPlans)
        break;
      if (Error error = quantizePlan(Emit::Winograd))
        return error;
      Expected<Measured> measured = compareOn(heldOut.steering, "measuring a plan");
      if (!measured)
        return measured.takeError();
      const Comparison &comparison = measured->comparison;
      found->second = noiseBound(comparison.images, heldOut.judging.size(), standardErrors);
      double noise = comparison.outputs.noise / comparison.outputs.signal;
      history += (history.empty() ? "" : ", ") + inDecibel(noise, found->second, predicted);
    }
    bool isBetter = !best || found->second <= limit || (!search->keeps() && found->second < least);
    search->add(predicted, found->second);
    if (isNew && isBetter) {
      best = std::move(module);
      bestPlanned = std::move(planned);
      least = found->second;
    }
  }
  steeringNote =
      formatv("Plans measured on {0} held-out images, which do not judge: {1}; {2} {3:f1} dB elsewhere is taken.",
              heldOut.steering.size(), history,
              search->keeps() ? "the fastest with at least" : "the quietest, none with", options.minSqnr)
          .str();
  keepsBudget = search->keeps();
  planned = std::move(bestPlanned);
  module = std::move(best);
  bool stopsEarly = options.emit == Emit::Plan || options.emit == Emit::Quant;
  if (stopsEarly)
    module = planned->clone();
  main = cantFail(mainFunction(*module));
  return stopsEarly ? quantizePlan(options.emit) : Error::success();
}

/// What --max-drop is measured with: classes or objects of the images, and tags.
Error Compiler::loadReference() {
  size_t images = calibration.images->size();
  if (!options.detections.empty()) {
    Expected<DetectionReader> reader = DetectionReader::create(options.detections, options.truth, *calibration.images);
    if (!reader)
      return reader.takeError();
    detector = std::move(*reader);
    report.metric = "mAP@0.5";
  } else {
    Expected<std::vector<int64_t>> loaded = loadLabels(options.labels);
    if (!loaded)
      return loaded.takeError();
    labels = std::move(*loaded);
    if (labels.size() != images)
      return createStringError(options.labels + ": expected " + Twine(images) + " labels, one per image, got " +
                               Twine(labels.size()));
  }
  if (options.tags.empty())
    return Error::success();
  Expected<Tags> read = readTags(options.tags, images);
  if (!read)
    return read.takeError();
  tags = std::move(*read);
  for (const std::string &name : tags.skipped)
    report.notes.push_back("Column '" + name + "' of the tags has more than " + std::to_string(maxTagValues) +
                           " values and is left out.");
  return Error::success();
}

/// Of these images, on which both were run.
Expected<BucketedDrop> Compiler::dropOf(const Measured &measured, ArrayRef<size_t> images) const {
  if (measured.detected)
    return measured.detected->drop(tags);
  const auto &classes = measured.comparison.classes;
  return BucketedDrop{topOneDrop(classes, images, labels), dropBuckets(classes, images, labels, tags), {}};
}

/// Tightens the planner's budget until the steering half of the held-out images keeps to --max-drop, as a whole and in
/// every bucket, a few times at most. Whether the other half does is for the gate to say.
Error Compiler::steerByDrop() {
  if (Error error = loadReference())
    return error;
  mlir::OwningOpRef<mlir::ModuleOp> listed = std::move(module);
  for (unsigned round = 0; round < dropRounds; ++round) {
    if (Error error = choosePlanAnew(*listed, {loosestSqnr + round * sqnrPerRound}))
      return error;
    if (Error error = quantizePlan(options.emit))
      return error;
    if (options.emit != Emit::Library)
      break;
    Expected<Measured> measured = compareOn(heldOut.steering, "measuring the drop");
    if (!measured)
      return measured.takeError();
    Expected<BucketedDrop> drop = dropOf(*measured, heldOut.steering);
    if (!drop)
      return drop.takeError();
    if (drop->points <= *options.maxDrop && !missesBucket(drop->buckets, *options.maxDrop))
      break;
  }
  return Error::success();
}

} // namespace wino
