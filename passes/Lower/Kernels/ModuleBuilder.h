// ModuleBuilder: functions and constants of the lowered module. Equal kernels exist once; equal constants exist once.
// On a device, kernels are functions of a gpu.module that the entry launches, and constants are one block of bytes that
// the caller has brought there: the entry takes its address behind that of the arena.
#ifndef WINO_LOWER_KERNELS_MODULEBUILDER_H
#define WINO_LOWER_KERNELS_MODULEBUILDER_H

#include "Lower/Kernels/Grid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include <map>

namespace wino {

class ModuleBuilder {
public:
  ModuleBuilder(mlir::ModuleOp module, llvm::StringRef prefix, bool onDevice = false)
      : module(module), prefix(prefix), onDevice(onDevice) {}

  /// Starts the entry function with `pointers` pointer arguments and puts the insertion point into it. With `hooked` a
  /// last argument points to the caller's hook: a function and what it takes first.
  mlir::func::FuncOp beginEntry(mlir::Location loc, int64_t pointers, bool hooked = false);
  void endEntry();

  /// Calls the kernel known by `key` (everything its code depends on) with pointer operands, building it on first use.
  /// With `condition` (i1) the call is made only where it is true.
  void call(mlir::Location loc, llvm::StringRef name, const std::string &key, mlir::ValueRange operands,
            llvm::function_ref<void(Kernel &, mlir::ValueRange)> body, mlir::Value condition = {});

  /// The same on a device: blocks of threads by `shape`, or as many as the loops of `body` have rounds.
  void launch(mlir::Location loc, llvm::StringRef name, const std::string &key, mlir::ValueRange operands,
              std::optional<LaunchShape> shape, llvm::function_ref<void(Kernel &, mlir::ValueRange)> body);

  /// The same for a kernel whose pieces 0, 1, ..., `pieces` - 1 the caller's hook hands out to workers: one call of it.
  /// Operands are pointers and i64. Each worker has `own.bytes` bytes from `own.scratch` on; the body gets the operands
  /// and a pointer to those of the worker that runs it.
  struct Own {
    mlir::Value scratch;
    int64_t bytes;
  };
  void share(mlir::Location loc, llvm::StringRef name, const std::string &key, mlir::ValueRange operands, Own own,
             int64_t pieces, llvm::function_ref<void(Kernel &, mlir::ValueRange, const Part &)> body);

  /// Address of constant bytes, 64-byte aligned, in the weights section.
  mlir::Value constant(mlir::Location loc, llvm::ArrayRef<char> bytes);
  template <typename T> mlir::Value constant(mlir::Location loc, const std::vector<T> &values) {
    return constant(loc,
                    llvm::ArrayRef<char>(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)));
  }

  /// A builder at the current end of the entry function.
  Kernel entry(mlir::Location loc);
  mlir::Type pointerType() { return mlir::LLVM::LLVMPointerType::get(module.getContext()); }
  int64_t weightBytes() const { return bytesOfConstants; }

private:
  mlir::func::FuncOp kernel(mlir::Location loc, llvm::StringRef name, const std::string &key, mlir::TypeRange operands,
                            llvm::function_ref<void(Kernel &, mlir::ValueRange)> body);
  /// The function that the hook is given: takes a kernel's operands from memory and calls it. Returns its symbol.
  std::string task(mlir::Location loc, mlir::func::FuncOp kernel, mlir::TypeRange operands, int64_t ownBytes);

  mlir::ModuleOp module;
  std::string prefix;
  mlir::func::FuncOp entryFunction;
  mlir::Value argumentSlots;                // of tasks, on the stack of the entry function
  std::map<std::string, std::string> tasks; // kernel -> symbol
  std::map<std::string, mlir::func::FuncOp> kernels;
  std::map<std::string, std::string> constants; // bytes -> symbol
  void weightsGlobal(mlir::Location loc, llvm::StringRef name, llvm::ArrayRef<char> bytes);
  int64_t bytesOfConstants = 0;

  bool onDevice;
  mlir::gpu::GPUModuleOp deviceModule;
  struct DeviceKernel {
    std::string symbol;
    LaunchShape shape;
  };
  std::map<std::string, DeviceKernel> deviceKernels;
  std::map<std::string, int64_t> deviceConstants; // bytes -> offset
  std::vector<char> deviceBytes;
  mlir::Value deviceConstant(mlir::Location loc, const std::string &content);
};

} // namespace wino

#endif
