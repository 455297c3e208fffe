// OptimizeTransforms: declaration of the pass that adapts A, B and G of planned layers to their data.
#ifndef WINO_PASSES_QUANTIZE_OPTIMIZETRANSFORMS_TD
#define WINO_PASSES_QUANTIZE_OPTIMIZETRANSFORMS_TD

include "mlir/Pass/PassBase.td"

def OptimizeTransforms : Pass<"wino-optimize-transforms", "mlir::func::FuncOp"> {
  let summary = "Adapt the matrices of Winograd plans to each layer's data and to the rounding of its taps (PAW)";
  let description = [{
    For each `winograd.conv_2d` whose plan has taps of at most 8 bits and 32-bit or 16-bit sums: minimises the error of the layer's output over
    tiles of its calibration inputs, in A, B and G together (lib/Calibrate/README.md, "Optimised transforms"). Where the error on images that the
    search did not learn from falls by at least 1 %, the plan becomes the tile with these matrices stated, `winograd.tap_stats` gets its
    statistics, `winograd.transform_error = array<f64: before, after>` (relative, of the layer alone) and a clause in `winograd.why` say what
    was won. Other plans stay as they are, as do tiles that state matrices already, and a remark says why.
    Without feature maps (on the command line) inputs are white noise of a fixed seed.
    `symmetric` keeps the mirror symmetry of the points, and with it the shared even and odd parts of the transforms' code.
    Requires: plans, constant f32 filters; runs before wino-quantize-graph.  Guarantees: every changed plan is proved to fit i16 lanes for any
    8-bit input; results do not depend on `threads`.
    (* example test/passes/Quantize/OptimizeTransforms/doctest.mlir *)
  }];
  let options = [
    Option<"symmetric", "symmetric", "bool", "true", "Keep the mirror symmetry of the tile's points">,
    Option<"steps", "steps", "unsigned", "500", "Steps of Adam per layer">,
    Option<"threads", "threads", "unsigned", "2", "Threads, 1 to 64; the result does not depend on it">
  ];
  let statistics = [Statistic<"numOptimized", "num-optimized", "Plans given matrices of their own">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
