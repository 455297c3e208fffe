// ListCandidates: declaration of the pass that prices the algorithms each convolution could use.
#ifndef WINO_PASSES_PLAN_LISTCANDIDATES_TD
#define WINO_PASSES_PLAN_LISTCANDIDATES_TD

include "mlir/Pass/PassBase.td"

def ListCandidates : Pass<"wino-list-candidates", "mlir::func::FuncOp"> {
  let summary = "List, for each convolution, the algorithms it could use with predicted cycles and error";
  let description = [{
    Every `winograd.conv_2d` gets `winograd.candidates`, an array of {plan, cycles, error}: direct first, then, for a kernel of 3, 5 or 7
    rows and columns, or of one row or column, with stride 1 (3x3 kernels: 1 or 2), dilation 1 and one group, every tile of `Target/Candidates.h` for maps and
    kernels of its size whose integer ranges are proved to fit (5x5 and 7x7 kernels get tiles only from policies and plans). Tiles whose
    two directions differ are among them where the kernel's do, and on maps that they cover with fewer products than square ones; F(6,3), F(7,3) and F(8,3) of 16-bit taps where they have at least 5 % fewer products than
    quieter tiles of such taps. `products` sets the type of their sums (lib/Numerics, section 6).
    `cycles` is the cost model's (lib/Target/README.md, E1 to E10); `error` is the noise-to-signal power of the layer's output
    (E11 to E17), from the statistics of `wino-attach-profile` where they are there and from the tile's noise gain elsewhere.
    Requires: constant filters; best after `wino-attach-profile`.  Guarantees: every convolution has a direct candidate, and
    every other one satisfies conv_2d (C6). The function names the target as `winograd.target`, and rules of clipping
    other than mse as `winograd.tap_clip` and `winograd.filter_clip`, for later predictions, and `products` other than i32 as
    `winograd.products`.
    `float-taps` adds tiles with taps in floats, not for GPUs; a layer whose numbers do not fit has none.
    With `precision` fp32 or fp16 the network stays one of floats (`winograd.precision` of the function): tiles have f32 taps, for fp16
    also f16 ones where `winograd.interval` of the layer's input proves that they fit; where no tile of these taps fits, `winograd.taken_back` names the stage that lacks
    least, and its head-room. f32 taps must fit as well where the interval is finite and `precision` is fp16.
    Layers for which `policy` or `plan` says `precision: fp32` get `winograd.in_floats` here, and the candidates of a network in fp32.
    (* example test/passes/Plan/ListCandidates/doctest.mlir *)
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cortex-a53\"", "Processor whose cycles are predicted">,
    Option<"products", "products", "std::string", "\"i32\"", "Type of the sums of tap products of every candidate: i8, i16 or i32">,
    Option<"keepSums", "keep-sums", "bool", "false", "Sums of maps will stay ops of their own: no layer's price holds one">,
    Option<"tapClip", "tap-clip", "std::string", "\"mse\"", "As of wino-decompose-conv, for the prediction: max, percentile or mse">,
    Option<"filterClip", "filter-clip", "std::string", "\"mse\"", "Likewise: max or mse">,
    Option<"precision", "precision", "std::string", "\"mixed\"", "fp32, fp16: a network of floats; otherwise one of integers">,
    Option<"policy", "policy", "std::string", "\"\"", "Policy file (YAML), for the layers that it keeps in floats">,
    Option<"plan", "plan", "std::string", "\"\"", "Locked plan file (YAML), likewise">,
    Option<"floatTaps", "float-taps", "std::string", "\"none\"", "Tiles with taps in floats as well: f16, f32, all or none">];
  let statistics = [Statistic<"numCandidates", "num-candidates", "Winograd candidates listed">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
