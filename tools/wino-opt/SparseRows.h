// SparseRows: ops whose results are sums of a few elements of their operands, or the largest, as the rows of a
// SparseLayer.
#ifndef WINO_TOOLS_WINO_OPT_SPARSEROWS_H
#define WINO_TOOLS_WINO_OPT_SPARSEROWS_H

#include "wino/Distill/Layer.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace wino {

/// Elements of a tensor.
size_t sizeOf(mlir::Value value);

/// Whether sparseRows knows the op: add, sub, mul, pools, means, and whatever moves elements.
bool isSparse(mlir::Operation *op);

/// Rows of the op's result. Operands are variables where `isKnown`, whose elements are counted one operand after the
/// other; of add, sub and mul the others are constants. Nothing for a product of two variables, padding with other
/// numbers than 0, and more than 2^24 elements or elements of windows.
std::optional<SparseLayer::Rows> sparseRows(mlir::Operation *op, llvm::function_ref<bool(mlir::Value)> isKnown);

} // namespace wino

#endif
