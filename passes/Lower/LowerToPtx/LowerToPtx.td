// LowerToPtx: declaration of the pass that turns the integer graph into kernels for NVIDIA GPUs.
def LowerToPtx : Pass<"wino-lower-to-ptx", "mlir::ModuleOp"> {
  let summary = "Turn the integer graph into a gpu.module of kernels and a list of launches";
  let description = [{
    Every op of the graph becomes one or more kernels in `@<prefix>_kernels` and as many `gpu.launch_func` in
    `@<prefix>_run_impl(arena, weights, inputs.., outputs..)`, whose order is that of the graph. All pointers are addresses
    on the device; constants of all kernels are one block of bytes, `@<prefix>_weights`, that the caller brings there. A
    kernel's grid and block are constants. Direct and Winograd layers have kernels of their own, all else takes the
    emitters of wino-lower-to-neon, whose loops become threads.
    Requires: `wino-plan-arena=target=sm_80` (or another chip) on an integer graph.  Guarantees: same bits as the reference
    interpreter; no op of the winograd dialect is left.
    (* example test/passes/Lower/LowerToPtx/doctest.mlir *)
  }];
  let options = [Option<"prefix", "prefix", "std::string", "\"model\"", "Prefix of every symbol">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::NVVM::NVVMDialect"];
}
