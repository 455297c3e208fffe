// FoldPad: declaration of the pass that moves explicit zero padding into convolutions.
#ifndef WINO_PASSES_IMPORT_FOLDPAD_TD
#define WINO_PASSES_IMPORT_FOLDPAD_TD

include "mlir/Pass/PassBase.td"

def FoldPad : Pass<"wino-fold-pad", "mlir::func::FuncOp"> {
  let summary = "Move zero padding of height and width into the convolutions that read it";
  let description = [{
    A `winograd.pad` with value 0 and amounts only on dimensions 2 and 3 is the same as larger `pads` of a `winograd.conv_2d`.
    Every convolution that reads such a pad reads the pad's input instead; a pad that nobody reads any more is removed.
    Requires: nothing.  Guarantees: no convolution reads a pad that its own `pads` could express.
    (* example test/passes/Import/FoldPad/doctest.mlir *)
  }];
  let statistics = [Statistic<"numFolded", "num-folded", "Convolutions that took in a pad">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
