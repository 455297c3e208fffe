// ProveRanges: bounds of every integer stage, recomputed from the finished graph. It shares no code with the passes
// that chose the scales beyond the exact transforms themselves; networks of floats are ProveFloats', which does.
#include "Quantize/LayerError.h"
#include "Quantize/ProveRanges/ProveFloats.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/Ranges.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_PROVERANGES
#include "wino/Passes/Passes.h.inc"

namespace {

/// Bounds of the taps that an op of the Winograd triple hands on, and what its ends must agree about.
struct TapRanges {
  InputTransformOp made;
  int inputLargest = 255;     ///< of the activation tensor that the input transform reads
  int32_t filterLimit = 127;  ///< of the filter taps beside these
  std::vector<double> bounds; ///< per tap, or taps x C_out behind tap_matmul
};

class Prover {
public:
  LogicalResult prove(Operation *op) {
    stages.clear();
    headroom = 64;
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case<Conv2DOp, FullyConnectedOp>([&](auto op) { return proveWeighted(op, *op.getRequant()); })
            .Case<AddOp, SubOp, MaximumOp, MinimumOp>([&](auto op) { return proveSum(op, *op.getRequant()); })
            .Case([&](MulOp op) {
              return proveRequant(op, "product", largest(op.getLhs()) * largest(op.getRhs()), *op.getRequant());
            })
            .Case([&](AvgPool2DOp op) {
              return proveRequant(op, "sum", double(op.getKernel()[0]) * op.getKernel()[1] * largest(op.getInput()),
                                  *op.getRequant());
            })
            .Case([&](ReduceMeanOp op) { return proveReduceMean(op); })
            .Case([&](RequantizeOp op) { return proveSum(op, op.getRequant()); })
            .Case([&](SoftmaxOp op) { return proveSoftmax(op); })
            .Case([&](InputTransformOp op) { return proveInputTransform(op); })
            .Case([&](TapMatmulOp op) { return proveTapMatmul(op); })
            .Case([&](OutputTransformOp op) { return proveOutputTransform(op); })
            .Case([&](FloatTilesOp op) { return proveFloatTiles(op); })
            .Default([](Operation *) { return success(); });
    if (failed(result) || stages.empty())
      return result;
    Builder builder(op->getContext());
    op->setAttr("winograd.ranges", builder.getDictionaryAttr(stages));
    op->setAttr("winograd.headroom_bits", builder.getI64IntegerAttr(headroom));
    return success();
  }

  unsigned numStages = 0;

private:
  LogicalResult check(Operation *op, llvm::StringRef stage, double bound, llvm::StringRef type, double limit) {
    if (!(bound <= limit)) {
      if (type.starts_with("i"))
        return layerError(op) << rangeText(stage, bound, type);
      return layerError(op) << "expected " << stage << " within " << type << " (" << int64_t(limit) << "), got bound "
                            << bound;
    }
    ++numStages;
    Builder builder(op->getContext());
    std::string key = stage.str();
    std::replace(key.begin(), key.end(), ' ', '_');
    stages.push_back(builder.getNamedAttr(key, builder.getF64FloatAttr(bound)));
    headroom = std::min<int64_t>(headroom, std::ilogb(limit / std::max(bound, 1.0)));
    return success();
  }
  LogicalResult check(Operation *op, llvm::StringRef stage, double bound, llvm::StringRef type = "i32") {
    return check(op, stage, bound, type, typeLimit(type));
  }

  /// Largest magnitude of an operand: of its stored type, or of what an i8 constant really holds.
  static double largest(Value value) {
    if (quant::UniformQuantizedType type = quantizedType(value))
      return largestStored(type);
    DenseElementsAttr attr;
    if (!matchPattern(value, m_Constant(&attr)) || !attr.getElementType().isInteger(8))
      return 128;
    double found = 0;
    for (const APInt &element : attr.getValues<APInt>())
      found = std::max(found, std::fabs(double(element.getSExtValue())));
    return found;
  }

  /// The integers of a constant, or an error that calls it `role` and says which pass makes it.
  static FailureOr<DenseElementsAttr> integers(Operation *op, Value value, llvm::StringRef role, llvm::StringRef pass) {
    DenseElementsAttr attr;
    if (!matchPattern(value, m_Constant(&attr)) || !isa<IntegerType>(attr.getElementType()))
      return layerError(op) << "expected a constant integer " << role << " (run --" << pass << "), got a value of type "
                            << value.getType();
    return attr;
  }

