// LowerToNeon: declaration of the pass that turns the integer graph into NEON kernels.
def LowerToNeon : Pass<"wino-lower-to-neon", "mlir::ModuleOp"> {
  let summary = "Turn the integer graph into ARMv8 NEON kernels on bare pointers";
  let description = [{
    Every op of `@main` becomes a call of a kernel with fixed shapes. Convolutions use register tiles of smull/smlal2/sadalp,
    sdot or smmla, whichever `target` has (8 bits), or smlal by lane (16-bit taps); transforms run on 8 x int16 and 4 x int32
    lanes with sqrdmulh, srshr and saturating narrowing. Nothing else beyond ARMv8.0 is used. Code for in-order targets is
    ordered by the issue model of lib/Machine. Ops whose results are f32 become float kernels (fmla by lane; Reference/FloatOps.h states every sum).
    Requires: `wino-plan-arena` on an integer graph.  Guarantees: same bits as the reference interpreter; no op of the
    winograd dialect is left.
    (* example test/passes/Lower/LowerToNeon/doctest.mlir *)
  }];
  let options = [Option<"prefix", "prefix", "std::string", "\"model\"", "Prefix of every symbol">,
                 Option<"target", "target", "std::string", "\"cortex-a53\"", "Arm core that runs the code">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::func::FuncDialect",
                           "::mlir::arm_neon::ArmNeonDialect"];
}
