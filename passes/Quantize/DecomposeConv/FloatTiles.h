// A planned convolution whose taps are floats: V once and for all, and the numbers of its requantization.
#ifndef WINO_QUANTIZE_DECOMPOSECONV_FLOATTILES_H
#define WINO_QUANTIZE_DECOMPOSECONV_FLOATTILES_H

#include "wino/Dialect/Winograd.h"

namespace wino {

/// Replaces a quantized convolution with constant `filter` and `bias`, both f32 and finite, by winograd.float_tiles;
/// fails with an error that names the layer where a number does not fit.
mlir::LogicalResult decomposeInFloats(Conv2DOp op, mlir::DenseElementsAttr filter, mlir::DenseElementsAttr bias);

/// Likewise of a convolution of a map of floats.
mlir::LogicalResult decomposeFloatMap(Conv2DOp op);

} // namespace wino

#endif
