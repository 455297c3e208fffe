// TapProducts (NEON): the products of a block of tiles or pixels as assembly; for an in-order core it is ordered by the
// issue model of wino/Machine. LLVM neither pairs 64-bit loads with `ins` nor fills the slot beside a 128-bit
// operation, which costs a Cortex-A53 a fifth of its time here.
#ifndef WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H
#define WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H

#include "Lower/Kernels/Isa.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// Isa::tapProducts; cycles are those of one register block. None where an offset is beyond what instructions encode.
std::optional<Assembly> tapProductsCode(const TapProducts &products, const TargetData &core);
/// Isa::directProducts, the same.
std::optional<Assembly> directProductsCode(const DirectProducts &products, const TargetData &core);

} // namespace wino

#endif
