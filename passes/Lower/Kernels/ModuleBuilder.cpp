// Functions and constants of the lowered module.
#include "Lower/Kernels/ModuleBuilder.h"

using namespace mlir;

namespace wino {

/// Operands of a task: pointers and numbers, eight bytes each.
static constexpr int64_t kTaskSlots = 16;

func::FuncOp ModuleBuilder::beginEntry(Location loc, int64_t pointers, bool hooked) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  if (onDevice) {
    deviceModule = b.create<gpu::GPUModuleOp>(loc, prefix + "_kernels");
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), b.getUnitAttr());
    ++pointers; // the constants
  }
  llvm::SmallVector<Type> types(pointers + hooked, pointerType());
  entryFunction = b.create<func::FuncOp>(loc, prefix + "_run_impl", b.getFunctionType(types, {}));
  // The caller's buffers never overlap the arena or each other (stated in the header).
  for (int64_t i = 0; i < pointers; ++i)
    entryFunction.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  entryFunction.addEntryBlock();
  if (hooked) {
    Kernel k = entry(loc);
    argumentSlots = k.b.create<LLVM::AllocaOp>(pointerType(), k.i64(), k.index(kTaskSlots));
  }
  return entryFunction;
}

void ModuleBuilder::endEntry() {
  if (onDevice)
    weightsGlobal(entryFunction.getLoc(), prefix + "_weights", deviceBytes);
  OpBuilder b = OpBuilder::atBlockEnd(&entryFunction.getBody().front());
  b.create<func::ReturnOp>(entryFunction.getLoc());
}

Kernel ModuleBuilder::entry(Location loc) {
  OpBuilder b = OpBuilder::atBlockEnd(&entryFunction.getBody().front());
  return Kernel(loc, b);
}

func::FuncOp ModuleBuilder::kernel(Location loc, llvm::StringRef name, const std::string &key, TypeRange operands,
                                   llvm::function_ref<void(Kernel &, ValueRange)> body) {
  func::FuncOp &kernel = kernels[key];
  if (!kernel) {
    OpBuilder b(module.getContext());
    b.setInsertionPoint(entryFunction);
    std::string symbol = prefix + "_" + name.str() + "_" + std::to_string(kernels.size() - 1);
    kernel = b.create<func::FuncOp>(loc, symbol, b.getFunctionType(operands, {}));
    kernel.setPrivate();
    // One copy of each kernel: inlining them into the entry would only grow the code.
    llvm::SmallVector<Attribute> attributes = {b.getStringAttr("noinline")};
    kernel->setAttr("llvm.linkage", LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal));
    for (auto [i, type] : llvm::enumerate(operands))
      if (isa<LLVM::LLVMPointerType>(type))
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
  return kernel;
}

void ModuleBuilder::call(Location loc, llvm::StringRef name, const std::string &key, ValueRange operands,
                         llvm::function_ref<void(Kernel &, ValueRange)> body, Value condition) {
  if (onDevice)
    return launch(loc, name, key, operands, std::nullopt, body);
  func::FuncOp callee = kernel(loc, name, key, operands.getTypes(), body);
  Kernel k = entry(loc);
  if (condition)
    k.b.setInsertionPointToStart(k.b.create<scf::IfOp>(condition, /*withElseRegion=*/false).thenBlock());
  k.b.create<func::CallOp>(callee, operands);
}

std::string ModuleBuilder::task(Location loc, func::FuncOp kernel, TypeRange operands, int64_t ownBytes) {
  std::string &symbol = tasks[kernel.getName().str()];
  if (!symbol.empty())
    return symbol;
  symbol = prefix + "_task_" + std::to_string(tasks.size() - 1);
  OpBuilder b(module.getContext());
  b.setInsertionPoint(entryFunction);
  Type pointer = pointerType(), count = b.getI32Type();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer, count, count, count});
  auto function = b.create<LLVM::LLVMFuncOp>(loc, symbol, type, LLVM::Linkage::Internal);
  Block *block = function.addEntryBlock(b);
  OpBuilder inner = OpBuilder::atBlockEnd(block);
  Kernel k(loc, inner);
  Kernel::Values values;
  for (auto [i, operand] : llvm::enumerate(operands))
    values.push_back(k.load(operand, k.at(block->getArgument(0), int64_t(i) * 8), 8));
  auto wide = [&](unsigned argument) { return k.zext(block->getArgument(argument), k.i64()); };
  values.back() = k.at(values.back(), k.mul(wide(3), ownBytes));
  values.append({wide(1), wide(2)});
  k.b.create<func::CallOp>(kernel, values);
  k.b.create<LLVM::ReturnOp>(ValueRange());
  return symbol;
}

void ModuleBuilder::share(Location loc, llvm::StringRef name, const std::string &key, ValueRange operands, Own own,
                          int64_t pieces, llvm::function_ref<void(Kernel &, ValueRange, const Part &)> body) {
  Kernel k = entry(loc);
  Kernel::Values values(operands.begin(), operands.end());
  values.push_back(own.scratch);
  if (int64_t(values.size()) > kTaskSlots)
    llvm::report_fatal_error("a shared kernel has more operands than a task has slots");
  llvm::SmallVector<Type> types = llvm::to_vector(ValueRange(values).getTypes()), all = types;
  all.append({k.i64(), k.i64()});
  size_t last = values.size();
  std::string full = key + " shared " + std::to_string(own.bytes);
  func::FuncOp shared = kernel(loc, name, full, all, [&](Kernel &inner, ValueRange a) {
    body(inner, a.take_front(last), Part{a[last], a[last + 1]});
  });
  std::string symbol = task(loc, shared, types, own.bytes);
  for (auto [i, value] : llvm::enumerate(values))
    k.store(value, k.at(argumentSlots, int64_t(i) * 8), 8);
  Value hook = entryFunction.getArguments().back();
  Value function = k.load(pointerType(), hook, 8), pool = k.load(pointerType(), k.at(hook, 8), 8);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(k.b.getContext()),
                                          {pointerType(), pointerType(), pointerType(), k.i32()});
  Value address = k.b.create<LLVM::AddressOfOp>(pointerType(), symbol);
  k.b.create<LLVM::CallOp>(type, ValueRange{function, pool, address, argumentSlots, k.constant(k.i32(), pieces)});
}

void ModuleBuilder::weightsGlobal(Location loc, llvm::StringRef name, llvm::ArrayRef<char> bytes) {
  OpBuilder b(module.getContext());
  b.setInsertionPointToStart(module.getBody());
  auto tensor = RankedTensorType::get({int64_t(bytes.size())}, b.getI8Type());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size());
  auto global = b.create<LLVM::GlobalOp>(loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                                         DenseElementsAttr::getFromRawBuffer(tensor, bytes), /*alignment=*/64);
  global.setSection(".rodata." + prefix + ".weights");
}

Value ModuleBuilder::constant(Location loc, llvm::ArrayRef<char> bytes) {
  std::string content(bytes.begin(), bytes.end());
  if (onDevice)
    return deviceConstant(loc, content);
  auto [it, isNew] = constants.emplace(std::move(content), "");
  if (isNew) {
    it->second = prefix + "_weights_" + std::to_string(constants.size() - 1);
    bytesOfConstants += (bytes.size() + 63) / 64 * 64;
    weightsGlobal(loc, it->second, bytes);
  }
  Kernel k = entry(loc);
  return k.b.create<LLVM::AddressOfOp>(pointerType(), it->second);
}

} // namespace wino
