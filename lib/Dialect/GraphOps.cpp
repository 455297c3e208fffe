// Verifiers of the graph ops that compute: convolution, matrix product, elementwise arithmetic, pools, softmax, lookup.
// Each test carries the number of its constraint in GraphOps.td. Ops that only move values are in ShapeOps.cpp.
#include "SharedChecks.h"

using namespace mlir;

namespace wino {

LogicalResult Conv2DOp::verify() {
  // (C1)
  if (failed(checkRank(*this, "input", 4, getInput())) || failed(checkRank(*this, "filter", 4, getFilter())) ||
      failed(checkRank(*this, "output", 4, getOutput())))
    return failure();
  ArrayRef<int64_t> in = shapeOf(getInput()), w = shapeOf(getFilter()), s = getStrides(), d = getDilations(),
                    p = getPads();
  auto below = [](int64_t least) { return [least](int64_t value) { return value < least; }; };
  // (C2)
  if (s.size() != 2 || llvm::any_of(s, below(1)))
    return emitOpError() << "expected two strides >= 1, got [" << s << "]";
  if (d.size() != 2 || llvm::any_of(d, below(1)))
    return emitOpError() << "expected two dilations >= 1, got [" << d << "]";
  if (p.size() != 4 || llvm::any_of(p, below(0)))
    return emitOpError() << "expected four pads >= 0, got [" << p << "]";
  // (C3)
  int64_t groups = getGroups();
  if (groups < 1 || in[1] % groups != 0 || w[0] % groups != 0)
    return emitOpError() << "expected groups that divide C_in = " << in[1] << " and C_out = " << w[0] << ", got "
                         << groups;
  if (w[1] != in[1] / groups)
    return emitOpError() << "expected filter dim 1 = C_in / groups = " << in[1] / groups << ", got " << w[1];
  // (C4)
  int64_t expected[] = {in[0], w[0], windowExtent(in[2], w[2], s[0], d[0], p[0], p[2]),
                        windowExtent(in[3], w[3], s[1], d[1], p[1], p[3])};
  if (failed(checkShape(*this, "output", expected, getOutput())))
    return failure();
  // (C5)
  if (failed(checkShape(*this, "bias", {w[0]}, getBias())))
    return failure();
  // (C6)
  if (getPlan() && !getPlan()->isDirect()) {
    TileSpec tile = getPlan()->getSpec();
    int64_t high = tile.down().r, wide = tile.across().r;
    if (w[2] != high || w[3] != wide || s[0] != tile.down().stride || s[1] != tile.across().stride || d[0] != 1 ||
        d[1] != 1 || groups != 1)
      return emitOpError() << "expected a " << high << "x" << wide << " filter, strides [" << tile.down().stride << ", "
                           << tile.across().stride << "], dilation 1 and groups 1 for a plan " << tile.sizeText()
                           << ", got " << w[2] << "x" << w[3] << ", strides [" << s << "], dilations [" << d
                           << "] and groups " << groups;
  }
  // (C7)
  if (failed(checkRequant(*this, getRequant(), getOutput(), {w[0]})))
    return failure();
  // (C8), (C9)
  if (getResidual() && groups != 1)
    return emitOpError() << "expected groups 1 beside a residual, got " << groups;
  if (getResidual() && getPlan() && !getPlan()->isDirect())
    if (TileSpec tile = getPlan()->getSpec(); tile.product != ProductType::I32 || tile.hasFloatTaps())
      return emitOpError() << "expected taps of integers and products of 32 bits beside a residual, got "
                           << tile.shortStr();
  return checkResidual(*this, getResidual(), getResidualMultiplier(), getOutput());
}

LogicalResult FullyConnectedOp::verify() {
  // (C1)
  if (failed(checkRank(*this, "input", 2, getInput())) || failed(checkRank(*this, "filter", 2, getFilter())) ||
      failed(checkRank(*this, "bias", 1, getBias())) || failed(checkRank(*this, "output", 2, getOutput())))
    return failure();
  // (C2)
  ArrayRef<int64_t> in = shapeOf(getInput()), w = shapeOf(getFilter());
  if (failed(checkShape(*this, "filter", {w[0], in[1]}, getFilter())) ||
      failed(checkShape(*this, "bias", {w[0]}, getBias())) ||
      failed(checkShape(*this, "output", {in[0], w[0]}, getOutput())))
    return failure();
  // (C3)
  return checkRequant(*this, getRequant(), getOutput(), {w[0]});
}

LogicalResult BatchNormOp::verify() {
  // (C1)
  if (shapeOf(getInput()).size() < 2)
    return emitOpError() << "expected input of rank >= 2, got rank " << shapeOf(getInput()).size();
  if (getInput().getType() != getOutput().getType())
    return emitOpError() << "expected output type " << getInput().getType() << " as the input, got "
                         << getOutput().getType();
  // (C2)
  for (Value vector : {getScale(), getBias(), getMean(), getVariance()})
    if (failed(checkShape(*this, "scale, bias, mean and variance", {shapeOf(getInput())[1]}, vector)))
      return failure();
  return success();
}

/// (C1) of ops with two operands.
template <typename OpT> static LogicalResult checkSameShapes(OpT op) {
  if (failed(checkShape(op, "lhs", shapeOf(op.getOutput()), op.getLhs())))
    return failure();
  return checkShape(op, "rhs", shapeOf(op.getOutput()), op.getRhs());
}

LogicalResult AddOp::verify() {
  // (C1)
  if (failed(checkSameShapes(*this)))
    return failure();
  // (C2)
  return checkRequant(*this, getRequant(), getOutput(), {2}, INT16_MIN, INT16_MAX);
}

LogicalResult SubOp::verify() {
  // (C1)
  if (failed(checkSameShapes(*this)))
    return failure();
  // (C2)
  return checkRequant(*this, getRequant(), getOutput(), {2}, INT16_MIN, INT16_MAX);
}

LogicalResult MulOp::verify() {
  // (C1)
  if (failed(checkSameShapes(*this)))
    return failure();
  // (C2)
  return checkRequant(*this, getRequant(), getOutput(), {1});
}

LogicalResult MaximumOp::verify() {
  // (C1)
  if (failed(checkSameShapes(*this)))
    return failure();
  // (C2)
  return checkRequant(*this, getRequant(), getOutput(), {2}, INT16_MIN, INT16_MAX);
}

LogicalResult MinimumOp::verify() {
  // (C1)
  if (failed(checkSameShapes(*this)))
    return failure();
  // (C2)
  return checkRequant(*this, getRequant(), getOutput(), {2}, INT16_MIN, INT16_MAX);
}

LogicalResult ActivateOp::verify() {
  // (C1)
  if (isFloat(getInput()) && isFloat(getOutput()))
    return checkShape(*this, "output", shapeOf(getInput()), getOutput());
  if (getInput().getType() != getOutput().getType())
    return emitOpError() << "expected output type " << getInput().getType() << " as the input, got "
                         << getOutput().getType();
  return success();
}

/// (C1), (C2) and (C3) of both pools.
template <typename OpT> static LogicalResult checkPool(OpT op) {
  // (C1)
  if (failed(checkRank(op, "input", 4, op.getInput())) || failed(checkRank(op, "output", 4, op.getOutput())))
    return failure();
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput()), k = op.getKernel(), s = op.getStrides(),
                    p = op.getPads();
  if (in.take_front(2) != out.take_front(2))
    return op.emitOpError() << "expected output N and C " << shapeText(in.take_front(2)) << ", got "
                            << shapeText(out.take_front(2));
  // (C2)
  if (k.size() != 2 || k[0] < 1 || k[1] < 1)
    return op.emitOpError() << "expected two kernel extents >= 1, got [" << k << "]";
  if (s.size() != 2 || s[0] < 1 || s[1] < 1)
    return op.emitOpError() << "expected two strides >= 1, got [" << s << "]";
  if (p.size() != 4 ||
      llvm::any_of(llvm::enumerate(p), [&](auto pad) { return pad.value() < 0 || pad.value() >= k[pad.index() % 2]; }))
    return op.emitOpError() << "expected four pads in [0, kernel), got [" << p << "]";
  // (C3)
  int64_t expected[] = {in[0], in[1], windowExtent(in[2], k[0], s[0], 1, p[0], p[2]),
                        windowExtent(in[3], k[1], s[1], 1, p[1], p[3])};
  return checkShape(op, "output", expected, op.getOutput());
}

