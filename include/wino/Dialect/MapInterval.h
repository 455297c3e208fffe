// MapInterval: between which numbers a map of a float network is proved to stay, as wino-store-halves leaves it.
#ifndef WINO_DIALECT_MAPINTERVAL_H
#define WINO_DIALECT_MAPINTERVAL_H

#include "wino/Dialect/InFloats.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wino {

constexpr llvm::StringLiteral kInterval = "winograd.interval";
/// Of an op: which stage of it did not fit 16 bits, by how much, and what was done instead.
constexpr llvm::StringLiteral kTakenBack = "winograd.taken_back";
/// Of a function: "fp32" or "fp16", for networks that stay in floats.
constexpr llvm::StringLiteral kFloatPrecision = "winograd.precision";

struct Interval {
  double lo = -std::numeric_limits<double>::infinity(), hi = std::numeric_limits<double>::infinity();
  double largest() const { return std::max(std::fabs(lo), std::fabs(hi)); }
  bool isFinite() const { return std::isfinite(lo) && std::isfinite(hi); }
  Interval hull(const Interval &other) const { return {std::min(lo, other.lo), std::max(hi, other.hi)}; }
};

/// That of the op that makes the value; all numbers where none is stated.
inline Interval mapInterval(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  auto attr = op ? op->getAttrOfType<mlir::DenseF64ArrayAttr>(kInterval) : mlir::DenseF64ArrayAttr();
  return attr && attr.size() == 2 ? Interval{attr[0], attr[1]} : Interval();
}

inline void setInterval(mlir::Operation *op, const Interval &interval) {
  op->setAttr(kInterval, mlir::Builder(op->getContext()).getDenseF64ArrayAttr({interval.lo, interval.hi}));
}

/// Precision of a float network that the op is a part of, or of an op in floats beside integers (InFloats.h); empty for
/// integers.
inline llvm::StringRef floatPrecision(mlir::Operation *op) {
  if (op->hasAttr(kInFloats))
    return "fp32";
  mlir::Operation *function = op->getParentOp();
  auto precision = function ? function->getAttrOfType<mlir::StringAttr>(kFloatPrecision) : mlir::StringAttr();
  return precision ? precision.getValue() : "";
}

} // namespace wino

#endif
