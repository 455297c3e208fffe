// StoredClips: clips to the range of a file's integers that storing the tensor before them in that scale does as well.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_STOREDCLIPS_H
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_STOREDCLIPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Gives their scale to what makes the tensor and removes them (Dialect/FileScale.h). Only now: floats need them.
void dropStoredClips(mlir::func::FuncOp func);

} // namespace wino

#endif
