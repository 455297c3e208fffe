// LayerError: how the quantization passes open an error about one op, worded once.
#ifndef WINO_PASSES_QUANTIZE_LAYERERROR_H
#define WINO_PASSES_QUANTIZE_LAYERERROR_H

#include "wino/Dialect/ResidualSum.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/IR/Diagnostics.h"

#include <algorithm>

namespace wino {

/// `layer 'name': ` at the op's location.
inline mlir::InFlightDiagnostic layerError(mlir::Operation *op) {
  return mlir::emitError(op->getLoc()) << "layer '" << layerName(op) << "': ";
}

/// Largest magnitude of a stored activation: 128 for i8, 255 for u8, 4096 in a head.
inline int largestStored(mlir::quant::UniformQuantizedType type) {
  StorageRange range = storageRange(type);
  return std::max(-range.lo, range.hi);
}

} // namespace wino

#endif
