// TapProducts (NEON): the tap products of a block of tiles as assembly, ordered for an in-order core by the issue model
// of wino/Machine. LLVM neither pairs 64-bit loads with `ins` nor fills the slot beside a 128-bit operation, which
// costs a Cortex-A53 a fifth of its time here.
#ifndef WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H
#define WINO_LOWER_LOWERTONEON_TAPPRODUCTS_H

#include "Lower/Kernels/Isa.h"

#include <optional>
#include <string>

namespace wino {

/// Assembly without operands. On entry: x0 U, x1 V, x2 multipliers, x3 O, x4 number of register blocks of tiles (at
/// least 1), x27 tapStride of U, x28 what leads from O of a tap's last channels to O of the next tap. All registers but
/// x18, x19, x29, x30 and sp are changed.
struct ProductsCode {
  std::string text;
  uint64_t cyclesPerBlock; // of one register block by the issue model, every access a hit
};

/// None where an offset is beyond what the instructions can encode.
std::optional<ProductsCode> tapProductsCode(const TapProducts &products);

} // namespace wino

#endif
