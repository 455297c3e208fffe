// PlanArena: declaration of the pass that places every tensor in one arena.
def PlanArena : Pass<"wino-plan-arena", "mlir::func::FuncOp"> {
  let summary = "Give every tensor and every kernel's scratch an offset in one arena";
  let description = [{
    A tensor lives from the op that makes it to its last use; scratch lives during its op; a reshape that moves no byte shares
    its input's memory; the result of a convolution or max pool whose only reader is a concat of channels lies in the concat's
    result, if both have whole vectors of 16 channels there. Buffers are placed largest first at the lowest offset where no live
    buffer is, all 64-byte aligned; where that takes more than the largest sum of live buffers, the buffer at the arena's end is
    placed first and all others again, up to 63 times, and the smallest arena is kept. The result is `wino.offset` and
    `wino.scratch` per op, `wino.packed` per argument that needs padded channels, and on the function `wino.arena_bytes`,
    `wino.live_bytes`, the largest sum of buffers that live at the same time (no arena could be smaller), and
    `wino.arena_target` if the target has kernels of its own.
    With `workers` = N > 1, ops whose kernels come in pieces get scratch for N workers and `wino.workers`, unless they take
    fewer than `least-shared` cycles (x86-64: eight times as many; Arm cores with dot products: four times) by a rough count; the function gets `wino.max_workers`.
    For a GPU, convolutions whose blocks of threads are too few for it get `wino.ranges` and scratch for the sums of so many
    ranges of their depth; Winograd layers whose blocks of products transform their own tiles get `wino.fused` and no scratch for U (lib/Target/DeviceModel).
    Requires: an integer graph (`wino-fold-filter`).  Guarantees: buffers that live at the same time do not overlap.
    (* example test/passes/Lower/PlanArena/doctest.mlir *)
  }];
  let options = [Option<"target", "target", "std::string", "\"cortex-a53\"",
                        "Whose kernels' scratch is planned; x86-64 and sm_NN have kernels of their own, all other names mean the shared ones">,
                 Option<"workers", "workers", "int64_t", "1", "Threads that may share a layer, at most">,
                 Option<"leastShared", "least-shared", "int64_t", "8000",
                        "Cycles of a layer from which on it is shared; below, handing it out costs more than it gains">,
                 Option<"ranges", "ranges", "int64_t", "0",
                        "GPUs: into how many ranges, summed apart, the depth of products is cut, at most 32 and as far as it has so many steps; 0: as the cost model says">,
                 Option<"fuse", "fuse", "std::string", "\"auto\"",
                        "GPUs: whether blocks of tap products transform their own tiles: always where a tile allows it, never, or auto, as the cost model says">];
  let statistics = [Statistic<"numBuffers", "num-buffers", "Buffers placed in the arena">,
                    Statistic<"numShared", "num-shared", "Ops that workers share">];
}
