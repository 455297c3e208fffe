// FloatBlock (NEON): register blocks of fused products of floats, in the order of an in-order core.
#ifndef WINO_LOWER_LOWERTONEON_FLOATBLOCK_H
#define WINO_LOWER_LOWERTONEON_FLOATBLOCK_H

#include "Lower/Kernels/Isa.h"
#include "wino/Target/TargetData.h"

namespace wino {

/// None where an offset cannot be encoded, and for cores that find the order themselves.
std::optional<Assembly> floatProductsCode(const FloatProducts &shape, const TargetData &core);

} // namespace wino

#endif
