// Gemm: the register-tiled inner products that convolutions spend their time in. One call emits one register block.
#ifndef WINO_LOWER_KERNELS_GEMM_H
#define WINO_LOWER_KERNELS_GEMM_H

#include "Lower/Kernels/Isa.h"

namespace wino {

/// Rows of the left operand, `rowStride` bytes apart.
struct GemmRows {
  mlir::Value pointer;
  int64_t rowStride;
};

/// 4 rows x 4 columns of sum over k of a[row][k] * b[column][k], k < depth (a multiple of 16), 8-bit operands.
/// b is packed [depth / 16][4][16] (packFilter8, default form). Returns one 4 x i32 per row, its lanes the columns.
Kernel::Values gemm8(Kernel &k, const Isa &isa, GemmRows a, mlir::Value b, int64_t depth);

/// rows x columns of sum over k of a[row][k] * b[k][column], k < depth (a multiple of 8), 16-bit operands; columns is a
/// multiple of 4 and rows * columns <= 64. b is packed [depth][columns] (packFilter16). Returns rows x columns/4
/// vectors, row-major.
Kernel::Values gemm16(Kernel &k, GemmRows a, int64_t rows, int64_t columns, mlir::Value b, int64_t depth);

/// Filters in the order that register blocks stream them; absent outputs and depths, up to multiples of 16, are zero.
/// `at(f, k)` gives the filter value of output f and depth k. The default form is gemm8's.
std::vector<int8_t> packFilter8(int64_t outputs, int64_t depth, FilterForm form,
                                llvm::function_ref<int8_t(int64_t, int64_t)> at);

/// Filters in the order that gemm16 streams them: [outputs / columns][depth][columns].
std::vector<int16_t> packFilter16(int64_t outputs, int64_t depth, int64_t columns,
                                  llvm::function_ref<int16_t(int64_t, int64_t)> at);

} // namespace wino

#endif
