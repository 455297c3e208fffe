// Checks that several verifiers share: presence and length of `requant`, equal types, shapes as text.
#ifndef WINO_LIB_DIALECT_SHAREDCHECKS_H
#define WINO_LIB_DIALECT_SHAREDCHECKS_H

#include "wino/Dialect/Winograd.h"

#include "mlir/IR/TypeUtilities.h"

#include <cstdint>
#include <limits>
#include <string>

namespace wino {

/// "2x3x8x8".
inline std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

inline int64_t elementCount(mlir::Value value) {
  return llvm::cast<mlir::ShapedType>(value.getType()).getNumElements();
}

inline mlir::LogicalResult checkShape(mlir::Operation *op, llvm::StringRef what, llvm::ArrayRef<int64_t> expected,
                                      mlir::Value value) {
  if (expected == shapeOf(value))
    return mlir::success();
  return op->emitOpError() << "expected " << what << " shape " << shapeText(expected) << ", got "
                           << shapeText(shapeOf(value));
}

inline mlir::LogicalResult checkRank(mlir::Operation *op, llvm::StringRef what, size_t rank, mlir::Value value) {
  if (shapeOf(value).size() == rank)
    return mlir::success();
  return op->emitOpError() << "expected " << what << " of rank " << rank << ", got rank " << shapeOf(value).size();
}

inline mlir::LogicalResult checkElementType(mlir::Operation *op, mlir::Value input, mlir::Value output) {
  mlir::Type from = mlir::getElementTypeOrSelf(input.getType()), to = mlir::getElementTypeOrSelf(output.getType());
  if (from == to)
    return mlir::success();
  return op->emitOpError() << "expected input element type " << to << " as in the output, got " << from;
}

/// A clamp that leaves the output type would store numbers that its readers (a lookup's table) do not expect.
inline mlir::LogicalResult checkClamp(mlir::Operation *op, int64_t lo, int64_t hi, mlir::Value output) {
  StorageRange range = storageRange(quantizedType(output));
  if (lo >= range.lo && hi <= range.hi)
    return mlir::success();
  return op->emitOpError() << "expected lo and hi in [" << range.lo << ", " << range.hi << "] of the output type, got "
                           << lo << " and " << hi;
}

/// requant exactly when the output is quantized, with one of the allowed multiplier counts, each in [least, most].
inline mlir::LogicalResult checkRequant(mlir::Operation *op, std::optional<RequantAttr> requant, mlir::Value output,
                                        llvm::ArrayRef<int64_t> counts, int32_t least = 0,
                                        int32_t most = std::numeric_limits<int32_t>::max()) {
  bool quantized = static_cast<bool>(quantizedType(output));
  if (requant.has_value() != quantized)
    return op->emitOpError() << "expected " << (quantized ? "requant for" : "no requant without")
                             << " a quantized output, got " << (quantized ? "none" : "one");
  if (!requant)
    return mlir::success();
  llvm::ArrayRef<int32_t> multipliers = requant->getMultipliers().asArrayRef();
  if (!llvm::is_contained(counts, static_cast<int64_t>(multipliers.size()))) {
    mlir::InFlightDiagnostic error = op->emitOpError() << "expected ";
    llvm::interleave(counts, error, " or ");
    return error << " requant multipliers, got " << multipliers.size();
  }
  for (int32_t multiplier : multipliers)
    if (multiplier < least || multiplier > most)
      return op->emitOpError() << "expected requant multipliers in [" << least << ", " << most << "], got "
                               << multiplier;
  return checkClamp(op, requant->getLo(), requant->getHi(), output);
}

/// A residual has the output's shape and, quantized as the output is, eight bits; its multiplier is there exactly then.
inline mlir::LogicalResult checkResidual(mlir::Operation *op, mlir::Value residual, std::optional<int64_t> multiplier,
                                         mlir::Value output) {
  bool scaled = residual && quantizedType(output);
  if (multiplier.has_value() != scaled)
    return op->emitOpError() << "expected " << (scaled ? "residual_multiplier for" : "no residual_multiplier without")
                             << " a residual of a quantized output, got " << (scaled ? "none" : "one");
  if (!residual)
    return mlir::success();
  if (mlir::failed(checkShape(op, "residual", shapeOf(output), residual)))
    return mlir::failure();
  mlir::quant::UniformQuantizedType type = quantizedType(residual);
  if (bool(type) != bool(quantizedType(output)) || (type && type.getStorageTypeIntegralWidth() != 8))
    return op->emitOpError() << "expected a residual " << (scaled ? "quantized to 8 bits" : "of floats")
                             << " beside this output, got " << mlir::getElementTypeOrSelf(residual.getType());
  if (scaled && (*multiplier < 0 || *multiplier > std::numeric_limits<int16_t>::max()))
    return op->emitOpError() << "expected residual_multiplier in [0, 32767], got " << *multiplier;
  return mlir::success();
}

} // namespace wino

#endif
