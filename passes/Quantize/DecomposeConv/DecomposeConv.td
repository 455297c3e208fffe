// DecomposeConv: declaration of the pass that turns planned convolutions into their three Winograd stages.
#ifndef WINO_PASSES_QUANTIZE_DECOMPOSECONV_TD
#define WINO_PASSES_QUANTIZE_DECOMPOSECONV_TD

include "mlir/Pass/PassBase.td"

def DecomposeConv : Pass<"wino-decompose-conv", "mlir::func::FuncOp"> {
  let summary = "Turn convolutions with a Winograd plan into input transform, filter transform, tap products and output transform";
  let description = [{
    Chooses every scale of the integer Winograd pipeline (`Numerics/TapScales.h`):
    input taps of 4 to 8 bits: clip of `winograd.tap_stats` for the plan's tile and the format's bits, by `tap-clip`: largest value,
    99.9th percentile or least squared error; at most the proven bound (the bound itself without statistics), then the
    value that the 16-bit multiplier really gives, so that its rounding causes no error; input taps i16: none;
    filter taps: one scale per (tap, output channel), i4 to i8 by `filter-clip`: largest value or least squared error, coarser where
    the int32 accumulator asks for it; i16 as fine as the accumulator allows;
    for targets that know fewer scales, `input-scales=tensor` makes all input taps of at most 8 bits share one, `filter-scales` those
    of a tap, of an output channel or all; `balance-rows` then finds factors d and e of rows for which such scales fit all taps: U_ij
    has the scale s / (d_i d_j), V_ijf s_f e_i e_j, with e = d (paired) or not (free) (lib/Numerics, section 9);
    output: one common power-of-two fraction 2^-shift of the result's scale, the finest for which all multipliers and bounds fit.
    `winograd.output_rounding` on the result says how many steps (rms, at the worst output) the rounding of O to that fraction may add;
    more than 16 is a warning: such a tile's output matrix spans too many bits for 32-bit lanes.
    The op's location and discardable attributes go to the `winograd.output_transform`. Tiles with taps in floats become `winograd.float_tiles`,
    in networks of floats too.

    Requires: wino-quantize-graph.  Guarantees: no conv_2d has a Winograd plan.
    (* example test/passes/Quantize/DecomposeConv/doctest.mlir *)
  }];
  let options = [
    Option<"tapClip", "tap-clip", "std::string", "\"mse\"", "Clip of input taps of at most 8 bits: max, percentile or mse">,
    Option<"filterClip", "filter-clip", "std::string", "\"mse\"", "Clip of filter taps of at most 8 bits: max or mse">,
    Option<"inputScales", "input-scales", "std::string", "\"tap\"", "Scale of input taps of at most 8 bits: one per tap or tensor">,
    Option<"filterScales", "filter-scales", "std::string", "\"tap-channel\"", "Scale of filter taps: one per tap-channel, tap, channel or tensor">,
    Option<"balanceRows", "balance-rows", "std::string", "\"none\"", "Factors of the rows of B and G where taps share a scale: none, paired or free">];
  let statistics = [Statistic<"numDecomposed", "num-decomposed", "Convolutions turned into Winograd stages">];
  let dependentDialects = ["::wino::WinogradDialect", "::mlir::arith::ArithDialect"];
}

#endif
