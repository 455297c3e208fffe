// Filling in the report. Numbers that a pass left in the IR are copied; nothing is decided here.
#include "MakeReport.h"

#include "../common/Pixels.h"
#include "wino/Dialect/FileScale.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/Intervals.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Target/Candidates.h"
#include "wino/Target/FloatCost.h"
#include "wino/Target/NetworkPlan.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;

namespace wino {

static std::string hex(SHA256 &hash) { return toHex(hash.final(), /*LowerCase=*/true); }

static Expected<std::string> fileHash(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  SHA256 hash;
  hash.update((*buffer)->getBuffer());
  return hex(hash);
}

/// Every option that can change a byte of the library, in one text. Files count by contents.
static Expected<std::string> optionsHash(const Options &options) {
  std::string text;
  raw_string_ostream os(text);
  os << "name=" << options.name << "\ntarget=" << options.target << "\nprecision=" << options.precision
     << "\ntap-clip=" << options.tapClip << "\nfilter-clip=" << options.filterClip << "\nproducts=" << options.products
     << "\ninput-scales=" << options.inputScales << "\nfilter-scales=" << options.filterScales
     << "\nbalance-rows=" << options.balanceRows << "\nrounding=" << options.rounding
     << "\nbias-correction=" << options.biasCorrection << "\ncorrect-outputs=" << options.correctsOutputs
     << "\nfuse-residuals=" << options.fusesResiduals << "\nfloat-tail=" << options.floatTail
     << "\nfloat-layers=" << options.floatLayers << "\nbatch=" << options.batch << "\nranges=" << options.ranges
     << "\nfuse=" << options.fuse << "\nptx-version=" << options.ptxVersion << "\ntransforms=" << options.transforms
     << "\nfit=" << options.fit << "\nfit-images=" << options.fitImages << "\nmax-workers=" << options.maxWorkers
     << "\nreplan=" << options.replan
     << format("\nmin-sqnr=%.17g\nmax-drop=%.17g\n", options.minSqnr, options.maxDrop.value_or(-1))
     << preprocessText(options.preprocess) << "\n";
  for (const auto &[key, value] : options.inputDims)
    os << "input-dim=" << key << "=" << value << "\n";
  for (auto [flag, path] :
       {std::pair("policy", &options.policy), std::pair("plan", &options.plan), std::pair("profile", &options.profile),
        std::pair("labels", &options.labels), std::pair("tags", &options.tags), std::pair("truth", &options.truth)}) {
    if (path->empty() || !sys::fs::exists(*path))
      continue;
    Expected<std::string> hash = fileHash(*path);
    if (!hash)
      return hash.takeError();
    os << flag << "=" << *hash << "\n";
  }
  if (!options.detections.empty())
    os << "detections=" << options.detections << "\n";
  if (options.floatTaps != "none")
    os << "float-taps=" << options.floatTaps << "\n";
  if (options.storesHalves())
    os << format("input-range=%.17g,%.17g\n", options.inputLow, options.inputHigh);
  SHA256 hash;
  hash.update(text);
  return hex(hash);
}

Expected<Report> startReport(const Options &options) {
  Report report;
  report.name = options.name;
  report.target = options.target;
  report.needs = cantFail(findTarget(options.target))->needs.str(); // parseOptions has checked it
  report.version = WINO_VERSION;
  report.modelFile = sys::path::filename(options.model).str();
  report.preprocessing = preprocessText(options.preprocess);
  report.minSqnrDb = options.minSqnr;
  report.maxDrop = options.maxDrop;
  Expected<std::string> model = fileHash(options.model);
  if (!model)
    return model.takeError();
  report.modelSha256 = *model;
  Expected<std::string> text = optionsHash(options);
  if (!text)
    return text.takeError();
  report.optionsSha256 = *text;
  return report;
}

void addCalibration(Report &report, const Calibration &calibration) {
  report.calibrationImages = calibration.profile->images;
  report.heldOutImages = calibration.heldOut.size();
  report.calibrationSha256 = calibration.imagesSha256;
}

static std::string shapeText(Conv2DOp conv) {
  std::string text;
  raw_string_ostream os(text);
  ArrayRef<int64_t> in = shapeOf(conv.getInput()), out = shapeOf(conv.getOutput()), filter = shapeOf(conv.getFilter());
  os << in[1] << "x" << in[2] << "x" << in[3] << " -> " << out[1] << "x" << out[2] << "x" << out[3] << ", " << filter[2]
     << "x" << filter[3];
  if (conv.getStrides()[0] != 1 || conv.getStrides()[1] != 1)
    os << " stride " << conv.getStrides()[0] << "x" << conv.getStrides()[1];
  if (conv.getGroups() != 1)
    os << " groups " << conv.getGroups();
  return text;
}

static std::string pointsText(const TileLine &line) {
  std::string text;
  for (const Point &point : line.points)
    text += (text.empty() ? "[" : ",") + point.str();
  for (const QuadraticFactor &factor : line.factors)
    text += (text.empty() ? "[" : ",") + factor.str();
  return text.empty() ? text : text + "]";
}

static std::string pointsText(const TileSpec &tile) {
  return pointsText(tile.down()) + (tile.isSquare() || tile.hasMatrices() ? "" : " x " + pointsText(tile.across()));
}

/// "i8 x i6 -> i32": input taps, filter taps, their sums.
static std::string formatsText(const TileSpec &tile) {
  std::string sums = tile.product == ProductType::F16 ? "f16, f32"
                     : tile.hasFloatTaps()            ? "f32"
                                                      : "i" + std::to_string(int(tile.product));
  return tapText(tile.inputTap) + " x " + tapText(tile.filterTap) + " -> " + sums;
}

static std::string worstTapText(const TileSpec &tile, const LayerNoise &noise) {
  std::string text;
  if (tile.direct || noise.worstShare == 0)
    return text;
  raw_string_ostream(text) << "(" << noise.worstTap / unsigned(tile.across().K) << ", "
                           << noise.worstTap % unsigned(tile.across().K)
                           << format("), %.0f %% of the noise of the taps", 100 * noise.worstShare);
  return text;
}

static void addPrices(LayerReport &layer, Conv2DOp conv) {
  auto candidates = conv->getAttrOfType<mlir::ArrayAttr>("winograd.candidates");
  if (!candidates)
    return;
  for (mlir::Attribute attribute : candidates) {
    auto entry = dyn_cast<mlir::DictionaryAttr>(attribute);
    auto plan = entry ? entry.getAs<PlanAttr>("plan") : PlanAttr();
    auto cycles = entry ? entry.getAs<mlir::FloatAttr>("cycles") : mlir::FloatAttr();
    auto error = entry ? entry.getAs<mlir::FloatAttr>("error") : mlir::FloatAttr();
    if (!plan || !cycles || !error)
      continue;
    std::string tile = plan.getSpec().str();
    if (plan.getSpec().direct)
      layer.directError = error.getValueAsDouble();
    if (tile == layer.tile) {
      layer.cycles = cycles.getValueAsDouble();
      layer.error = error.getValueAsDouble();
    } else if (layer.runnerUp.empty() || cycles.getValueAsDouble() < layer.runnerUpCycles) {
      layer.runnerUp = tile;
      layer.runnerUpCycles = cycles.getValueAsDouble();
      layer.runnerUpError = error.getValueAsDouble();
    }
  }
}

/// A layer in floats: its price, and no noise of its own.
static void addFloatLayer(LayerReport &layer, Conv2DOp conv, const TileSpec &tile, const TargetData &target) {
  if (tile.direct) {
    layer.algorithm = "direct f32";
    layer.formats = "f32 x f32 -> f32";
  }
  Expected<Candidate> price = priceCandidate(conv, tile, target);
  if (!price)
    return consumeError(price.takeError()); // what was priced before is no error now
  layer.cycles = price->cost.cycles();
  layer.weightBytes = uint64_t(price->cost.weightBytes);
}

void addLayers(Report &report, mlir::func::FuncOp planned, const Options &options, bool fusesResiduals) {
  const TargetData *target = cantFail(findTarget(options.target));               // parseOptions has checked it
  TapClips clips = cantFail(parseTapClips(options.tapClip, options.filterClip)); // likewise
  double noiseSoFar = 0;
  planned.walk([&](Conv2DOp conv) {
    LayerReport layer;
    TileSpec tile = conv.getPlan() ? conv.getPlan()->getSpec() : TileSpec();
    layer.node = layer.tensor = nodeName(conv).str();
    if (AddOp sum = fusesResiduals ? sumBehind(conv) : AddOp())
      layer.tensor = nodeName(sum).str();
    layer.shape = shapeText(conv);
    layer.tile = tile.str();
    layer.algorithm = tile.shortStr();
    layer.points = pointsText(tile);
    layer.formats = formatsText(tile);
    if (conv->hasAttr(kInFloats)) {
      addFloatLayer(layer, conv, tile, *target);
      report.layers.push_back(std::move(layer));
      return;
    }
    addPrices(layer, conv);
    if (Expected<Candidate> price = priceCandidate(conv, tile, *target, clips)) {
      layer.weightBytes = uint64_t(price->cost.weightBytes);
      if (layer.cycles == 0) // a tile from a plan or policy that is not among the listed ones
        layer.cycles = price->cost.cycles(), layer.error = price->error;
      layer.worstTap = worstTapText(tile, price->noise);
    } else {
      consumeError(price.takeError()); // the range check after this says what is wrong with the tile
    }
    if (auto sensitivity = conv->getAttrOfType<mlir::FloatAttr>("winograd.sensitivity"))
      layer.sensitivity = layer.tapSensitivity = sensitivity.getValueAsDouble();
    if (auto sensitivity = conv->getAttrOfType<mlir::FloatAttr>("winograd.tap_sensitivity"))
      layer.tapSensitivity = sensitivity.getValueAsDouble();
    layer.outputNoise = outputNoise(layer.sensitivity, layer.tapSensitivity, layer.directError, layer.error);
    layer.noiseSoFar = noiseSoFar += layer.outputNoise;
    if (auto why = conv->getAttrOfType<mlir::StringAttr>("winograd.why"))
      layer.why = why.getValue().str();
    report.layers.push_back(std::move(layer));
  });
  if (auto noise = planned->getAttrOfType<mlir::FloatAttr>("winograd.predicted_noise"))
    report.predictedSqnrDb = -10 * std::log10(noise.getValueAsDouble());
  if (auto front = planned->getAttrOfType<mlir::ArrayAttr>("winograd.front"))
    for (auto point : front.getAsRange<mlir::DictionaryAttr>())
      report.front.push_back({point.getAs<mlir::FloatAttr>("cycles").getValueAsDouble(),
                              -10 * std::log10(point.getAs<mlir::FloatAttr>("noise").getValueAsDouble())});
}

void addFloatLayers(Report &report, mlir::func::FuncOp planned, mlir::func::FuncOp tiled, const Options &options) {
  const TargetData *target = cantFail(findTarget(options.target)); // parseOptions has checked it
  planned.walk([&](Conv2DOp conv) {
    LayerReport layer;
    TileSpec tile = conv.getPlan() ? conv.getPlan()->getSpec() : TileSpec();
    auto ofHalves = [](bool areHalves) { return std::string(areHalves ? "f16" : "f32"); };
    std::string map = ofHalves(isHalf(conv.getInput())), result = ofHalves(isHalf(conv.getOutput()));
    layer.node = layer.tensor = nodeName(conv).str();
    layer.shape = shapeText(conv);
    layer.tile = tile.str();
    layer.algorithm = tile.direct ? "direct " + map : tile.shortStr();
    layer.points = pointsText(tile);
    layer.formats = tile.direct ? map + " x " + ofHalves(storesHalfFilter(conv)) + " -> " + result : formatsText(tile);
    addPrices(layer, conv);
    if (Expected<Candidate> price = priceCandidate(conv, tile, *target))
      layer.weightBytes = uint64_t(price->cost.weightBytes);
    else
      consumeError(price.takeError()); // what was priced before is no error now
    if (auto why = conv->getAttrOfType<mlir::StringAttr>("winograd.why"))
      layer.why = why.getValue().str();
    report.layers.push_back(std::move(layer));
  });
  if (auto noise = planned->getAttrOfType<mlir::FloatAttr>("winograd.predicted_noise"))
    report.predictedSqnrDb = -10 * std::log10(noise.getValueAsDouble());
  report.notes.push_back("the network is in floats: results are those of the float interpreter, bit for bit");
  if (!options.storesHalves())
    return;
  bool isCalibrated = !options.calibration.empty() || !options.profile.empty();
  std::string note;
  raw_string_ostream(note) << "maps and filters have 16 bits where they fit; inputs are clipped to "
                           << format("[%g, %g]", options.inputLow, options.inputHigh)
                           << (options.hasInputRange || !isCalibrated ? "" : ", or to twice what calibration saw");
  report.notes.push_back(note);
  tiled.walk([&](mlir::Operation *op) {
    if (auto takenBack = op->getAttrOfType<mlir::StringAttr>(kTakenBack))
      report.notes.push_back("'" + nodeName(op).str() + "': " + takenBack.getValue().str());
  });
}

/// Whether calibration saw so few of the file's steps that the network without roundings is another one.
static bool isCoarse(const FileScale &scale, mlir::DictionaryAttr statistics) {
  constexpr double fewSteps = 16;
  auto number = [&](StringRef name) {
    auto attr = statistics ? statistics.getAs<mlir::FloatAttr>(name) : mlir::FloatAttr();
    return attr ? attr.getValueAsDouble() : 0.0;
  };
  return number("rms") > 0 && number("max") - number("min") < fewSteps * double(scale.scale);
}

void addFileScales(Report &report, mlir::func::FuncOp floatMain) {
  size_t stated = 0, exact = 0, coarse = 0;
  auto count = [&](mlir::Value value, mlir::DictionaryAttr statistics) {
    std::optional<FileScale> scale = fileScale(value);
    stated += scale.has_value();
    exact += scale && scale->isExact();
    coarse += scale && isCoarse(*scale, statistics);
  };
  for (mlir::BlockArgument argument : floatMain.getArguments())
    count(argument, floatMain.getArgAttrOfType<mlir::DictionaryAttr>(argument.getArgNumber(), "winograd.stats"));
  floatMain.walk([&](mlir::Operation *op) {
    if (op->getNumResults() == 1)
      count(op->getResult(0), op->getAttrOfType<mlir::DictionaryAttr>("winograd.stats"));
  });
  if (stated == 0)
    return;
  std::string note;
  raw_string_ostream os(note);
  os << "scales that the model states are kept: " << exact << " of " << stated;
  if (exact < stated)
    os << "; of the others, whose zero points are neither an end nor the middle of a byte, only the range";
  if (coarse > 0)
    os << "; " << coarse
       << " of these tensors use fewer than 16 steps, and SQNR is measured against the network without roundings";
  report.notes.push_back(note);
}

void addHeadroom(Report &report, mlir::func::FuncOp integerMain) {
  integerMain.walk([&](mlir::Operation *op) {
    auto bits = op->getAttrOfType<mlir::IntegerAttr>("winograd.headroom_bits");
    if (!bits)
      return;
    for (LayerReport &layer : report.layers)
      if (layer.tensor == nodeName(op))
        layer.headroomBits = std::min(layer.headroomBits.value_or(64), double(bits.getInt()));
  });
}

void addComparison(Report &report, const Comparison &comparison) {
  report.sqnrDb = comparison.outputs.decibel();
  for (LayerReport &layer : report.layers)
    for (const auto &[name, energy] : comparison.layers)
      if (name == layer.tensor && std::isfinite(energy.decibel()))
        layer.sqnrDb = energy.decibel();
  for (const MagnitudeGroup &group : comparison.outputMagnitudes.split())
    report.magnitudes.push_back({group.largest, group.decibel(), group.roundingDecibel()});
  for (LayerReport &layer : report.layers)
    for (const auto &[name, magnitudes] : comparison.magnitudes)
      if (name == layer.tensor)
        for (const MagnitudeGroup &group : magnitudes.split())
          layer.magnitudesDb.push_back(group.decibel());
}

} // namespace wino
