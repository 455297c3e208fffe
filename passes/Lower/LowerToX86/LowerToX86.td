// LowerToX86: declaration of the pass that turns the integer graph into AVX2 kernels.
def LowerToX86 : Pass<"wino-lower-to-x86", "mlir::ModuleOp"> {
  let summary = "Turn the integer graph into x86-64 (AVX2) kernels on bare pointers";
  let description = [{
    Convolutions of one group and sums have kernels of their own: all products by vpmaddwd on pairs of 16-bit channels, in
    register blocks of 16 output channels; transforms on 16 x int16 and 8 x int32 lanes. Everything else takes the kernels of
    wino-lower-to-neon, with vpmulhrsw for the 16-bit rounding multiply. Nothing beyond AVX2 is used,
    but in ops whose results are f32: those fuse (FMA), in the order of Reference/FloatOps.h.
    Requires: `wino-plan-arena=target=x86-64` on an integer graph.  Guarantees: same bits as the reference interpreter; no op of the
    winograd dialect is left.
    (* example test/passes/Lower/LowerToX86/doctest.mlir *)
  }];
  let options = [Option<"prefix", "prefix", "std::string", "\"model\"", "Prefix of every symbol">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::func::FuncDialect"];
}
