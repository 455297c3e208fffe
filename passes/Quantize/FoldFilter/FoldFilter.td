// FoldFilter: declaration of the pass that evaluates filter transforms at compile time.
#ifndef WINO_PASSES_QUANTIZE_FOLDFILTER_TD
#define WINO_PASSES_QUANTIZE_FOLDFILTER_TD

include "mlir/Pass/PassBase.td"

def FoldFilter : Pass<"wino-fold-filter", "mlir::func::FuncOp"> {
  let summary = "Replace filter transforms of constant filters by constants of integer taps";
  let description = [{
    V = G W G^T in binary64 in a fixed order of sums, then v = clamp(floor(V / scale + 1/2), -L, L), L = 2^(b-1) - 1 for filter
    taps of b bits: 7 for i4, 127 for i8, 32767 for i16.
    Requires: wino-decompose-conv.  Guarantees: no `winograd.filter_transform` is left; a filter that is not a constant is an error.
    (* example test/passes/Quantize/FoldFilter/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFolded", "num-folded", "Filters transformed">];
  let dependentDialects = ["::wino::WinogradDialect", "::mlir::arith::ArithDialect"];
}

#endif
