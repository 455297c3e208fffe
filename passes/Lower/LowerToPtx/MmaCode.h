// MmaCode: what kernels on tensor cores are put together from: shared memory, copies into it, fragments, products.
#ifndef WINO_LOWER_LOWERTOPTX_MMACODE_H
#define WINO_LOWER_LOWERTOPTX_MMACODE_H

#include "Lower/LowerToPtx/MmaGemm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace wino::ptx {

/// Offsets and addresses in shared memory are i32 from `shared` on.
struct MmaCode {
  Kernel &k;
  Chip chip;
  bool isUnsigned; ///< A
  mlir::Value shared = {};

  using Value = mlir::Value;
  Value i32(int64_t value) { return k.constant(k.i32(), value); }
  Value lowBits(Value x, int64_t bits) { return k.b.create<mlir::arith::AndIOp>(x, i32((1 << bits) - 1)); }
  Value bitsFrom(Value x, int64_t first, int64_t bits) {
    return lowBits(k.b.create<mlir::arith::ShRUIOp>(x, i32(first)), bits);
  }
  Value exclusive(Value x, Value y) { return k.b.create<mlir::arith::XOrIOp>(x, y); }
  Value below(Value x, int64_t bound) {
    return k.b.create<mlir::arith::CmpIOp>(mlir::arith::CmpIPredicate::ult, x, i32(bound));
  }
  Value sharedAt(Value offset) {
    return k.b.create<mlir::LLVM::GEPOp>(shared.getType(), k.i8(), shared, llvm::ArrayRef<mlir::LLVM::GEPArg>{offset});
  }
  void barrier() { k.b.create<mlir::NVVM::Barrier0Op>(); }

  /// The block's own, once per kernel.
  void allocateShared(int64_t bytes);
  /// 16 bytes from memory; zeros where `valid` (null: always) is not. By cp.async where the chip has it: then here once
  /// its group has been waited for.
  void copy(Value offset, Value from, Value valid);
  /// ldmatrix.x4: this lane's row of one of four matrices.
  Kernel::Values loadMatrices(Value offset);
  /// 16 x 8 x 32 products. On older chips four of 8 x 8 x 16: fragments of halves are registers of the whole.
  void multiply(llvm::MutableArrayRef<Value> sums, const Kernel::Values &a, mlir::ValueRange b);

private:
  void multiply(llvm::MutableArrayRef<Value> sums, mlir::ValueRange a, mlir::ValueRange b,
                llvm::ArrayRef<int64_t> shape);
};

} // namespace wino::ptx

#endif
