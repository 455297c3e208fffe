// Convolution by tiles whose taps are floats, on quantized maps (normative; lib/Numerics/README.md, section 13).
#ifndef WINO_REFERENCE_FLOATTILES_H
#define WINO_REFERENCE_FLOATTILES_H

#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace wino {

/// `filter`: V as the op has it.
llvm::Expected<Tensor> evaluateFloatTiles(FloatTilesOp op, const Tensor &input, const Tensor &filter);

} // namespace wino

#endif
