// FuseResidual: conv -> add becomes one convolution with a residual. Which sums is Dialect/ResidualSum.h's to say.
#include "wino/Dialect/FileScale.h"
#include "wino/Dialect/ResidualSum.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "wino/Passes/Passes.h.inc"

namespace {

/// The convolution at the sum's place: its residual may be made behind the convolution.
void fuse(AddOp sum, const ResidualSum &found) {
  Conv2DOp conv = found.conv;
  conv->moveBefore(sum);
  conv.getResidualMutable().assign(found.residual);
  conv.removeActivationAttr(); // of a tensor that is not stored any more
  if (std::optional<ActivationAttr> activation = sum.getActivation())
    conv.setActivationAttr(*activation);
  conv->setAttr(kLayer, StringAttr::get(conv.getContext(), nodeName(conv)));
  conv->setLoc(sum.getLoc());
  for (llvm::StringRef ofTensor : {"winograd.stats", kFileScale}) {
    conv->removeAttr(ofTensor);
    if (Attribute attr = sum->getAttr(ofTensor))
      conv->setAttr(ofTensor, attr);
  }
  sum.getOutput().replaceAllUsesWith(conv.getOutput());
  sum.erase();
}

struct FuseResidual : impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    llvm::SmallVector<AddOp> sums;
    getOperation().walk([&](AddOp sum) { sums.push_back(sum); });
    for (AddOp sum : sums)
      if (std::optional<ResidualSum> found = residualSum(sum)) {
        fuse(sum, *found);
        ++numFused;
      }
  }
};

} // namespace
} // namespace wino
