// Float semantics of the graph ops: binary32 sums in one fixed order, without contraction. exp is taken in binary64 and
// rounded. Ops that only move values are in MoveOps.h.
#ifndef WINO_REFERENCE_FLOATOPS_H
#define WINO_REFERENCE_FLOATOPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace wino {

/// Result of one op whose result is f32. Operands have the shapes and types the op's verifier demands.
llvm::Expected<Tensor> evaluateFloat(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands);

/// The real function of an activation.
float activate(ActivationAttr activation, float x);

} // namespace wino

#endif
