// RoundFilter: declaration of the pass that rounds filter taps with a look at the layer's input.
#ifndef WINO_PASSES_QUANTIZE_ROUNDFILTER_TD
#define WINO_PASSES_QUANTIZE_ROUNDFILTER_TD

include "mlir/Pass/PassBase.td"

def RoundFilter : Pass<"wino-round-filter", "mlir::func::FuncOp"> {
  let summary = "Round filter taps for a small error of the layer's output instead of each tap, and correct its mean";
  let description = [{
    `gptq`: with the scales of wino-decompose-conv, the integers v that make the layer's squared output error small, by sequential
    rounding with error feedback (GPTQ) over all taps and input channels together, then coordinate descent (lib/Numerics, E30 to E33).
    The input taps are those that the integer pipeline computes from feature maps of calibration images, plus white `noise`. A layer
    with more unknowns K*K*C_in than `max-unknowns` is rounded tap by tap; without maps (the pass run alone), or with more input
    channels than that, inputs count as white noise. Only taps of at most 8 bits; others, and `nearest`, are left to wino-fold-filter.
    Multipliers were chosen for other integers: an output channel whose ranges would not fit keeps rounding to nearest. Each of these
    exceptions is a remark.

    `bias-correction`: adds the difference of the mean outputs, float against integer, to the integer bias of the output transform.
    It needs maps. A channel whose bias would not fit keeps its own.

    Requires: wino-decompose-conv.  Guarantees: what wino-prove-ranges accepted before, it accepts afterwards; the same bytes for
    any number of threads.
    (* example test/passes/Quantize/RoundFilter/doctest.mlir *)
  }];
  let options = [
    Option<"rounding", "rounding", "std::string", "\"gptq\"", "gptq or nearest">,
    Option<"biasCorrection", "bias-correction", "bool", "false", "Correct the mean of each output channel">,
    Option<"noise", "noise", "double", "2", "White noise added to the maps, in parts of their power times unknowns per sample output">,
    Option<"sweeps", "sweeps", "unsigned", "4", "Sweeps of coordinate descent, at most">,
    Option<"maxUnknowns", "max-unknowns", "unsigned", "7168", "Unknowns of one factorization, at most; memory is 8 bytes times the square">,
    Option<"threads", "threads", "unsigned", "2", "Threads; the result does not depend on it">
  ];
  let statistics = [
    Statistic<"numRounded", "num-rounded", "Filters rounded by gptq">,
    Statistic<"numKept", "num-kept", "Output channels that kept rounding to nearest for their ranges">,
    Statistic<"numCorrected", "num-corrected", "Layers whose bias was corrected">
  ];
  let dependentDialects = ["::wino::WinogradDialect", "::mlir::arith::ArithDialect"];
}

#endif
