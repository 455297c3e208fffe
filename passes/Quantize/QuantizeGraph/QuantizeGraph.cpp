// QuantizeGraph: float graph to integer graph. ChooseTypes picks scales, QuantizeOps rewrites ops; this file runs them
// over a function.
#include "Quantize/QuantizeGraph/QuantizeOps.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_QUANTIZEGRAPH
#include "wino/Passes/Passes.h.inc"

namespace {

struct QuantizeGraph : impl::QuantizeGraphBase<QuantizeGraph> {
  using QuantizeGraphBase::QuantizeGraphBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    FailureOr<TensorTypes> types = chooseTypes(func, wideHead);
    if (failed(types) || failed(rewrite(func, *types)))
      signalPassFailure();
  }

private:
  LogicalResult rewrite(func::FuncOp func, const TensorTypes &types) {
    for (BlockArgument arg : func.getArguments())
      arg.setType(cast<RankedTensorType>(arg.getType()).clone(types.of.lookup(arg)));
    OpQuantizer quantizer(types, &getContext());
    Block &body = func.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(body))
      if (failed(quantizer.quantize(&op)))
        return failure();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isa<arith::ConstantOp>(op) && op.use_empty())
        op.erase();
    for (Value result : body.getTerminator()->getOperands())
      if (!quantizedType(result))
        return func.emitError() << "expected computed results, got a constant";
    func.setType(FunctionType::get(&getContext(), body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
    numRequantize += quantizer.numRequantize;
    numLookups += quantizer.numLookups;
    return success();
  }
};

} // namespace
} // namespace wino
