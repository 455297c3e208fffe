// Verifiers of the tile ops: shapes in taps and tiles, tap types, multiplier counts and ranges. Whether the integers
// fit their lanes is not a matter of shape and is proved by wino-prove-ranges. Constraint numbers as in TileOps.td.
#include "SharedChecks.h"

#include <cmath>

using namespace mlir;

namespace wino {

/// Width of a signless integer element type, 0 for anything else.
static unsigned integerWidth(Value value) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(value.getType()));
  return type && type.isSignless() ? type.getWidth() : 0;
}

/// The plan must be a Winograd tile; `value` must have the element type in which its taps are stored.
static LogicalResult checkTap(Operation *op, PlanAttr plan, Value value) {
  if (plan.isDirect())
    return op->emitOpError() << "expected a Winograd plan, got direct";
  if (plan.getSpec().hasFloatTaps())
    return op->emitOpError() << "expected taps of integers, got " << plan.getSpec().shortStr();
  unsigned expected = plan.getSpec().hasByteTaps() ? 8 : 16;
  if (integerWidth(value) != expected)
    return op->emitOpError() << "expected output element type i" << expected << " as the plan's taps, got "
                             << getElementTypeOrSelf(value.getType());
  return success();
}

LogicalResult InputTransformOp::verify() {
  // (C1)
  if (failed(checkTap(*this, getPlan(), getOutput())))
    return failure();
  TileSpec spec = getPlan().getSpec();
  // (C4)
  if (getPads().size() != 2 || getPads()[0] < 0 || getPads()[1] < 0)
    return emitOpError() << "expected two pads >= 0, got [" << getPads() << "]";
  ArrayRef<int64_t> size = getOutputSize();
  if (size.size() != 2 || size[0] < 1 || size[1] < 1)
    return emitOpError() << "expected two output sizes >= 1, got [" << size << "]";
  // (C2)
  if (failed(checkRank(*this, "input", 4, getInput())))
    return failure();
  ArrayRef<int64_t> in = shapeOf(getInput());
  int64_t tiles = in[0] * spec.down().tilesOver(size[0]) * spec.across().tilesOver(size[1]);
  if (failed(checkShape(*this, "output", {spec.down().K, spec.across().K, tiles, in[1]}, getOutput())))
    return failure();
  // (C3)
  size_t taps = spec.hasByteTaps() ? spec.taps() : 0;
  if (getMultipliers().size() != taps || getShifts().size() != taps)
    return emitOpError() << "expected " << taps << " multipliers and shifts, got " << getMultipliers().size() << " and "
                         << getShifts().size();
  for (int32_t multiplier : getMultipliers())
    if (multiplier < (1 << 14) || multiplier >= (1 << 15))
      return emitOpError() << "expected multipliers in [16384, 32767], got " << multiplier;
  for (int32_t shift : getShifts())
    if (shift < 0 || shift > 15)
      return emitOpError() << "expected shifts in [0, 15], got " << shift;
  return success();
}

LogicalResult FilterTransformOp::verify() {
  // (C1)
  if (failed(checkTap(*this, getPlan(), getOutput())))
    return failure();
  TileSpec spec = getPlan().getSpec();
  // (C2)
  if (failed(checkRank(*this, "input", 4, getInput())))
    return failure();
  ArrayRef<int64_t> w = shapeOf(getInput());
  if (failed(checkShape(*this, "input", {w[0], w[1], spec.down().r, spec.across().r}, getInput())) ||
      failed(checkShape(*this, "output", {spec.down().K, spec.across().K, w[0], w[1]}, getOutput())))
    return failure();
  // (C3)
  size_t scales = spec.taps() * w[0];
  if (getScales().size() != scales)
    return emitOpError() << "expected " << scales << " scales, got " << getScales().size();
  for (double scale : getScales())
    if (!std::isfinite(scale) || scale <= 0)
      return emitOpError() << "expected finite positive scales, got " << scale;
  return success();
}

