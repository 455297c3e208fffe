// Plans of random networks in floats, and what their certificates say.
#include "FloatPlans.h"

#include "common/PipelineOptions.h"
#include "wino-opt/Pipeline.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace wino {

static PipelineOptions optionsOf(bool inHalves, const TargetData &device) {
  PipelineOptions options;
  options.target = device.name.str();
  options.precision = inHalves ? "fp16" : "fp32";
  options.inputLow = -3; // others are clipped
  options.inputHigh = 3;
  return options;
}

static void setPlan(Conv2DOp conv, const TileSpec &tile) {
  conv.setPlanAttr(PlanAttr::get(conv.getContext(), StringAttr::get(conv.getContext(), tile.str())));
}

void keepSomeInFloats(func::FuncOp main, Random &random) {
  if (!random.chance(0.25))
    return;
  main.walk([&](Operation *op) {
    if (!isa<WinogradDialect>(op->getDialect()) || !random.chance(0.4))
      return;
    op->setAttr(kInFloats, UnitAttr::get(op->getContext()));
    auto conv = dyn_cast<Conv2DOp>(op);
    if (!conv || !conv.getPlan() || conv.getPlan()->isDirect())
      return;
    TileSpec tile = random.chance(0.7) ? conv.getPlan()->getSpec() : TileSpec();
    if (!tile.direct)
      tile.inputTap = tile.filterTap = TapType::F32;
    tile.product = ProductType::I32;
    setPlan(conv, tile);
  });
}

LogicalResult planFloats(func::FuncOp main, bool inHalves, Random &random, const TargetData &device) {
  main.walk([&](Conv2DOp conv) {
    bool isAsked = conv.getPlan() && !conv.getPlan()->isDirect() && random.chance(0.8);
    TileSpec tile = isAsked ? conv.getPlan()->getSpec() : TileSpec();
    conv.removePlanAttr();
    if (!isAsked)
      return;
    tile.inputTap = tile.filterTap = inHalves && random.chance(0.7) ? TapType::F16 : TapType::F32;
    bool sumsHalves = tile.inputTap == TapType::F16 && device.multipliesHalves && random.chance(0.5);
    tile.product = sumsHalves ? ProductType::F16 : ProductType::I32;
    setPlan(conv, tile);
  });
  PipelineOptions options = optionsOf(inHalves, device);
  PassManager pm(main.getContext());
  addFloatListPasses(pm, options, nullptr);
  addChoicePasses(pm, options, {0, 0, floatNoiseBudget(options.precision)});
  return pm.run(main->getParentOfType<ModuleOp>());
}

LogicalResult makeFloatTiles(func::FuncOp main, bool inHalves, const TargetData &device) {
  PassManager pm(main.getContext());
  addFloatTilePasses(pm, optionsOf(inHalves, device));
  return pm.run(main->getParentOfType<ModuleOp>());
}

std::string beyondInterval(Operation *op, const Tensor &tensor) {
  if (!op->hasAttr(kInterval) || !tensor.isFloat())
    return "";
  Interval interval = mapInterval(op->getResult(0));
  if (!interval.isFinite())
    return "";
  for (float x : tensor.f)
    if (!(x >= interval.lo && x <= interval.hi)) // nor NaN
      return "expected '" + op->getName().getStringRef().str() + "' in [" + std::to_string(interval.lo) + ", " +
             std::to_string(interval.hi) + "], got " + std::to_string(x);
  return "";
}

} // namespace wino
