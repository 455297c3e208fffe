// In-place quantization of single ops: multipliers, clamps, tables, types. Filters and constants are in
// QuantizeConstants.cpp.
#include "Quantize/QuantizeGraph/QuantizeOps.h"

#include "Quantize/QuantizeGraph/QuantizeConstants.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Dialect/UnaryFunction.h"
#include "wino/Numerics/QuantizeScale.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace wino {

namespace {

std::vector<int32_t> activationTable(ActivationAttr activation, QuantizedType from, QuantizedType to) {
  StorageRange out = storageRange(to);
  return lookupTable([&](double x) { return valueAt(activation, x); }, from.getScale(), storageRange(from).lo,
                     to.getScale(), out.lo, out.hi);
}

} // namespace

LogicalResult OpQuantizer::quantize(Operation *op) {
  builder.setInsertionPoint(op);
  if (tables.inside.contains(op))
    return success();
  if (op->hasAttr(kInFloats))
    return keepFloat(op), success();
  if (auto found = tables.of.find(op); found != tables.of.end())
    return quantizeChain(op, found->second), success();
  if (!isa<func::ReturnOp>(op))
    for (OpOperand &operand : op->getOpOperands())
      operand.set(integersOf(operand.get()));
  LogicalResult result =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](Conv2DOp op) {
            return op.getPlan() && !op.getPlan()->isDirect() ? quantizePlanned(op) : quantizeWeighted(op);
          })
          .Case([&](FullyConnectedOp op) { return quantizeWeighted(op); })
          .Case<AddOp, SubOp, MaximumOp, MinimumOp>([&](auto op) { return quantizeSum(op); })
          .Case([&](MulOp op) { return quantizeMul(op); })
          .Case([&](AvgPool2DOp op) { return quantizeAvgPool(op); })
          .Case([&](ReduceMeanOp op) { return quantizeReduceMean(op); })
          .Case([&](SoftmaxOp op) { return quantizeSoftmax(op); })
          .Case([&](ConcatOp op) { return quantizeConcat(op); })
          .Case([&](PadOp op) { return checkPad(op); })
          .Case([&](ActivateOp op) -> LogicalResult {
            if (quantizedType(op.getInput()))
              return success();
            return layerError(op)
                   << "expected an activation of a computed tensor, got one of a constant; fold it into the model";
          })
          .Default([](Operation *) { return success(); });
  if (failed(result))
    return failure();
  if (auto activateOp = dyn_cast<ActivateOp>(op))
    quantizeActivate(activateOp);
  else if (op->getNumResults() == 1 && types.of.count(op->getResult(0)))
    finish(op);
  return success();
}

QuantizedType OpQuantizer::inputType(Operation *op, Value value) {
  QuantizedType type = quantizedType(value);
  if (!type)
    layerError(op) << "expected a computed input, got a constant";
  return type;
}

QuantizedType OpQuantizer::arithmeticType(Operation *op) const {
  QuantizedType before = types.beforeLookup.lookup(op);
  return before ? before : types.of.lookup(op->getResult(0));
}

StorageRange OpQuantizer::clampOf(Operation *op) const {
  QuantizedType type = arithmeticType(op);
  StorageRange range = storageRange(type);
  ActivationAttr activation = activationOf(op);
  if (!activation || needsLookup(activation))
    return range;
  if (activation.getKind() == ActivationKind::Relu)
    return {std::max(range.lo, 0), range.hi};
  auto bound = [&](FloatAttr value) {
    return quantizeValue(value.getValueAsDouble() / type.getScale(), range.lo, range.hi);
  };
  return {bound(activation.getLo()), bound(activation.getHi())};
}

template <typename OpT>
void OpQuantizer::setRequant(OpT op, int64_t pre, int64_t shift, ArrayRef<int32_t> multipliers) {
  StorageRange clamp = clampOf(op);
  op.setRequantAttr(
      RequantAttr::get(op.getContext(), pre, shift, clamp.lo, clamp.hi, builder.getDenseI32ArrayAttr(multipliers)));
}

