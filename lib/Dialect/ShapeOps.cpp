// Verifiers of the graph ops that only move values: concat, slice, pad, reshape, transpose, repeat, depth_to_space and
// its inverse. Constraint numbers as in GraphOps.td.
#include "SharedChecks.h"

using namespace mlir;

namespace wino {

LogicalResult ConcatOp::verify() {
  // (C1)
  ArrayRef<int64_t> out = shapeOf(getOutput());
  int64_t axis = getAxis(), rank = out.size();
  if (getInputs().empty())
    return emitOpError() << "expected at least one input, got none";
  if (axis < 0 || axis >= rank)
    return emitOpError() << "expected axis in [0, " << rank << "), got " << axis;
  // (C2)
  int64_t sum = 0;
  for (Value input : getInputs()) {
    if (failed(checkRank(*this, "input", rank, input)))
      return failure();
    SmallVector<int64_t> expected(out);
    expected[axis] = shapeOf(input)[axis];
    if (failed(checkShape(*this, "input", expected, input)))
      return failure();
    sum += expected[axis];
  }
  if (sum != out[axis])
    return emitOpError() << "expected extents along axis " << axis << " that add up to " << out[axis] << ", got "
                         << sum;
  // (C3)
  for (Value input : getInputs())
    if (failed(checkElementType(*this, input, getOutput())))
      return failure();
  return success();
}

LogicalResult SliceOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getOutput()), starts = getStarts(), steps = getSteps();
  // (C1)
  if (failed(checkRank(*this, "output", in.size(), getOutput())))
    return failure();
  if (starts.size() != in.size() || llvm::any_of(starts, [](int64_t start) { return start < 0; }))
    return emitOpError() << "expected " << in.size() << " starts >= 0, got [" << starts << "]";
  if (steps.size() != in.size() || llvm::any_of(steps, [](int64_t step) { return step < 1; }))
    return emitOpError() << "expected " << in.size() << " steps >= 1, got [" << steps << "]";
  // (C2)
  for (size_t dim = 0; dim < in.size(); ++dim) {
    // Divided, not multiplied, so that hostile steps cannot overflow.
    int64_t room = starts[dim] < in[dim] ? (in[dim] - 1 - starts[dim]) / steps[dim] + 1 : 0;
    if (out[dim] > room)
      return emitOpError() << "expected at most " << room << " elements along dim " << dim << ", got " << out[dim];
  }
  // (C3)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult PadOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), low = getLow(), high = getHigh();
  // (C1)
  for (ArrayRef<int64_t> amounts : {low, high})
    if (amounts.size() != in.size() || llvm::any_of(amounts, [](int64_t amount) { return amount < 0; }))
      return emitOpError() << "expected " << in.size() << " amounts >= 0, got [" << amounts << "]";
  // (C2)
  SmallVector<int64_t> expected;
  for (size_t dim = 0; dim < in.size(); ++dim)
    expected.push_back(in[dim] + low[dim] + high[dim]);
  if (failed(checkShape(*this, "output", expected, getOutput())))
    return failure();
  // (C3)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult ReshapeOp::verify() {
  // (C1)
  if (elementCount(getInput()) != elementCount(getOutput()))
    return emitOpError() << "expected " << elementCount(getInput()) << " output elements, got "
                         << elementCount(getOutput());
  // (C2)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult TransposeOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), perm = getPerm();
  // (C1)
  SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  bool permutation = sorted.size() == in.size();
  for (size_t dim = 0; permutation && dim < sorted.size(); ++dim)
    permutation = sorted[dim] == static_cast<int64_t>(dim);
  if (!permutation)
    return emitOpError() << "expected a permutation of " << in.size() << " dims, got [" << perm << "]";
  // (C2)
  SmallVector<int64_t> expected;
  for (int64_t dim : perm)
    expected.push_back(in[dim]);
  if (failed(checkShape(*this, "output", expected, getOutput())))
    return failure();
  // (C3)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult RepeatOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), factors = getFactors();
  // (C1)
  if (factors.size() != in.size() || llvm::any_of(factors, [](int64_t factor) { return factor < 1; }))
    return emitOpError() << "expected " << in.size() << " factors >= 1, got [" << factors << "]";
  // (C2)
  ArrayRef<int64_t> out = shapeOf(getOutput());
  if (failed(checkRank(*this, "output", in.size(), getOutput())))
    return failure();
  for (size_t dim = 0; dim < in.size(); ++dim) // divided, so that hostile factors cannot overflow
    if (out[dim] % in[dim] != 0 || out[dim] / in[dim] != factors[dim])
      return emitOpError() << "expected output extent " << in[dim] << " * " << factors[dim] << " of dim " << dim
                           << ", got " << out[dim];
  // (C3)
  return checkElementType(*this, getInput(), getOutput());
}

/// (C1) of depth_to_space and space_to_depth, and of (C2) that there are two blocks >= 1.
template <typename OpT> static LogicalResult checkBlocks(OpT op) {
  // (C1)
  if (failed(checkRank(op, "input", 4, op.getInput())) || failed(checkRank(op, "output", 4, op.getOutput())))
    return failure();
  // (C2)
  ArrayRef<int64_t> block = op.getBlock();
  if (block.size() != 2 || block[0] < 1 || block[1] < 1)
    return op.emitOpError() << "expected two blocks >= 1, got [" << block << "]";
  return success();
}

LogicalResult DepthToSpaceOp::verify() {
  if (failed(checkBlocks(*this)))
    return failure();
  // (C2), divided first so that hostile blocks cannot overflow
  ArrayRef<int64_t> in = shapeOf(getInput()), block = getBlock();
  if (block[0] > in[1] || block[1] > in[1] / block[0] || in[1] % (block[0] * block[1]) != 0)
    return emitOpError() << "expected blocks whose product divides " << in[1] << " channels, got [" << block << "]";
  // (C3)
  int64_t expected[] = {in[0], in[1] / (block[0] * block[1]), in[2] * block[0], in[3] * block[1]};
  if (failed(checkShape(*this, "output", expected, getOutput())))
    return failure();
  // (C4)
  return checkElementType(*this, getInput(), getOutput());
}

LogicalResult SpaceToDepthOp::verify() {
  if (failed(checkBlocks(*this)))
    return failure();
  // (C2)
  ArrayRef<int64_t> in = shapeOf(getInput()), block = getBlock();
  if (in[2] % block[0] != 0 || in[3] % block[1] != 0)
    return emitOpError() << "expected blocks that divide " << in[2] << "x" << in[3] << " pixels, got [" << block << "]";
  // (C3)
  int64_t expected[] = {in[0], in[1] * block[0] * block[1], in[2] / block[0], in[3] / block[1]};
  if (failed(checkShape(*this, "output", expected, getOutput())))
    return failure();
  // (C4)
  return checkElementType(*this, getInput(), getOutput());
}

} // namespace wino
