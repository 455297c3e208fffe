// Integer semantics of the tile ops (normative): transforms run the TransformDag of the plan's IntegerTransform, lane
// by lane.
#ifndef WINO_REFERENCE_TILEOPS_H
#define WINO_REFERENCE_TILEOPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Reference/Tensor.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace wino {

/// Whether evaluateTile knows the op.
bool isTile(mlir::Operation *op);

/// The integer transform a tile op runs; null for tap_matmul.
llvm::Expected<std::shared_ptr<const IntegerTransform>> transformOf(mlir::Operation *op);

/// Result of one tile op; `transform` comes from transformOf.
llvm::Expected<Tensor> evaluateTile(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands,
                                    const IntegerTransform *transform);

} // namespace wino

#endif
