// Register-tiled inner products. Counted for a Cortex-A53, one Q-form NEON instruction per cycle, loads 8 bytes per
// cycle:
//   gemm8  4x4x16: 32 smull/smlal2 + 16 sadalp + 8 q loads (16 cycles) = 64 cycles for 256 products, 4.0 per cycle.
//   gemm16 8x8 per k: 16 smlal + 2 d loads of b + 1/8 of 8 q loads of a (2 cycles) = 20 cycles for 64 products, 3.2 per
//   cycle.
#include "Lower/Kernels/Gemm.h"
#include "Lower/Kernels/Layout.h"

using namespace mlir;

namespace wino {

Kernel::Values gemm8(Kernel &k, const Isa &isa, GemmRows a, Value b, int64_t depth) {
  Kernel::Values zero(16, k.constant(isa.dotType(k), 0));
  Type vector = k.vec(16, k.i8());
  Kernel::Values sums = k.loop(0, depth, 16, zero, [&](Value i, Kernel::Values acc) {
    Value left = k.at(a.pointer, i), right = k.at(b, k.mul(i, 4));
    Kernel::Values rows, columns;
    for (int64_t r = 0; r < 4; ++r)
      rows.push_back(k.load(vector, k.at(left, r * a.rowStride)));
    for (int64_t c = 0; c < 4; ++c)
      columns.push_back(k.load(vector, k.at(right, c * 16), 16));
    for (int64_t r = 0; r < 4; ++r)
      for (int64_t c = 0; c < 4; ++c)
        acc[r * 4 + c] = isa.dot16(k, acc[r * 4 + c], rows[r], columns[c]);
    return acc;
  });
  Kernel::Values result;
  for (int64_t r = 0; r < 4; ++r)
    result.push_back(isa.sum4(k, sums[r * 4], sums[r * 4 + 1], sums[r * 4 + 2], sums[r * 4 + 3]));
  return result;
}

Kernel::Values gemm16(Kernel &k, GemmRows a, int64_t rows, int64_t columns, Value b, int64_t depth) {
  int64_t quads = columns / 4;
  VectorType wide = k.vec(4, k.i32()), narrow = k.vec(4, k.i16());
  Kernel::Values zero(rows * quads, k.constant(wide, 0));
  return k.loop(0, depth, 8, zero, [&](Value i, Kernel::Values acc) {
    Value left = k.at(a.pointer, k.mul(i, 2)), right = k.at(b, k.mul(i, 2 * columns));
    Kernel::Values u;
    for (int64_t r = 0; r < rows; ++r)
      u.push_back(k.load(k.vec(8, k.i16()), k.at(left, r * a.rowStride), 16));
    for (int64_t c = 0; c < 8; ++c) {
      for (int64_t q = 0; q < quads; ++q) {
        Value v = k.sext(k.load(narrow, k.at(right, (c * columns + q * 4) * 2), 8), wide);
        for (int64_t r = 0; r < rows; ++r) {
          Value x = k.sext(k.broadcastLane(u[r], c, 4), wide);
          acc[r * quads + q] = k.add(acc[r * quads + q], k.mul(x, v));
        }
      }
    }
    return acc;
  });
}

std::vector<int8_t> packFilter8(int64_t outputs, int64_t depth, FilterForm form,
                                llvm::function_ref<int8_t(int64_t, int64_t)> at) {
  auto [columns, run] = form;
  int64_t padded = roundUp(depth, 16);
  std::vector<int8_t> packed(roundUp(outputs, 16) * padded, 0);
  for (int64_t f = 0; f < outputs; ++f)
    for (int64_t i = 0; i < depth; ++i)
      packed[((f / columns * (padded / run) + i / run) * columns + f % columns) * run + i % run] = at(f, i);
  return packed;
}

std::vector<int16_t> packFilter16(int64_t outputs, int64_t depth, int64_t columns,
                                  llvm::function_ref<int16_t(int64_t, int64_t)> at) {
  int64_t padded = roundUp(depth, 8);
  std::vector<int16_t> packed(roundUp(outputs, 16) * padded, 0);
  for (int64_t f = 0; f < outputs; ++f)
    for (int64_t i = 0; i < depth; ++i)
      packed[((f / columns) * padded + i) * columns + f % columns] = at(f, i);
  return packed;
}

} // namespace wino
