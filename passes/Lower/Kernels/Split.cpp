// Which layers are shared, and by pieces of which size.
#include "Lower/Kernels/Split.h"
#include "Lower/Kernels/Layout.h"

#include <algorithm>

using namespace mlir;

namespace wino {

double roughCycles(Operation *op, bool wide) {
  double products = 0, productsPerCycle = wide ? 24 : 4, bytesPerCycle = wide ? 8 : 1;
  auto elements = [](Value value) { return double(cast<ShapedType>(value.getType()).getNumElements()); };
  if (auto conv = dyn_cast<Conv2DOp>(op)) {
    ArrayRef<int64_t> filter = shapeOf(conv.getFilter());
    products = elements(conv.getOutput()) * double(filter[1]) * double(filter[2]) * double(filter[3]);
    if (filter[1] == 1) // depthwise layers reach half of that
      products *= 2;
  } else if (auto fc = dyn_cast<FullyConnectedOp>(op)) {
    products = elements(fc.getFilter()) * double(shapeOf(fc.getInput())[0]);
  } else if (auto output = dyn_cast<OutputTransformOp>(op)) {
    auto matmul = output.getInput().getDefiningOp<TapMatmulOp>();
    products = matmul ? elements(matmul.getLhs()) * double(shapeOf(output.getOutput())[1]) : 0;
  } else if (auto tiles = dyn_cast<FloatTilesOp>(op)) {
    TileSpec spec = tiles.getPlan().getSpec();
    ArrayRef<int64_t> out = shapeOf(tiles.getOutput());
    products = elements(tiles.getFilter()) * double(out[0] * spec.down().tilesOver(out[2])) *
               double(spec.across().tilesOver(out[3]));
  } else if (auto pool = dyn_cast<MaxPool2DOp>(op)) {
    return elements(pool.getOutput()) * double(pool.getKernel()[0]) * double(pool.getKernel()[1]) / 8 / bytesPerCycle;
  } else if (auto pool = dyn_cast<AvgPool2DOp>(op)) {
    return elements(pool.getOutput()) * double(pool.getKernel()[0]) * double(pool.getKernel()[1]) / 2 / bytesPerCycle;
  } else if (op->getNumResults() == 1) {
    return elements(op->getResult(0)) / bytesPerCycle;
  }
  return products / productsPerCycle;
}

int64_t workersOf(Operation *op) {
  auto workers = op->getAttrOfType<IntegerAttr>("wino.workers");
  return workers ? std::clamp<int64_t>(workers.getInt(), 1, maxWorkers) : 1;
}

bool canShare(Operation *op) {
  if (auto fc = dyn_cast<FullyConnectedOp>(op)) // a head is one short loop
    if (auto type = quantizedType(fc.getOutput()); type && type.getStorageTypeIntegralWidth() > 8)
      return false;
  return isa<Conv2DOp, FullyConnectedOp, OutputTransformOp, FloatTilesOp, AddOp, SubOp, MaximumOp, MinimumOp,
             RequantizeOp, MulOp, LookupOp, MaxPool2DOp, AvgPool2DOp>(op);
}

Strips stripsOf(int64_t extent, int64_t workers, int64_t least) {
  if (workers == 1)
    return {extent, 1};
  int64_t step = std::max((extent + 4 * workers - 1) / (4 * workers), int64_t(1));
  step = roundUp(step, least);
  return {step, (extent + step - 1) / step};
}

} // namespace wino
