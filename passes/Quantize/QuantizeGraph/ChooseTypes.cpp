// Choice of tensor types: from calibrated statistics where values are made, from the operands where values only move.
#include "Quantize/QuantizeGraph/ChooseTypes.h"

#include "wino/Dialect/FileScale.h"
#include "wino/Dialect/Head.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/UnaryFunction.h"
#include "wino/Numerics/QuantizeScale.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace wino {

namespace {

constexpr double sigmoidClip = 8.0;
/// A head has levels to spare: nothing up to twice the clip of eight bits is cut off.
constexpr double headClip = 2.0;

/// One `winograd.stats` dictionary.
struct Statistics {
  double min, clipSigned, clipUnsigned;
};

FailureOr<Statistics> readStatistics(DictionaryAttr dict) {
  auto field = [&](StringRef name) { return dict ? dict.getAs<FloatAttr>(name) : FloatAttr(); };
  FloatAttr min = field("min"), clipSigned = field("clip_s8"), clipUnsigned = field("clip_u8");
  if (!min || !clipSigned || !clipUnsigned)
    return failure();
  return Statistics{min.getValueAsDouble(), clipSigned.getValueAsDouble(), clipUnsigned.getValueAsDouble()};
}

bool cannotBeNegative(Operation *op) {
  if (isa<SoftmaxOp>(op))
    return true;
  ActivationAttr activation = activationOf(op);
  return activation && wino::cannotBeNegative(activation);
}

/// Largest magnitude that the type holds without regard to -128.
double clipOf(QuantizedType type) { return type.getScale() * (type.isSigned() ? 127 : 255); }

class Chooser {
public:
  Chooser(func::FuncOp func, bool wideHead, const ComposedTables &tables)
      : func(func), context(func.getContext()), wideHead(wideHead), tables(tables) {}

  LogicalResult run() {
    for (auto [index, arg] : llvm::enumerate(func.getArguments()))
      if (failed(chooseArgument(index, arg)))
        return failure();
    for (Operation &op : func.getBody().front())
      if (failed(chooseResult(&op)))
        return failure();
    return success();
  }

  TensorTypes types;

private:
  /// The file's type of a value, or that of its statistics.
  QuantizedType typeOf(Value value, Statistics statistics, bool nonNegative) {
    if (std::optional<FileScale> stated = exactFileScale(value))
      return makeQuantizedType(context, stated->scale, stated->isUnsigned());
    nonNegative |= statistics.min >= 0;
    double clip = nonNegative ? statistics.clipUnsigned : statistics.clipSigned;
    return makeQuantizedType(context, activationScale(clip, nonNegative ? 255 : 127), nonNegative);
  }

  QuantizedType makeWideType(double scale, int64_t lo, int64_t hi) {
    return QuantizedType::get(lo < 0 ? quant::QuantizationFlags::Signed : 0, IntegerType::get(context, 16),
                              Float32Type::get(context), scale, /*zeroPoint=*/0, lo, hi);
  }

  LogicalResult chooseArgument(unsigned index, BlockArgument arg) {
    auto name = func.getArgAttrOfType<StringAttr>(index, "wino.name");
    auto where = [&] { return func.emitError() << "input '" << (name ? name.getValue() : "?") << "': "; };
    auto tensor = dyn_cast<RankedTensorType>(arg.getType());
    if (!tensor || !tensor.getElementType().isF32())
      return where() << "expected an f32 tensor, got " << arg.getType();
    FailureOr<Statistics> statistics = readStatistics(func.getArgAttrOfType<DictionaryAttr>(index, "winograd.stats"));
    if (failed(statistics))
      return where() << "expected winograd.stats with min, clip_s8 and clip_u8, got none (run --wino-attach-profile)";
    types.of[arg] = typeOf(arg, *statistics, false);
    return success();
  }

  LogicalResult chooseResult(Operation *op) {
    if (isa<arith::ConstantOp, func::ReturnOp>(op) || tables.inside.contains(op))
      return success();
    if (op->hasAttr(kInFloats)) // keeps f32; the type is that of what integers read
      return isReadByIntegers(op) ? chooseFromStatistics(op) : success();
    if (keepsScale(op))
      return keepType(op);
    if (auto concat = dyn_cast<ConcatOp>(op))
      return unify(concat);
    if (isa<SoftmaxOp>(op)) {
      QuantizedType input = types.of.lookup(op->getOperand(0));
      bool isWide = input && input.getStorageTypeIntegralWidth() == 16;
      types.of[op->getResult(0)] =
          isWide ? makeWideType(1.0 / 65536, 0, 65535) : makeQuantizedType(context, 1.0 / 256, true);
      return success();
    }
    if (!choosesItsScale(op))
      return layerError(op) << "expected an op with an integer form, got '" << op->getName() << "'";
    return chooseFromStatistics(op);
  }