LogicalResult MaxPool2DOp::verify() {
  if (failed(checkPool(*this)))
    return failure();
  // (C4)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult AvgPool2DOp::verify() {
  if (failed(checkPool(*this)))
    return failure();
  // (C4)
  ArrayRef<int64_t> out = shapeOf(getOutput());
  return checkRequant(*this, getRequant(), getOutput(), {1, out[2] * out[3]});
}

/// (C1) and (C2) of both reductions.
template <typename OpT> static LogicalResult checkReduction(OpT op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), axes = op.getAxes();
  // (C1)
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] < (i ? axes[i - 1] + 1 : 0) || axes[i] >= static_cast<int64_t>(in.size()))
      return op.emitOpError() << "expected distinct ascending axes in [0, " << in.size() << "), got [" << axes << "]";
  // (C2)
  SmallVector<int64_t> expected;
  for (auto [dim, extent] : llvm::enumerate(in))
    if (!llvm::is_contained(axes, static_cast<int64_t>(dim)))
      expected.push_back(extent);
    else if (op.getKeepDims())
      expected.push_back(1);
  return checkShape(op, "output", expected, op.getOutput());
}

LogicalResult ReduceMeanOp::verify() {
  if (failed(checkReduction(*this)))
    return failure();
  // (C3)
  return checkRequant(*this, getRequant(), getOutput(), {1});
}

