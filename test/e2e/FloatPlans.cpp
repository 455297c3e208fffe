// Plans of random networks in floats, and what their certificates say.
#include "FloatPlans.h"

#include "common/PipelineOptions.h"
#include "wino-opt/Pipeline.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace wino {

LogicalResult planFloats(func::FuncOp main, bool inHalves, Random &random, const TargetData &device) {
  main.walk([&](Conv2DOp conv) {
    bool isAsked = conv.getPlan() && !conv.getPlan()->isDirect() && random.chance(0.8);
    TileSpec tile = isAsked ? conv.getPlan()->getSpec() : TileSpec();
    conv.removePlanAttr();
    if (!isAsked)
      return;
    tile.inputTap = tile.filterTap = inHalves && random.chance(0.7) ? TapType::F16 : TapType::F32;
    tile.product = ProductType::I32;
    conv.setPlanAttr(PlanAttr::get(main.getContext(), StringAttr::get(main.getContext(), tile.str())));
  });
  PipelineOptions options;
  options.target = device.name.str();
  options.precision = inHalves ? "fp16" : "fp32";
  options.inputLow = -3; // others are clipped
  options.inputHigh = 3;
  PassManager pm(main.getContext());
  addFloatListPasses(pm, options, nullptr);
  addChoicePasses(pm, options, {0, 0, floatNoiseBudget(options.precision)});
  addFloatTilePasses(pm, options);
  return pm.run(main->getParentOfType<ModuleOp>());
}

std::string beyondInterval(Operation *op, const Tensor &tensor) {
  if (!op->hasAttr(kInterval) || !tensor.isFloat())
    return "";
  Interval interval = mapInterval(op->getResult(0));
  for (float x : tensor.f)
    if (x < interval.lo || x > interval.hi)
      return "expected '" + op->getName().getStringRef().str() + "' in [" + std::to_string(interval.lo) + ", " +
             std::to_string(interval.hi) + "], got " + std::to_string(x);
  return "";
}

} // namespace wino
