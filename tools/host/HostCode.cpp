// Machine code in this process: the compiler's own object code, loaded by LLVM's JIT linker.
#include "HostCode.h"
#include "../wino-opt/Pipeline.h"
#include "HostCpu.h"

#include "wino/Emit/ObjectCode.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;

namespace wino {

/// A function of one pointer to an array of pointers, so that the caller needs no signature.
static void addInvoke(ModuleOp module, func::FuncOp target) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto invoke = b.create<func::FuncOp>(target.getLoc(), "wino_invoke", b.getFunctionType({pointer}, {}));
  b.setInsertionPointToStart(invoke.addEntryBlock());
  llvm::SmallVector<Value> arguments;
  for (int32_t i = 0; i < int32_t(target.getNumArguments()); ++i) {
    Value slot =
        b.create<LLVM::GEPOp>(target.getLoc(), pointer, pointer, invoke.getArgument(0), ArrayRef<LLVM::GEPArg>{i});
    arguments.push_back(b.create<LLVM::LoadOp>(target.getLoc(), pointer, slot));
  }
  b.create<func::CallOp>(target.getLoc(), target, arguments);
  b.create<func::ReturnOp>(target.getLoc());
}

llvm::Expected<std::unique_ptr<HostCode>> HostCode::load(OwningOpRef<ModuleOp> module, llvm::StringRef prefix) {
  if (llvm::Error error = checkHostCpu())
    return std::move(error);
  auto entry = module->lookupSymbol<func::FuncOp>((prefix + "_run_impl").str());
  if (!entry)
    return llvm::createStringError("expected a lowered module with '%s_run_impl'", prefix.str().c_str());
  addInvoke(*module, entry);
  PassManager pm(module->getContext());
  addLLVMPasses(pm);
  if (failed(pm.run(*module)))
    return llvm::createStringError("expected host code to convert to LLVM, got an error above");
  llvm::Expected<CodegenTarget> target = codegenTarget("host");
  if (!target)
    return target.takeError();
  auto object = compileModule(*module, *target, FileKind::Object);
  if (!object)
    return object.takeError();
  auto host = std::make_unique<HostCode>();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  host->jit = std::move(*jit);
  // exp and memset come from the process.
  auto process =
      llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(host->jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  host->jit->getMainJITDylib().addGenerator(std::move(*process));
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object->data(), object->size()), "host.o");
  if (llvm::Error error = host->jit->addObjectFile(std::move(buffer)))
    return std::move(error);
  auto symbol = host->jit->lookup("wino_invoke");
  if (!symbol)
    return symbol.takeError();
  host->invoke = symbol->toPtr<void (*)(void **)>();
  return host;
}

} // namespace wino
