// HostCode: a lowered module as machine code in this process, for calibration and for tests of emitted integer code.
#ifndef WINO_TOOLS_HOST_HOSTCODE_H
#define WINO_TOOLS_HOST_HOSTCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace wino {

class HostCode {
public:
  /// Takes a module whose `@<prefix>_run_impl` takes only pointers (after LowerX86 or LowerFloat, before the LLVM
  /// conversions); converts, compiles and loads it. An error on a processor without AVX2.
  static llvm::Expected<std::unique_ptr<HostCode>> load(mlir::OwningOpRef<mlir::ModuleOp> module,
                                                        llvm::StringRef prefix);

  /// Calls `<prefix>_run_impl` with these pointers: arena, inputs, outputs.
  void run(llvm::ArrayRef<void *> pointers) const { invoke(const_cast<void **>(pointers.data())); }

private:
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*invoke)(void **) = nullptr;
};

} // namespace wino

#endif
