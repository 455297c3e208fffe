// ARMv8 NEON: the Isa operations as the instructions that a core has for them.
#include "Lower/Kernels/Isa.h"
#include "Lower/Kernels/LowerGraph.h"
#include "Lower/LowerToNeon/DepthwiseRow.h"
#include "Lower/LowerToNeon/FloatBlock.h"
#include "Lower/LowerToNeon/TapProducts.h"
#include "Lower/LowerToNeon/TileTransforms.h"
#include "Lower/LowerToNeon/WeightedSum.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/ArmNeon/ArmNeonDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace wino {

#define GEN_PASS_DEF_LOWERTONEON
#include "wino/Passes/Passes.h.inc"

namespace {

class NeonIsa : public Isa {
  const TargetData &core;

  static Value neon(Kernel &k, llvm::StringRef name, Type result, ValueRange operands) {
    return k.intrinsic(("llvm.aarch64.neon." + name).str(), result, operands);
  }

public:
  explicit NeonIsa(const TargetData &core) : core(core) {}

  Value mulhi16(Kernel &k, Value a, Value b) const override { return neon(k, "sqrdmulh.v8i16", a.getType(), {a, b}); }
  Value mulhi32(Kernel &k, Value a, Value b) const override { return neon(k, "sqrdmulh.v4i32", a.getType(), {a, b}); }

  FilterForm filterForm() const override {
    switch (core.products) {
    case ByteProducts::Widening: break;
    case ByteProducts::Dot: return {16, 4};
    case ByteProducts::Matrix: return {16, 8};
    }
    return {};
  }
  FloatForm floatForm() const override { return {4, true, core.multipliesHalves, this}; }
  std::optional<Assembly> floatProducts(const FloatProducts &shape) const override {
    return floatProductsCode(shape, core);
  }
  bool multipliesUnsigned() const override { return core.products == ByteProducts::Matrix; } // usmmla
  std::optional<Assembly> tapProducts(const TapProducts &shape) const override { return tapProductsCode(shape, core); }
  std::optional<Assembly> directProducts(const DirectProducts &shape) const override {
    return directProductsCode(shape, core);
  }
  std::optional<Assembly> inputTile(const InputTile &tile) const override { return inputTileCode(tile, core); }
  std::optional<Assembly> outputTile(const OutputTile &tile) const override { return outputTileCode(tile, core); }

  std::optional<Assembly> depthwiseRow(const DepthwiseConvolution &conv) const override {
    return depthwiseRowCode(conv, core);
  }
  std::optional<Assembly> weightedSum(const WeightedSum &sum, int64_t bytes) const override {
    return weightedSumCode(sum, bytes, core);
  }

  VectorType dotType(Kernel &k) const override { return k.vec(4, k.i32()); }

  // smull, smlal2, sadalp: two products per 16-bit lane, |a| <= 128 and |b| <= 127 give at most 32512.
  Value dot16(Kernel &k, Value acc, Value a, Value b) const override {
    if (core.products != ByteProducts::Widening)
      return neon(k, "sdot.v4i32.v16i8", acc.getType(), {acc, a, b});
    Type wide = k.vec(8, k.i16());
    auto multiply = [&](int64_t first) {
      return k.b.create<arm_neon::SMullOp>(wide, k.lanes(a, first, 8), k.lanes(b, first, 8)).getResult();
    };
    Value pairs = k.add(multiply(0), multiply(8));
    return k.add(acc, neon(k, "saddlp.v4i32.v8i16", acc.getType(), {pairs}));
  }

  Value sum4(Kernel &k, Value a, Value b, Value c, Value d) const override {
    auto pairs = [&](Value x, Value y) { return neon(k, "addp.v4i32", x.getType(), {x, y}); };
    return pairs(pairs(a, b), pairs(c, d));
  }

  Value narrow8(Kernel &k, Value low, Value high, int64_t shift, int64_t lo, int64_t hi,
                bool isUnsigned) const override {
    Type bytes = k.vec(8, k.i8());
    Value x = narrow16(k, low, high, shift);
    Narrowing narrowing{shift, lo, hi, isUnsigned};
    if (narrowing.clampsLow())
      x = k.smax(x, k.constant(x.getType(), lo));
    if (narrowing.clampsHigh())
      x = k.smin(x, k.constant(x.getType(), hi));
    return neon(k, isUnsigned ? "sqxtun.v8i8" : "sqxtn.v8i8", bytes, {x});
  }

  Value narrow16(Kernel &k, Value low, Value high, int64_t shift) const override {
    Type half = k.vec(4, k.i16());
    Value s = k.constant(k.i32(), shift);
    return k.concat(neon(k, "sqrshrn.v4i16", half, {low, s}), neon(k, "sqrshrn.v4i16", half, {high, s}));
  }

  Value narrowTap(Kernel &k, Value x, int64_t shift) const override {
    Type bytes = k.vec(8, k.i8());
    if (shift == 0)
      return neon(k, "sqxtn.v8i8", bytes, {x});
    if (shift <= 8)
      return neon(k, "sqrshrn.v8i8", bytes, {x, k.constant(k.i32(), shift)});
    // Beyond what the narrowing shift can encode: srshr, whose result then always fits.
    Value rounded = neon(k, "srshl.v8i16", x.getType(), {x, k.constant(x.getType(), -shift)});
    return neon(k, "sqxtn.v8i8", bytes, {rounded});
  }
};

struct LowerToNeon : impl::LowerToNeonBase<LowerToNeon> {
  using LowerToNeonBase::LowerToNeonBase;
  void runOnOperation() override {
    llvm::Expected<const TargetData *> core = findTarget(target);
    if (!core || (*core)->qemuCpu.empty()) {
      getOperation().emitError() << (core ? "expected an Arm core, got '" + target.getValue() + "'"
                                          : llvm::toString(core.takeError()));
      return signalPassFailure();
    }
    if (failed(lowerGraph(getOperation(), NeonIsa(**core), prefix)))
      signalPassFailure();
  }
};

} // namespace
} // namespace wino