  static bool isReadByIntegers(Operation *op) {
    return llvm::any_of(op->getUsers(),
                        [](Operation *user) { return !isa<func::ReturnOp>(user) && !user->hasAttr(kInFloats); });
  }

  LogicalResult keepType(Operation *op) {
    QuantizedType type = types.of.lookup(op->getOperand(0));
    if (!type)
      return layerError(op) << "expected a computed input, got a constant";
    types.of[op->getResult(0)] = type;
    return success();
  }

  LogicalResult chooseFromStatistics(Operation *op) {
    FailureOr<Statistics> statistics = readStatistics(op->getAttrOfType<DictionaryAttr>("winograd.stats"));
    if (failed(statistics))
      return layerError(op)
             << "expected winograd.stats with min, clip_s8 and clip_u8, got none (run --wino-attach-profile)";
    if (wideHead && isHead(op->getResult(0)) && !op->hasAttr(kInFloats)) {
      types.of[op->getResult(0)] =
          makeWideType(activationScale(headClip * statistics->clipSigned, headLevels), -headLevels - 1, headLevels);
      return success();
    }
    types.of[op->getResult(0)] = typeOf(op->getResult(0), *statistics, cannotBeNegative(op));
    ActivationAttr activation = activationOf(op);
    bool isFused =
        needsLookup(activation) && !isa<ActivateOp>(op) && !tables.of.contains(op) && !op->hasAttr(kInFloats);
    if (isFused && activation.getKind() != ActivationKind::LeakyRelu && activation.getKind() != ActivationKind::Sigmoid)
      return layerError(op) << "expected relu, clip, leaky_relu or sigmoid as fused activation, got "
                            << stringifyActivationKind(activation.getKind())
                            << ", whose argument was not measured; make it an op of its own";
    if (isFused)
      types.beforeLookup[op] =
          makeQuantizedType(context, activationScale(clipBefore(activation, *statistics), 127), false);
    return success();
  }

  /// Statistics are of the tensor after the activation; this is the clip of the tensor before it.
  static double clipBefore(ActivationAttr activation, Statistics statistics) {
    if (activation.getKind() == ActivationKind::Sigmoid)
      return sigmoidClip;
    double slope = std::fabs(activation.getLo().getValueAsDouble());
    double negative = statistics.min < 0 && slope > 0 ? -statistics.min / slope : 0;
    return std::max(statistics.clipSigned, negative);
  }

  LogicalResult unify(ConcatOp op) {
    double clip = 0;
    bool anySigned = false;
    for (Value input : op.getInputs()) {
      QuantizedType type = types.of.lookup(input);
      if (!type)
        return layerError(op) << "expected computed inputs, got a constant";
      anySigned |= type.isSigned();
    }
    QuantizedType widest;
    for (Value input : op.getInputs())
      if (QuantizedType type = types.of.lookup(input); clipOf(type) > clip) {
        clip = clipOf(type);
        widest = type;
      }
    // Taken as it is where possible: clip / 127 would round the scale a second time.
    QuantizedType common =
        widest.isSigned() == anySigned ? widest : makeQuantizedType(context, activationScale(clip, 127), false);
    if (std::optional<FileScale> stated = exactFileScale(op.getOutput()))
      common = makeQuantizedType(context, stated->scale, stated->isUnsigned());
    types.of[op.getOutput()] = common;
    for (Value input : op.getInputs())
      if (Operation *maker = input.getDefiningOp();
          maker && input.hasOneUse() && choosesItsScale(maker) && !exactFileScale(input))
        types.of[input] = common;
    return success();
  }

  func::FuncOp func;
  MLIRContext *context;
  bool wideHead;
  const ComposedTables &tables;
};

} // namespace

QuantizedType makeQuantizedType(MLIRContext *context, double scale, bool isUnsigned) {
  return QuantizedType::get(isUnsigned ? 0 : quant::QuantizationFlags::Signed, IntegerType::get(context, 8),
                            Float32Type::get(context), scale, /*zeroPoint=*/0, isUnsigned ? 0 : -128,
                            isUnsigned ? 255 : 127);
}

ActivationAttr activationOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, ActivationAttr>(op)
      .Case<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(
          [](auto op) { return op.getActivation().value_or(ActivationAttr()); })
      .Case([](ActivateOp op) { return op.getActivation(); })
      .Default([](Operation *) { return ActivationAttr(); });
}

bool needsLookup(ActivationAttr activation) {
  return activation && activation.getKind() != ActivationKind::Relu && activation.getKind() != ActivationKind::Clip;
}

FailureOr<TensorTypes> chooseTypes(func::FuncOp func, bool wideHead, const ComposedTables &tables) {
  Chooser chooser(func, wideHead, tables);
  if (failed(chooser.run()))
    return failure();
  return std::move(chooser.types);
}

} // namespace wino
