// Shape functions of operators that work element by element or only move elements.
#include "MoveShapes.h"
#include "OpTable.h"
#include "wino/Dialect/UnaryFunction.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace wino {

bool inferIdentity(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(1, 1))
    return false;
  out = args.shape(0);
  return true;
}

namespace {

FunctionSpec readClip(NodeArgs &args) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  bool asAttrs = args.node.opset < 11;
  FunctionSpec spec{ActivationKind::Clip};
  if (!args.expectInputs(1, asAttrs ? 1 : 3))
    return spec;
  spec.lo = asAttrs ? args.floatAttr("min", -kLargest) : args.floatInput(1, "min", -kLargest);
  spec.hi = asAttrs ? args.floatAttr("max", kLargest) : args.floatInput(2, "max", kLargest);
  if (!(spec.lo <= spec.hi))
    args.fail("expected min <= max, got " + llvm::Twine(std::to_string(spec.lo)) + " and " +
              llvm::Twine(std::to_string(spec.hi)));
  if (spec.lo == 0 && spec.hi >= kLargest)
    return {ActivationKind::Relu};
  return spec;
}

FunctionSpec readPow(NodeArgs &args) {
  FunctionSpec spec{ActivationKind::Pow};
  if (!args.expectInputs(2, 2))
    return spec;
  const OnnxTensor *exponent = args.constant(1);
  if (!exponent || exponent->numElements() != 1)
    args.fail("expected one constant exponent, got " +
              (exponent ? shapeText(exponent->dims) + " of them" : std::string("a computed one")));
  else if (auto ints = exponent->ints())
    spec.lo = static_cast<float>((*ints)[0]);
  else if (exponent->type == DType::F32)
    spec.lo = exponent->get<float>(0);
  else
    args.fail("expected an exponent of type f32, i32 or i64, got " + dtypeName(exponent->type));
  if (!std::isfinite(spec.lo))
    args.fail("expected a finite exponent, got " + std::to_string(spec.lo));
  return spec;
}

} // namespace

FunctionSpec readFunction(NodeArgs &args) {
  const std::string &op = args.node.op;
  if (op == "Clip")
    return readClip(args);
  if (op == "Pow")
    return readPow(args);
  args.expectInputs(1, 1);
  if (op == "Gelu") {
    std::string approximate = args.stringAttr("approximate", "none");
    if (approximate != "none" && approximate != "tanh")
      args.fail("expected approximate 'none' or 'tanh', got " + quoted(approximate));
    return {approximate == "none" ? ActivationKind::Gelu : ActivationKind::GeluTanh};
  }
  const UnaryFunction &row = *findFunction(op);
  FunctionSpec spec{row.kind, row.lo, row.hi};
  if (!row.loName.empty())
    spec.lo = args.floatAttr(row.loName.str(), row.lo);
  if (!row.hiName.empty())
    spec.hi = args.floatAttr(row.hiName.str(), row.hi);
  if (row.kind == ActivationKind::Celu && spec.lo == 0)
    args.fail("expected alpha other than 0");
  return spec;
}

bool inferFunction(NodeArgs &args, Shape &out) {
  FunctionSpec spec = readFunction(args);
  if (!args.failed() && !(std::isfinite(spec.lo) && std::isfinite(spec.hi)) && spec.kind != ActivationKind::Clip)
    args.fail("expected finite parameters, got " + llvm::Twine(std::to_string(spec.lo)) + " and " +
              llvm::Twine(std::to_string(spec.hi)));
  if (args.failed())
    return false;
  out = args.shape(0);
  return true;
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

bool inferNary(NodeArgs &args, Shape &out) {
  const std::string &op = args.node.op;
  bool isBinary = op == "Add" || op == "Sub" || op == "Mul" || op == "Div";
  if (!args.expectInputs(isBinary ? 2 : 1, isBinary ? 2 : kAllInputs))
    return false;
  Shape full = args.shape(0);
  for (size_t k = 1; k < args.numInputs(); ++k) {
    if (!args.has(k))
      return args.fail("expected input " + llvm::Twine(k) + ", got none");
    Shape operand = operandShape(args, k);
    auto both = broadcastShape(full, operand);
    if (args.failed())
      return false;
    if (!both || !elementCount(*both))
      return args.fail("expected shapes that broadcast, got " + shapeText(full) + " and " + shapeText(operand));
    full = *both;
  }
  for (size_t k = 0; k < args.numInputs(); ++k)
    if (const OnnxTensor *constant = args.constant(k); constant && constant->numElements() > 1 && !args.spend(full, 4))
      return false;
  if (op == "Div" && args.constant(1)) {
    auto divisors = args.constant(1)->floats();
    if (divisors && llvm::is_contained(*divisors, 0.0f))
      return args.fail("expected divisors other than 0");
  }
  out = full;
  return true;
}

bool inferPRelu(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 2))
    return false;
  const OnnxTensor *slope = args.constant(1);
  auto full = broadcastShape(args.shape(0), operandShape(args, 1));
  if (!slope || slope->type != DType::F32 || slope->bytes.empty())
    return args.fail("expected constant slopes of type f32");
  if (!full || *full != args.shape(0))
    return args.fail("expected slopes that broadcast to " + shapeText(args.shape(0)) + ", got " +
                     shapeText(args.shape(1)));
  if (slope->numElements() > 1 && !args.spend(*full, 4))
    return false;
  out = *full;
  return true;
}