  /// Sums of magnitudes over rows of `length` elements, which must be in [-limit, limit].
  FailureOr<std::vector<double>> rowSums(Operation *op, DenseElementsAttr attr, int64_t length, llvm::StringRef role,
                                         int32_t limit) {
    std::vector<double> sums(attr.getNumElements() / length);
    int64_t index = 0;
    for (const APInt &value : attr.getValues<APInt>()) {
      int64_t magnitude = std::abs(value.getSExtValue());
      if (magnitude > limit)
        return layerError(op) << "expected " << role << " in [" << -limit << ", " << limit << "], got "
                              << value.getSExtValue();
      sums[index++ / length] += double(magnitude);
    }
    return sums;
  }

  LogicalResult proveRequant(Operation *op, llvm::StringRef stage, double bound, RequantAttr requant) {
    if (failed(check(op, stage, bound)))
      return failure();
    for (int32_t multiplier : requant.getMultipliers().asArrayRef())
      if (multiplier < 0)
        return layerError(op) << "expected multipliers >= 0, got " << multiplier;
    if (requant.getPre() == 0)
      return success();
    return check(op, "shifted " + stage.str(), std::ldexp(bound, int(requant.getPre())));
  }

  template <typename OpT> LogicalResult proveWeighted(OpT op, RequantAttr requant) {
    FailureOr<DenseElementsAttr> filter = integers(op, op.getFilter(), "filter", "wino-decompose-conv");
    FailureOr<DenseElementsAttr> bias = integers(op, op.getBias(), "bias", "wino-quantize-graph");
    if (failed(filter) || failed(bias))
      return failure();
    FailureOr<std::vector<double>> sums =
        rowSums(op, *filter, filter->getNumElements() / bias->getNumElements(), "filter weights", 127);
    if (failed(sums))
      return failure();
    double bound = 0, x = largest(op.getInput());
    std::vector<double> channels;
    for (auto [b, sum] : llvm::zip_equal(bias->template getValues<APInt>(), *sums))
      channels.push_back(std::fabs(double(b.getSExtValue())) + x * sum);
    bound = *llvm::max_element(channels);
    if (failed(proveRequant(op, "accumulator", bound, requant)))
      return failure();
    if constexpr (std::is_same_v<OpT, Conv2DOp>)
      if (op.getResidual())
        return proveResidual(op, channels, requant);
    return success();
  }

  /// What mulhi32 makes of the accumulators, with the residual and the rounding addend.
  LogicalResult proveResidual(Conv2DOp op, ArrayRef<double> accumulators, RequantAttr requant) {
    double product = 0;
    for (auto [acc, multiplier] : llvm::zip_equal(accumulators, requant.getMultipliers().asArrayRef()))
      product = std::max(product, std::ldexp(acc * multiplier, int(requant.getPre()) - 31) + 0.5);
    double residual = largest(op.getResidual()) * double(*op.getResidualMultiplier());
    return check(op, "sum with residual", product + residual + std::ldexp(1.0, int(requant.getShift()) - 1));
  }

  /// add, sub and requantize: 16-bit multipliers, one per operand, and the rounding addend.
  LogicalResult proveSum(Operation *op, RequantAttr requant) {
    double bound = std::ldexp(1.0, int(requant.getShift()) - 1), multipliers = 0;
    for (auto [multiplier, operand] : llvm::zip_equal(requant.getMultipliers().asArrayRef(), op->getOperands())) {
      multipliers = std::max(multipliers, std::fabs(double(multiplier)));
      bound += std::fabs(double(multiplier)) * largest(operand);
    }
    if (failed(check(op, "multipliers", multipliers, "i16")))
      return failure();
    return check(op, "scaled sum", bound);
  }

  LogicalResult proveReduceMean(ReduceMeanOp op) {
    double count = 1;
    for (int64_t axis : op.getAxes())
      count *= double(shapeOf(op.getInput())[axis]);
    return proveRequant(op, "sum", count * largest(op.getInput()), *op.getRequant());
  }

  LogicalResult proveSoftmax(SoftmaxOp op) {
    double entry = 0, count = double(shapeOf(op.getInput())[op.getAxis()]);
    llvm::ArrayRef<int32_t> table = *op.getTable();
    for (int32_t value : table)
      entry = std::max(entry, double(value));
    if (failed(check(op, "exponential sum", count * entry, "u32", 4294967295.0)))
      return failure();
    double n = storageRange(quantizedType(op.getOutput())).hi + 1.0;
    return check(op, "dividend", n * entry + std::floor(count * entry / 2), "i64", 9223372036854775807.0);
  }

