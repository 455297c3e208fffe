// Layers: the whole layers that x86 lowers in forms of its own (Isa.h, OwnLayer).
#ifndef WINO_LOWER_LOWERTOX86_LAYERS_H
#define WINO_LOWER_LOWERTOX86_LAYERS_H

#include "Lower/Kernels/Convolution.h"
#include "Lower/Kernels/Pointwise.h"
#include "Lower/LowerToX86/Blocking.h"

namespace wino::avx2 {

/// Products of 32 bits only.
OwnLayer winogradLayer(const WinogradConvolution &conv, const WinogradTaps &taps);

/// What the blocking of a direct layer follows from.
DirectShape shapeOf(const DirectConvolution &conv);

/// One group only.
OwnLayer directLayer(const DirectConvolution &conv, llvm::ArrayRef<int8_t> filter, llvm::ArrayRef<int32_t> bias,
                     llvm::ArrayRef<int32_t> multipliers);

/// False where the operands are no whole vectors.
bool weightedSum(Kernel &k, const WeightedSum &sum, int64_t bytes, mlir::ValueRange inputs, mlir::Value output);

} // namespace wino::avx2

#endif
