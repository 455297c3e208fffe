// Intervals: between which numbers the result of a float op lies, roundings included; lib/Numerics, section 14.
#ifndef WINO_DIALECT_INTERVALS_H
#define WINO_DIALECT_INTERVALS_H

#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"

namespace wino {

/// (E64) What an activation makes of numbers in `x`.
Interval activatedInterval(ActivationAttr activation, Interval x);

/// (E64) Of an op whose operands lie in `operands`, before its result is rounded to 16 bits. Everything for ops that
/// are not known, where a NaN may come out, and where binary32 may overflow.
Interval resultInterval(mlir::Operation *op, llvm::ArrayRef<Interval> operands);

/// Of the numbers of a float constant; everything if `value` is none.
Interval constantInterval(mlir::Value value);

/// Of halves that numbers in `x` are rounded to.
Interval halvesOf(Interval x);

/// (E67) Whether the filter of a direct convolution or a fully connected layer has 16 bits in a network of floats: it
/// is constant, beside a map of 16 bits, within 65504, and none of its output channels is so small that halves of it
/// are coarser than normal ones.
bool storesHalfFilter(mlir::Operation *op);

} // namespace wino

#endif
