// Shape functions of operators that work element by element or only move elements.
#include "MoveShapes.h"
#include "OpTable.h"

#include <limits>

namespace wino {

bool inferUnary(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, 1))
    return false;
  args.floatAttr("alpha", 0); // LeakyRelu's; of the others none has it
  out = args.shape(0);
  return !args.failed();
}

ClipBounds readClip(NodeArgs &args) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  if (args.node.opset < 11)
    return {args.floatAttr("min", -kLargest), args.floatAttr("max", kLargest)};
  return {args.floatInput(1, "min", -kLargest), args.floatInput(2, "max", kLargest)};
}

bool inferClip(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, args.node.opset < 11 ? 1 : 3))
    return false;
  ClipBounds bounds = readClip(args);
  if (!(bounds.lo <= bounds.hi))
    args.fail("expected min <= max, got " + llvm::Twine(std::to_string(bounds.lo)) + " and " +
              llvm::Twine(std::to_string(bounds.hi)));
  out = args.shape(0);
  return !args.failed();
}

bool inferDropout(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, args.node.opset < 12 ? 1 : 3))
    return false;
  if (args.has(2)) {
    const OnnxTensor *training = args.constant(2);
    if (!training || training->type != DType::Bool || training->numElements() != 1 || training->get<uint8_t>(0) != 0)
      return args.fail("expected training_mode to be the constant false");
  }
  out = args.shape(0);
  return true;
}

int64_t readSoftmaxAxis(NodeArgs &args) {
  return args.axis(args.intAttr("axis", args.node.opset < 13 ? 1 : -1), args.shape(0).size());
}

bool inferSoftmax(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, 1))
    return false;
  readSoftmaxAxis(args);
  out = args.shape(0);
  return !args.failed();
}

bool inferBinary(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 2))
    return false;
  auto full = broadcastShape(args.shape(0), args.shape(1));
  if (!full || !elementCount(*full))
    return args.fail("expected shapes that broadcast, got " + shapeText(args.shape(0)) + " and " +
                     shapeText(args.shape(1)));
  for (size_t side = 0; side < 2; ++side) {
    const OnnxTensor *constant = args.constant(side);
    if (!constant && elementCount(args.shape(side)) != elementCount(*full))
      return args.fail("expected a computed operand of the result's " + shapeText(*full) + ", got " +
                       shapeText(args.shape(side)) + "; only constants are broadcast");
    if (constant && constant->numElements() > 1 && !args.spend(*full, 4))
      return false;
  }
  out = *full;
  return true;
}

bool inferConcat(NodeArgs &args, Shape &out) {
  auto spec = readConcat(args);
  if (spec)
    out = spec->out;
  return spec.has_value();
}

bool inferSlice(NodeArgs &args, Shape &out) {
  auto spec = readSlice(args);
  if (!spec)
    return false;
  for (int64_t step : spec->steps)
    if (step < 1)
      return args.fail("expected steps >= 1, got " + llvm::Twine(step));
  out = spec->out;
  return true;
}

bool inferPad(NodeArgs &args, Shape &out) {
  auto spec = readPad(args);
  if (spec)
    out = spec->out;
  return spec.has_value();
}

bool inferReshape(NodeArgs &args, Shape &out) {
  auto shape = reshapedShape(args);
  if (shape)
    out = *shape;
  return shape.has_value();
}

bool inferTranspose(NodeArgs &args, Shape &out) {
  std::vector<int64_t> perm = readPerm(args);
  if (args.failed())
    return false;
  for (int64_t k : perm)
    out.push_back(args.shape(0)[k]);
  return true;
}

} // namespace wino
