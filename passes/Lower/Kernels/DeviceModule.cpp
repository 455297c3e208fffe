// ModuleBuilder on a device: kernels in a gpu.module, launches in the entry, constants in one block.
#include "Lower/Kernels/ModuleBuilder.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace wino {

/// Threads per block of kernels whose loops are threads.
static constexpr int64_t kBlockThreads = 128;

void ModuleBuilder::launch(Location loc, llvm::StringRef name, const std::string &key, ValueRange operands,
                           std::optional<LaunchShape> shape, llvm::function_ref<void(Kernel &, ValueRange)> body) {
  DeviceKernel &kernel = deviceKernels[key];
  if (kernel.symbol.empty()) {
    kernel.symbol = prefix + "_" + name.str() + "_" + std::to_string(deviceKernels.size() - 1);
    OpBuilder b = OpBuilder::atBlockTerminator(deviceModule.getBody());
    auto type =
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), llvm::to_vector(operands.getTypes()));
    auto function = b.create<LLVM::LLVMFuncOp>(loc, kernel.symbol, type);
    function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
    function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
    for (unsigned i = 0; i < operands.size(); ++i)
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
    Block *block = function.addEntryBlock(b);
    OpBuilder inner = OpBuilder::atBlockEnd(block);
    Kernel k(loc, inner);
    k.onDevice = true;
    if (shape) {
      kernel.shape = *shape;
      body(k, block->getArguments());
    } else {
      Grid grid(k);
      body(k, block->getArguments());
      kernel.shape = grid.finish(kBlockThreads);
    }
    int64_t threads = kernel.shape.block[0] * kernel.shape.block[1] * kernel.shape.block[2];
    function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(), b.getDenseI32ArrayAttr({int32_t(threads)}));
    k.b.create<LLVM::ReturnOp>(ValueRange());
  }
  Kernel k = entry(loc);
  auto size = [&](const int64_t(&extent)[3]) {
    auto constant = [&](int64_t n) { return k.b.create<arith::ConstantIndexOp>(n).getResult(); };
    return gpu::KernelDim3{constant(extent[0]), constant(extent[1]), constant(extent[2])};
  };
  auto symbol =
      SymbolRefAttr::get(deviceModule.getSymNameAttr(), {FlatSymbolRefAttr::get(k.b.getContext(), kernel.symbol)});
  auto grid = size(kernel.shape.grid), block = size(kernel.shape.block);
  k.b.create<gpu::LaunchFuncOp>(symbol, grid, block, /*dynamicSharedMemorySize=*/Value(), operands, Type());
}

Value ModuleBuilder::deviceConstant(Location loc, const std::string &content) {
  auto [it, isNew] = deviceConstants.emplace(content, int64_t(deviceBytes.size()));
  if (isNew) {
    deviceBytes.insert(deviceBytes.end(), content.begin(), content.end());
    deviceBytes.resize((deviceBytes.size() + 63) / 64 * 64, 0);
    bytesOfConstants = int64_t(deviceBytes.size());
  }
  return entry(loc).at(entryFunction.getArgument(1), it->second);
}

} // namespace wino