bool inferExpand(NodeArgs &args, Shape &out) {
  if (!args.expectInputs(2, 2))
    return false;
  std::vector<int64_t> wanted = args.intsInput(1, "shape");
  if (args.failed())
    return false;
  auto full = broadcastShape(args.shape(0), wanted);
  if (!full || !elementCount(*full))
    return args.fail("expected a shape that " + shapeText(args.shape(0)) + " broadcasts to, got " + shapeText(wanted));
  out = *full;
  return true;
}

bool inferTile(NodeArgs &args, Shape &out) {
  constexpr int64_t mostCopies = 1024;
  if (!args.expectInputs(2, 2))
    return false;
  const Shape &in = args.shape(0);
  std::vector<int64_t> repeats = args.intsInput(1, "repeats");
  if (args.failed())
    return false;
  if (repeats.size() != in.size())
    return args.fail("expected " + llvm::Twine(in.size()) + " repeats, got " + llvm::Twine(repeats.size()));
  for (size_t k = 0; k < in.size(); ++k) {
    if (repeats[k] < 1 || repeats[k] > (in[k] == 1 ? NodeArgs::kMaxExtent : mostCopies))
      return args.fail("expected repeats in [1, 1024], got " + llvm::Twine(repeats[k]));
    out.push_back(in[k] * repeats[k]);
  }
  return elementCount(out).has_value() ||
         args.fail("expected a result of at most 2^31 elements, got " + shapeText(out));
}

bool inferResize(NodeArgs &args, Shape &out) {
  auto spec = readResize(args, false);
  if (spec)
    out = spec->out;
  return spec.has_value();
}

bool inferBlocks(NodeArgs &args, Shape &out) {
  int64_t block = readBlock(args);
  if (args.failed())
    return false;
  const Shape &in = args.shape(0);
  if (args.node.op == "DepthToSpace")
    out = {in[0], in[1] / (block * block), in[2] * block, in[3] * block};
  else
    out = {in[0], in[1] * block * block, in[2] / block, in[3] / block};
  return true;
}

bool inferSplit(NodeArgs &args, Shape &out) {
  auto spec = readSplit(args);
  if (!spec)
    return false;
  out = args.shape(0);
  out[spec->axis] = spec->starts[1];
  return true;
}

std::vector<Shape> inferSplitRest(NodeArgs &args) {
  SplitSpec spec = *readSplit(args);
  std::vector<Shape> rest;
  for (size_t k = 1; k + 1 < spec.starts.size(); ++k) {
    rest.push_back(args.shape(0));
    rest.back()[spec.axis] = spec.starts[k + 1] - spec.starts[k];
  }
  return rest;
}

bool inferGather(NodeArgs &args, Shape &out) {
  auto spec = readGather(args);
  if (spec)
    out = spec->out;
  return spec.has_value();
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
  constexpr int64_t mostPieces = 1024;
  for (size_t d = 0; d < spec->steps.size(); ++d)
    if (spec->steps[d] < 1 && spec->out[d] > mostPieces)
      return args.fail("expected at most 1024 elements along an axis with step " + llvm::Twine(spec->steps[d]) +
                       ", got " + llvm::Twine(spec->out[d]));
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