  LogicalResult proveInputTransform(InputTransformOp op) {
    int x = int(largest(op.getInput()));
    TileSpec spec = op.getPlan().getSpec();
    llvm::Expected<IntegerTransform> transform = IntegerTransform::make(spec, x);
    if (!transform)
      return layerError(op) << toString(transform.takeError());
    TapRanges result{op, x, tapLimit(spec.filterTap), transform->tapBounds(x)};
    if (failed(check(op, "input transform", *llvm::max_element(result.bounds), "i16")))
      return failure();
    if (spec.hasByteTaps())
      for (double &bound : result.bounds)
        bound = tapLimit(spec.inputTap) + 1;
    taps[op.getOutput()] = std::move(result);
    return success();
  }

  LogicalResult proveTapMatmul(TapMatmulOp op) {
    auto lhs = taps.find(op.getLhs());
    if (lhs == taps.end())
      return layerError(op) << "expected taps made by winograd.input_transform, got a value of unknown range";
    FailureOr<DenseElementsAttr> filter = integers(op, op.getRhs(), "filter", "wino-fold-filter");
    if (failed(filter))
      return failure();
    llvm::ArrayRef<int64_t> shape = shapeOf(op.getRhs());
    FailureOr<std::vector<double>> sums = rowSums(op, *filter, shape[3], "filter taps", lhs->second.filterLimit);
    if (failed(sums))
      return failure();
    TapRanges result{lhs->second.made, lhs->second.inputLargest, lhs->second.filterLimit, {}};
    // Narrower products are clamped to their type.
    unsigned bits = getElementTypeOrSelf(op.getOutput().getType()).getIntOrFloatBitWidth();
    double largestProduct = std::ldexp(1.0, int(bits) - 1), largestAcc = 0;
    for (auto [index, sum, multiplier] : llvm::enumerate(*sums, op.getMultipliers())) {
      if (multiplier < 0)
        return layerError(op) << "expected multipliers >= 0, got " << multiplier;
      double acc = sum * lhs->second.bounds[index / shape[2]];
      largestAcc = std::max(largestAcc, acc);
      double product = std::ldexp(acc * multiplier, int(op.getPre()) - 31 - int(op.getShift())) + 1;
      result.bounds.push_back(bits == 32 ? product - 0.5 : std::min(product, largestProduct));
    }
    taps[op.getOutput()] = std::move(result);
    return check(op, "tap products", std::ldexp(largestAcc, int(op.getPre())));
  }

  /// Tap and tile counts can agree by chance where the ends of a layer do not: hand-written IR.
  static LogicalResult checkEnds(InputTransformOp first, OutputTransformOp last) {
    if (first.getPlan().getSpec().str() != last.getPlan().getSpec().str())
      return layerError(last) << "expected the plan of its winograd.input_transform, '"
                              << first.getPlan().getSpec().str() << "', got '" << last.getPlan().getSpec().str() << "'";
    llvm::ArrayRef<int64_t> out = shapeOf(last.getOutput());
    if (first.getOutputSize() != out.drop_front(2) || shapeOf(first.getInput())[0] != out[0])
      return layerError(last) << "expected the batch and output size of its winograd.input_transform, "
                              << shapeOf(first.getInput())[0] << " x [" << first.getOutputSize() << "], got " << out[0]
                              << " x [" << out.drop_front(2) << "]";
    return success();
  }

  LogicalResult proveOutputTransform(OutputTransformOp op) {
    auto input = taps.find(op.getInput());
    if (input == taps.end())
      return layerError(op) << "expected tap products made by winograd.tap_matmul, got a value of unknown range";
    if (failed(checkEnds(input->second.made, op)))
      return failure();
    FailureOr<DenseElementsAttr> bias = integers(op, op.getBias(), "bias", "wino-decompose-conv");
    if (failed(bias))
      return failure();
    llvm::Expected<IntegerTransform> transform =
        IntegerTransform::make(op.getPlan().getSpec(), input->second.inputLargest);
    if (!transform)
      return layerError(op) << toString(transform.takeError());
    auto products = cast<IntegerType>(getElementTypeOrSelf(op.getInput().getType()));
    if (int bits = int(op.getPlan().getSpec().product); int(products.getWidth()) != bits)
      return layerError(op) << "expected products in i" << bits << " as the plan says (run --wino-factor-scales), got "
                            << products;
    int64_t channels = bias->getNumElements();
    double largestOutput = 0;
    std::vector<double> channelTaps(input->second.bounds.size() / channels);
    for (auto [f, value] : llvm::enumerate(bias->getValues<APInt>())) {
      for (size_t tap = 0; tap < channelTaps.size(); ++tap)
        channelTaps[tap] = input->second.bounds[tap * channels + f];
      if (auto multipliers = op.getTapMultipliers()) // from full scale of the type to the common unit
        for (size_t tap = 0; tap < channelTaps.size(); ++tap)
          channelTaps[tap] = std::ldexp(channelTaps[tap], 1 - int(products.getWidth())) * (*multipliers)[tap] + 0.5;
      double addends = std::fabs(double(value.getSExtValue()));
      if (!op.getChannelMultipliers()) // else it is added to a product, which is smaller
        addends += std::ldexp(1.0, int(op.getShift()) - 1);
      if (op.getResidual())
        addends += largest(op.getResidual()) * double(*op.getResidualMultiplier());
      largestOutput = std::max(largestOutput, transform->outputBound(channelTaps) + addends);
    }
    return check(op, "output transform", largestOutput);
  }