template <typename OpT>
LogicalResult OpQuantizer::setFactors(OpT op, ArrayRef<double> factors, double accBound,
                                      std::optional<ResidualScale> residual) {
  std::optional<ScaleMultipliers> choice = chooseRequant(factors, accBound, residual);
  if (!choice)
    return layerError(op)
           << "expected scale factors and an accumulator that fit 31-bit multipliers and i32, got factor "
           << *std::max_element(factors.begin(), factors.end()) << " and accumulator bound " << accBound;
  setRequant(op, choice->pre, choice->shift, choice->multipliers);
  if (residual)
    op->setAttr("residual_multiplier", builder.getI64IntegerAttr(choice->residual));
  return success();
}

LogicalResult OpQuantizer::quantizeWeighted(Operation *op) {
  QuantizedType input = inputType(op, op->getOperand(0));
  if (!input)
    return failure();
  FailureOr<IntegerWeights> weights = quantizeWeights(op, builder, input.getScale(), largestStored(input));
  if (failed(weights))
    return failure();
  std::vector<double> factors;
  for (double scale : weights->scales)
    factors.push_back(input.getScale() * scale / arithmeticType(op).getScale());
  op->setOperand(1, weights->filter);
  op->setOperand(2, weights->bias);
  if (auto conv = dyn_cast<Conv2DOp>(op); conv && conv.getResidual()) {
    QuantizedType residual = inputType(op, conv.getResidual());
    if (!residual)
      return failure();
    ResidualScale scale{residual.getScale() / arithmeticType(op).getScale(), double(largestStored(residual))};
    return setFactors(conv, factors, weights->accBound, scale);
  } else if (conv) {
    return setFactors(conv, factors, weights->accBound);
  }
  return setFactors(cast<FullyConnectedOp>(op), factors, weights->accBound);
}

LogicalResult OpQuantizer::quantizePlanned(Conv2DOp op) {
  if (!inputType(op, op.getInput()) || (op.getResidual() && !inputType(op, op.getResidual())))
    return failure();
  // Zeros hold the place until wino-decompose-conv computes a multiplier per (tap, output channel).
  setRequant(op, 0, 16, std::vector<int32_t>(shapeOf(op.getOutput())[1], 0));
  if (op.getResidual())
    op.setResidualMultiplier(0);
  return success();
}

OpQuantizer::Operand OpQuantizer::elementwiseOperand(Operation *op, unsigned operand) {
  if (QuantizedType type = quantizedType(op->getOperand(operand)))
    return {type.getScale(), largestStored(type)};
  FailureOr<IntegerConstant> constant = quantizeConstant(op, op->getOperand(operand), builder);
  if (failed(constant))
    return {0, 0};
  op->setOperand(operand, constant->value);
  return {constant->scale, constant->largest};
}

LogicalResult OpQuantizer::quantizeSum(Operation *op) {
  double lhs = elementwiseOperand(op, 0).scale, rhs = elementwiseOperand(op, 1).scale;
  double out = arithmeticType(op).getScale();
  if (lhs == 0 || rhs == 0)
    return failure();
  std::optional<ScaleMultipliers> choice = chooseSumMultipliers({lhs / out, (isa<SubOp>(op) ? -rhs : rhs) / out});
  if (!choice)
    return layerError(op) << "expected operand scales below 16383 times the result's, got " << lhs << " and " << rhs
                          << " over " << out;
  llvm::TypeSwitch<Operation *>(op).Case<AddOp, SubOp, MaximumOp, MinimumOp>(
      [&](auto op) { setRequant(op, 0, choice->shift, choice->multipliers); });
  return success();
}

