// From a gpu.module in the LLVM dialect to PTX text, by LLVM's NVPTX backend and without a CUDA toolkit.
#ifndef WINO_EMIT_PTXCODE_H
#define WINO_EMIT_PTXCODE_H

#include "wino/Emit/ObjectCode.h"

namespace wino {

/// The code generation target of a GPU, `name` as in --target, `version` as in 8.0; empty: the oldest version of PTX
/// that knows the chip. An error names what is known.
llvm::Expected<CodegenTarget> ptxTarget(llvm::StringRef name, llvm::StringRef version);

struct PtxCode {
  std::string ir;  ///< LLVM IR after all optimizations: what PTX is made of, and what tests run without a GPU
  std::string ptx; ///< text
};

/// Compiles the only gpu.module of `module`. Same bytes for the same input, on any host.
llvm::Expected<PtxCode> compileDevice(mlir::ModuleOp module, const CodegenTarget &target);

} // namespace wino

#endif
