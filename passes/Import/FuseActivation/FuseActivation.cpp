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
constexpr int maxDepth = 8; // ops that a range is followed through

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

/// Which numbers a value can have, as far as activations, stored ranges and ops that only pick or average them tell.
Interval valueRange(mlir::Value value, int depth = maxDepth) {
  mlir::Operation *op = value.getDefiningOp();
  if (std::optional<FileScale> stored = exactFileScale(value))
    return {stored->least(), stored->largest()};
  if (!op || depth == 0)
    return {-infinity, infinity};
  if (auto attr = op->getAttrOfType<ActivationAttr>("activation"))
    return rangeOf(attr);
  if (llvm::isa<SoftmaxOp>(op))
    return {0, 1};
  bool isMean = llvm::isa<AvgPool2DOp, ReduceMeanOp>(op);
  if (!isMean && !keepsScale(op) && !llvm::isa<ConcatOp>(op))
    return {-infinity, infinity};
  Interval hull = valueRange(op->getOperand(0), depth - 1);
  for (mlir::Value operand : llvm::drop_begin(op->getOperands())) {
    Interval other = valueRange(operand, depth - 1);
    hull = {std::min(hull.lo, other.lo), std::max(hull.hi, other.hi)};
  }
  if (auto pad = llvm::dyn_cast<PadOp>(op))
    hull = {std::min(hull.lo, pad.getValue().convertToFloat()), std::max(hull.hi, pad.getValue().convertToFloat())};
  return isMean ? Interval{std::min(hull.lo, 0.0f), std::max(hull.hi, 0.0f)} : hull; // padding takes part
}

/// What makes the numbers of a tensor that a file's scale is of: ops without other use that only put them elsewhere or
/// take the largest come after it, since the scale is theirs as well.
mlir::Operation *makerOf(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  while (op && keepsScale(op) && !llvm::isa<PadOp>(op) && op->hasOneUse() && op->getOperand(0).getDefiningOp())
    op = op->getOperand(0).getDefiningOp();
  return op;
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
    mlir::Operation *producer = producerOf(op.getInput());
    bool canCarry = takesActivation(producer) || llvm::isa_and_nonnull<ActivateOp>(producer);
    auto carried = canCarry ? producer->getAttrOfType<ActivationAttr>("activation") : ActivationAttr();
    if (changesNothing(op.getActivation(), rangeOf(carried)) && !op->hasAttr(kFileScale)) {
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
    if (op->hasAttr(kFileScale) && isStoredSo(op)) {
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

  /// Whether a clip to a file's range goes because storing the tensor does the same: its maker, which makes any scale,
  /// takes this one; or its numbers are in that range already, or have a scale that is always the same.
  static bool isStoredSo(ActivateOp op) {
    mlir::Operation *maker = makerOf(op.getInput());
    bool changes = !changesNothing(op.getActivation(), valueRange(op.getInput()));
    if (!maker || llvm::isa<SoftmaxOp>(maker))
      return maker || !changes;
    bool canTake = (choosesItsScale(maker) || llvm::isa<ConcatOp>(maker)) && maker->hasOneUse() &&
                   !maker->hasAttr(kFileScale) && !maker->hasAttr("requant");
    if (canTake && (!changes || exactFileScale(op.getOutput()))) {
      maker->setAttr(kFileScale, op->getAttr(kFileScale));
      return true;
    }
    return !changes;
  }

  void replaceByInput(ActivateOp op) {
    op.getOutput().replaceAllUsesWith(op.getInput());
    op.erase();
  }
};

} // namespace
} // namespace wino
