// The dialect's C++ face: include this to build, match or verify winograd IR.
#ifndef WINO_DIALECT_WINOGRAD_H
#define WINO_DIALECT_WINOGRAD_H

#include "wino/Numerics/TileSpec.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/Dialect/Quant/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "wino/Dialect/WinogradDialect.h.inc"
#include "wino/Dialect/WinogradEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "wino/Dialect/WinogradAttrs.h.inc"
#define GET_OP_CLASSES
#include "wino/Dialect/WinogradOps.h.inc"

namespace wino {

/// ONNX node name an op carries as its location ("?" if none).
llvm::StringRef nodeName(mlir::Operation *op);

/// The quantized element type of a tensor value, or null.
mlir::quant::UniformQuantizedType quantizedType(mlir::Value value);

/// Whether the elements of a value are floats, of 32 bits or stored in 16 (f16).
bool isFloat(mlir::Value value);
bool isHalf(mlir::Value value);

/// Smallest and largest stored integer of a tensor's element type: [-128, 127] for i8, [0, 255] for u8.
struct StorageRange {
  int32_t lo, hi;
};
StorageRange storageRange(mlir::quant::UniformQuantizedType type);

/// Whether the op (a pool or reduction that takes the maximum, reshape, transpose, slice, pad, repeat, depth_to_space,
/// space_to_depth) only moves numbers of its one tensor, so that its result has the scale and type of operand 0.
bool keepsScale(mlir::Operation *op);

/// Whether the op multiplies its result into any scale.
bool choosesItsScale(mlir::Operation *op);

/// The extents of a value of static shape.
llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// Output extent of a sliding window: floor((size + padLow + padHigh - dilation*(kernel-1) - 1) / stride) + 1.
int64_t windowExtent(int64_t size, int64_t kernel, int64_t stride, int64_t dilation, int64_t padLow, int64_t padHigh);

} // namespace wino

#endif
