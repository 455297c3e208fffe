// Shared memory, ldmatrix and mma.sync through the NVVM dialect.
#include "Lower/LowerToPtx/MmaCode.h"

using namespace mlir;

namespace wino::ptx {

void MmaCode::allocateShared(int64_t bytes) {
  auto function = cast<LLVM::LLVMFuncOp>(k.b.getInsertionBlock()->getParentOp());
  OpBuilder outer(function);
  auto type = LLVM::LLVMArrayType::get(k.i8(), bytes);
  auto global = outer.create<LLVM::GlobalOp>(function.getLoc(), type, /*isConstant=*/false, LLVM::Linkage::Internal,
                                             (function.getName() + "_shared").str(), Attribute(), /*alignment=*/16,
                                             /*addrSpace=*/unsigned(NVVM::kSharedMemorySpace));
  auto pointer = LLVM::LLVMPointerType::get(k.b.getContext(), NVVM::kSharedMemorySpace);
  shared = k.b.create<LLVM::AddressOfOp>(pointer, global.getSymName());
}

void MmaCode::copy(Value offset, Value from, Value valid) {
  Value to = sharedAt(offset);
  if (!chip.hasAsyncCopy) {
    VectorType type = k.vec(4, k.i32());
    Value bytes = k.load(type, from, 16);
    k.store(valid ? k.select(valid, bytes, k.constant(type, 0)) : bytes, to, 16);
    return;
  }
  auto global = LLVM::LLVMPointerType::get(k.b.getContext(), NVVM::kGlobalMemorySpace);
  Value source = k.b.create<LLVM::AddrSpaceCastOp>(global, from);
  // nvvm.cp.async would lose the number of bytes to read on its way to LLVM's intrinsic.
  Value bytes = valid ? k.select(valid, i32(16), i32(0)) : i32(16);
  k.b.create<LLVM::CallIntrinsicOp>(TypeRange(), k.b.getStringAttr("llvm.nvvm.cp.async.cg.shared.global.16.s"),
                                    ValueRange{to, source, bytes});
}

Kernel::Values MmaCode::loadMatrices(Value offset) {
  auto type = LLVM::LLVMStructType::getLiteral(k.b.getContext(), llvm::SmallVector<Type>(4, k.i32()));
  Value all = k.b.create<NVVM::LdMatrixOp>(type, sharedAt(offset), /*num=*/4, NVVM::MMALayout::row);
  Kernel::Values words;
  for (int64_t i = 0; i < 4; ++i)
    words.push_back(k.b.create<LLVM::ExtractValueOp>(all, i));
  return words;
}

void MmaCode::multiply(MutableArrayRef<Value> sums, ValueRange a, ValueRange b, ArrayRef<int64_t> shape) {
  auto type = LLVM::LLVMStructType::getLiteral(k.b.getContext(), llvm::SmallVector<Type>(sums.size(), k.i32()));
  std::array<NVVM::MMATypes, 2> types = {isUnsigned ? NVVM::MMATypes::u8 : NVVM::MMATypes::s8, NVVM::MMATypes::s8};
  Value all = k.b.create<NVVM::MmaOp>(type, a, b, ValueRange(sums), shape, std::nullopt, NVVM::MMAIntOverflow::wrapped,
                                      types, std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (auto [i, sum] : llvm::enumerate(sums))
    sum = k.b.create<LLVM::ExtractValueOp>(all, int64_t(i));
}

void MmaCode::multiply(MutableArrayRef<Value> sums, const Kernel::Values &a, ValueRange b) {
  if (chip.hasAsyncCopy)
    return multiply(sums, a, b, {16, 8, 32});
  for (size_t depth = 0; depth < 2; ++depth)
    for (size_t rows = 0; rows < 2; ++rows)
      multiply(sums.slice(2 * rows, 2), ValueRange(a).slice(rows + 2 * depth, 1), b.slice(depth, 1), {8, 8, 16});
}

} // namespace wino::ptx
