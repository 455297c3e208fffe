// The attribute's form; who sets and who follows it is passes/Import/FoldQuantize's to say.
#include "wino/Dialect/FileScale.h"

#include "wino/Dialect/InFloats.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace wino {

DictionaryAttr FileScale::attribute(MLIRContext *context) const {
  Builder builder(context);
  return builder.getDictionaryAttr({builder.getNamedAttr("scale", builder.getF32FloatAttr(scale)),
                                    builder.getNamedAttr("low", builder.getI64IntegerAttr(low)),
                                    builder.getNamedAttr("high", builder.getI64IntegerAttr(high))});
}

std::optional<FileScale> FileScale::fromAttribute(Attribute attr) {
  auto dict = dyn_cast_or_null<DictionaryAttr>(attr);
  auto scale = dict ? dict.getAs<FloatAttr>("scale") : FloatAttr();
  auto low = dict ? dict.getAs<IntegerAttr>("low") : IntegerAttr();
  auto high = dict ? dict.getAs<IntegerAttr>("high") : IntegerAttr();
  if (!scale || !low || !high)
    return std::nullopt;
  FileScale result{float(scale.getValueAsDouble()), low.getInt(), high.getInt()};
  bool isValid = std::isnormal(result.scale) && result.scale > 0 && result.low <= 0 && result.high > 0;
  return isValid ? std::optional(result) : std::nullopt;
}

std::optional<FileScale> fileScale(Value value) {
  if (Operation *op = value.getDefiningOp())
    return FileScale::fromAttribute(op->getAttr(kFileScale));
  auto argument = cast<BlockArgument>(value);
  auto function = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  return function ? FileScale::fromAttribute(function.getArgAttr(argument.getArgNumber(), kFileScale)) : std::nullopt;
}

std::optional<FileScale> exactFileScale(Value value) {
  std::optional<FileScale> scale = fileScale(value);
  return scale && scale->isExact() ? scale : std::nullopt;
}

static bool clipsToRange(ActivationAttr activation, const FileScale &scale) {
  return activation && activation.getKind() == ActivationKind::Clip &&
         float(activation.getLo().getValueAsDouble()) == scale.least() &&
         float(activation.getHi().getValueAsDouble()) == scale.largest();
}

bool onlySaturates(Operation *op) {
  constexpr double farAway = 4; // root mean squares; beyond them lies 1e-6 of the power of Gaussian numbers
  std::optional<FileScale> scale = fileScale(op->getResult(0));
  auto statistics = op->getAttrOfType<DictionaryAttr>("winograd.stats");
  if (!scale || scale->low >= 0 || !statistics ||
      !clipsToRange(op->getAttrOfType<ActivationAttr>("activation"), *scale))
    return false;
  auto number = [&](StringRef name) {
    auto attr = statistics.getAs<FloatAttr>(name);
    return attr ? attr.getValueAsDouble() : std::numeric_limits<double>::quiet_NaN();
  };
  double least = double(scale->least()), largest = double(scale->largest()), far = farAway * number("rms");
  return (number("min") > least || -least >= far) && (number("max") < largest || largest >= far);
}

bool takesFileScale(Operation *op) { return (choosesItsScale(op) || isa<ConcatOp>(op)) && !op->hasAttr("requant"); }

Value makerBehindMoves(Value value) {
  for (Operation *op = value.getDefiningOp(); op && keepsScale(op) && !isa<PadOp>(op) && value.hasOneUse();
       op = value.getDefiningOp())
    value = op->getOperand(0);
  return value;
}

Value storedBefore(ActivateOp clip) {
  std::optional<FileScale> scale = fileScale(clip.getOutput());
  Value maker = makerBehindMoves(clip.getInput());
  if (!scale || !scale->storageCuts() || !clipsToRange(clip.getActivation(), *scale) || clip->hasAttr(kInFloats) ||
      !maker.hasOneUse())
    return Value();
  Operation *op = maker.getDefiningOp();
  if (op && (!takesFileScale(op) || op->hasAttr(kInFloats)))
    return Value();
  std::optional<FileScale> own = fileScale(maker);
  bool isSame = own && own->scale == scale->scale && own->low == scale->low && own->high == scale->high;
  return !own || isSame ? maker : Value();
}

} // namespace wino
