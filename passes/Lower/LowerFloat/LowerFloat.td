// LowerFloat: declaration of the pass that turns the float graph into host kernels.
def LowerFloat : Pass<"wino-lower-float", "mlir::ModuleOp"> {
  let summary = "Turn the float graph into host kernels on bare pointers, every tensor kept for observation";
  let description = [{
    Used in process for calibration and float evaluation. Tensors are dense NCHW float; each has its own place in the arena, so
    that a caller can read all of them after a run (`wino.tensors`: name, offset in bytes, shape). Sums run in one fixed order
    per output element, whatever the vector width; nothing is contracted or reassociated. Functions are those of Dialect/FloatActivation.h, no libm.
    With `restart` the entry has one pointer more, to an i64 step: only the ops of that step and later run, on whatever the arena
    holds (step i computes entry i of `wino.tensors`), so that a caller can change a tensor and see what follows from it.
    Requires: a float graph without batch_norm.  Guarantees: no op of the winograd dialect is left.
    (* example test/passes/Lower/LowerFloat/doctest.mlir *)
  }];
  let options = [Option<"prefix", "prefix", "std::string", "\"float\"", "Prefix of every symbol">,
                 Option<"restart", "restart", "bool", "false", "Take a last pointer argument: the first step to run">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect"];
}
