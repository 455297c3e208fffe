// HalfProducts: register blocks of the tap products of out=f16, (E61) of lib/Numerics: sums of halfRun products in
// binary16, added to those of binary32 in memory.
#ifndef WINO_LOWER_KERNELS_HALFPRODUCTS_H
#define WINO_LOWER_KERNELS_HALFPRODUCTS_H

#include "Lower/Kernels/FloatWinograd.h"

namespace wino {

/// U of a block's first tile, V of its first channel, O of both.
struct HalfBlock {
  mlir::Value left, right, to;
};

/// Of `rows` tiles and conv.columns(form) channels. Where the target does not multiply halves the same bits are made of
/// binary32: slow, for the host that measures.
void emitHalfBlock(Kernel &k, const FloatForm &form, const FloatWinograd &conv, int64_t rows, const HalfBlock &block);

} // namespace wino

#endif
