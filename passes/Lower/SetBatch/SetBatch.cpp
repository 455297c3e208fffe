// SetBatch: new result types, in order; the verifiers of the ops say whether they fit.
#include "Quantize/LayerError.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_SETBATCH
#include "wino/Passes/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kBatch = "winograd.batch";

/// Which operands are maps of images, not weights; nothing for ops that this pass does not know.
std::optional<unsigned> mapOperands(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<unsigned>>(op)
      .Case<ConcatOp>([](auto o) { return o->getNumOperands(); })
      .Case<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>([](auto) { return 2; })
      .Case<Conv2DOp, FullyConnectedOp, InputTransformOp, TapMatmulOp, OutputTransformOp, FloatTilesOp, MaxPool2DOp,
            AvgPool2DOp, ReduceMeanOp, ReduceMaxOp, SliceOp, PadOp, ReshapeOp, TransposeOp, RepeatOp, DepthToSpaceOp,
            SpaceToDepthOp, SoftmaxOp, RequantizeOp, LookupOp>([](auto) { return 1; })
      .Default([](Operation *) { return std::nullopt; });
}

/// Whether results at one image depend on others, or dimension 0 is none of images.
bool mixesImages(Operation *op) {
  auto has0 = [](ArrayRef<int64_t> axes) { return llvm::is_contained(axes, 0); };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<ReduceMeanOp, ReduceMaxOp>([&](auto o) { return has0(o.getAxes()); })
      .Case<ConcatOp, SoftmaxOp>([](auto o) { return o.getAxis() == 0; })
      .Case<TransposeOp>([](auto o) { return o.getPerm()[0] != 0; })
      .Default([](Operation *) { return false; });
}

struct SetBatch : impl::SetBatchBase<SetBatch> {
  using SetBatchBase::SetBatchBase;

  void runOnOperation() override {
    auto attribute = getOperation()->getAttrOfType<IntegerAttr>(kBatch);
    if (!attribute)
      return;
    getOperation()->removeAttr(kBatch);
    int64_t batch = attribute.getInt();
    if (batch < 1 || batch > 4096) {
      getOperation().emitError() << "expected " << kBatch << " in [1, 4096], got " << batch;
      return signalPassFailure();
    }
    if (batch > 1 && failed(repeat(batch)))
      signalPassFailure();
  }

  static LogicalResult widen(Value value, unsigned dimension, int64_t batch, Operation *layer) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.getRank() == 0 || (dimension == 0 && type.getDimSize(0) != 1))
      return layerError(layer) << "expected one image in dimension 0 to make " << batch << " of, got " << type;
    llvm::SmallVector<int64_t> shape(type.getShape());
    shape[dimension] *= batch;
    value.setType(RankedTensorType::get(shape, type.getElementType()));
    return success();
  }

  LogicalResult repeat(int64_t batch) {
    func::FuncOp main = getOperation();
    for (BlockArgument argument : main.getArguments())
      if (failed(widen(argument, 0, batch, main)))
        return failure();
    for (Operation &op : main.getBody().front().without_terminator()) {
      if (isa<arith::ConstantOp, quant::StorageCastOp>(op))
        continue;
      std::optional<unsigned> maps = mapOperands(&op);
      if (!maps || mixesImages(&op))
        return layerError(&op) << "expected an op that treats images alike to make " << batch << " of, got '"
                               << op.getName().getStringRef() << "'";
      for (Value map : op.getOperands().take_front(*maps))
        if (Operation *made = map.getDefiningOp(); made && isa<arith::ConstantOp, quant::StorageCastOp>(made))
          return layerError(&op) << "expected maps that are computed from images to make " << batch
                                 << " of, got a constant";
      bool hasTiles = isa<InputTransformOp, TapMatmulOp>(op);
      if (failed(widen(op.getResult(0), hasTiles ? 2 : 0, batch, &op)))
        return failure();
    }
    auto results = main.getBody().front().getTerminator()->getOperandTypes();
    main.setFunctionType(FunctionType::get(&getContext(), main.getBody().getArgumentTypes(), results));
    return success();
  }
};

} // namespace
} // namespace wino
