// SetBatch: declaration of the pass that makes an integer network of one image one of several.
def SetBatch : Pass<"wino-set-batch", "mlir::func::FuncOp"> {
  let summary = "Turn a network of one image into one of several at a time";
  let description = [{
    The function's `winograd.batch` = N says how many images an inference takes; the cost model counts them from the start (E1 to
    E10), the graph gets them here, when everything that looks at single images is done. Extent 0 of every tensor, the images, becomes
    N, and tap matrices have N times the tiles; constants, scales and requantization stay as they are, so that image i of a result is
    what the network of one image makes of image i, bit for bit. Nothing happens without the attribute, which is taken away.
    Requires: an integer graph (`wino-fold-filter`) of one image per inference.  Guarantees: an op that would mix images, or an
    operand that is a constant in the place of a map, is an error at its layer.
    (* example test/passes/Lower/SetBatch/doctest.mlir *)
  }];
  let dependentDialects = ["::wino::WinogradDialect"];
}