LogicalResult OpQuantizer::quantizeMul(MulOp op) {
  Operand lhs = elementwiseOperand(op, 0), rhs = elementwiseOperand(op, 1);
  if (lhs.scale == 0 || rhs.scale == 0)
    return failure();
  return setFactors(op, {lhs.scale * rhs.scale / arithmeticType(op).getScale()},
                    static_cast<double>(lhs.largest) * rhs.largest);
}

LogicalResult OpQuantizer::quantizeAvgPool(AvgPool2DOp op) {
  QuantizedType input = inputType(op, op.getInput());
  if (!input)
    return failure();
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput()), kernel = op.getKernel(),
                    pads = op.getPads(), strides = op.getStrides();
  auto valid = [&](int64_t position, unsigned dim) {
    int64_t start = position * strides[dim] - pads[dim];
    return std::min(start + kernel[dim], in[2 + dim]) - std::max<int64_t>(start, 0);
  };
  double ratio = input.getScale() / arithmeticType(op).getScale(), window = static_cast<double>(kernel[0]) * kernel[1];
  std::vector<double> factors;
  for (int64_t y = 0; y < out[2]; ++y)
    for (int64_t x = 0; x < out[3]; ++x)
      factors.push_back(ratio / (op.getCountIncludePad()
                                     ? window
                                     : std::max<double>(1, static_cast<double>(valid(y, 0)) * valid(x, 1))));
  if (llvm::all_equal(factors))
    factors.resize(1);
  return setFactors(op, factors, window * largestStored(input));
}

LogicalResult OpQuantizer::quantizeReduceMean(ReduceMeanOp op) {
  QuantizedType input = inputType(op, op.getInput());
  if (!input)
    return failure();
  double count = 1;
  for (int64_t axis : op.getAxes())
    count *= static_cast<double>(shapeOf(op.getInput())[axis]);
  return setFactors(op, {input.getScale() / arithmeticType(op).getScale() / count}, count * largestStored(input));
}

LogicalResult OpQuantizer::quantizeSoftmax(SoftmaxOp op) {
  QuantizedType input = inputType(op, op.getInput());
  if (!input)
    return failure();
  int64_t elements = shapeOf(op.getInput())[op.getAxis()];
  if (elements > maxSoftmaxElements)
    return layerError(op) << "expected at most " << maxSoftmaxElements << " elements along the softmax axis, got "
                          << elements;
  op.setTableAttr(builder.getDenseI32ArrayAttr(
      softmaxTable(input.getScale(), storageRange(input).hi - storageRange(input).lo + 1)));
  return success();
}

LogicalResult OpQuantizer::quantizeConcat(ConcatOp op) {
  QuantizedType common = types.of.lookup(op.getOutput());
  StorageRange range = storageRange(common);
  for (OpOperand &operand : op->getOpOperands()) {
    QuantizedType from = inputType(op, operand.get());
    if (!from)
      return failure();
    if (from == common)
      continue;
    std::optional<ScaleMultipliers> choice = chooseSumMultipliers({from.getScale() / common.getScale()});
    assert(choice && "the common range is the widest");
    auto type = cast<RankedTensorType>(operand.get().getType()).clone(common);
    operand.set(builder.create<RequantizeOp>(op.getLoc(), type, operand.get(),
                                             RequantAttr::get(op.getContext(), 0, choice->shift, range.lo, range.hi,
                                                              builder.getDenseI32ArrayAttr(choice->multipliers))));
    ++numRequantize;
  }
  return success();
}

/// Padding has its input's type; a value beyond it would silently become the nearest one.
LogicalResult OpQuantizer::checkPad(PadOp op) {
  QuantizedType type = types.of.lookup(op.getOutput());
  StorageRange range = storageRange(type);
  double q = op.getValue().convertToDouble() / type.getScale();
  if (q >= range.lo - 0.5 && q < range.hi + 0.5)
    return success();
  return layerError(op) << "expected a padding value in [" << range.lo * type.getScale() << ", "
                        << range.hi * type.getScale() << "], the calibrated range of the tensor it pads, got "
                        << op.getValue().convertToDouble();
}

