// FoldBatchNorm: declaration of the pass that removes batch normalization.
#ifndef WINO_PASSES_IMPORT_FOLDBATCHNORM_TD
#define WINO_PASSES_IMPORT_FOLDBATCHNORM_TD

include "mlir/Pass/PassBase.td"

def FoldBatchNorm : Pass<"wino-fold-batch-norm", "mlir::func::FuncOp"> {
  let summary = "Fold batch normalization, and sums and products per channel, into the producing convolution";
  let description = [{
    With a[f] = scale[f] / sqrt(variance[f] + epsilon), Y = a X + (bias - a mean). Where X is a `winograd.conv_2d` or
    `winograd.fully_connected` with constant filter and bias, no activation and no other use, its filter becomes a[f] W[f] and its
    bias a[f] (b[f] - mean[f]) + bias[f], in double and rounded once to f32; it keeps its node name. Slices of pixels and
    `winograd.depth_to_space` between the two, as a transposed convolution has them, are looked through. Elsewhere the normalization
    becomes a depthwise 1x1 `winograd.conv_2d` (groups = C), between two reshapes where the rank is not 4.

    add, sub and mul with a constant that has one number per channel (a bias of its own node, a learned scale) go the same way into such
    a layer: a[f] is the factor or 1, the addend joins the bias. Where no layer can take them, and where they make an output of the
    network, whose name they give, they stay.
    Requires: constant f32 parameters.  Guarantees: no `winograd.batch_norm` is left; all new constants are finite.
    (* example test/passes/Import/FoldBatchNorm/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFolded", "num-folded", "Normalizations folded into their producer">,
                    Statistic<"numArithmetic", "num-arithmetic", "Sums and products folded into their producer">,
                    Statistic<"numDepthwise", "num-depthwise", "Normalizations turned into depthwise convolutions">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::wino::WinogradDialect"];
}

#endif
