// FuseActivation: declaration of the pass that puts activations into the ops before them.
#ifndef WINO_PASSES_IMPORT_FUSEACTIVATION_TD
#define WINO_PASSES_IMPORT_FUSEACTIVATION_TD

include "mlir/Pass/PassBase.td"

def FuseActivation : Pass<"wino-fuse-activation", "mlir::func::FuncOp"> {
  let summary = "Fuse relu, clip, leaky_relu and sigmoid into the convolution, matrix product or arithmetic op before them";
  let description = [{
    `winograd.activate` disappears when (1) it changes no value: relu after relu, clip to an interval that holds every value of
    its producer's activation, leaky_relu of slope 1; (2) it is relu, clip, leaky_relu or sigmoid and its producer a `winograd.conv_2d`, `fully_connected`,
    `add`, `sub`, `mul`, `maximum` or `minimum` without activation and with no other use: it becomes the producer's `activation`, also through ops
    without other use that only put numbers elsewhere (slice, reshape, transpose, repeat, depth_to_space, space_to_depth); (3) its producer carries a relu or clip, has
    no other use, and itself is relu or clip: both become one interval. Clip to [0, inf) is written as relu, leaky_relu of slope 0 too.
    A clip with `winograd.file_scale` (wino-fold-quantize) goes the same way, past maxima too, and takes its attribute along. One that changes
    nothing disappears where the op that makes its numbers has that attribute or takes it, a clip of a softmax to nearly 1 in any case.
    Requires: nothing.  Guarantees: a remaining `winograd.activate` has no producer that could take it in,
    or a function whose argument needs a scale of its own, as exp.
    (* example test/passes/Import/FuseActivation/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFused", "num-fused", "Activations taken in by their producer">,
                    Statistic<"numRemoved", "num-removed", "Activations that changed nothing">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
