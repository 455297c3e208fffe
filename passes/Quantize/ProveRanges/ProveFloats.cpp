// Intervals are made anew from the finished graph, by the same arithmetic (Intervals.h) that wino-store-halves chose
// by; what that stated on the way is compared. Bounds of tiles are those of the planner, on the final taps.
#include "Quantize/ProveRanges/ProveFloats.h"

#include "Quantize/LayerError.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Intervals.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace wino {

namespace {

class FloatProver {
public:
  LogicalResult prove(Operation *op) {
    stages.clear();
    headroom = 64;
    llvm::SmallVector<Interval> operands;
    for (Value operand : op->getOperands())
      operands.push_back(intervals.contains(operand) ? intervals[operand] : constantInterval(operand));
    Value result = op->getResult(0);
    if (auto tiles = dyn_cast<FloatTilesOp>(op); tiles && failed(proveTiles(tiles, operands[0])))
      return failure();
    Interval interval = resultInterval(op, operands);
    if (isHalf(result)) {
      if (failed(check(op, "stored map", interval.largest(), "f16", largestHalf)))
        return failure();
      interval = halvesOf(interval);
    }
    if (Interval stated = mapInterval(result); !(interval.lo >= stated.lo && interval.hi <= stated.hi))
      return layerError(op) << "expected numbers within the stated interval [" << stated.lo << ", " << stated.hi
                            << "], got up to [" << interval.lo << ", " << interval.hi
                            << "]; run --wino-store-halves on this graph";
    intervals[result] = interval;
    if (stages.empty())
      return success();
    Builder builder(op->getContext());
    op->setAttr("winograd.ranges", builder.getDictionaryAttr(stages));
    op->setAttr("winograd.headroom_bits", builder.getI64IntegerAttr(headroom));
    numStages += unsigned(stages.size());
    return success();
  }

  unsigned numStages = 0;

private:
  llvm::DenseMap<Value, Interval> intervals;
  llvm::SmallVector<NamedAttribute> stages;
  int64_t headroom = 64;

  LogicalResult check(Operation *op, llvm::StringRef stage, double bound, llvm::StringRef type, double limit) {
    double bits = std::log2(limit / std::max(bound, 1e-300));
    if (!(bound <= limit))
      return layerError(op) << "expected " << stage << " within " << type << " (" << limit << "), got up to " << bound
                            << ", " << llvm::formatv("{0:f1}", bits).str() << " bits of head-room";
    Builder builder(op->getContext());
    std::string key = stage.str();
    std::replace(key.begin(), key.end(), ' ', '_');
    stages.push_back(builder.getNamedAttr(key, builder.getF64FloatAttr(bound)));
    headroom = std::min<int64_t>(headroom, int64_t(std::floor(bits)));
    return success();
  }

  /// (E63). With taps of 32 bits, a map without a bound is as safe as in the direct layer, which may overflow as well.
  LogicalResult proveTiles(FloatTilesOp op, Interval input) {
    TileSpec spec = op.getPlan().getSpec();
    bool hasHalfTaps = spec.inputTap == TapType::F16;
    llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
    if (!transform)
      return layerError(op) << llvm::toString(transform.takeError());
    if (!hasHalfTaps && (!input.isFinite() || floatPrecision(op) == "fp32"))
      return success();
    std::vector<float> v = constantFloats(op.getFilter()).value_or(std::vector<float>());
    if (v.empty())
      return layerError(op) << "expected a constant f32 filter, got a computed one";
    for (float tap : v)
      if (hasHalfTaps && roundToHalf(tap) != tap)
        return layerError(op) << "expected filter taps of binary16, got " << tap;
    FloatBounds bounds = transform->bounds({input.largest(), input.lo >= 0}, v, shapeOf(op.getOutput())[1]);
    double output = 0, largestFloat = double(std::numeric_limits<float>::max());
    for (auto [scale, offset] : llvm::zip_equal(op.getScales(), op.getOffsets()))
      output = std::max(output, bounds.sums * scale + std::fabs(double(offset)));
    llvm::StringRef type = hasHalfTaps ? "f16" : "f32";
    double largest = hasHalfTaps ? largestHalf : largestFloat;
    return success(
        succeeded(check(op, "input transform", bounds.input, type, largest)) &&
        succeeded(check(op, "filter taps", bounds.filter, type, largest)) &&
        (!transform->sumsHalves || succeeded(check(op, "tap products in halves", bounds.halves, "f16", largestHalf))) &&
        succeeded(check(op, "tap products", bounds.sums, "f32", largestFloat)) &&
        succeeded(check(op, "output transform", output, "f32", largestFloat)));
  }
};

} // namespace

LogicalResult proveFloats(func::FuncOp main, unsigned &stages) {
  FloatProver prover;
  bool ok = true;
  for (Operation &op : main.getBody().front().without_terminator())
    if (op.getNumResults() == 1 && !op.hasTrait<OpTrait::ConstantLike>())
      ok &= succeeded(prover.prove(&op));
  stages += prover.numStages;
  return success(ok);
}

} // namespace wino
