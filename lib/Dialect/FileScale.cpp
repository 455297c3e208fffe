// The attribute's form; who sets and who follows it is passes/Import/FoldQuantize's to say.
#include "wino/Dialect/FileScale.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include <cmath>

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

bool onlySaturates(Operation *op) {
  auto activation = op->getAttrOfType<ActivationAttr>("activation");
  std::optional<FileScale> scale = fileScale(op->getResult(0));
  return activation && scale && activation.getKind() == ActivationKind::Clip && scale->low < 0 &&
         float(activation.getLo().getValueAsDouble()) == scale->least() &&
         float(activation.getHi().getValueAsDouble()) == scale->largest();
}

} // namespace wino
