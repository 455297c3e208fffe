// NVIDIA GPUs: every layer as launches of kernels; the Isa operations as plain arithmetic.
#include "Lower/Kernels/LowerGraph.h"
#include "Lower/LowerToPtx/Arithmetic.h"
#include "Lower/LowerToPtx/Layers.h"
#include "Lower/LowerToPtx/Sizes.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace wino {

#define GEN_PASS_DEF_LOWERTOPTX
#include "wino/Passes/Passes.h.inc"

namespace {

class PtxIsa : public Isa {
public:
  explicit PtxIsa(llvm::StringRef name) : name(name), chip{/*hasAsyncCopy=*/name != "sm_75"} {}
  bool isDevice() const override { return true; }
  llvm::StringRef arenaTarget() const override { return name; }

  std::optional<OwnLayer> ownDirect(const DirectConvolution &conv, ArrayRef<int8_t> filter, ArrayRef<int32_t> bias,
                                    ArrayRef<int32_t> multipliers) const override {
    auto gemm = ptx::directGemm(conv.input, conv.output, conv.groups, conv.kernelHeight, conv.kernelWidth);
    return gemm ? ptx::mmaDirectLayer(conv, *gemm, chip, filter, bias, multipliers)
                : ptx::directLayer(conv, filter, bias, multipliers);
  }
  std::optional<OwnLayer> ownWinograd(const WinogradConvolution &conv, const WinogradTaps &taps) const override {
    return ptx::winogradLayer(conv, chip, taps);
  }

  Value mulhi16(Kernel &k, Value a, Value b) const override { return ptx::mulhi16(k, a, b); }
  Value mulhi32(Kernel &k, Value a, Value b) const override { return ptx::mulhi32(k, a, b); }
  Value narrow8(Kernel &k, Value low, Value high, int64_t shift, int64_t lo, int64_t hi, bool) const override {
    return ptx::narrow(k, k.concat(low, high), shift, lo, hi, 8);
  }
  Value narrow16(Kernel &k, Value low, Value high, int64_t shift) const override {
    return ptx::narrow(k, k.concat(low, high), shift, -32768, 32767, 16);
  }
  Value narrowTap(Kernel &k, Value x, int64_t shift) const override { return ptx::narrow(k, x, shift, -128, 127, 8); }

  // Register blocks of CPUs; convolutions here have their own.
  VectorType dotType(Kernel &k) const override { return k.vec(4, k.i32()); }
  Value dot16(Kernel &, Value, Value, Value) const override { llvm_unreachable("a CPU's register block"); }
  Value sum4(Kernel &, Value, Value, Value, Value) const override { llvm_unreachable("a CPU's register block"); }

private:
  std::string name;
  ptx::Chip chip;
};

struct LowerToPtx : impl::LowerToPtxBase<LowerToPtx> {
  using LowerToPtxBase::LowerToPtxBase;
  void runOnOperation() override {
    // The arena is planned for a chip: that is the one to write kernels for.
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    auto planned = main ? main->getAttrOfType<StringAttr>("wino.arena_target") : nullptr;
    std::string name = planned && ptx::isDevice(planned.getValue()) ? planned.str() : "sm_NN";
    if (failed(lowerGraph(getOperation(), PtxIsa(name), prefix)))
      signalPassFailure();
  }
};

} // namespace
} // namespace wino
