// The certificate of a network of floats (Numerics, section 14).
#ifndef WINO_PASSES_QUANTIZE_PROVERANGES_PROVEFLOATS_H
#define WINO_PASSES_QUANTIZE_PROVERANGES_PROVEFLOATS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

/// Follows intervals from the arguments to the results and bounds every stage that is stored in 16 bits: maps, U and V
/// of tiles, and their sums. `stages`: how many were proved.
mlir::LogicalResult proveFloats(mlir::func::FuncOp main, unsigned &stages);

} // namespace wino

#endif
