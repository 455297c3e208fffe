// Where the largest element is, products over dimensions, comparisons, logic, choices and types, all by arithmetic on
// f32: a bool is 0 or 1, an integer its value.
#include "MoveShapes.h"
#include "OpTable.h"
#include "Steps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>

namespace wino {
namespace {

/// 0, 1, 2, ... along an axis, as a shape that broadcasts.
std::string iota(Steps &s, size_t rank, int64_t axis, int64_t extent, bool isFalling) {
  Shape dims(rank, 1);
  dims[axis] = extent;
  std::vector<float> values;
  for (int64_t k = 0; k < extent; ++k)
    values.push_back(float(isFalling ? extent - k : k + 1));
  return s.constant(dims, values);
}

/// max over the axis of (x == max x) score, where scores fall or rise from 1: L - index of the first or index + 1 of
/// the last maximum.
std::string bestScore(Steps &s, const std::string &x, int64_t axis, bool isFirst) {
  const Shape dims = s.shape(x);
  std::string largest = s.add("ReduceMax", {x, s.ints({axis})}, {}, "max");
  std::string sign = s.add("Sign", {s.add("Sub", {x, largest})});
  std::string score =
      s.add("Mul", {s.add("Add", {sign, s.scalar(1)}), iota(s, dims.size(), axis, dims[axis], isFirst)});
  return s.add("ReduceMax", {score, s.ints({axis})}, {}, "score");
}

} // namespace

bool expandArgMax(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 1))
    return false;
  const Shape in = args.shape(0);
  int64_t axis = args.axis(args.intAttr("axis", 0), in.size());
  bool isFirst = args.intAttr("select_last_index", 0) == 0, keepDims = args.intAttr("keepdims", 1) != 0;
  if (args.failed())
    return false;
  int64_t extent = in[axis];
  if (extent >= kMaxExactInt)
    return args.fail("expected less than 2^24 elements along the axis, got " + llvm::Twine(extent));
  std::string x = args.node.op == "ArgMin" ? s.add("Neg", {s.input(0)}) : s.input(0);
  std::string score = bestScore(s, x, axis, isFirst);
  std::string index = isFirst ? s.add("Sub", {s.scalar(float(extent)), score}, {}, "index")
                              : s.add("Sub", {score, s.scalar(1)}, {}, "index");
  Shape out = in;
  out[axis] = 1;
  if (!keepDims)
    out.erase(out.begin() + axis);
  return !s.failed() && s.finish("Reshape", {index, s.ints(out)});
}

/// 1 at the first maximum.
bool expandHardmax(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 1))
    return false;
  const Shape in = args.shape(0);
  int64_t axis = args.axis(args.intAttr("axis", args.node.opset < 13 ? 1 : -1), in.size());
  if (args.failed())
    return false;
  std::string x = s.input(0);
  Shape matrix = in;
  if (args.node.opset < 13) { // all axes from `axis` on together
    matrix = {1, 1};
    for (size_t k = 0; k < in.size(); ++k)
      matrix[static_cast<int64_t>(k) >= axis] *= in[k];
    x = s.reshape(x, matrix);
    axis = 1;
  }
  if (matrix[axis] >= kMaxExactInt)
    return args.fail("expected less than 2^24 elements along the axis, got " + llvm::Twine(matrix[axis]));
  std::string difference =
      s.add("Sub", {iota(s, matrix.size(), axis, matrix[axis], true), bestScore(s, x, axis, true)});
  std::string other = s.add("Abs", {s.add("Sign", {difference})});
  return s.finish("Reshape", {s.add("Sub", {s.scalar(1), other}), s.ints(in)});
}

