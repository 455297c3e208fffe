// TapProducts (NEON): the products of a block of tiles or pixels as assembly, ordered for an in-order core by the issue
// model of wino/Machine. LLVM neither pairs 64-bit loads with `ins` nor fills the slot beside a 128-bit operation,
// which costs a Cortex-A53 a fifth of its time here.
#ifndef WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H
#define WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H

#include "Lower/Kernels/Isa.h"

namespace wino {

/// Isa::tapProducts; cycles are those of one register block. None where an offset is beyond what instructions encode.
std::optional<Assembly> tapProductsCode(const TapProducts &products);
/// Isa::directProducts, the same.
std::optional<Assembly> directProductsCode(const DirectProducts &products);

} // namespace wino

#endif
