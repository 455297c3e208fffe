// Prices one convolution: reads its shape, filter and statistics from the IR and asks CostModel and ErrorModel.
#include "wino/Target/Candidates.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Head.h"
#include "wino/Dialect/Intervals.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Dialect/TapStatistics.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/TapScales.h"
#include "wino/Numerics/TapStats.h"
#include "wino/Target/ErrorModel.h"
#include "wino/Target/FloatCost.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace wino {

char NoRoom::ID = 0;

namespace {

double number(mlir::DictionaryAttr stats, llvm::StringRef key) {
  auto attr = stats.getAs<mlir::FloatAttr>(key);
  return attr ? attr.getValueAsDouble() : 0;
}

std::optional<TensorNoise> noiseOf(mlir::DictionaryAttr stats) {
  if (!stats)
    return std::nullopt;
  double rms = number(stats, "rms"), clipU8 = number(stats, "clip_u8"), clipS8 = number(stats, "clip_s8");
  double nonzero = stats.getAs<mlir::FloatAttr>("nonzero") ? number(stats, "nonzero") : 1;
  return TensorNoise{rms * rms, clipU8 > 0 ? clipU8 / 255 : clipS8 / 127, nonzero};
}

mlir::DictionaryAttr statsOf(mlir::Value value) {
  if (mlir::Operation *op = value.getDefiningOp())
    return op->getAttrOfType<mlir::DictionaryAttr>("winograd.stats");
  auto argument = llvm::cast<mlir::BlockArgument>(value);
  auto func = llvm::dyn_cast<mlir::FunctionOpInterface>(argument.getOwner()->getParentOp());
  return func ? func.getArgAttrOfType<mlir::DictionaryAttr>(argument.getArgNumber(), "winograd.stats")
              : mlir::DictionaryAttr();
}

/// Mean squared slope. What a relu lets through was measured; elsewhere half of the sums is taken as positive.
double activationGain(std::optional<ActivationAttr> activation, std::optional<TensorNoise> output) {
  if (!activation)
    return 1;
  double slope = activation->getLo().getValueAsDouble();
  bool isClip = activation->getKind() == ActivationKind::Clip;
  if ((activation->getKind() == ActivationKind::Relu || (isClip && slope == 0)) && output && output->nonzero < 1)
    return output->nonzero;
  switch (activation->getKind()) {
  case ActivationKind::Clip: // what is cut at both ends is rarely cut
    return slope < 0 ? 1 : 0.5;
  case ActivationKind::Relu: return 0.5;
  case ActivationKind::LeakyRelu: return (1 + slope * slope) / 2;
  case ActivationKind::Sigmoid: return 1.0 / 16; // slope at most 1/4
  default: return 1;                             // wino-fuse-activation fuses no other
  }
}

ConvShape shapeOfConv(Conv2DOp conv) {
  auto filter = shapeOf(conv.getFilter()), out = shapeOf(conv.getOutput());
  ConvShape shape;
  shape.batch = out[0];
  if (mlir::Operation *function = conv->getParentOp()) // images that wino-set-batch will make of one
    if (auto batch = function->getAttrOfType<mlir::IntegerAttr>("winograd.batch"))
      shape.batch *= batch.getInt();
  shape.channelsIn = shapeOf(conv.getInput())[1];
  shape.channelsOut = out[1];
  shape.groups = int64_t(conv.getGroups());
  shape.kernelHeight = filter[2];
  shape.kernelWidth = filter[3];
  shape.outHeight = out[2];
  shape.outWidth = out[3];
  shape.isPacked = llvm::isa<mlir::BlockArgument>(conv.getInput());
  return shape;
}

/// (max, rms, clip) of the measured taps of `tile`, with the clip for its format; or nothing.
std::vector<double> tapsOf(Conv2DOp conv, const TileSpec &tile, ClipRule rule) {
  std::vector<double> result;
  for (const TapStats &tap : tapStatistics(conv, tile))
    result.insert(result.end(), {tap.max, tap.rms, tap.clip(tile.inputTap, rule)});
  return result;
}

std::string times(llvm::ArrayRef<int64_t> extents) {
  return llvm::join(llvm::map_range(extents, [](int64_t extent) { return std::to_string(extent); }), "x");
}

} // namespace