/// Halves multiplied with each other until one element is left.
bool expandReduceProd(Steps &s) {
  NodeArgs &args = s.args;
  Shape out;
  if (!inferReduction(args, out))
    return false;
  ReductionSpec spec = readReduction(args);
  const Shape in = args.shape(0);
  std::vector<int64_t> perm;
  int64_t rows = 1, count = 1;
  for (bool reduced : {false, true})
    for (size_t k = 0; k < in.size(); ++k)
      if (llvm::is_contained(spec.axes, static_cast<int64_t>(k)) == reduced) {
        perm.push_back(static_cast<int64_t>(k));
        (reduced ? count : rows) *= in[k];
      }
  std::string value = s.reshape(s.transpose(s.input(0), perm), {rows, count});
  while (count > 1 && !s.failed()) {
    int64_t half = count / 2;
    std::string product = s.add("Mul", {s.slice(value, 1, 0, half), s.slice(value, 1, half, half)});
    if (count % 2 != 0)
      product = s.add("Concat", {product, s.slice(value, 1, count - 1, 1)}, {{"axis", Steps::integer(1)}});
    value = product;
    count -= half;
  }
  return !s.failed() && s.finish("Reshape", {value, s.ints(out)});
}

/// Equal: 1 - |sign(a - b)|; Greater: relu(sign(a - b)); the others from them.
bool expandCompare(Steps &s) {
  if (!s.args.expectInputs(2, 2))
    return false;
  const std::string &op = s.args.node.op;
  bool isLess = op == "Less" || op == "GreaterOrEqual", isNegated = op == "LessOrEqual" || op == "GreaterOrEqual";
  std::string a = s.input(isLess ? 1 : 0), b = s.input(isLess ? 0 : 1);
  std::string sign = s.add("Sign", {s.add("Sub", {a, b}, {}, "difference")}, {}, "sign");
  if (op == "Equal")
    return s.finish("Sub", {s.scalar(1), s.add("Abs", {sign})});
  return isNegated ? s.finish("Sub", {s.scalar(1), s.add("Relu", {sign})}) : s.finish("Relu", {sign});
}

bool expandLogic(Steps &s) {
  const std::string &op = s.args.node.op;
  if (!s.args.expectInputs(op == "Not" ? 1 : 2, op == "Not" ? 1 : 2))
    return false;
  if (op == "Not")
    return s.finish("Sub", {s.scalar(1), s.input(0)});
  if (op == "Xor")
    return s.finish("Abs", {s.add("Sub", {s.input(0), s.input(1)})});
  return s.finish(op == "And" ? "Mul" : "Max", {s.input(0), s.input(1)});
}

/// c x + (1 - c) y.
bool expandWhere(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(3, 3))
    return false;
  if (args.graph.typeOf(args.node.inputs[0]) != DType::Bool)
    return args.fail("expected bools as the condition");
  for (size_t k = 1; k < 3; ++k)
    if (const OnnxTensor *given = args.constant(k))
      for (float value : given->numbers())
        if (!std::isfinite(value))
          return args.fail("expected finite numbers to choose from, got " + llvm::Twine(std::to_string(value)) +
                           "; a large one does the same");
  std::string condition = s.input(0), other = s.add("Sub", {s.scalar(1), condition}, {}, "not");
  return s.finish("Add", {s.add("Mul", {condition, s.input(1)}), s.add("Mul", {other, s.input(2)})});
}

/// What the result is in the file.
DType castType(NodeArgs &args) {
  if (args.node.op == "CastLike")
    return args.has(1) ? args.graph.typeOf(args.node.inputs[1]) : DType::F32;
  int64_t to = args.intAttr("to", 0);
  switch (to) {
  case 1:                     // FLOAT
  case 10:                    // FLOAT16, computed as f32
  case 11: return DType::F32; // DOUBLE, computed as f32
  case 2: return DType::U8;
  case 3: return DType::I8;
  case 4: return DType::U16;
  case 5: return DType::I16;
  case 6: return DType::I32;
  case 7: return DType::I64;
  case 9: return DType::Bool;
  case 12: return DType::U32;
  case 13: return DType::U64;
  }
  args.fail("expected a cast to a number type of more precision than bfloat16 or to bool, got " + llvm::Twine(to));
  return DType::F32;
}

bool expandDropout(Steps &s) {
  NodeArgs &args = s.args;
  Shape out;
  if (args.node.outputs.size() < 2 || args.node.outputs[1].empty() || !inferDropout(args, out))
    return false;
  return s.finish("Identity", {s.input(0)}) && s.finish("Identity", {s.constant(out, {1})}, {}, 1);
}