LogicalResult TapMatmulOp::verify() {
  // (C1)
  if (failed(checkRank(*this, "lhs", 4, getLhs())) || failed(checkRank(*this, "rhs", 4, getRhs())))
    return failure();
  ArrayRef<int64_t> u = shapeOf(getLhs()), v = shapeOf(getRhs());
  if (failed(checkShape(*this, "rhs", {u[0], u[1], v[2], u[3]}, getRhs())) ||
      failed(checkShape(*this, "output", {u[0], u[1], u[2], v[2]}, getOutput())))
    return failure();
  // (C2)
  unsigned lhs = integerWidth(getLhs()), rhs = integerWidth(getRhs());
  unsigned out = integerWidth(getOutput());
  if ((lhs != 8 && lhs != 16) || rhs != lhs || (out != 8 && out != 16 && out != 32))
    return emitOpError() << "expected i8 x i8 or i16 x i16 to i32, i16 or i8, got "
                         << getElementTypeOrSelf(getLhs().getType()) << " x "
                         << getElementTypeOrSelf(getRhs().getType()) << " to "
                         << getElementTypeOrSelf(getOutput().getType());
  // (C3)
  int64_t count = u[0] * u[1] * v[2];
  if (static_cast<int64_t>(getMultipliers().size()) != count)
    return emitOpError() << "expected " << count << " multipliers, got " << getMultipliers().size();
  for (int32_t multiplier : getMultipliers())
    if (multiplier < 0)
      return emitOpError() << "expected multipliers >= 0, got " << multiplier;
  // (C4)
  if (int64_t pre = getPre(); pre < 0 || pre > 31)
    return emitOpError() << "expected pre in [0, 31], got " << pre;
  // (C5)
  int64_t shift = getShift();
  if (out == 32 && shift != 0)
    return emitOpError() << "expected shift 0 for products in i32, got " << shift;
  if (out != 32 && (shift < 1 || shift > 16))
    return emitOpError() << "expected shift in [1, 16] for products in i" << out << ", got " << shift;
  return success();
}

LogicalResult OutputTransformOp::verify() {
  // (C1)
  if (getPlan().isDirect())
    return emitOpError() << "expected a Winograd plan, got direct";
  if (getPlan().getSpec().hasFloatTaps())
    return emitOpError() << "expected taps of integers, got " << getPlan().getSpec().shortStr();
  TileSpec spec = getPlan().getSpec();
  if (failed(checkRank(*this, "input", 4, getInput())))
    return failure();
  ArrayRef<int64_t> o = shapeOf(getInput());
  if (failed(checkShape(*this, "input", {spec.down().K, spec.across().K, o[2], o[3]}, getInput())))
    return failure();
  unsigned width = integerWidth(getInput()), asked = unsigned(spec.product);
  if (width != 32 && width != asked)
    return emitOpError() << "expected input element type i32" << (asked == 32 ? "" : " or i" + std::to_string(asked))
                         << " as the plan's products, got " << getElementTypeOrSelf(getInput().getType());
  // (C2)
  if (failed(checkRank(*this, "output", 4, getOutput())))
    return failure();
  ArrayRef<int64_t> out = shapeOf(getOutput());
  if (failed(checkShape(*this, "output", {out[0], o[3], out[2], out[3]}, getOutput())))
    return failure();
  int64_t tiles = out[0] * spec.down().tilesOver(out[2]) * spec.across().tilesOver(out[3]);
  if (o[2] != tiles)
    return emitOpError() << "expected " << tiles << " tiles, got " << o[2];
  if (!quantizedType(getOutput()))
    return emitOpError() << "expected a quantized output, got " << getElementTypeOrSelf(getOutput().getType());
  // (C3)
  if (failed(checkShape(*this, "bias", {o[3]}, getBias())))
    return failure();
  if (integerWidth(getBias()) != 32)
    return emitOpError() << "expected bias element type i32, got " << getElementTypeOrSelf(getBias().getType());
  // (C4)
  int64_t shift = getShift(), lo = getLo(), hi = getHi();
  if (shift < 1 || shift > 16)
    return emitOpError() << "expected shift in [1, 16], got " << shift;
  if (lo > hi)
    return emitOpError() << "expected lo <= hi, got lo = " << lo << " and hi = " << hi;
  if (failed(checkClamp(*this, lo, hi, getOutput())))
    return failure();
  // (C5)
  auto check = [&](std::optional<ArrayRef<int32_t>> multipliers, int64_t count, StringRef role) -> LogicalResult {
    int64_t expected = width == 32 ? 0 : count, got = multipliers ? multipliers->size() : 0;
    if (got != expected)
      return emitOpError() << "expected " << expected << " " << role << " multipliers for products in i" << width
                           << ", got " << got;
    for (int64_t i = 0; i < got; ++i)
      if ((*multipliers)[i] < 0)
        return emitOpError() << "expected " << role << " multipliers >= 0, got " << (*multipliers)[i];
    return success();
  };
  if (failed(check(getTapMultipliers(), spec.taps(), "tap")))
    return failure();
  if (failed(check(getChannelMultipliers(), o[3], "channel")))
    return failure();
  // (C6), (C7)
  if (getResidual() && width != 32)
    return emitOpError() << "expected products in i32 beside a residual, got i" << width;
  return checkResidual(*this, getResidual(), getResidualMultiplier(), getOutput());
}