std::string whyNotWinograd(Conv2DOp conv) {
  auto filter = shapeOf(conv.getFilter());
  auto isKnown = [](int64_t extent) { return llvm::is_contained({1, 3, 5, 7}, extent); };
  if (!isKnown(filter[2]) || !isKnown(filter[3]) || filter[2] * filter[3] == 1)
    return "expected a filter of 1, 3, 5 or 7 rows and columns beyond 1x1, got " + times(filter.drop_front(2));
  for (unsigned axis : {0u, 1u})
    if (int64_t stride = conv.getStrides()[axis]; stride > 2 || (stride == 2 && filter[2 + axis] > 3))
      return "expected stride 1, or 2 of at most 3 rows and columns, got " + times(conv.getStrides());
  if (conv.getDilations() != llvm::ArrayRef<int64_t>{1, 1})
    return "expected dilation 1, got " + times(conv.getDilations());
  if (conv.getGroups() != 1)
    return "expected groups = 1, got " + std::to_string(conv.getGroups());
  return "";
}

std::string whyNotWinograd(Conv2DOp conv, const TileSpec &tile) {
  std::string why = whyNotWinograd(conv);
  auto filter = shapeOf(conv.getFilter());
  if (why.empty() && (tile.down().r != filter[2] || tile.across().r != filter[3])) {
    std::string size = filter[2] == filter[3] ? std::to_string(filter[2]) : times(filter.drop_front(2));
    why = "expected a tile F(m," + size + ") for " + times(filter.drop_front(2)) + " filters, got " + tile.sizeText();
  }
  int64_t strides[] = {tile.down().stride, tile.across().stride};
  if (why.empty() && conv.getStrides() != llvm::ArrayRef<int64_t>(strides))
    why = "expected a tile of stride " + times(conv.getStrides()) + ", got " + tile.sizeText();
  return why;
}

double otherNoise(mlir::Operation *function, llvm::function_ref<bool(mlir::Operation *)> isRounded) {
  double sum = 0;
  auto add = [&](mlir::DictionaryAttr stats, mlir::FloatAttr sensitivity, bool isRounded = true) {
    std::optional<TensorNoise> noise = isRounded ? noiseOf(stats) : std::nullopt;
    if (noise && noise->power > 0 && sensitivity)
      sum += sensitivity.getValueAsDouble() * noise->nonzero * noise->step * noise->step / (12 * noise->power);
  };
  if (auto interface = llvm::dyn_cast<mlir::FunctionOpInterface>(function))
    for (unsigned i = 0; i < interface.getNumArguments(); ++i)
      add(interface.getArgAttrOfType<mlir::DictionaryAttr>(i, "winograd.stats"),
          interface.getArgAttrOfType<mlir::FloatAttr>(i, "winograd.sensitivity"));
  function->walk([&](mlir::Operation *op) {
    if (!llvm::isa<Conv2DOp>(op) && op != function)
      add(op->getAttrOfType<mlir::DictionaryAttr>("winograd.stats"),
          op->getAttrOfType<mlir::FloatAttr>("winograd.sensitivity"),
          isRounded(op) &&
              (op->getNumResults() != 1 || !isHead(op->getResult(0)))); // what 13 bits lose is nothing beside the rest
  });
  return sum;
}

llvm::Expected<TapClips> parseTapClips(llvm::StringRef input, llvm::StringRef filter) {
  auto named = [](llvm::StringRef option, llvm::Error error) {
    return llvm::createStringError(option + ": " + llvm::toString(std::move(error)));
  };
  llvm::Expected<ClipRule> inputRule = parseClipRule(input), filterRule = parseClipRule(filter);
  if (!inputRule || !filterRule) {
    llvm::Error error = filterRule ? llvm::Error::success() : named("filter-clip", filterRule.takeError());
    return inputRule ? std::move(error) : llvm::joinErrors(named("tap-clip", inputRule.takeError()), std::move(error));
  }
  if (*filterRule == ClipRule::Percentile)
    return llvm::createStringError("filter-clip: expected max or mse, got 'percentile'");
  return TapClips{*inputRule, *filterRule};
}

/// Statistics that a person wrote may be beyond what squares of binary64 hold.
static llvm::Expected<Candidate> finite(Candidate candidate) {
  if (!std::isfinite(candidate.error))
    return llvm::createStringError("expected statistics of a finite noise, got " + std::to_string(candidate.error) +
                                   " for " + candidate.tile.str());
  return candidate;
}

