// FuseActivation: activations move into the op that makes their input. Where none can take them, QuantizeGraph makes
// tables of them.
#include "wino/Dialect/FileScale.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace wino {
#define GEN_PASS_DEF_FUSEACTIVATION
#include "wino/Passes/Passes.h.inc"

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float largest = std::numeric_limits<float>::max();
constexpr int mostValues = 64; // that a range is made of

struct Interval {
  float lo, hi;
};

ActivationAttr makeActivation(mlir::MLIRContext *context, ActivationKind kind, float lo, float hi) {
  mlir::Type f32 = mlir::Float32Type::get(context);
  return ActivationAttr::get(context, kind, mlir::FloatAttr::get(f32, lo), mlir::FloatAttr::get(f32, hi));
}

float lowOf(ActivationAttr attr) { return float(attr.getLo().getValueAsDouble()); }
float highOf(ActivationAttr attr) { return float(attr.getHi().getValueAsDouble()); }

/// The interval that a relu or clip cuts to; nothing for the others, which also change values inside.
std::optional<Interval> cutOf(ActivationAttr attr) {
  if (attr.getKind() == ActivationKind::Relu)
    return Interval{0, infinity};
  // Exporters write "no bound" as the largest float or as infinity.
  if (attr.getKind() == ActivationKind::Clip && lowOf(attr) <= highOf(attr))
    return Interval{lowOf(attr) <= -largest ? -infinity : lowOf(attr),
                    highOf(attr) >= largest ? infinity : highOf(attr)};
  return std::nullopt;
}

/// Which values an activation can give, whatever comes in.
Interval rangeOf(ActivationAttr attr) {
  if (!attr)
    return {-infinity, infinity};
  if (auto cut = cutOf(attr))
    return *cut;
  if (attr.getKind() == ActivationKind::Sigmoid)
    return {0, 1};
  if (attr.getKind() == ActivationKind::LeakyRelu && lowOf(attr) <= 0)
    return {0, infinity};
  return {-infinity, infinity};
}

/// One spelling per function: relu for [0, inf) and for leaky_relu of slope 0.
ActivationAttr canonical(ActivationAttr attr) {
  if (auto cut = cutOf(attr); cut && cut->lo == 0 && cut->hi == infinity)
    return makeActivation(attr.getContext(), ActivationKind::Relu, 0, 0);
  if (attr.getKind() == ActivationKind::LeakyRelu && lowOf(attr) == 0)
    return makeActivation(attr.getContext(), ActivationKind::Relu, 0, 0);
  return attr;
}

bool changesNothing(ActivationAttr attr, Interval input) {
  if (auto cut = cutOf(attr))
    return cut->lo <= input.lo && input.hi <= cut->hi;
  return attr.getKind() == ActivationKind::LeakyRelu && (lowOf(attr) == 1 || input.lo >= 0);
}

/// second(first(x)) as one activation, when both only cut.
ActivationAttr compose(ActivationAttr first, ActivationAttr second) {
  auto a = cutOf(first), b = cutOf(second);
  if (!a || !b)
    return nullptr;
  float lo = std::clamp(a->lo, b->lo, b->hi), hi = std::clamp(a->hi, b->lo, b->hi);
  return canonical(makeActivation(first.getContext(), ActivationKind::Clip, lo, hi));
}

bool takesActivation(mlir::Operation *op) {
  return llvm::isa_and_nonnull<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op);
}

/// What makes the numbers that ops without other use only put elsewhere: a function of each number may come before
/// them.
mlir::Operation *producerOf(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  while (llvm::isa_and_nonnull<SliceOp, ReshapeOp, TransposeOp, RepeatOp, DepthToSpaceOp, SpaceToDepthOp>(op) &&
         op->hasOneUse() && op->getOperand(0).getDefiningOp())
    op = op->getOperand(0).getDefiningOp();
  return op;
}

/// Behind a fused function only its result is measured; of these that says enough about what comes in. All others keep
/// the tensor before them, with its own scale.
bool canFuse(ActivationAttr attr) {
  return cutOf(attr) || attr.getKind() == ActivationKind::LeakyRelu || attr.getKind() == ActivationKind::Sigmoid;
}

