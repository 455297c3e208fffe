// Functions and constants of the lowered module.
#include "Lower/Kernels/ModuleBuilder.h"

using namespace mlir;

namespace wino {

func::FuncOp ModuleBuilder::beginEntry(Location loc, int64_t pointers) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  llvm::SmallVector<Type> types(pointers, pointerType());
  entryFunction = b.create<func::FuncOp>(loc, prefix + "_run_impl", b.getFunctionType(types, {}));
  // The caller's buffers never overlap the arena or each other (stated in the header).
  for (int64_t i = 0; i < pointers; ++i)
    entryFunction.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  entryFunction.addEntryBlock();
  return entryFunction;
}

void ModuleBuilder::endEntry() {
  OpBuilder b = OpBuilder::atBlockEnd(&entryFunction.getBody().front());
  b.create<func::ReturnOp>(entryFunction.getLoc());
}

Kernel ModuleBuilder::entry(Location loc) {
  OpBuilder b = OpBuilder::atBlockEnd(&entryFunction.getBody().front());
  return Kernel(loc, b);
}

void ModuleBuilder::call(Location loc, llvm::StringRef name, const std::string &key, ValueRange operands,
                         llvm::function_ref<void(Kernel &, ValueRange)> body, Value condition) {
  func::FuncOp &kernel = kernels[key];
  if (!kernel) {
    OpBuilder b(module.getContext());
    b.setInsertionPoint(entryFunction);
    std::string symbol = prefix + "_" + name.str() + "_" + std::to_string(kernels.size() - 1);
    kernel = b.create<func::FuncOp>(loc, symbol, b.getFunctionType(operands.getTypes(), {}));
    kernel.setPrivate();
    // One copy of each kernel: inlining them into the entry would only grow the code.
    llvm::SmallVector<Attribute> attributes = {b.getStringAttr("noinline")};
    kernel->setAttr("llvm.linkage", LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal));
    for (unsigned i = 0; i < operands.size(); ++i)
      kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
    Block *block = kernel.addEntryBlock();
    OpBuilder inner = OpBuilder::atBlockEnd(block);
    Kernel k(loc, inner);
    body(k, block->getArguments());
    k.b.create<func::ReturnOp>();
    if (auto own = kernel->getAttrOfType<ArrayAttr>("passthrough"))
      llvm::append_range(attributes, own);
    // LLVM takes a stage in assembly for one instruction and would unroll the loops around it.
    if (kernel.walk([](LLVM::InlineAsmOp) { return WalkResult::interrupt(); }).wasInterrupted())
      attributes.push_back(b.getStringAttr("optsize"));
    kernel->setAttr("passthrough", b.getArrayAttr(attributes));
  }
  Kernel k = entry(loc);
  if (condition)
    k.b.setInsertionPointToStart(k.b.create<scf::IfOp>(condition, /*withElseRegion=*/false).thenBlock());
  k.b.create<func::CallOp>(kernel, operands);
}

Value ModuleBuilder::constant(Location loc, llvm::ArrayRef<char> bytes) {
  std::string content(bytes.begin(), bytes.end());
  auto [it, isNew] = constants.emplace(std::move(content), "");
  if (isNew) {
    it->second = prefix + "_weights_" + std::to_string(constants.size() - 1);
    bytesOfConstants += (bytes.size() + 63) / 64 * 64;
    OpBuilder b(module.getContext());
    b.setInsertionPointToStart(module.getBody());
    auto tensor = RankedTensorType::get({int64_t(bytes.size())}, b.getI8Type());
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size());
    auto global = b.create<LLVM::GlobalOp>(loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, it->second,
                                           DenseElementsAttr::getFromRawBuffer(tensor, bytes), /*alignment=*/64);
    global.setSection(".rodata." + prefix + ".weights");
  }
  Kernel k = entry(loc);
  return k.b.create<LLVM::AddressOfOp>(pointerType(), it->second);
}

} // namespace wino
