// Ops that move values and do not compute: concat, slice, pad, reshape, transpose, and the maximum of max_pool_2d. The
// same for float and integer tensors.
#ifndef WINO_REFERENCE_MOVEOPS_H
#define WINO_REFERENCE_MOVEOPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

namespace wino {

/// Whether evaluateMove knows the op.
bool isMove(mlir::Operation *op);

Tensor evaluateMove(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands);

} // namespace wino

#endif
