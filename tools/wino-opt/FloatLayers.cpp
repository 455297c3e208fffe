// (E27 of lib/Target) Layers that stay in floats where a network in 8 bits misses its budget: maps whose rounding costs
// the outputs most, by the sensitivities that calibration measured, until calibration images keep the budget.
#include "Compiler.h"

#include "Quantize/QuantizeGraph/ComposeTables.h"

#include "../common/Network.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Target/Candidates.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;

namespace wino {

/// Shares of the predicted noise of rounding that stay in the network, attempt after attempt.
static constexpr double shares[] = {0.5, 0.25, 0.1, 0.04, 0.015, 0.005, 0};
/// What other images may lose, dB; and how far above the budget a prediction, which knows the noise of layers but not
/// that of every map, is trusted.
static constexpr double reserve = 1.5, trusted = 3;
/// Relative noise of taps in f32 up to which they are taken for exact.
static constexpr double mostTapNoise = 1e-8;
/// Calibration images that attempts are measured on.
static constexpr size_t mostImages = 2;

namespace {

/// A map that is rounded to 8 bits, and the noise that this puts on the outputs, over their power.
struct RoundedMap {
  mlir::Operation *maker;
  double noise;
};

} // namespace

/// Noise of a rounding step of the calibrated clip (E19 of lib/Target); 0 where nothing was measured.
static double roundingNoise(mlir::Operation *op) {
  auto statistics = op->getAttrOfType<mlir::DictionaryAttr>("winograd.stats");
  auto sensitivity = op->getAttrOfType<mlir::FloatAttr>("winograd.sensitivity");
  if (!statistics || !sensitivity)
    return 0;
  auto number = [&](StringRef name) {
    auto attr = statistics.getAs<mlir::FloatAttr>(name);
    return attr ? attr.getValueAsDouble() : 0.0;
  };
  double step = number("min") >= 0 ? number("clip_u8") / 255 : number("clip_s8") / 127, rms = number("rms");
  double nonzero = statistics.contains("nonzero") ? number("nonzero") : 1; // zeros are exact
  return rms > 0 ? sensitivity.getValueAsDouble() * nonzero * step * step / 12 / (rms * rms) : 0;
}

/// Largest noise first.
static std::vector<RoundedMap> roundedMaps(mlir::func::FuncOp main, const ComposedTables &tables) {
  std::vector<RoundedMap> maps;
  for (mlir::Operation &op : main.getBody().front())
    if (double noise = tables.inside.contains(&op) ? 0 : roundingNoise(&op); noise > 0)
      maps.push_back({&op, noise});
  stable_sort(maps, [](const RoundedMap &a, const RoundedMap &b) { return a.noise > b.noise; });
  return maps;
}

static bool isMove(mlir::Operation *op) {
  return isa<ReshapeOp, TransposeOp, SliceOp, RepeatOp, DepthToSpaceOp, SpaceToDepthOp, PadOp, ConcatOp>(op);
}

/// Of tiles with taps of f32, whose noise is nothing beside that of bytes, and direct.
static TileSpec fastestInFloats(Conv2DOp conv, const TargetData &target) {
  TileSpec best;
  Expected<Candidate> direct = priceCandidate(conv, best, target);
  if (!direct) {
    consumeError(direct.takeError());
    return best;
  }
  double least = direct->cost.cycles();
  for (const TileSpec &tile : floatMapCandidates(conv, TapType::F32)) {
    if (!whyNotWinograd(conv, tile).empty())
      continue;
    Expected<Candidate> candidate = priceCandidate(conv, tile, target);
    if (!candidate) {
      consumeError(candidate.takeError());
    } else if (candidate->cost.cycles() < least && candidate->error < direct->error + mostTapNoise) {
      least = candidate->cost.cycles();
      best = tile;
    }
  }
  return best;
}

/// Marks what makes and what reads the loudest maps, so that all but this share of the noise is not there; how many
/// convolutions and fully connected layers that are. Maps only moved stay floats on their way.
static unsigned markLoudest(mlir::func::FuncOp main, double share, const TargetData &target) {
  ComposedTables tables = composeTables(main);
  std::vector<RoundedMap> maps = roundedMaps(main, tables);
  double total = 0, kept = 0;
  for (const RoundedMap &map : maps)
    total += map.noise;
  SetVector<mlir::Value> floats;
  for (const RoundedMap &map : reverse(maps))
    if (kept += map.noise; kept > share * total)
      floats.insert(map.maker->getResult(0));
  SetVector<mlir::Operation *> marked;
  for (size_t i = 0; i < floats.size(); ++i) { // grows while it is walked
    mlir::Operation *maker = floats[i].getDefiningOp();
    if (maker->hasTrait<mlir::OpTrait::ConstantLike>())
      continue;
    marked.insert(maker);
    for (mlir::Operation *user : floats[i].getUsers())
      if (user->getNumResults() == 1 && marked.insert(user) && isMove(user))
        floats.insert(user->getResult(0));
  }
  for (const auto &[last, table] : tables.of) // a chain is in floats as a whole
    if (any_of(table.ops, [&](mlir::Operation *op) { return marked.contains(op); }))
      marked.insert(table.ops.begin(), table.ops.end());
  unsigned layers = 0;
  for (mlir::Operation *op : marked) {
    op->setAttr(kInFloats, mlir::UnitAttr::get(op->getContext()));
    layers += isa<Conv2DOp, FullyConnectedOp>(op);
  }
  // Prices are those of floats now, and know which readers are in floats too.
  for (mlir::Operation *op : marked)
    if (auto conv = dyn_cast<Conv2DOp>(op))
      conv.setPlanAttr(PlanAttr::get(op->getContext(),
                                     mlir::StringAttr::get(op->getContext(), fastestInFloats(conv, target).str())));
  return layers;
}

Error Compiler::keepLayersInFloats() {
  bool isAsked = options.floatLayers && !isForDevice() && calibration.images && !options.maxDrop &&
                 options.fit == "float" && !calibration.seen.empty();
  Expected<mlir::func::FuncOp> plannedMain = mainFunction(*planned);
  if (!plannedMain)
    return plannedMain.takeError();
  auto predicted = (*plannedMain)->getAttrOfType<mlir::FloatAttr>("winograd.predicted_noise");
  if (!isAsked || keepsBudget || !predicted ||
      -10 * std::log10(predicted.getValueAsDouble()) > options.minSqnr + trusted)
    return Error::success();
  std::vector<size_t> images(calibration.seen.begin(),
                             calibration.seen.begin() + std::min(mostImages, calibration.seen.size()));
  mlir::OwningOpRef<mlir::ModuleOp> base = planned->clone();
  double first = 0;
  unsigned layers = 0;
  for (size_t attempt = 0;; ++attempt) {
    Expected<Measured> measured = compareOn(images, "measuring");
    if (!measured)
      return measured.takeError();
    double sqnr = measured->comparison.outputs.decibel();
    if (attempt == 0)
      first = sqnr;
    if (sqnr >= options.minSqnr + reserve || attempt == std::size(shares)) {
      if (attempt > 0)
        floatNote = formatv("{0} layers stay in floats, which makes {1:f1} dB of SQNR {2:f1} dB on calibration images "
                            "(--float-layers=false: none)",
                            layers, first, sqnr);
      return Error::success();
    }
    module = base->clone();
    main = cantFail(mainFunction(*module)); // as it was before
    layers = markLoudest(main, shares[attempt], *cantFail(findTarget(options.target)));
    planned = module->clone();
    if (Error error = toIntegers(options.emit))
      return error;
  }
}

} // namespace wino
