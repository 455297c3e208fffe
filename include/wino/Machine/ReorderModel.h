//===- ReorderModel.h - cycles of code on a core that reorders it ---------===//
//
// LLVM's scheduling models, run by llvm::mca in this process. What they are
// worth is in lib/Target/README.md.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_REORDERMODEL_H
#define WINO_MACHINE_REORDERMODEL_H

#include "wino/Machine/Decode.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace wino {

/// Cycles of one round of straight-line code without branches that is run again and again, by LLVM's model of `cpu`
/// (cortex-a76: that of the Neoverse N1, the same core; LLVM's own entry for it is the Cortex-A57's). Every access
/// hits and no two overlap. Fails on what the model does not know.
llvm::Expected<double> reorderedCycles(llvm::ArrayRef<a53::Instruction> code, llvm::StringRef cpu);

} // namespace wino

#endif // WINO_MACHINE_REORDERMODEL_H
