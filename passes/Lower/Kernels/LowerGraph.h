// LowerGraph: from the integer graph with arena offsets to functions on bare pointers, for any instruction set.
// The passes LowerToNeon and LowerToX86 supply the Isa; the order of calls is the order of the graph.
#ifndef WINO_LOWER_KERNELS_LOWERGRAPH_H
#define WINO_LOWER_KERNELS_LOWERGRAPH_H

#include "Lower/Kernels/Isa.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Replaces `@main` of the module by `@<prefix>_run_impl(arena, inputs.., outputs..)` and one private function per
/// distinct kernel, puts the packed constants into the section `.rodata.<prefix>.weights`, and sets the `wino.*` module
/// attributes that Emit/ModelInterface.h reads. Emits a diagnostic naming the layer and fails on an op that has no
/// integer kernel.
mlir::LogicalResult lowerGraph(mlir::ModuleOp module, const Isa &isa, llvm::StringRef prefix);

} // namespace wino

#endif
