// FactorScales: declaration of the pass that makes tap products leave in 8 or 16 bits.
#ifndef WINO_PASSES_QUANTIZE_FACTORSCALES_TD
#define WINO_PASSES_QUANTIZE_FACTORSCALES_TD

include "mlir/Pass/PassBase.td"

def FactorScales : Pass<"wino-factor-scales", "mlir::func::FuncOp"> {
  let summary = "Keep the tap products of plans with out=i8 or out=i16 in that type, with factorized scales";
  let description = [{
    Where a plan says `out=i8` or `out=i16`, `winograd.tap_matmul` rounds its sums to that type, and `winograd.output_transform`
    brings them back to one unit. One step of O_ijf is alpha_i beta_j sigma_f (`lib/Numerics`, E20 to E24): alpha, beta and sigma are the
    least squares fit, in logarithms, of the sizes (rms) of O_ijf, times a clip of least squared error. Sizes and clip are measured on
    feature maps where the compiler has them. Without, sizes follow from the rms of the taps in `winograd.tap_stats` (or of white input)
    and from the filter, with input channels taken as uncorrelated, and the clip is that of a Laplace distribution.
    Layers without `out=` stay as they are. The compiler has feature maps where it has images, not with a saved profile alone.

    Requires: wino-decompose-conv, before wino-fold-filter.  Guarantees: the products of every Winograd layer have the type that its
    plan says.
    (* example test/passes/Quantize/FactorScales/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFactored", "num-factored", "Layers whose products were given factorized scales">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
