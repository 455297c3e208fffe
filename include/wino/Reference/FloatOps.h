// Float semantics of the graph ops (normative: emitted float code makes the same bits), in binary32, rounding to
// nearest, halves to even. Convolution and fully_connected start from the bias and fuse: acc = fma(x, w, acc) over
// kernel rows, then kernel columns, then channels, padding included as zeros. Sums of pools and means start from 0, row
// by row in logical order, and are divided once. Functions are FloatActivation.h's. Softmax rounds e^(x - largest) to
// binary32, sums in binary64 and divides there. Ops that only move values are in MoveOps.h.
#ifndef WINO_REFERENCE_FLOATOPS_H
#define WINO_REFERENCE_FLOATOPS_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace wino {

/// Result of one op whose result is f32. Operands have the shapes and types the op's verifier demands.
llvm::Expected<Tensor> evaluateFloat(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands);

/// An activation on binary32 (Dialect/FloatActivation.h).
float activate(ActivationAttr activation, float x);

} // namespace wino

#endif
