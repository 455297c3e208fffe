// FuseResidual: declaration of the pass that puts residual sums into convolutions.
#ifndef WINO_PASSES_QUANTIZE_FUSERESIDUAL_TD
#define WINO_PASSES_QUANTIZE_FUSERESIDUAL_TD

include "mlir/Pass/PassBase.td"

def FuseResidual : Pass<"wino-fuse-residual", "mlir::func::FuncOp"> {
  let summary = "Put a sum into the convolution before it, which then adds its residual before the only rounding";
  let description = [{
    `winograd.add` of a convolution and another map disappears: the convolution moves to its place and gets the other operand as
    `residual`, with the sum's activation, statistics and location; `winograd.layer` keeps the convolution's node name. Two roundings to
    8 bits become one (lib/Numerics, E52), and the sum's own pass through memory is saved.

    Which sums: those of `Dialect/ResidualSum.h`. The convolution has no other reader and no activation, one group and products
    of 32 bits; the other operand is computed by an op; the sum's activation is none, relu or clip. Of two
    convolutions the one whose own rounding would have the larger step (`clip_s8` of its statistics) takes the sum, else the later one.

    Requires: the float graph, planned. Not for GPUs and QDQ models, which have no form of it.
    Guarantees: no such sum is left.
    (* example test/passes/Quantize/FuseResidual/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFused", "num-fused", "Sums that became a convolution's">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
