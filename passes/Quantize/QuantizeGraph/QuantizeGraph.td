// QuantizeGraph: declaration of the pass that turns the calibrated float graph into an integer one.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_TD
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_TD

include "mlir/Pass/PassBase.td"

def QuantizeGraph : Pass<"wino-quantize-graph", "mlir::func::FuncOp"> {
  let summary = "Choose the scale of every tensor and replace float arithmetic by 8-bit arithmetic with written-down rounding";
  let description = [{
    Scales: a tensor that cannot be negative (calibrated minimum >= 0, or the result of relu, sigmoid, softmax, or a clip at >= 0)
    is u8 with scale clip_u8 / 255, every other i8 with scale clip_s8 / 127; scales are binary32 values. The scale of a quantized
    model's file (`winograd.file_scale`, wino-fold-quantize) comes before that, in the head too, where u8 or i8 without zero point holds its integers. A tensor that
    calibration never saw move counts as clip 1. Ops that only move or pick numbers (max_pool_2d, reduce_max,
    reshape, transpose, slice, pad, repeat, depth_to_space, space_to_depth) keep their input's type. A concat has the type of its operands' largest range (i8 if one of them is); an operand of another type is made in that type by its
    producer where the concat is the producer's only reader, and goes through a `winograd.requantize` elsewhere.

    The head of the network keeps more (`wide-head`): logits, and the global mean before them, are i16 in [-4096, 4095] with scale
    2 clip_s8 / 4095, and a softmax of such logits is u16 with scale 1/65536. These are few numbers, each rounded once: in eight bits they
    were a sixth of all noise of ResNet-8, and two classes often had equal logits. Where a factor of the head does not fit its multiplier, the
    head has bytes as well, and a remark says so.

    Weights: conv_2d without a Winograd plan and fully_connected get an i8 filter in [-127, 127] with one scale per output channel,
    max|w| / 127 or the step of which all its numbers are multiples already, an i32 bias and 31-bit multipliers; relu and clip become the clamp. A planned conv_2d gets quantized tensor
    types and the clamp only: its filter and bias stay float, its multipliers are zeros until wino-decompose-conv. leaky_relu and sigmoid
    become a `winograd.lookup` (`winograd.function` keeps what the table is of); the value before it is i8 with clip max(clip_s8, |min| / slope)
    or 8 (sigmoid: 0.0003 from its limits). `winograd.activate` with any function becomes a `winograd.lookup` of the types that its two
    tensors were calibrated to; where the function has no value (log of a negative number) the entry is the type's lowest.
    Chains of add, sub, mul, maximum, minimum and `winograd.activate` that are a function of one tensor, such as a hard swish that is
    written out and scaled, are one lookup as well (`compose-tables`): rounded once, and the tensors between have no scale. Their constants are
    everywhere the same, or everywhere in a channel: then there is a table per channel, up to 512. A single op of arithmetic stays what
    it is, unless its activation is a table.
    Constant operands of add, sub, maximum, minimum and mul become i8 constants with scale max|v| / 127, which the multiplier takes in.

    Ops with `winograd.in_floats` (wino-mark-float-tail, layers that are too noisy in 8 bits) stay as they are; what they read goes through
    `winograd.dequantize`, and what integers read of them through `quant.qcast`.

    Requires: `winograd.stats` on every function argument and on every op that computes new values (wino-attach-profile); no batch_norm.
    Guarantees: every activation tensor that is not in floats is `!quant.uniform` i8 or u8 (in the head i16 or u16) with zero point 0;
    discardable attributes are kept.
    (* example test/passes/Quantize/QuantizeGraph/doctest.mlir *)
  }];
  let options = [Option<"wideHead", "wide-head", "bool", "true", "Keep the network's head in 16 bits">,
                 Option<"composesTables", "compose-tables", "bool", "true",
                        "Make one table of a chain of elementwise ops over one tensor">];
  let statistics = [Statistic<"numRequantize", "num-requantize", "Changes of scale inserted before concats">,
                    Statistic<"numLookups", "num-lookups", "Nonlinearities that became tables">];
  let dependentDialects = ["::wino::WinogradDialect", "::mlir::arith::ArithDialect", "::mlir::quant::QuantizationDialect"];
}

#endif
