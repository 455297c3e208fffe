// Sums that convolutions take in: conditions on the float graph.
#include "wino/Dialect/ResidualSum.h"

#include "wino/Dialect/FileScale.h"
#include "wino/Dialect/Head.h"
#include "wino/Dialect/InFloats.h"

using namespace mlir;

namespace wino {

/// An activation that is a clamp or none: others go through a table of the rounded sum.
static bool isClamped(AddOp sum) {
  std::optional<ActivationAttr> activation = sum.getActivation();
  return !activation || activation->getKind() == ActivationKind::Relu || activation->getKind() == ActivationKind::Clip;
}

static bool canAdd(Conv2DOp conv) {
  if (conv.getPlan() && !conv.getPlan()->isDirect())
    if (TileSpec spec = conv.getPlan()->getSpec(); spec.product != ProductType::I32 || spec.hasFloatTaps())
      return false;
  return conv.getOutput().hasOneUse() && !conv->hasAttr(kInFloats) && (!conv.getActivation() || onlySaturates(conv)) &&
         !conv.getResidual() && conv.getGroups() == 1;
}

/// Made by an op: arguments lie in the caller's memory without room for whole vectors.
static bool isMap(Value value) {
  Operation *op = value.getDefiningOp();
  return op && !op->hasTrait<OpTrait::ConstantLike>() && !isHead(value);
}

/// Whether `conv` rather than `other` takes a sum of both in: the one whose rounding, which then is saved, has the
/// larger step; the later one where nothing was measured or steps are equal.
static bool isBetter(Conv2DOp conv, Conv2DOp other) {
  auto clipOf = [](Conv2DOp conv) {
    auto statistics = conv->getAttrOfType<DictionaryAttr>("winograd.stats");
    auto clip = statistics ? statistics.getAs<FloatAttr>("clip_s8") : FloatAttr();
    return clip ? clip.getValueAsDouble() : 0.0;
  };
  double own = clipOf(conv), others = clipOf(other);
  return own > 0 && others > 0 && own != others ? own > others : other->isBeforeInBlock(conv);
}

std::optional<ResidualSum> residualSum(AddOp sum) {
  if (sum.getRequant() || sum->hasAttr(kInFloats) || !isClamped(sum) || shapeOf(sum.getOutput()).size() != 4)
    return std::nullopt;
  std::optional<ResidualSum> found;
  for (auto [value, other] : {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())}) {
    auto conv = value.getDefiningOp<Conv2DOp>();
    if (conv && canAdd(conv) && isMap(other) && (!found || isBetter(conv, found->conv)))
      found = ResidualSum{conv, other};
  }
  return found;
}

AddOp sumBehind(Conv2DOp conv) {
  auto sum = conv.getOutput().hasOneUse() ? dyn_cast<AddOp>(*conv.getOutput().user_begin()) : AddOp();
  std::optional<ResidualSum> found = sum ? residualSum(sum) : std::nullopt;
  return found && found->conv == conv ? sum : AddOp();
}

Value residualOf(Operation *end) {
  auto conv = dyn_cast_or_null<Conv2DOp>(end);
  auto output = dyn_cast_or_null<OutputTransformOp>(end);
  return conv ? conv.getResidual() : output ? output.getResidual() : Value();
}

llvm::StringRef layerName(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>(kLayer);
  return name ? name.getValue() : nodeName(op);
}

} // namespace wino
