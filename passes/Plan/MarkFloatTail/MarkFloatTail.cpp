// MarkFloatTail: walks over the ops behind the last layers. What follows from the mark is QuantizeGraph's.
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_MARKFLOATTAIL
#include "wino/Passes/Passes.h.inc"

namespace {

using Ops = llvm::SetVector<Operation *>;

/// Ops of one tensor that give its numbers other places.
bool onlyMoves(Operation *op) {
  return isa<ReshapeOp, TransposeOp, SliceOp, RepeatOp, DepthToSpaceOp, SpaceToDepthOp>(op);
}

bool combinesTwo(Operation *op) { return isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op); }

/// Every op of `func` whose result reaches the outputs through ops of this kind alone, outputs first.
Ops behindLastLayers(func::FuncOp func) {
  Ops found;
  for (Operation &op : llvm::reverse(func.getBody().front())) {
    bool isKind = onlyMoves(&op) || combinesTwo(&op) || isa<ActivateOp, SoftmaxOp, ConcatOp, PadOp>(op);
    if (isKind &&
        llvm::all_of(op.getUsers(), [&](Operation *user) { return isa<func::ReturnOp>(user) || found.contains(user); }))
      found.insert(&op);
  }
  return found;
}

/// Whether a constant operand differs from place to place; from channel to channel of an image it may.
bool isPlaced(Value value) {
  std::optional<std::vector<float>> numbers = constantFloats(value);
  if (!numbers)
    return false;
  llvm::ArrayRef<int64_t> shape = shapeOf(value);
  auto same = size_t(shape.size() == 4 ? shape[2] * shape[3] : numbers->size());
  for (size_t i = 0; i < numbers->size(); ++i)
    if ((*numbers)[i] != (*numbers)[i / same * same])
      return true;
  return false;
}

bool decodes(Operation *op) { return combinesTwo(op) && llvm::any_of(op->getOperands(), isPlaced); }

/// The result lies in an interval that does not depend on what was measured.
bool isBounded(Operation *op) {
  auto activation = op->getAttrOfType<ActivationAttr>("activation");
  if (!activation)
    return isa<SoftmaxOp>(op);
  switch (activation.getKind()) {
  case ActivationKind::Sigmoid:
  case ActivationKind::HardSigmoid:
  case ActivationKind::Tanh:
  case ActivationKind::Softsign:
  case ActivationKind::Erf:
  case ActivationKind::Sign: return true;
  default: return false;
  }
}

/// Adds what computes a value, before ops that only move it, if it lies behind the last layers and needs floats.
void addMaker(Value value, const Ops &behind, Ops &tail) {
  Operation *maker = value.getDefiningOp();
  while (maker && behind.contains(maker) && onlyMoves(maker))
    maker = maker->getOperand(0).getDefiningOp();
  if (maker && behind.contains(maker) && !isBounded(maker))
    tail.insert(maker);
}

/// Decoding steps with what follows from them and what leads to them.
Ops tailOf(const Ops &behind) {
  Ops tail;
  for (Operation *op : behind)
    if (decodes(op))
      tail.insert(op);
  for (size_t i = 0; i < tail.size(); ++i) { // grows while it is walked
    for (Operation *user : tail[i]->getUsers())
      if (behind.contains(user))
        tail.insert(user);
    for (Value operand : tail[i]->getOperands())
      addMaker(operand, behind, tail);
  }
  return tail;
}

struct MarkFloatTail : impl::MarkFloatTailBase<MarkFloatTail> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    Ops tail = tailOf(behindLastLayers(func));
    for (Operation *op : tail)
      op->setAttr(kInFloats, UnitAttr::get(&getContext()));
    numMarked += tail.size();
  }
};

} // namespace
} // namespace wino