/// (E10a) Cycles of adding a residual to the layer's results, by vectors of four bytes.
static double residualCycles(const ConvShape &shape, const TargetData &target) {
  double vectors = double(shape.batch) * double(shape.outHeight) * double(shape.outWidth) *
                   double((shape.channelsOut + 15) / 16 * 16) * 4 / double(target.vectorBytes);
  return vectors * (2 * target.vectorOpCycles + target.vectorLoadCycles / 2);
}

/// Why the target has no sums of halves for a tile that asks for them; empty if it has or none are asked for.
static std::string whyNoHalves(const TileSpec &tile, const TargetData &target) {
  if (tile.product != ProductType::F16 || target.multipliesHalves)
    return "";
  return ("expected a processor that multiplies halves (ARMv8.2, FEAT_FP16) for out=f16, got " + target.name).str();
}

/// A tile with taps in floats, of a layer whose shape it fits.
static llvm::Expected<Candidate> priceFloatTiles(const LayerStats &stats, const TileSpec &tile,
                                                 const TargetData &target) {
  if (target.isDevice())
    return llvm::createStringError("expected taps of integers for a GPU, got " + tile.str());
  if (std::string reason = whyNoHalves(tile, target); !reason.empty())
    return llvm::createStringError(reason);
  auto transform = FloatTransform::make(tile);
  if (!transform)
    return transform.takeError();
  auto down = BilinearAlgorithm::make(tile.down());
  if (!down)
    return down.takeError();
  auto across = BilinearAlgorithm::make(tile.across());
  if (!across)
    return across.takeError();
  FloatInput bytes{255, /*isUnsigned=*/false}; // of either sign
  FloatTaps taps = transform->filterTaps(stats.filter, stats.shape.channelsOut, stats.shape.channelsIn, bytes);
  if (FloatBounds bounds = transform->bounds(bytes, taps.values, stats.shape.channelsOut); !(bounds.headroom >= 0))
    return llvm::createStringError("expected taps and sums within the floats of " + tile.str() + ", got sums up to " +
                                   std::to_string(bounds.sums));
  Candidate candidate;
  candidate.tile = tile;
  candidate.cost = floatTilesCost(stats.shape, tile, *transform, target);
  candidate.noise = floatTilesNoise(stats, tile, *down, *across);
  candidate.error = candidate.noise.total();
  return finite(std::move(candidate));
}

/// Of a layer in floats whose result integers read: that result is rounded.
static double storedNoise(Conv2DOp conv) {
  std::optional<TensorNoise> noise = noiseOf(conv->getAttrOfType<mlir::DictionaryAttr>("winograd.stats"));
  bool isRead = conv->hasAttr(kInFloats) && llvm::any_of(conv->getUsers(), [](mlir::Operation *user) {
                  return !user->hasAttr(kInFloats) && user->getNumResults() > 0;
                });
  return isRead && noise && noise->power > 0 ? noise->nonzero * noise->step * noise->step / (12 * noise->power) : 0;
}

/// In a network that stays in floats: its maps are f32 or f16. Or in floats beside integers.
static llvm::Expected<Candidate> priceFloatLayer(Conv2DOp conv, const TileSpec &tile, const TargetData &target) {
  auto elementOf = [](mlir::Value value) { return isHalf(value) ? MapElement::Half : MapElement::Float; };
  int halves = int(isHalf(conv.getOutput()));
  ConvShape shape = shapeOfConv(conv);
  auto filterShape = shapeOf(conv.getFilter());
  Candidate candidate;
  candidate.tile = tile;
  if (tile.direct) {
    candidate.cost = floatCost(conv, target);
    int64_t window = filterShape[1] * filterShape[2] * filterShape[3];
    candidate.error = floatLayerNoise(window, halves + int(storesHalfFilter(conv))) + storedNoise(conv);
    return finite(std::move(candidate));
  }
  if (std::string reason = whyNotWinograd(conv, tile); !reason.empty())
    return llvm::createStringError(reason + " for " + tile.str());
  if (!tile.hasFloatTaps())
    return llvm::createStringError(
        llvm::StringRef(conv->hasAttr(kInFloats) ? "expected taps=f32xf32 in a layer of floats, got "
                                                 : "expected taps=f32xf32 or f16xf16 in a network of floats, got ") +
        tile.str());
  if (std::string reason = whyNoHalves(tile, target); !reason.empty())
    return llvm::createStringError(reason);
  std::optional<std::vector<float>> filter = constantFloats(conv.getFilter());
  if (!filter)
    return llvm::createStringError("expected a constant filter for " + tile.str() + ", got a computed one");
  auto transform = FloatTransform::make(tile);
  if (!transform)
    return transform.takeError();
  auto down = BilinearAlgorithm::make(tile.down());
  if (!down)
    return down.takeError();
  auto across = BilinearAlgorithm::make(tile.across());
  if (!across)
    return across.takeError();
  // Taps of 32 bits on a map without a bound are as safe as the direct layer, which may overflow as well.
  Interval input = mapInterval(conv.getInput());
  if (tile.inputTap == TapType::F16 || (input.isFinite() && floatPrecision(conv) != "fp32")) {
    FloatInput range{input.largest(), input.lo >= 0};
    FloatTaps taps = transform->filterTaps(*filter, shape.channelsOut, shape.channelsIn, range);
    FloatBounds bounds = transform->bounds(range, taps.values, shape.channelsOut);
    if (!(bounds.headroom >= 0))
      return llvm::make_error<NoRoom>(llvm::formatv("expected room for the {0} of {1}, got {2:f1} bits of head-room",
                                                    bounds.stage, tile.str(), bounds.headroom),
                                      bounds.headroom);
  }
  candidate.cost =
      floatTilesCost(shape, tile, *transform, target, elementOf(conv.getInput()), elementOf(conv.getOutput()));
  candidate.error = floatLayerNoise(tile, shape.channelsIn, halves, *down, *across) + storedNoise(conv);
  return finite(std::move(candidate));
}

