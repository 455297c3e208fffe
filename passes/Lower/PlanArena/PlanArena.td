// PlanArena: declaration of the pass that places every tensor in one arena.
def PlanArena : Pass<"wino-plan-arena", "mlir::func::FuncOp"> {
  let summary = "Give every tensor and every kernel's scratch an offset in one arena";
  let description = [{
    A tensor lives from the op that makes it to its last use; scratch lives during its op; a reshape that moves no byte shares
    its input's memory. Buffers are placed largest first at the lowest offset where no live buffer is (greedy best fit), all
    64-byte aligned. The result is `wino.offset` and `wino.scratch` per op, `wino.packed` per argument that needs padded
    channels, and `wino.arena_bytes` on the function, with `wino.arena_target` if the target has kernels of its own.
    Requires: an integer graph (`wino-fold-filter`).  Guarantees: buffers that live at the same time do not overlap.
    (* example test/passes/Lower/PlanArena/doctest.mlir *)
  }];
  let options = [Option<"target", "target", "std::string", "\"cortex-a53\"",
                        "Whose kernels' scratch is planned; x86-64 has kernels of its own, all other names mean the shared ones">];
  let statistics = [Statistic<"numBuffers", "num-buffers", "Buffers placed in the arena">];
}
