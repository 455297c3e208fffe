// Intervals: between which numbers the result of a float op lies, roundings included.
#ifndef WINO_PASSES_QUANTIZE_STOREHALVES_INTERVALS_H
#define WINO_PASSES_QUANTIZE_STOREHALVES_INTERVALS_H

#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/Winograd.h"

namespace wino {

/// (E64) What an activation makes of numbers in `x`.
Interval activatedInterval(ActivationAttr activation, Interval x);

/// (E64) Of an op whose operands lie in `operands`, before its result is rounded to 16 bits. Everything for ops that
/// are not known, and where a NaN may come out.
Interval resultInterval(mlir::Operation *op, llvm::ArrayRef<Interval> operands);

/// Of the numbers of a float constant; everything if `value` is none.
Interval constantInterval(mlir::Value value);

/// Of halves that numbers in `x` are rounded to.
Interval halvesOf(Interval x);

} // namespace wino

#endif
