// Which tensors belong to a network's head: a walk along uses.
#include "wino/Dialect/Head.h"

#include "wino/Dialect/FileScale.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {

static bool isGlobalMean(Operation *op) {
  if (auto pool = dyn_cast_or_null<AvgPool2DOp>(op))
    return shapeOf(pool.getOutput())[2] == 1 && shapeOf(pool.getOutput())[3] == 1;
  auto mean = dyn_cast_or_null<ReduceMeanOp>(op);
  return mean && shapeOf(mean.getInput()).size() == 4 && mean.getAxes() == ArrayRef<int64_t>{2, 3};
}

/// The op that computed the numbers of a value, behind reshapes.
static Operation *makerOf(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value.getDefiningOp();
}

/// An activation that is a clamp or none: others go through a table of 256 entries.
static bool isClamped(FullyConnectedOp op) {
  std::optional<ActivationAttr> activation = op.getActivation();
  return !activation || activation->getKind() == ActivationKind::Relu || activation->getKind() == ActivationKind::Clip;
}

/// Nothing but reshapes lies between the value and the outputs.
static bool isOutput(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    auto reshape = dyn_cast<ReshapeOp>(user);
    return isa<func::ReturnOp>(user) || (reshape && isOutput(reshape.getOutput()));
  });
}

static bool reachesOutputs(Value value) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
        .Case([](func::ReturnOp) { return true; })
        .Case([](ReshapeOp op) { return reachesOutputs(op.getOutput()); })
        .Case([](SoftmaxOp op) { return isOutput(op.getOutput()); })
        .Case([&](FullyConnectedOp op) {
          return use.getOperandNumber() == 0 && shapeOf(value).back() <= headDepth && isGlobalMean(makerOf(value)) &&
                 isClamped(op) && !exactFileScale(op.getOutput()) && reachesOutputs(op.getOutput());
        })
        .Default([](Operation *) { return false; });
  });
}

bool isHead(Value value) {
  Operation *op = value.getDefiningOp();
  auto connected = dyn_cast_or_null<FullyConnectedOp>(op);
  bool isKind = isGlobalMean(op) || (connected && isClamped(connected));
  return isKind && !exactFileScale(value) && reachesOutputs(value);
}

} // namespace wino
