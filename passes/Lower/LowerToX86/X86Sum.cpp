// Weighted sums of one or two maps: one vpmaddwd multiplies and adds the interleaved operands.
#include "Lower/LowerToX86/Avx2.h"
#include "Lower/LowerToX86/Layers.h"

using namespace mlir;

namespace wino::avx2 {

bool weightedSum(Kernel &k, const WeightedSum &sum, int64_t bytes, ValueRange inputs, Value output) {
  if (bytes % 16 != 0 || inputs.size() > 2)
    return false;
  VectorType halves = k.vec(16, k.i16()), sums = k.vec(8, k.i32());
  int64_t second = inputs.size() == 2 ? sum.multipliers[1] : 0;
  Value factors = k.b.create<vector::BitCastOp>(
      halves, k.constant(sums, int32_t(uint32_t(second) << 16 | (uint32_t(sum.multipliers[0]) & 0xffff))));
  // vpunpcklwd and vpunpckhwd: elements {0-3, 8-11} and {4-7, 12-15}, the order of register blocks.
  auto interleave = [&](Value x, Value y, int64_t first) {
    llvm::SmallVector<int64_t> order;
    for (int64_t i = 0; i < 8; ++i)
      for (int64_t operand : {0, 16})
        order.push_back(operand + first + i % 4 + i / 4 * 8);
    return k.b.create<vector::ShuffleOp>(x, y, order).getResult();
  };
  k.loop(0, bytes, 16, [&](Value i) {
    Kernel::Values x;
    for (auto [n, input] : llvm::enumerate(inputs))
      x.push_back(k.extend(k.load(k.vec(16, k.i8()), k.at(input, i)), halves, sum.isUnsigned[n]));
    if (x.size() == 1)
      x.push_back(k.constant(halves, 0));
    Kernel::Values total;
    for (int64_t first : {0, 4})
      total.push_back(k.intrinsic("llvm.x86.avx2.pmadd.wd", sums, {interleave(x[0], x[1], first), factors}));
    k.store(narrow(k, total, sum.narrowing)[0], k.at(output, i));
  });
  return true;
}

} // namespace wino::avx2
