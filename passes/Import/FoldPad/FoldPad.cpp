// FoldPad: explicit zero padding becomes part of the convolution's own. Padding of pools and by other values stays.
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {
#define GEN_PASS_DEF_FOLDPAD
#include "wino/Passes/Passes.h.inc"

namespace {

bool padsOnlyMapsWithZero(PadOp op) {
  return op.getLow().size() == 4 && op.getValue().isZero() && op.getLow()[0] == 0 && op.getLow()[1] == 0 &&
         op.getHigh()[0] == 0 && op.getHigh()[1] == 0;
}

struct FoldPad : impl::FoldPadBase<FoldPad> {
  void runOnOperation() override {
    getOperation().walk([&](Conv2DOp conv) {
      // A loop, because a pad may itself read a pad.
      while (auto pad = conv.getInput().getDefiningOp<PadOp>()) {
        if (!padsOnlyMapsWithZero(pad))
          return;
        llvm::ArrayRef<int64_t> pads = conv.getPads(), low = pad.getLow(), high = pad.getHigh();
        conv.setPads({pads[0] + low[2], pads[1] + low[3], pads[2] + high[2], pads[3] + high[3]});
        conv.getInputMutable().assign(pad.getInput());
        ++numFolded;
        if (pad->use_empty())
          pad.erase();
      }
    });
  }
};

} // namespace
} // namespace wino
