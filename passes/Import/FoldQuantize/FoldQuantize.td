// FoldQuantize: declaration of the pass that reads the scales of a quantized model.
#ifndef WINO_PASSES_IMPORT_FOLDQUANTIZE_TD
#define WINO_PASSES_IMPORT_FOLDQUANTIZE_TD

include "mlir/Pass/PassBase.td"

def FoldQuantize : Pass<"wino-fold-quantize", "mlir::func::FuncOp"> {
  let summary = "Read QuantizeLinear and DequantizeLinear as the scale of a tensor instead of arithmetic";
  let description = [{
    The importer writes both operators as the arithmetic that ONNX says they are: clip(round(x / s) + z) and (q - z) s. Where one scale and
    zero point hold for the whole tensor and everything that reads q takes z and s off again, also behind ops that only move numbers, and where there
    are at least 127 steps (rounding to fewer is part of the network), what is left of the pair is the clip of x to [(low - z) s, (high - z) s], with `winograd.file_scale`: s and the range of q - z. The
    rounding goes: integers do it themselves, and the float graph becomes the network that they approximate. A function's argument that
    nothing else reads, also behind moves, takes the attribute itself, without a clip: its caller stores it.

    Who follows it: wino-fuse-activation moves clip and attribute into the op that makes x; wino-attach-profile predicts noise from that
    step; wino-quantize-graph gives the tensor the file's scale where u8 or i8 without zero point holds q - z (z at an end of the range,
    or in its middle), and a calibrated one inside the file's range elsewhere, and drops clips that storing does as well. A tensor that is not
    stored, such as one inside of a sum, is not rounded, nor cut where calibration saw next to nothing beyond.

    Requires: nothing. Only for integers: with --precision=fp32 and fp16, and where wino-run computes a model, the roundings stay.
    Guarantees: each such tensor changes by at most half a step.
    (* example test/passes/Import/FoldQuantize/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFolded", "num-folded", "Tensors with a scale of the file">,
                    Statistic<"numExact", "num-exact", "Those that a type without zero point holds">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
