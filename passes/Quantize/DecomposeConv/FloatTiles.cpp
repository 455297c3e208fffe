// No scales of taps are chosen here: floats have their own. Equations: lib/Numerics/README.md, section 13.
#include "Quantize/DecomposeConv/FloatTiles.h"

#include "Quantize/LayerError.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Numerics/FloatTransform.h"

#include <cmath>

using namespace mlir;

namespace wino {

static void replaceByTiles(Conv2DOp op, const FloatTaps &taps, ArrayRef<float> scales, ArrayRef<float> offsets) {
  TileSpec spec = op.getPlan()->getSpec();
  OpBuilder builder(op);
  Value v = makeConstant(builder, op.getLoc(),
                         {spec.down().K, spec.across().K, shapeOf(op.getOutput())[1], shapeOf(op.getInput())[1]},
                         taps.values);
  IntegerAttr lo, hi;
  if (std::optional<RequantAttr> requant = op.getRequant()) {
    lo = builder.getI64IntegerAttr(requant->getLo());
    hi = builder.getI64IntegerAttr(requant->getHi());
  }
  ActivationAttr activation = lo ? ActivationAttr() : op.getActivation().value_or(ActivationAttr());
  auto tiles = builder.create<FloatTilesOp>(op.getLoc(), op.getOutput().getType(), op.getInput(), v, *op.getPlan(),
                                            op.getPads().take_front(2), scales, offsets, lo, hi, activation);
  tiles->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.getOutput().replaceAllUsesWith(tiles.getOutput());
  Operation *constants[] = {op.getFilter().getDefiningOp(), op.getBias().getDefiningOp()};
  op.erase();
  for (Operation *constant : constants)
    if (constant->use_empty())
      constant->erase();
}

LogicalResult decomposeInFloats(Conv2DOp op, DenseElementsAttr filter, DenseElementsAttr bias) {
  TileSpec spec = op.getPlan()->getSpec();
  llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
  if (!transform)
    return layerError(op) << toString(transform.takeError());
  llvm::ArrayRef<int64_t> out = shapeOf(op.getOutput()), in = shapeOf(op.getInput());
  quant::UniformQuantizedType from = quantizedType(op.getInput()), to = quantizedType(op.getOutput());
  std::vector<float> weights(filter.getValues<float>().begin(), filter.getValues<float>().end());
  FloatInput range{double(largestStored(from)), !from.isSigned()};
  FloatTaps taps = transform->filterTaps(weights, out[1], in[1], range);
  // (E60) y = T scale + offset, in steps of the result; the offset rounds halves up.
  std::vector<float> scales, offsets;
  for (auto [f, b] : llvm::enumerate(bias.getValues<float>())) {
    scales.push_back(float(std::ldexp(from.getScale() / to.getScale(), -taps.exponents[f])));
    offsets.push_back(float(double(b) / to.getScale() + 0.5));
    if (!std::isfinite(scales.back()) || scales.back() <= 0 || !std::isfinite(offsets.back()))
      return layerError(op) << "expected scales and biases within binary32 for '" << spec.str() << "', got scale "
                            << from.getScale() << " over " << to.getScale() << " and bias " << b
                            << "; plan the layer direct";
  }
  FloatBounds bounds = transform->bounds(range, taps.values, out[1]);
  if (!(bounds.headroom >= 0))
    return layerError(op) << "expected taps and sums within the floats of '" << spec.str() << "', got |U| up to "
                          << bounds.input << ", |V| up to " << bounds.filter << " and sums up to " << bounds.sums
                          << (bounds.halves > 0 ? ", in halves " + std::to_string(bounds.halves) : "")
                          << "; plan the layer direct";
  replaceByTiles(op, taps, scales, offsets);
  return success();
}

LogicalResult decomposeFloatMap(Conv2DOp op) {
  TileSpec spec = op.getPlan()->getSpec();
  llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
  if (!transform)
    return layerError(op) << toString(transform.takeError());
  std::optional<std::vector<float>> filter = constantFloats(op.getFilter()), bias = constantFloats(op.getBias());
  auto isFinite = [](float x) { return std::isfinite(x); };
  if (!filter || !bias || !llvm::all_of(*filter, isFinite) || !llvm::all_of(*bias, isFinite) || op.getResidual())
    return layerError(op) << "expected a constant finite filter and bias and no residual for a planned convolution in "
                             "floats, got others";
  Interval input = mapInterval(op.getInput());
  FloatTaps taps = transform->filterTaps(*filter, shapeOf(op.getOutput())[1], shapeOf(op.getInput())[1],
                                         {input.largest(), input.lo >= 0});
  for (float tap : taps.values)
    if (!std::isfinite(tap))
      return layerError(op) << "expected filter taps within the floats of '" << spec.str() << "', got " << tap
                            << "; plan the layer direct";
  std::vector<float> scales;
  for (int exponent : taps.exponents)
    scales.push_back(std::ldexp(1.0f, -exponent));
  replaceByTiles(op, taps, scales, *bias);
  return success();
}

} // namespace wino
