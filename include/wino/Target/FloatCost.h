// Cycles of a convolution in floats.
#ifndef WINO_TARGET_FLOATCOST_H
#define WINO_TARGET_FLOATCOST_H

#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Target/CostModel.h"

namespace wino {

/// (E23) of lib/Target/README.md.
ConvCost floatCost(Conv2DOp conv, const TargetData &target);

/// (E24): a quantized layer by tiles with taps in floats.
ConvCost floatTilesCost(const ConvShape &shape, const TileSpec &tile, const FloatTransform &transform,
                        const TargetData &target);

} // namespace wino

#endif