void OpQuantizer::quantizeActivate(ActivateOp op) {
  QuantizedType from = quantizedType(op.getInput()), to = types.of.lookup(op.getOutput());
  auto lookup =
      builder.create<LookupOp>(op.getLoc(), cast<RankedTensorType>(op.getOutput().getType()).clone(to), op.getInput(),
                               builder.getDenseI32ArrayAttr(activationTable(op.getActivation(), from, to)));
  lookup->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  lookup->setAttr("winograd.function", op.getActivation());
  op.getOutput().replaceAllUsesWith(lookup.getOutput());
  op.erase();
  ++numLookups;
}

OpQuantizer::OpQuantizer(const TensorTypes &types, const ComposedTables &tables, MLIRContext *context)
    : types(types), tables(tables), builder(context) {
  for (const auto &[op, table] : tables.of) {
    QuantizedType from = types.of.lookup(table.source->get()), to = types.of.lookup(op->getResult(0));
    StorageRange out = storageRange(to);
    for (int64_t c = 0; c < table.channels; ++c)
      llvm::append_range(chainEntries[op],
                         lookupTable([&, &table = table](double x) { return table.at(x, c); }, from.getScale(),
                                     storageRange(from).lo, to.getScale(), out.lo, out.hi));
  }
}

void OpQuantizer::quantizeChain(Operation *op, const ComposedTable &table) {
  Value source = integersOf(table.source->get()), result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType()).clone(types.of.lookup(result));
  auto lookup =
      builder.create<LookupOp>(op->getLoc(), type, source, builder.getDenseI32ArrayAttr(chainEntries.lookup(op)));
  lookup->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  result.replaceAllUsesWith(lookup.getOutput()); // the op itself stays as long as other chains look at it
  ++numLookups;
}

void OpQuantizer::keepFloat(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    if (!quantizedType(value))
      continue;
    Value &known = floats[value];
    if (!known) {
      auto type = cast<RankedTensorType>(value.getType()).clone(Float32Type::get(op->getContext()));
      auto dequantize = builder.create<DequantizeOp>(
          NameLoc::get(builder.getStringAttr(tensorName(value) + ".dequantize")), type, value);
      dequantize->setAttr(kInFloats, builder.getUnitAttr());
      known = dequantize.getOutput();
    }
    operand.set(known);
  }
}

Value OpQuantizer::integersOf(Value value) {
  Operation *maker = value.getDefiningOp();
  if (!maker || !maker->hasAttr(kInFloats))
    return value;
  Value &known = integers[value];
  if (!known)
    known = builder.create<quant::QuantizeCastOp>(NameLoc::get(builder.getStringAttr(tensorName(value) + ".quantize")),
                                                  cast<RankedTensorType>(value.getType()).clone(types.of.lookup(value)),
                                                  value);
  return known;
}

void OpQuantizer::finish(Operation *op) {
  Value result = op->getResult(0);
  auto tensor = cast<RankedTensorType>(result.getType());
  QuantizedType before = arithmeticType(op), after = types.of.lookup(result);
  ActivationAttr activation = activationOf(op);
  op->removeAttr("activation");
  result.setType(tensor.clone(before));
  if (!needsLookup(activation))
    return;
  builder.setInsertionPointAfter(op);
  auto lookup = builder.create<LookupOp>(op->getLoc(), tensor.clone(after), result,
                                         builder.getDenseI32ArrayAttr(activationTable(activation, before, after)));
  // The statistics are of the tensor behind the table; everything else is about the op itself.
  if (Attribute statistics = op->removeAttr("winograd.stats"))
    lookup->setAttr("winograd.stats", statistics);
  lookup->setAttr("winograd.function", activation);
  result.replaceAllUsesExcept(lookup.getOutput(), lookup);
  ++numLookups;
}

} // namespace wino
