// Integer semantics of the graph ops (normative). Every stage that is said to fit a type is computed in 64 bits and
// checked: an overflow is an error that names the layer, never a wrapped number. Rounding is FixedPoint.h's, nothing
// else rounds.
#ifndef WINO_REFERENCE_INTEGEROPS_H
#define WINO_REFERENCE_INTEGEROPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace wino {

/// Result of one graph op whose result is quantized. Operands have the shapes and types the op's verifier demands.
llvm::Expected<Tensor> evaluateInteger(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands);

/// "layer 'conv1': stage overflow: expected acc within i32, got 4294967296".
llvm::Error stageOverflow(mlir::Operation *op, llvm::StringRef stage, int64_t value);

} // namespace wino

#endif
