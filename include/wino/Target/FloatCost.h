// Cycles of a convolution in floats.
#ifndef WINO_TARGET_FLOATCOST_H
#define WINO_TARGET_FLOATCOST_H

#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Target/CostModel.h"

namespace wino {

/// (E23) of lib/Target/README.md.
ConvCost floatCost(Conv2DOp conv, const TargetData &target);

/// What an element of a layer's maps is.
enum class MapElement { Byte, Half, Float };

/// (E24): a layer by tiles with taps in floats.
ConvCost floatTilesCost(const ConvShape &shape, const TileSpec &tile, const FloatTransform &transform,
                        const TargetData &target, MapElement input = MapElement::Byte,
                        MapElement output = MapElement::Byte);

} // namespace wino

#endif
