// FoldFilter: filters are transformed and rounded here, once. Their scales were chosen by wino-decompose-conv.
#include "Quantize/LayerError.h"
#include "wino/Numerics/BilinearAlgorithm.h"
#include "wino/Numerics/TapScales.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_FOLDFILTER
#include "wino/Passes/Passes.h.inc"

namespace {

/// v[i][j][f][c] of the whole layer.
template <typename TapT>
DenseElementsAttr integerTaps(FilterTransformOp op, const LineMatrix &down, const LineMatrix &across,
                              llvm::ArrayRef<float> weights, int32_t limit) {
  size_t cOut = shapeOf(op.getInput())[0], cIn = shapeOf(op.getInput())[1], count = size_t(down.rows) * across.rows;
  size_t perChannel = cIn * down.cols * across.cols;
  std::vector<TapT> taps(count * cOut * cIn);
  for (size_t f = 0; f < cOut; ++f) {
    std::vector<double> channel = transformFilter(down, across, weights.slice(f * perChannel, perChannel));
    for (size_t tap = 0; tap < count; ++tap)
      for (size_t c = 0; c < cIn; ++c)
        taps[(tap * cOut + f) * cIn + c] =
            TapT(quantizeTap(channel[tap * cIn + c], op.getScales()[tap * cOut + f], limit));
  }
  return DenseElementsAttr::get(cast<RankedTensorType>(op.getOutput().getType()), llvm::ArrayRef<TapT>(taps));
}

LogicalResult fold(FilterTransformOp op) {
  DenseElementsAttr filter;
  if (!matchPattern(op.getInput(), m_Constant(&filter)) || !filter.getElementType().isF32())
    return layerError(op) << "expected a constant f32 filter, got a value of type " << op.getInput().getType();
  TileSpec spec = op.getPlan().getSpec();
  llvm::Expected<BilinearAlgorithm> down = BilinearAlgorithm::make(spec.down());
  if (!down)
    return layerError(op) << toString(down.takeError());
  llvm::Expected<BilinearAlgorithm> across = BilinearAlgorithm::make(spec.across());
  if (!across)
    return layerError(op) << toString(across.takeError());
  LineMatrix gDown(down->G), gAcross(across->G);
  std::vector<float> weights(filter.getValues<float>().begin(), filter.getValues<float>().end());
  int32_t limit = tapLimit(spec.filterTap);
  DenseElementsAttr taps = spec.hasByteTaps() ? integerTaps<int8_t>(op, gDown, gAcross, weights, limit)
                                              : integerTaps<int16_t>(op, gDown, gAcross, weights, limit);
  Operation *source = op.getInput().getDefiningOp();
  OpBuilder builder(op);
  op.getOutput().replaceAllUsesWith(builder.create<arith::ConstantOp>(op.getLoc(), op.getOutput().getType(), taps));
  op.erase();
  if (source->use_empty())
    source->erase();
  return success();
}

struct FoldFilter : impl::FoldFilterBase<FoldFilter> {
  void runOnOperation() override {
    llvm::SmallVector<FilterTransformOp> transforms;
    getOperation().walk([&](FilterTransformOp op) { transforms.push_back(op); });
    for (FilterTransformOp op : transforms) {
      if (failed(fold(op)))
        return signalPassFailure();
      ++numFolded;
    }
  }
};

} // namespace
} // namespace wino
