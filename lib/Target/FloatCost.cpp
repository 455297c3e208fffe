// Float layers are bound by their fused products.
#include "wino/Target/FloatCost.h"

namespace wino {

/// Cycles per vector of products with loads and loops: 1.15 over all of ResNet-20 on the model of test/bench. Depthwise
/// layers load a vector for each product; an estimate.
static constexpr double withLoads = 1.15, depthwiseWithLoads = 2;

ConvCost floatCost(Conv2DOp conv, const TargetData &target) {
  llvm::ArrayRef<int64_t> filter = shapeOf(conv.getFilter()), out = shapeOf(conv.getOutput());
  auto groups = int64_t(conv.getGroups());
  int64_t lanes = target.vectorBytes / 4, perGroup = filter[0] / groups;
  double pixels = double(out[0]) * double(out[2]) * double(out[3]);
  double window = double(filter[1]) * double(filter[2]) * double(filter[3]);
  bool isDepthwise = groups > 1 && filter[1] == 1 && perGroup == 1;
  double vectors =
      isDepthwise ? double((filter[0] + lanes - 1) / lanes) : double(groups) * double((perGroup + lanes - 1) / lanes);
  ConvCost cost;
  cost.gemm = pixels * window * vectors * target.vectorOpCycles * (isDepthwise ? depthwiseWithLoads : withLoads);
  cost.weightBytes = 4 * filter[0] * (int64_t(window) + 1);
  cost.memory = double(cost.weightBytes) / double(target.lineBytes) * target.lineCycles;
  cost.overhead = target.layerOverheadCycles;
  return cost;
}

} // namespace wino
