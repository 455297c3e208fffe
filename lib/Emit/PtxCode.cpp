// NVPTX code generation; the target is initialised here, when it is first asked for.
#include "wino/Emit/PtxCode.h"

#include "wino/Target/TargetData.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace llvm;

namespace wino {

Expected<CodegenTarget> ptxTarget(StringRef name, StringRef version) {
  Expected<const TargetData *> data = findTarget(name);
  if (!data)
    return data.takeError();
  CodegenTarget target{(*data)->triple.str(), (*data)->cpu.str(), (*data)->features.str()};
  if (!(*data)->isDevice() || version.empty())
    return target;
  StringRef oldest = (*data)->features.drop_front(4); // +ptxNN
  std::string names;
  for (StringRef known :
       {"65", "70", "71", "72", "73", "74", "75", "76", "77", "78", "80", "81", "82", "83", "84", "85"}) {
    if (known < oldest)
      continue;
    std::string dotted = (known.take_front(1) + "." + known.drop_front(1)).str();
    if (version == dotted) {
      target.features = ("+ptx" + known).str();
      return target;
    }
    names += (names.empty() ? "" : ", ") + dotted;
  }
  return createStringError("expected a version of PTX that knows " + name + ", one of " + names + ", got '" + version +
                           "'");
}

static Expected<std::unique_ptr<TargetMachine>> makeMachine(const CodegenTarget &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  std::string message;
  const Target *found = TargetRegistry::lookupTarget(target.triple, message);
  if (!found)
    return createStringError("expected a triple that LLVM knows, got '" + target.triple + "': " + message);
  return std::unique_ptr<TargetMachine>(found->createTargetMachine(
      target.triple, target.cpu, target.features, {}, std::nullopt, std::nullopt, CodeGenOptLevel::Aggressive));
}

Expected<PtxCode> compileDevice(mlir::ModuleOp module, const CodegenTarget &target) {
  mlir::MLIRContext &context = *module.getContext();
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerGPUDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
  mlir::registerNVVMDialectTranslation(context);
  auto kernels = module.getOps<mlir::gpu::GPUModuleOp>();
  if (kernels.empty())
    return createStringError("expected a module with a gpu.module, got one without");
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    message += (message.empty() ? "" : "; ") + diagnostic.str();
    return mlir::success();
  });
  LLVMContext llvmContext;
  std::unique_ptr<Module> translated = mlir::translateModuleToLLVMIR(*kernels.begin(), llvmContext, "wino");
  if (!translated)
    return createStringError("expected a gpu.module in the LLVM dialect, got: " + message);
  Expected<std::unique_ptr<TargetMachine>> machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  translated->setTargetTriple(target.triple);
  translated->setDataLayout((*machine)->createDataLayout());
  raw_string_ostream explanation(message);
  if (verifyModule(*translated, &explanation))
    return createStringError("expected valid LLVM IR, got: " + message);
  if (Error error = mlir::makeOptimizingTransformer(3, 0, machine->get())(translated.get()))
    return error;
  PtxCode code;
  raw_string_ostream(code.ir) << *translated;
  SmallVector<char, 0> text;
  raw_svector_ostream os(text);
  legacy::PassManager codegen;
  if ((*machine)->addPassesToEmitFile(codegen, os, nullptr, CodeGenFileType::AssemblyFile))
    return createStringError("expected a target that can emit assembly, got '" + target.triple + "'");
  codegen.run(*translated);
  code.ptx.assign(text.begin(), text.end());
  return code;
}

} // namespace wino
