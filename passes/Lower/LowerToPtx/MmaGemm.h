// MmaGemm: matrix products of bytes on tensor cores, the kernel of direct convolutions and of tap products. What the
// rows of A are and what becomes of a sum is the caller's.
#ifndef WINO_LOWER_LOWERTOPTX_MMAGEMM_H
#define WINO_LOWER_LOWERTOPTX_MMAGEMM_H

#include "Lower/Kernels/Isa.h"
#include "wino/Target/DeviceModel.h"

#include <functional>

namespace wino::ptx {

/// What chips differ in.
struct Chip {
  bool hasAsyncCopy; ///< cp.async and mma of 16 x 8 x 32 (sm_80 and later); else mma of 8 x 8 x 16
};

/// S [batch][row][column] = sum over k of A [batch][row][k] B [batch][column][k], i32, wrapping. A is cut into chunks
/// of 16 k. Blocks of 128 threads take a block of the product and one of `ranges` equal parts of its steps.
struct MmaGemm : DeviceGemm {
  Chip chip;
  bool isUnsigned; ///< A is u8, else s8
  int64_t ranges;  ///< of which none is empty

  LaunchShape launch() const;
  int64_t stepsOfRange() const;
  int64_t paddedColumns() const; ///< of B, a multiple of blockColumns
  int64_t paddedDepth() const;   ///< of B, in bytes: whole ranges of whole steps
};

/// B as the kernel reads it: [batch][padded column][padded k], zero where there is none.
std::vector<int8_t> packColumns(const MmaGemm &gemm,
                                llvm::function_ref<int8_t(int64_t batch, int64_t column, int64_t k)> at);

struct MmaOperands {
  mlir::Value a; ///< any valid address of 16 bytes
  mlir::Value b;
  /// What `chunk` needs of a row (i32, less than `rows`), once per row and thread.
  std::function<Kernel::Values(mlir::Value batch, mlir::Value row)> row;
  /// Address of chunk number `chunk` (i32) of a row, and whether it lies there (i1; otherwise it is zero).
  std::function<std::pair<mlir::Value, mlir::Value>(llvm::ArrayRef<mlir::Value> row, mlir::Value chunk)> chunk;
  /// Takes two sums, of columns `column` (i32, even) and `column` + 1; both may be padding. `range`: i32, null if there
  /// is one.
  struct Place {
    mlir::Value range, batch, row, column;
  };
  std::function<void(const Place &place, mlir::Value left, mlir::Value right)> sums;
};
void emitMmaGemm(Kernel &k, const MmaGemm &gemm, const MmaOperands &operands);

} // namespace wino::ptx

#endif