/// Which numbers a value can have, as far as activations and ops that only pick or average numbers tell. Looks at
/// `budget` values at most.
Interval valueRange(mlir::Value value, int &budget) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || --budget < 0)
    return {-infinity, infinity};
  if (auto attr = op->getAttrOfType<ActivationAttr>("activation"))
    return rangeOf(attr);
  if (llvm::isa<SoftmaxOp>(op))
    return {0, 1};
  bool isMean = llvm::isa<AvgPool2DOp, ReduceMeanOp>(op);
  if (!isMean && !keepsScale(op) && !llvm::isa<ConcatOp>(op))
    return {-infinity, infinity};
  Interval hull = valueRange(op->getOperand(0), budget);
  for (mlir::Value operand : llvm::drop_begin(op->getOperands())) {
    if (budget < 0)
      return {-infinity, infinity};
    Interval other = valueRange(operand, budget);
    hull = {std::min(hull.lo, other.lo), std::max(hull.hi, other.hi)};
  }
  if (auto pad = llvm::dyn_cast<PadOp>(op))
    hull = {std::min(hull.lo, pad.getValue().convertToFloat()), std::max(hull.hi, pad.getValue().convertToFloat())};
  return isMean ? Interval{std::min(hull.lo, 0.0f), std::max(hull.hi, 0.0f)} : hull; // padding takes part
}

struct FuseActivation : impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    llvm::SmallVector<ActivateOp> ops; // in program order: a producer is done before its user
    getOperation().walk([&](ActivateOp op) { ops.push_back(op); });
    for (ActivateOp op : ops)
      visit(op);
  }

  void visit(ActivateOp op) {
    op.setActivationAttr(canonical(op.getActivation()));
    bool hasScale = op->hasAttr(kFileScale); // a cut, which may come before maxima as well
    mlir::Operation *producer = hasScale ? makerBehindMoves(op.getInput()).getDefiningOp() : producerOf(op.getInput());
    bool canCarry = takesActivation(producer) || llvm::isa_and_nonnull<ActivateOp>(producer);
    auto carried = canCarry ? producer->getAttrOfType<ActivationAttr>("activation") : ActivationAttr();
    if (changesNothing(op.getActivation(), rangeOf(carried)) && !hasScale) {
      ++numRemoved;
      return replaceByInput(op);
    }
    if (ActivationAttr joined = canCarry ? joinedWith(producer, carried, op) : ActivationAttr()) {
      producer->setAttr("activation", joined);
      if (mlir::Attribute scale = op->getAttr(kFileScale))
        producer->setAttr(kFileScale, scale);
      ++numFused;
      return replaceByInput(op);
    }
    if (hasScale && changesOnlyScale(op, producer)) {
      ++numRemoved;
      replaceByInput(op);
    }
  }

  /// What `producer` does then, null where it cannot take the op in.
  static ActivationAttr joinedWith(mlir::Operation *producer, ActivationAttr carried, ActivateOp op) {
    if (!canFuse(op.getActivation()) || !producer->hasOneUse() || producer->hasAttr("requant"))
      return nullptr;
    // Its file's scale is of the tensor before this function. A cut leaves the numbers multiples of it.
    if (producer->hasAttr(kFileScale) && !cutOf(op.getActivation()))
      return nullptr;
    return carried ? compose(carried, op.getActivation()) : op.getActivation();
  }

  /// Whether a clip to a file's range cuts nothing, and what makes its numbers has that scale or can take it.
  static bool changesOnlyScale(ActivateOp op, mlir::Operation *maker) {
    // A softmax has the scale 1 / 256, whatever the file says.
    constexpr float nearlyOne = 254.5f / 256;
    if (llvm::isa_and_nonnull<SoftmaxOp>(maker))
      return lowOf(op.getActivation()) <= 0 && highOf(op.getActivation()) >= nearlyOne;
    int budget = mostValues;
    if (!maker || !changesNothing(op.getActivation(), valueRange(op.getInput(), budget)))
      return false;
    if (maker->hasAttr(kFileScale))
      return maker->getAttr(kFileScale) == op->getAttr(kFileScale);
    if (!takesFileScale(maker) || !maker->hasOneUse())
      return false;
    maker->setAttr(kFileScale, op->getAttr(kFileScale));
    return true;
  }

  void replaceByInput(ActivateOp op) {
    op.getOutput().replaceAllUsesWith(op.getInput());
    op.erase();
  }
};

} // namespace
} // namespace wino