/// Floats lose their fraction, sign(x) floor(|x|); what a narrower integer does not hold is refused, not wrapped.
bool expandCast(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, args.node.op == "CastLike" ? 2 : 1))
    return false;
  DType from = args.graph.typeOf(args.node.inputs[0]), to = castType(args);
  if (args.failed())
    return false;
  if (to == DType::Bool && from != DType::Bool)
    return s.finish("Abs", {s.add("Sign", {s.input(0)})});
  bool isFloat = to == DType::F32 || to == DType::F64;
  if (from == to || from == DType::Bool || isFloat)
    return s.finish("Identity", {s.input(0)});
  if (from == DType::F32)
    return s.finish("Mul", {s.add("Sign", {s.input(0)}), s.add("Floor", {s.add("Abs", {s.input(0)})})});
  bool wasUnsigned = from == DType::U8 || from == DType::U16 || from == DType::U32 || from == DType::U64;
  bool isUnsigned = to == DType::U8 || to == DType::U16 || to == DType::U32 || to == DType::U64;
  unsigned room = byteSize(to) * 8 - !isUnsigned, needed = byteSize(from) * 8 - !wasUnsigned;
  bool isIndex = from == DType::I64 && to == DType::I32; // as exporters write it
  if (!isIndex && (room < needed || (isUnsigned && !wasUnsigned)))
    return args.fail("expected a cast to a type that holds all values of " + dtypeName(from) + ", got " +
                     dtypeName(to));
  return s.finish("Identity", {s.input(0)});
}

/// Exponents that differ: runs of equal ones, each a power of its own.
bool expandPow(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(2, 2))
    return false;
  const OnnxTensor *given = args.constant(1);
  if (given && given->numElements() == 1)
    return false;
  constexpr int64_t mostPowers = 1024;
  auto full = broadcastShape(args.shape(0), args.shape(1));
  if (!given || !full || given->bytes.empty())
    return args.fail("expected constant exponents that broadcast to " + shapeText(args.shape(0)));
  int64_t count = elementCount(*full).value_or(kMaxElements);
  if (count > NodeArgs::kMaxExtent || !args.spend(*full, sizeof(float)))
    return args.fail("expected exponents of at most 2^24 elements");
  std::vector<float> given32 = given->numbers(), exponents(count);
  copyStrided(reinterpret_cast<const uint8_t *>(given32.data()), reinterpret_cast<uint8_t *>(exponents.data()),
              sizeof(float), *full, 0, broadcastStrides(args.shape(1), *full));
  std::string row = s.reshape(s.add("Expand", {s.input(0), s.ints(*full)}), {count});
  Steps::Names pieces;
  for (int64_t first = 0; first < count && !s.failed();) {
    int64_t end = first + 1;
    while (end < count && exponents[end] == exponents[first])
      ++end;
    pieces.push_back(s.add("Pow", {s.slice(row, 0, first, end - first), s.scalar(exponents[first])}));
    first = end;
    if (static_cast<int64_t>(pieces.size()) > mostPowers)
      return args.fail("expected at most 1024 different exponents, got more");
  }
  std::string all = pieces.size() == 1 ? pieces[0] : s.add("Concat", pieces, {{"axis", Steps::integer(0)}});
  return !s.failed() && s.finish("Reshape", {all, s.ints(*full)});
}

/// A matrix's upper or lower triangle: a product with zeros and ones.
bool expandTrilu(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(1, 2))
    return false;
  const Shape in = args.shape(0);
  if (in.size() < 2)
    return args.fail("expected a matrix, got " + shapeText(in));
  int64_t rows = in[in.size() - 2], columns = in.back();
  bool isUpper = args.intAttr("upper", 1) != 0;
  double k = args.floatInput(1, "k", 0);
  if (args.failed() || !args.spend({rows, columns}, sizeof(float)))
    return false;
  std::vector<float> mask;
  for (int64_t y = 0; y < rows; ++y)
    for (int64_t x = 0; x < columns; ++x)
      mask.push_back(isUpper ? double(x - y) >= k : double(x - y) <= k);
  return s.finish("Mul", {s.input(0), s.constant({rows, columns}, mask)});
}

} // namespace wino