  /// (E63) of lib/Numerics/README.md: U and V are finite numbers of their type, sums finite in binary32.
  LogicalResult proveFloatTiles(FloatTilesOp op) {
    DenseElementsAttr filter;
    if (!matchPattern(op.getFilter(), m_Constant(&filter)) || !filter.getElementType().isF32())
      return layerError(op) << "expected a constant f32 filter, got a value of type " << op.getFilter().getType();
    TileSpec spec = op.getPlan().getSpec();
    llvm::Expected<FloatTransform> transform = FloatTransform::make(spec);
    if (!transform)
      return layerError(op) << toString(transform.takeError());
    bool isHalf = spec.inputTap == TapType::F16;
    std::vector<float> v(filter.getValues<float>().begin(), filter.getValues<float>().end());
    for (float tap : v)
      if (isHalf && roundToHalf(tap) != tap)
        return layerError(op) << "expected filter taps of binary16, got " << tap;
    quant::UniformQuantizedType input = quantizedType(op.getInput());
    FloatBounds bounds =
        transform->bounds({double(largestStored(input)), !input.isSigned()}, v, shapeOf(op.getOutput())[1]);
    double largestFloat = double(std::numeric_limits<float>::max()), largest = isHalf ? largestHalf : largestFloat;
    llvm::StringRef type = isHalf ? "f16" : "f32";
    double output = 0;
    for (auto [scale, offset] : llvm::zip_equal(op.getScales(), op.getOffsets()))
      output = std::max(output, bounds.sums * scale + std::fabs(double(offset)));
    if (failed(checkFloat(op, "input transform", bounds.input, type, largest)) ||
        failed(checkFloat(op, "filter taps", bounds.filter, type, largest)) ||
        (transform->sumsHalves &&
         failed(checkFloat(op, "tap products in halves", bounds.halves, "f16", largestHalf))) ||
        failed(checkFloat(op, "tap products", bounds.sums, "f32", largestFloat)))
      return failure();
    return checkFloat(op, "output transform", output, "f32", largestFloat);
  }
  LogicalResult checkFloat(Operation *op, llvm::StringRef stage, double bound, llvm::StringRef type, double limit) {
    if (!(bound <= limit))
      return layerError(op) << "expected " << stage << " within " << type << " (" << limit << "), got bound " << bound;
    return check(op, stage, bound, type, limit);
  }

  llvm::DenseMap<Value, TapRanges> taps;
  llvm::SmallVector<NamedAttribute> stages;
  int64_t headroom = 64;
};

/// Whether the op's results are integers, stored or quantized; says so if not.
LogicalResult checkInteger(Operation *op) {
  if (isa<arith::ConstantOp>(op))
    return success();
  for (Value result : op->getResults()) {
    auto tensor = dyn_cast<RankedTensorType>(result.getType());
    if (!tensor || !(quantizedType(result) || isa<IntegerType>(tensor.getElementType())))
      return layerError(op) << "expected an integer graph (run --wino-quantize-graph), got a result of type "
                            << result.getType();
  }
  if (isa<FilterTransformOp>(op))
    return layerError(op) << "expected folded filters (run --wino-fold-filter), got '" << op->getName() << "'";
  return success();
}

struct ProveRanges : impl::ProveRangesBase<ProveRanges> {
  void runOnOperation() override {
    if (getOperation()->hasAttr(kFloatPrecision)) {
      unsigned proved = 0;
      if (failed(proveFloats(getOperation(), proved)))
        signalPassFailure();
      numStages += proved;
      return;
    }
    Prover prover;
    bool ok = true;
    // Every layer that does not fit is reported, not only the first.
    getOperation().walk([&](Operation *op) {
      if (op != getOperation() && !op->hasAttr(kInFloats))
        ok &= succeeded(checkInteger(op)) && succeeded(prover.prove(op));
    });
    numStages += prover.numStages;
    if (!ok)
      signalPassFailure();
  }
};

} // namespace
} // namespace wino
