// LLVM code generation with every choice pinned: level, relocation model, sections, library calls. Knows nothing of
// networks.
#include "wino/Emit/ObjectCode.h"

#include "wino/Target/TargetData.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/ArmNeon/ArmNeonToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace llvm;

namespace wino {

Expected<CodegenTarget> codegenTarget(StringRef name) {
  Expected<const TargetData *> data = findTarget(name == "host" ? "x86-64" : name);
  if (!data)
    return data.takeError();
  return CodegenTarget{(*data)->triple.str(), (*data)->cpu.str(), (*data)->features.str()};
}

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser(); // for inline assembly
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
}

static Expected<std::unique_ptr<TargetMachine>> makeMachine(const CodegenTarget &target) {
  initializeTargets();
  std::string message;
  const Target *found = TargetRegistry::lookupTarget(target.triple, message);
  if (!found)
    return createStringError("expected a triple that LLVM knows, got '" + target.triple + "': " + message);
  TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  options.EmitStackSizeSection = true;
  options.AllowFPOpFusion = FPOpFusion::Strict;
  return std::unique_ptr<TargetMachine>(found->createTargetMachine(
      target.triple, target.cpu, target.features, options, Reloc::PIC_, std::nullopt, CodeGenOptLevel::Aggressive));
}

/// The promises of the header that only function attributes can keep.
static void pinAttributes(Module &module) {
  for (Function &function : module) {
    function.setDoesNotThrow();
    if (function.isDeclaration())
      continue;
    // Loop idioms may become memcpy and memset, which every freestanding C environment must supply; nothing else.
    function.addFnAttr("no-builtin-memmove");
    function.addFnAttr("no-builtin-memcmp");
    function.addFnAttr("no-builtin-bcmp");
    function.addFnAttr("no-builtin-strlen");
  }
}

static Expected<SmallVector<char, 0>> generate(Module &module, const CodegenTarget &target, FileKind kind) {
  Expected<std::unique_ptr<TargetMachine>> machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple(target.triple);
  module.setDataLayout((*machine)->createDataLayout());
  pinAttributes(module);
  std::string message;
  raw_string_ostream explanation(message);
  if (verifyModule(module, &explanation))
    return createStringError("expected valid LLVM IR, got: " + message);
  if (Error error = mlir::makeOptimizingTransformer(3, 0, machine->get())(&module))
    return error;
  SmallVector<char, 0> bytes;
  raw_svector_ostream os(bytes);
  if (kind == FileKind::LLVMIR) {
    module.print(os, nullptr);
    return bytes;
  }
  legacy::PassManager codegen;
  auto type = kind == FileKind::Assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if ((*machine)->addPassesToEmitFile(codegen, os, nullptr, type))
    return createStringError("expected a target that can emit this kind of file, got '" + target.triple + "'");
  codegen.run(module);
  return bytes;
}

Expected<SmallVector<char, 0>> compileModule(mlir::ModuleOp module, const CodegenTarget &target, FileKind kind) {
  mlir::MLIRContext &context = *module.getContext();
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
  mlir::registerArmNeonDialectTranslation(context);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    message += (message.empty() ? "" : "; ") + diagnostic.str();
    return mlir::success();
  });
  LLVMContext llvmContext;
  std::unique_ptr<Module> translated = mlir::translateModuleToLLVMIR(module, llvmContext, "wino");
  if (!translated)
    return createStringError("expected a module in the LLVM dialect, got: " + message);
  return generate(*translated, target, kind);
}

Expected<SmallVector<char, 0>> compileIr(StringRef ir, const CodegenTarget &target, FileKind kind) {
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssemblyString(ir, diagnostic, context);
  if (!module)
    return createStringError("expected LLVM IR, got: " + diagnostic.getMessage());
  module->setModuleIdentifier("wino");
  module->setSourceFileName("wino");
  return generate(*module, target, kind);
}

} // namespace wino
