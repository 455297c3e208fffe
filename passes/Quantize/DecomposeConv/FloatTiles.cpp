// No scales of taps are chosen here: floats have their own. Equations: lib/Numerics/README.md, section 13.
#include "Quantize/DecomposeConv/FloatTiles.h"

#include "Quantize/LayerError.h"
#include "wino/Numerics/FloatTransform.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;

namespace wino {

LogicalResult decomposeInFloats(Conv2DOp op, DenseElementsAttr filter, DenseElementsAttr bias) {
  TileSpec spec = op.getPlan()->getSpec();
  llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
  if (!transform)
    return layerError(op) << toString(transform.takeError());
  llvm::ArrayRef<int64_t> out = shapeOf(op.getOutput()), in = shapeOf(op.getInput());
  quant::UniformQuantizedType from = quantizedType(op.getInput()), to = quantizedType(op.getOutput());
  std::vector<float> weights(filter.getValues<float>().begin(), filter.getValues<float>().end());
  FloatTaps taps = transform->filterTaps(weights, out[1], in[1]);
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
  FloatBounds bounds = transform->bounds(largestStored(from), !from.isSigned(), taps.values, out[1]);
  if (!(bounds.headroom >= 0))
    return layerError(op) << "expected taps and sums within the floats of '" << spec.str() << "', got |U| up to "
                          << bounds.input << ", |V| up to " << bounds.filter << " and sums up to " << bounds.sums
                          << "; plan the layer direct";
  OpBuilder builder(op);
  auto type = RankedTensorType::get({spec.down().K, spec.across().K, out[1], in[1]}, builder.getF32Type());
  Value v =
      builder.create<arith::ConstantOp>(op.getLoc(), type, DenseElementsAttr::get(type, llvm::ArrayRef(taps.values)));
  auto tiles = builder.create<FloatTilesOp>(op.getLoc(), op.getOutput().getType(), op.getInput(), v, *op.getPlan(),
                                            op.getPads().take_front(2), scales, offsets, op.getRequant()->getLo(),
                                            op.getRequant()->getHi());
  tiles->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.getOutput().replaceAllUsesWith(tiles.getOutput());
  Operation *constants[] = {op.getFilter().getDefiningOp(), op.getBias().getDefiningOp()};
  op.erase();
  for (Operation *constant : constants)
    if (constant->use_empty())
      constant->erase();
  return success();
}

} // namespace wino
