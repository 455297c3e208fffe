// Which clips these are is Dialect/FileScale's to say.
#include "Quantize/QuantizeGraph/StoredClips.h"

#include "wino/Dialect/FileScale.h"

using namespace mlir;

namespace wino {

void dropStoredClips(func::FuncOp func) {
  llvm::SmallVector<ActivateOp> clips; // in program order: a scale may be that of the next clip as well
  func.walk([&](ActivateOp op) {
    if (op->hasAttr(kFileScale))
      clips.push_back(op);
  });
  for (ActivateOp clip : clips) {
    Value maker = storedBefore(clip);
    if (!maker)
      continue;
    if (Operation *op = maker.getDefiningOp())
      op->setAttr(kFileScale, clip->getAttr(kFileScale));
    else
      func.setArgAttr(cast<BlockArgument>(maker).getArgNumber(), kFileScale, clip->getAttr(kFileScale));
    clip.getOutput().replaceAllUsesWith(clip.getInput());
    clip.erase();
  }
}

} // namespace wino
