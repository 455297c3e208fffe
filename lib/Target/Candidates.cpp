// Prices one convolution: reads its shape, filter and statistics from the IR and asks CostModel and ErrorModel.
#include "wino/Target/Candidates.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Head.h"
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
#include "llvm/Support/ErrorHandling.h"

#include <cmath>

namespace wino {

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
  if (activation->getKind() == ActivationKind::Relu && output && output->nonzero < 1)
    return output->nonzero;
  double slope = activation->getLo().getValueAsDouble();
  switch (activation->getKind()) {
  case ActivationKind::Relu:
  case ActivationKind::Clip: return 0.5;
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

TileSpec knownTile(llvm::StringRef text) {
  llvm::Expected<TileSpec> tile = TileSpec::parse(text);
  if (!tile)
    llvm::report_fatal_error("tile '" + text + "': " + llvm::toString(tile.takeError()), /*gen_crash_diag=*/false);
  return std::move(*tile);
}

llvm::ArrayRef<TileSpec> defaultCandidates() {
  static const std::vector<TileSpec> tiles = [] {
    std::vector<TileSpec> parsed;
    for (llvm::StringRef text : {
             "F(2,3) taps=i8xi8",
             "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8", // least E of 6 points
             "F(4,3) points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi7", // four products in a 16-bit lane
             "F(4,3) points=[0,1,-1,2,-2,inf] taps=i16xi16", // exact input transform, 16-bit taps: hardly any noise
             "F(6,3) K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)] taps=i8xi8",
         })
      parsed.push_back(knownTile(text));
    return parsed;
  }();
  return tiles;
}

namespace {

using LineTexts = std::vector<const char *>;

constexpr double worthIt = 0.95; ///< a noisier tile is listed for at most this share of the products of a quieter one

/// Algorithms of one direction for tiles that are not square; of those that cover a map with as few products the first
/// is taken, which is the least noisy (F(7,3) of bytes is hardly less so than F(4,3), with more operations). `alone`:
/// there is no transform in the other direction, so that noise counts once and larger tiles are quiet enough. `wide`:
/// 16-bit taps, which hardly feel any noise and are best with the fewest products.
std::vector<TileSpec> linesOf(int64_t kernel, bool alone, bool wide) {
  const LineTexts lines =
      kernel == 1             ? LineTexts{"F(1,1)"}
      : kernel == 3 && wide   ? LineTexts{"F(2,3)", "F(3,3)", "F(4,3)", "F(5,3)", "F(6,3)", "F(7,3)", "F(8,3)"}
      : kernel == 3 && !alone ? LineTexts{"F(2,3)", "F(5,3) K=8", "F(6,3) K=9", "F(3,3)", "F(4,3)", "F(7,3) K=10"}
      : kernel == 3           ? LineTexts{"F(4,3)", "F(8,3) K=11"}
      : kernel == 5 && !alone ? LineTexts{"F(2,5) K=7", "F(4,5) K=9"}
      : kernel == 5 && !wide  ? LineTexts{"F(4,5) K=9", "F(6,5) K=11"}
      : kernel == 5           ? LineTexts{"F(4,5)", "F(6,5)", "F(8,5)"}
      : kernel == 7 && !alone ? LineTexts{"F(2,7) K=9", "F(4,7) K=12"}
      : kernel == 7 && !wide  ? LineTexts{"F(4,7) K=11", "F(6,7) K=14"}
      : kernel == 7           ? LineTexts{"F(4,7)", "F(6,7)"}
                              : LineTexts{};
  std::vector<TileSpec> tiles;
  for (llvm::StringRef text : lines) // the exact transform for words
    tiles.push_back(knownTile(wide && text == "F(4,3)" ? "F(4,3) points=[0,1,-1,2,-2,inf]" : text));
  return tiles;
}

/// Products of a map. `wide`: of eight tiles at a time, as kernels of words take them (cortex-a53; 64 channels and
/// 18 x 32: cycles of five tiles follow this count within 6 %).
int64_t productsOfLines(const TileLine &down, const TileLine &across, int64_t outHeight, int64_t outWidth, bool wide) {
  int64_t tiles = down.tilesOver(outHeight) * across.tilesOver(outWidth);
  return (wide ? (tiles + 7) / 8 * 8 : tiles) * down.K * across.K;
}

int64_t productsOf(const TileSpec &tile, int64_t outHeight, int64_t outWidth) {
  return productsOfLines(tile.down(), tile.across(), outHeight, outWidth, !tile.hasByteTaps());
}

/// The tile of fewest products, nearly, whose directions are of these lines, which go from quiet to noisy; nothing if
/// there are none.
std::optional<TileSpec> fewestProducts(llvm::ArrayRef<TileSpec> down, llvm::ArrayRef<TileSpec> across,
                                       int64_t outHeight, int64_t outWidth, bool wide) {
  std::optional<TileSpec> best;
  int64_t fewest = 0;
  for (size_t places = 0; places + 1 < down.size() + across.size(); ++places) // quiet pairs first
    for (size_t place = 0; place <= places; ++place) {
      if (place >= down.size() || places - place >= across.size())
        continue;
      const TileSpec &column = down[place], &row = across[places - place];
      int64_t products = productsOfLines(column.down(), row.across(), outHeight, outWidth, wide);
      if (best && double(products) > worthIt * double(fewest))
        continue;
      fewest = products;
      best = column;
      if (!(column == row))
        best->rowLine = row.down();
    }
  return best;
}

/// Square tiles of words with the fewest products there are (K = m + 2): each has fewer than every quieter one in
/// `tiles` and before it. Noise grows with m; that of F(7,3) is below the noise of F(4,3) with bytes.
void addSquaresOfWords(int64_t outHeight, int64_t outWidth, std::vector<TileSpec> &tiles) {
  static const std::vector<TileSpec> squares = {knownTile("F(6,3) taps=i16xi16"), knownTile("F(7,3) taps=i16xi16"),
                                                knownTile("F(8,3) taps=i16xi16")};
  for (const TileSpec &square : squares)
    if (llvm::all_of(tiles, [&](const TileSpec &tile) {
          return tile.hasByteTaps() || double(productsOf(square, outHeight, outWidth)) <=
                                           worthIt * double(productsOf(tile, outHeight, outWidth));
        }))
      tiles.push_back(square);
}

} // namespace

std::vector<TileSpec> candidatesFor(int64_t outHeight, int64_t outWidth, int64_t kernelHeight, int64_t kernelWidth) {
  static const std::vector<TileSpec> whole = [] {
    std::vector<TileSpec> parsed;
    for (llvm::StringRef text :
         {"F(4,3) K=7", "F(4,3) K=7 taps=i8xi7", "F(5,3) K=8", "F(7,3) K=10", "F(7,3) K=10 taps=i8xi7",
          "F(7,3) K=10 taps=i16xi16", "F(8,3) K=12", "F(8,3) K=12 taps=i8xi7"})
      parsed.push_back(knownTile(text));
    return parsed;
  }();
  std::vector<TileSpec> tiles;
  if (kernelHeight == kernelWidth && kernelHeight != 3)
    return tiles;
  if (kernelHeight == 3 && kernelWidth == 3) {
    tiles.assign(defaultCandidates().begin(), defaultCandidates().end());
    for (const TileSpec &tile : whole)
      if (outHeight % tile.m == 0 && outWidth % tile.m == 0)
        tiles.push_back(tile);
  }
  if (kernelHeight == 3 && kernelWidth == 3)
    addSquaresOfWords(outHeight, outWidth, tiles);
  size_t squares = tiles.size();
  for (bool wide : {false, true}) {
    std::optional<TileSpec> tile =
        fewestProducts(linesOf(kernelHeight, kernelWidth == 1, wide), linesOf(kernelWidth, kernelHeight == 1, wide),
                       outHeight, outWidth, wide);
    if (!tile || tile->isSquare())
      continue;
    if (wide)
      tile->inputTap = tile->filterTap = TapType::I16;
    double products = double(productsOf(*tile, outHeight, outWidth));
    if (llvm::all_of(llvm::ArrayRef(tiles).take_front(squares), [&](const TileSpec &square) {
          return square.hasByteTaps() == wide || products <= worthIt * double(productsOf(square, outHeight, outWidth));
        }))
      tiles.push_back(*tile);
  }
  return tiles;
}

std::vector<TileSpec> floatCandidates(int64_t kernelHeight, int64_t kernelWidth, TapType taps) {
  std::vector<TileSpec> tiles;
  if (kernelHeight != kernelWidth)
    return tiles;
  const LineTexts texts =
      kernelHeight == 3
          ? LineTexts{"F(2,3)", "F(4,3) points=[0,1,-1,2,-2,inf]", "F(6,3) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
      : kernelHeight == 5 ? LineTexts{"F(2,5) points=[0,1,-1,2,-2,inf]", "F(4,5) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
      : kernelHeight == 7 ? LineTexts{"F(2,7) points=[0,1,-1,2,-2,1/2,-1/2,inf]"}
                          : LineTexts{};
  for (llvm::StringRef text : texts) {
    tiles.push_back(knownTile(text));
    tiles.back().inputTap = tiles.back().filterTap = taps;
  }
  return tiles;
}

llvm::Expected<std::vector<TapType>> parseFloatTaps(llvm::StringRef text) {
  std::vector<TapType> types;
  if (text == "f16" || text == "all")
    types.push_back(TapType::F16);
  if (text == "f32" || text == "all")
    types.push_back(TapType::F32);
  if (types.empty() && text != "none")
    return llvm::createStringError("expected none, f16, f32 or all, got '" + text + "'");
  return types;
}

std::string whyNotWinograd(Conv2DOp conv) {
  auto filter = shapeOf(conv.getFilter());
  auto isKnown = [](int64_t extent) { return llvm::is_contained({1, 3, 5, 7}, extent); };
  if (!isKnown(filter[2]) || !isKnown(filter[3]) || filter[2] * filter[3] == 1)
    return "expected a filter of 1, 3, 5 or 7 rows and columns beyond 1x1, got " + times(filter.drop_front(2));
  if (conv.getStrides() != llvm::ArrayRef<int64_t>{1, 1})
    return "expected stride 1, got " + times(conv.getStrides());
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
  return why;
}

double otherNoise(mlir::Operation *function) {
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
          op->getNumResults() != 1 || !isHead(op->getResult(0))); // what 13 bits lose is nothing beside the rest
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

/// A tile with taps in floats, of a layer whose shape it fits.
static llvm::Expected<Candidate> priceFloatTiles(const LayerStats &stats, const TileSpec &tile,
                                                 const TargetData &target) {
  if (target.isDevice())
    return llvm::createStringError("expected taps of integers for a GPU, got " + tile.str());
  auto transform = FloatTransform::make(tile);
  if (!transform)
    return transform.takeError();
  auto down = BilinearAlgorithm::make(tile.down());
  if (!down)
    return down.takeError();
  auto across = BilinearAlgorithm::make(tile.across());
  if (!across)
    return across.takeError();
  FloatTaps taps = transform->filterTaps(stats.filter, stats.shape.channelsOut, stats.shape.channelsIn);
  if (FloatBounds bounds = transform->bounds(255, /*isUnsigned=*/false, taps.values, stats.shape.channelsOut);
      !(bounds.headroom >= 0))
    return llvm::createStringError("expected taps and sums within the floats of " + tile.str() + ", got sums up to " +
                                   std::to_string(bounds.sums));
  Candidate candidate;
  candidate.tile = tile;
  candidate.cost = floatTilesCost(stats.shape, tile, *transform, target);
  candidate.noise = floatTilesNoise(stats, tile, *down, *across);
  candidate.error = candidate.noise.total();
  return finite(std::move(candidate));
}

llvm::Expected<Candidate> priceCandidate(Conv2DOp conv, const TileSpec &tile, const TargetData &target,
                                         const TapClips &clips) {
  std::vector<float> filter = constantFloats(conv.getFilter()).value_or(std::vector<float>());
  LayerStats stats;
  stats.shape = shapeOfConv(conv);
  stats.filter = filter;
  stats.input = noiseOf(statsOf(conv.getInput()));
  stats.output = noiseOf(conv->getAttrOfType<mlir::DictionaryAttr>("winograd.stats"));
  stats.clips = clips;
  // A sum that is formed in the layer is what is rounded; otherNoise counts that.
  bool makesSum = !target.isDevice() && (tile.direct || (tile.product == ProductType::I32 && !tile.hasFloatTaps())) &&
                  sumBehind(conv);
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
