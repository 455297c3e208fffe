// LowerToX86: declaration of the pass that turns the integer graph into AVX2 kernels.
def LowerToX86 : Pass<"wino-lower-to-x86", "mlir::ModuleOp"> {
  let summary = "Turn the integer graph into x86-64 (AVX2) kernels on bare pointers";
  let description = [{
    The same kernels as wino-lower-to-neon with pmaddwd for 8-bit products and pmulhrsw for the 16-bit rounding multiply, so
    that a network can be run and checked on the build host.
    Requires: `wino-plan-arena` on an integer graph.  Guarantees: same bits as the reference interpreter; no op of the
    winograd dialect is left.
    (* example test/passes/Lower/LowerToX86/doctest.mlir *)
  }];
  let options = [Option<"prefix", "prefix", "std::string", "\"model\"", "Prefix of every symbol">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect"];
}