LogicalResult FloatTilesOp::verify() {
  // (C1)
  TileSpec spec = getPlan().getSpec();
  if (spec.direct || !spec.hasFloatTaps())
    return emitOpError() << "expected a Winograd plan with taps in floats, got " << spec.shortStr();
  if (!getElementTypeOrSelf(getFilter().getType()).isF32())
    return emitOpError() << "expected filter element type f32, got " << getElementTypeOrSelf(getFilter().getType());
  // (C2)
  if (failed(checkRank(*this, "input", 4, getInput())) || failed(checkRank(*this, "output", 4, getOutput())))
    return failure();
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getOutput());
  if (failed(checkShape(*this, "filter", {spec.down().K, spec.across().K, out[1], in[1]}, getFilter())) ||
      failed(checkShape(*this, "output", {in[0], out[1], out[2], out[3]}, getOutput())))
    return failure();
  bool quantized = bool(quantizedType(getOutput()));
  for (Value value : {getInput(), getOutput()})
    if (bool(quantizedType(value)) != quantized || (!quantized && !isFloat(value)))
      return emitOpError() << "expected input and output both quantized or both floats, got "
                           << getElementTypeOrSelf(value.getType());
  // (C3)
  if (getPads().size() != 2 || getPads()[0] < 0 || getPads()[1] < 0)
    return emitOpError() << "expected two pads >= 0, got [" << getPads() << "]";
  // (C4)
  auto channels = size_t(out[1]);
  if (getScales().size() != channels || getOffsets().size() != channels)
    return emitOpError() << "expected " << channels << " scales and offsets, got " << getScales().size() << " and "
                         << getOffsets().size();
  for (auto [scale, offset] : llvm::zip_equal(getScales(), getOffsets()))
    if (!std::isfinite(scale) || scale <= 0 || !std::isfinite(offset))
      return emitOpError() << "expected finite scales > 0 and finite offsets, got " << scale << " and " << offset;
  // (C5)
  if (getLo().has_value() != quantized || getHi().has_value() != quantized)
    return emitOpError() << "expected lo and hi exactly with a quantized output, got "
                         << (quantized ? "one or none" : "one or both");
  if (!quantized)
    return success();
  if (getActivation())
    return emitOpError() << "expected no activation beside a quantized output, got one";
  int64_t lo = *getLo(), hi = *getHi();
  if (lo > hi)
    return emitOpError() << "expected lo <= hi, got lo = " << lo << " and hi = " << hi;
  return checkClamp(*this, lo, hi, getOutput());
}

} // namespace wino
