// From a module in the LLVM dialect to machine code for one target, with the bytes independent of the building host.
// Leaves lowering to that dialect to passes/Lower, and packing objects into a library to StaticLibrary.h.
#ifndef WINO_EMIT_OBJECTCODE_H
#define WINO_EMIT_OBJECTCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace wino {

/// What LLVM needs to know of a target. Always a fixed level, never "native": the same input gives the same bytes on
/// any host.
struct CodegenTarget {
  std::string triple;
  std::string cpu;
  std::string features;
};

/// The code generation target behind a `--target` name of Target/TargetData.h; `host` is another word for x86-64.
llvm::Expected<CodegenTarget> codegenTarget(llvm::StringRef name);

enum class FileKind { Assembly, Object, LLVMIR };

/// Compiles a module of the LLVM dialect at -O3: position independent, one section per function, no unwind tables, no
/// contraction of floating point, no library calls but memcpy and memset. Assembly and LLVM IR come as text.
llvm::Expected<llvm::SmallVector<char, 0>> compileModule(mlir::ModuleOp module, const CodegenTarget &target,
                                                         FileKind kind);

/// The same for textual LLVM IR without triple and data layout.
llvm::Expected<llvm::SmallVector<char, 0>> compileIr(llvm::StringRef ir, const CodegenTarget &target, FileKind kind);

} // namespace wino

#endif
