// ProveRanges: declaration of the pass that proves every integer stage of a network.
#ifndef WINO_PASSES_QUANTIZE_PROVERANGES_TD
#define WINO_PASSES_QUANTIZE_PROVERANGES_TD

include "mlir/Pass/PassBase.td"

def ProveRanges : Pass<"wino-prove-ranges", "mlir::func::FuncOp"> {
  let summary = "Prove that no integer stage can overflow, from the types, the constants and the transforms alone";
  let description = [{
    Computes bounds anew from the final integer graph and trusts no pass before it (in floats: shares lib/Dialect's interval arithmetic with wino-store-halves). Inputs: all values of the stored type.
    Accumulators: the actual constants. Input transform: the interval proof of the transform's code. Output transform: the actual
    multipliers, bias and rounding addend; sums inside the transform may wrap modulo 2^32, the final value may not.
    i8 weights must be in [-127, 127], so that a pair of products with i8 inputs fits 16 bits, and filter taps within the limit of
    the plan's format (7 for i4, 127 for i8); input taps of b <= 8 bits count as 2^(b-1).
    Attaches `winograd.ranges = {stage = bound}` and `winograd.headroom_bits` (least whole bits between a bound and its type's limit).
    Input and output transform of a layer must name the same plan and output size.
    In a network of floats (`winograd.precision` of the function) the stages are maps stored in 16 bits and tiles with taps in floats, whose
    intervals are followed anew from the clips of the graph (lib/Numerics, section 14) and must lie within those stated in `winograd.interval`.
    A stage that does not fit is an error: layer 'conv1': expected tap products within i32 (2147483647), got bound 5.1e+09.

    Requires: wino-fold-filter.  Guarantees: every remaining op is an integer op whose stages fit their types, or one of floats whose halves are not infinite.
    (* example test/passes/Quantize/ProveRanges/doctest.mlir *)
  }];
  let statistics = [Statistic<"numStages", "num-stages", "Stages proved">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