LogicalResult ReduceMaxOp::verify() {
  if (failed(checkReduction(*this)))
    return failure();
  // (C3)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult SoftmaxOp::verify() {
  // (C1)
  int64_t rank = shapeOf(getInput()).size(), axis = getAxis();
  if (axis < 0 || axis >= rank)
    return emitOpError() << "expected axis in [0, " << rank << "), got " << axis;
  if (failed(checkShape(*this, "output", shapeOf(getInput()), getOutput())))
    return failure();
  // (C2)
  bool quantized = static_cast<bool>(quantizedType(getOutput()));
  if (getTable().has_value() != quantized)
    return emitOpError() << "expected " << (quantized ? "a table for" : "no table without")
                         << " a quantized output, got " << (quantized ? "none" : "one");
  // (C3)
  if (static_cast<bool>(quantizedType(getInput())) != quantized)
    return emitOpError() << "expected input and output both quantized or both not, got "
                         << getElementTypeOrSelf(getInput().getType()) << " and "
                         << getElementTypeOrSelf(getOutput().getType());
  if (!quantized)
    return success();
  quant::UniformQuantizedType type = quantizedType(getOutput());
  StorageRange range = storageRange(type);
  StorageRange input = storageRange(quantizedType(getInput()));
  bool isWide = input.hi > 255;
  int32_t top = isWide ? 65535 : 255;
  if (range.lo != 0 || range.hi != top || type.getZeroPoint() != 0 || type.getScale() != 1.0 / (top + 1))
    return emitOpError() << "expected output element type '!quant.uniform<"
                         << (isWide ? "u16:f32, 1.52587890625E-5" : "u8:f32, 3.906250e-03") << ">', got " << type;
  // (C2), the table itself
  ArrayRef<int32_t> table = *getTable();
  size_t levels = input.hi - input.lo + 1;
  if (isWide ? table.size() < 256 || table.size() > levels : table.size() != 256)
    return emitOpError() << "expected a table of 256 " << (isWide ? "to " + std::to_string(levels) + " " : "")
                         << "entries, got " << table.size();
  for (int32_t entry : table)
    if (entry < 0 || entry > 65535)
      return emitOpError() << "expected table entries in [0, 65535], got " << entry;
  if (table[0] == 0)
    return emitOpError() << "expected table entry 0 above 0, got 0";
  return success();
}

/// The shared (C1) of requantize and lookup.
template <typename OpT> static LogicalResult checkQuantizedUnary(OpT op) {
  if (failed(checkShape(op, "output", shapeOf(op.getInput()), op.getOutput())))
    return failure();
  for (Value value : {op.getInput(), op.getOutput()})
    if (!quantizedType(value))
      return op.emitOpError() << "expected quantized element types, got " << getElementTypeOrSelf(value.getType());
  return success();
}

LogicalResult RequantizeOp::verify() {
  // (C1)
  if (failed(checkQuantizedUnary(*this)))
    return failure();
  // (C2)
  if (getRequant().getPre() != 0)
    return emitOpError() << "expected requant pre = 0, got " << getRequant().getPre();
  return checkRequant(*this, getRequant(), getOutput(), {1}, INT16_MIN, INT16_MAX);
}

LogicalResult LookupOp::verify() {
  // (C1)
  if (failed(checkQuantizedUnary(*this)))
    return failure();
  // (C2)
  ArrayRef<int64_t> shape = shapeOf(getInput());
  int64_t entries = getTable().size(), channels = shape.size() > 1 ? shape[1] : 1;
  if (entries != 256 && entries != 256 * channels)
    return emitOpError() << "expected a table of 256 entries, or of 256 per channel, got " << entries;
  StorageRange range = storageRange(quantizedType(getOutput()));
  for (int32_t entry : getTable())
    if (entry < range.lo || entry > range.hi)
      return emitOpError() << "expected table entries in [" << range.lo << ", " << range.hi << "], got " << entry;
  return success();
}

LogicalResult DequantizeOp::verify() {
  // (C1)
  if (failed(checkShape(*this, "output", shapeOf(getInput()), getOutput())))
    return failure();
  // (C2)
  Type from = getElementTypeOrSelf(getInput().getType()), to = getElementTypeOrSelf(getOutput().getType());
  if (!quantizedType(getInput()) || !to.isF32())
    return emitOpError() << "expected a quantized input and an f32 output, got " << from << " and " << to;
  return success();
}

} // namespace wino
