// Avx2: what the x86 kernels are made of: 256-bit arithmetic, the register block of products, and stores of bytes.
#ifndef WINO_LOWER_LOWERTOX86_AVX2_H
#define WINO_LOWER_LOWERTOX86_AVX2_H

#include "Lower/Kernels/Convolution.h"

namespace wino::avx2 {

/// Output channels of a register block: two vectors of 8 x i32. Their lanes are in the order that packs of pairs undo.
constexpr int64_t columns = 16;

/// The output channel, of sixteen, in lane `position` of a register block: {0-3, 8-11}, {4-7, 12-15}. vpackssdw of the
/// two vectors has the channels in order.
constexpr int64_t channelAt(int64_t position) { return position % 4 + position % 8 / 4 * 8 + position / 8 * 4; }

/// Values per output channel in the order of register blocks, padded with zeros.
std::vector<int32_t> inBlocks(llvm::ArrayRef<int32_t> perChannel);

/// Aligns the stack of the function that is being built, so that no spilled vector straddles cache lines.
void alignSpills(Kernel &k);

/// mulhi32 of 8 x i32 lanes; b >= 0.
mlir::Value mulhi32(Kernel &k, mlir::Value a, mlir::Value b);
/// mulhi16 of 16 x i16 lanes.
mlir::Value mulhi16(Kernel &k, mlir::Value a, mlir::Value b);

/// Adds r M of sixteen channels in order, bytes at `from`, to two vectors in block order.
void addResidual(Kernel &k, const Residual &residual, mlir::Value from, mlir::Value &first, mlir::Value &second);

/// Straight-line code of a 1-D transform on 16 x i16 or 8 x i32 lanes.
Kernel::Values emitDag(Kernel &k, const TransformDag &dag, const Kernel::Values &inputs);

/// The i16 operands of a register block, by rows: `pairs` times two adjacent elements, `inner` times `innerBytes`
/// apart, all that `outer` times `outerBytes` apart.
struct Depth {
  int64_t pairs, inner = 1, innerBytes = 0, outer = 1, outerBytes = 0;
  int64_t steps() const { return pairs * inner * outer; }
};

/// acc + rows x 16 products summed over the depth: per pair of elements and row a broadcast, and two vpmaddwd with two
/// vpaddd. filters: [step][16 in block order][2], i16 or, with `byteFilters`, i8. acc: two vectors a row.
Kernel::Values products(Kernel &k, llvm::ArrayRef<mlir::Value> rows, mlir::Value filters, bool byteFilters,
                        const Depth &depth, Kernel::Values acc);

/// Filters in the order of `products`: [outputs / 16][steps][16][2]. `at(f, step, half)` gives f's value.
template <typename T>
std::vector<T> packFilters(int64_t outputs, int64_t steps, llvm::function_ref<T(int64_t, int64_t, int64_t)> at) {
  std::vector<T> packed;
  for (int64_t first = 0; first < outputs; first += columns)
    for (int64_t step = 0; step < steps; ++step)
      for (int64_t position = 0; position < columns; ++position)
        for (int64_t half = 0; half < 2; ++half) {
          int64_t f = first + channelAt(position);
          packed.push_back(f < outputs ? at(f, step, half) : 0);
        }
  return packed;
}

/// clamp(rshr(x, shift), lo, hi) of pixels of 16 channels: two vectors of 8 x i32 in block order each. Returns 16 x i8
/// per pixel, channels in order.
Kernel::Values narrow(Kernel &k, llvm::ArrayRef<mlir::Value> x, const Narrowing &n);

} // namespace wino::avx2

#endif
