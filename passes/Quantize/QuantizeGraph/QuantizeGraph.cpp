// QuantizeGraph: float graph to integer graph. ChooseTypes picks scales, QuantizeOps rewrites ops; this file runs them
// over a function.
#include "Quantize/QuantizeGraph/QuantizeOps.h"
#include "Quantize/QuantizeGraph/StoredClips.h"
#include "wino/Dialect/Head.h"
#include "wino/Dialect/InFloats.h"
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
    if (!wideHead || !hasHead(func)) {
      if (failed(quantize(func, false)))
        signalPassFailure();
      return;
    }
    // Steps 16 times finer ask for factors 16 times larger, which need not fit: then the head has bytes like the rest,
    // and an error that has other reasons is reported then.
    OwningOpRef<func::FuncOp> before = func.clone();
    std::string reason;
    {
      ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
        if (reason.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
          reason = diagnostic.str();
        return success();
      });
      if (succeeded(quantize(func, true)))
        return;
    }
    func.getBody().takeBody(before->getBody());
    if (failed(quantize(func, false)))
      return signalPassFailure();
    emitRemark(func.getLoc()) << "the network's head is kept in bytes: " << reason;
  }

private:
  static bool hasHead(func::FuncOp func) {
    return func
        .walk([](Operation *op) {
          return op->getNumResults() == 1 && isHead(op->getResult(0)) ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }

  LogicalResult quantize(func::FuncOp func, bool hasWideHead) {
    dropStoredClips(func);
    ComposedTables tables;
    if (composesTables)
      tables = composeTables(func);
    FailureOr<TensorTypes> types = chooseTypes(func, hasWideHead, tables);
    return failed(types) ? failure() : rewrite(func, *types, tables);
  }

  LogicalResult rewrite(func::FuncOp func, const TensorTypes &types, const ComposedTables &tables) {
    for (BlockArgument arg : func.getArguments())
      arg.setType(cast<RankedTensorType>(arg.getType()).clone(types.of.lookup(arg)));
    OpQuantizer quantizer(types, tables, &getContext());
    Block &body = func.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(body))
      if (failed(quantizer.quantize(&op)))
        return failure();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if ((isa<arith::ConstantOp>(op) || tables.inside.contains(&op) || tables.of.contains(&op)) && op.use_empty())
        op.erase();
    for (Value result : body.getTerminator()->getOperands())
      if (!quantizedType(result) && !(result.getDefiningOp() && result.getDefiningOp()->hasAttr(kInFloats)))
        return func.emitError() << "expected computed results, got a constant";
    func.setType(FunctionType::get(&getContext(), body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
    numRequantize += quantizer.numRequantize;
    numLookups += quantizer.numLookups;
    return success();
  }
};

} // namespace
} // namespace wino