llvm::Expected<Candidate> priceCandidate(Conv2DOp conv, const TileSpec &tile, const TargetData &target,
                                         const TapClips &clips) {
  if (!floatPrecision(conv).empty())
    return priceFloatLayer(conv, tile, target);
  std::vector<float> filter = constantFloats(conv.getFilter()).value_or(std::vector<float>());
  LayerStats stats;
  stats.shape = shapeOfConv(conv);
  stats.filter = filter;
  stats.input = noiseOf(statsOf(conv.getInput()));
  stats.output = noiseOf(conv->getAttrOfType<mlir::DictionaryAttr>("winograd.stats"));
  stats.clips = clips;
  // A sum that is formed in the layer is what is rounded; otherNoise counts that.
  bool makesSum = !target.isDevice() && !conv->getParentOp()->hasAttr(kKeepsSums) &&
                  (tile.direct || (tile.product == ProductType::I32 && !tile.hasFloatTaps())) && sumBehind(conv);
  if (makesSum && stats.output)
    stats.output->step = 0;
  double added = makesSum ? residualCycles(stats.shape, target) : 0;
  stats.activationGain = activationGain(conv.getActivation(), stats.output);
  Candidate candidate;
  candidate.tile = tile;
  if (tile.direct) {
    candidate.cost = directCost(stats.shape, target);
    candidate.cost.outputTransform += added;
    candidate.error = directError(stats);
    return finite(std::move(candidate));
  }
  if (std::string reason = whyNotWinograd(conv, tile); !reason.empty())
    return llvm::createStringError(reason + " for " + tile.str());
  if (filter.empty())
    return llvm::createStringError("expected a constant filter for " + tile.str() + ", got a computed one");
  if (tile.hasFloatTaps())
    return priceFloatTiles(stats, tile, target);
  // Signs of activations are known only after quantization: a tile must fit signed inputs as well as unsigned ones.
  auto transform = IntegerTransform::make(tile, 128);
  if (!transform)
    return transform.takeError();
  double largestTap = *llvm::max_element(transform->tapBounds(128));
  transform = IntegerTransform::make(tile);
  if (!transform)
    return transform.takeError();
  largestTap = std::max(largestTap, *llvm::max_element(transform->tapBounds(255)));
  if (tile.inputTap == TapType::I16 && wideBudget(stats.shape.channelsIn, largestTap) < 1)
    return llvm::createStringError("expected fewer input channels for i16 taps of " + tile.str() +
                                   " in an i32 accumulator, got " + llvm::Twine(stats.shape.channelsIn));
  LayerNoise noise = winogradNoise(stats, *transform, tapsOf(conv, tile, clips.input));
  candidate.cost = winogradCost(stats.shape, *transform, target);
  candidate.cost.outputTransform += added;
  candidate.error = noise.total();
  candidate.noise = noise;
  return finite(std::move(candidate));
}

} // namespace wino
