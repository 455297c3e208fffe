// x86-64 with AVX2: the Isa operations, mostly as plain vector arithmetic that LLVM maps well.
#include "Lower/Kernels/Isa.h"
#include "Lower/Kernels/LowerGraph.h"
#include "Lower/LowerToX86/Layers.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace wino {

#define GEN_PASS_DEF_LOWERTOX86
#include "wino/Passes/Passes.h.inc"

namespace {

class X86Isa : public Isa {
public:
  llvm::StringRef arenaTarget() const override { return "x86-64"; }

  std::optional<OwnLayer> ownDirect(const DirectConvolution &conv, ArrayRef<int8_t> filter, ArrayRef<int32_t> bias,
                                    ArrayRef<int32_t> multipliers) const override {
    if (conv.groups != 1 || !avx2::ownsDirect(avx2::shapeOf(conv)))
      return std::nullopt;
    return avx2::directLayer(conv, filter, bias, multipliers);
  }

  std::optional<OwnLayer> ownWinograd(const WinogradConvolution &conv, const WinogradTaps &taps) const override {
    if (conv.blocking.productBytes != 4)
      return std::nullopt;
    return avx2::winogradLayer(conv, taps);
  }

  bool ownSum(Kernel &k, const WeightedSum &sum, int64_t bytes, ValueRange inputs, Value output) const override {
    return avx2::weightedSum(k, sum, bytes, inputs, output);
  }

  FloatForm floatForm() const override { return {8, /*byLane=*/false}; }

  Value mulhi16(Kernel &k, Value a, Value b) const override {
    return k.intrinsic("llvm.x86.ssse3.pmul.hr.sw.128", a.getType(), {a, b});
  }

  // (a * b + 2^30) >> 31; the low 32 bits of the logical shift are those of the arithmetic one.
  Value mulhi32(Kernel &k, Value a, Value b) const override {
    Type wide = k.vec(4, k.i64());
    Value product = k.add(k.mul(k.sext(a, wide), k.sext(b, wide)), int64_t(1) << 30);
    return k.trunc(k.b.create<arith::ShRUIOp>(product, k.constant(wide, 31)), a.getType());
  }

  VectorType dotType(Kernel &k) const override { return k.vec(8, k.i32()); }

  Value dot16(Kernel &k, Value acc, Value a, Value b) const override {
    Type wide = k.vec(16, k.i16());
    return k.add(acc, k.intrinsic("llvm.x86.avx2.pmadd.wd", acc.getType(), {k.sext(a, wide), k.sext(b, wide)}));
  }

  Value sum4(Kernel &k, Value a, Value b, Value c, Value d) const override {
    auto fold = [&](Value x) { return k.add(k.lanes(x, 0, 4), k.lanes(x, 4, 4)); };
    auto pairs = [&](Value x, Value y) { return k.intrinsic("llvm.x86.ssse3.phadd.d.128", x.getType(), {x, y}); };
    return pairs(pairs(fold(a), fold(b)), pairs(fold(c), fold(d)));
  }

  Value narrow8(Kernel &k, Value low, Value high, int64_t shift, int64_t lo, int64_t hi, bool) const override {
    Value x = k.rshr(k.concat(low, high), shift);
    x = k.smax(k.smin(x, k.constant(x.getType(), hi)), k.constant(x.getType(), lo));
    return k.trunc(x, k.vec(8, k.i8()));
  }

  Value narrow16(Kernel &k, Value low, Value high, int64_t shift) const override {
    Value x = k.rshr(k.concat(low, high), shift);
    x = k.smax(k.smin(x, k.constant(x.getType(), 32767)), k.constant(x.getType(), -32768));
    return k.trunc(x, k.vec(8, k.i16()));
  }

  Value narrowTap(Kernel &k, Value x, int64_t shift) const override {
    x = k.rshr(x, shift);
    x = k.smax(k.smin(x, k.constant(x.getType(), 127)), k.constant(x.getType(), -128));
    return k.trunc(x, k.vec(8, k.i8()));
  }
};

struct LowerToX86 : impl::LowerToX86Base<LowerToX86> {
  using LowerToX86Base::LowerToX86Base;
  void runOnOperation() override {
    if (failed(lowerGraph(getOperation(), X86Isa(), prefix)))
      signalPassFailure();
  }
};

} // namespace
} // namespace wino
