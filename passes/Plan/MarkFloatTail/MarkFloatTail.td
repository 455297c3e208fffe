// MarkFloatTail: declaration of the pass that finds what decodes boxes behind the last layers.
#ifndef WINO_PASSES_PLAN_MARKFLOATTAIL_TD
#define WINO_PASSES_PLAN_MARKFLOATTAIL_TD

include "mlir/Pass/PassBase.td"

def MarkFloatTail : Pass<"wino-mark-float-tail", "mlir::func::FuncOp"> {
  let summary = "Mark the ops behind the last layers that place offsets in the picture, to be computed in floats";
  let description = [{
    A detector ends in arithmetic that turns small offsets into places: priors, anchors or a grid of centres, constants that differ
    from place to place, are added to or multiplied with what the last convolutions found. The sum spans the picture, so that 8 bits of one
    scale are several pixels apart, although each offset was known to a fraction of a pixel. Such ops get `winograd.in_floats`;
    wino-quantize-graph leaves them in floats, behind a `winograd.dequantize`, and they are few numbers.

    The rule. *Behind the last layers* are elementwise ops, softmax, and ops that move elements, whose results reach the outputs
    through nothing else: no convolution, fully connected layer, pool or reduction. Among them a *decoding step* is an add, sub, mul,
    maximum or minimum with a constant operand that is not the same everywhere; of a map of rank 4, not the same over all pixels of a channel.
    The tail is every decoding step, what reads a member of the tail, and what computes or joins an operand of a member, through ops of one
    operand that only move elements: but not functions whose results lie in a fixed interval (sigmoid, softmax, tanh and the like), for which 8
    bits are good steps of that interval. Such ops, and moves of integers before the tail, stay integers: their readers get the floats.

    Requires: the float graph.  Guarantees: what reads an op with `winograd.in_floats` has it too, or is the function's return.
    (* example test/passes/Plan/MarkFloatTail/doctest.mlir *)
  }];
  let statistics = [Statistic<"numMarked", "num-marked", "Ops left in floats">];
}

#endif
