// Operators of quantized models with the scales that the file gives, in f32: integers as their values.
#include "OpTable.h"
#include "Steps.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace wino {
namespace {

/// Parameter k as a shape that broadcasts along `axis` of `dims`, or a scalar.
std::string parameter(Steps &s, size_t k, const Shape &dims, int64_t axis) {
  const OnnxTensor *given = s.args.constant(k);
  if (!given || given->bytes.empty()) {
    s.args.fail("expected constant scales and zero points");
    return "";
  }
  if (given->numElements() == 1)
    return s.scalar(given->numbers()[0]);
  Shape wanted(dims.size(), 1);
  if (dims.empty() || given->dims != Shape{dims[axis]}) {
    s.args.fail("expected one scale and zero point or " + (dims.empty() ? "" : std::to_string(dims[axis])) + ", got " +
                shapeText(given->dims));
    return "";
  }
  wanted[axis] = dims[axis];
  return s.constant(wanted, given->numbers());
}

std::string checkedScale(Steps &s, size_t k, const Shape &dims, int64_t axis) {
  std::string name = parameter(s, k, dims, axis);
  if (const OnnxTensor *given = s.args.constant(k))
    for (float scale : given->numbers())
      if (!(std::isfinite(scale) && scale > 0))
        s.args.fail("expected positive scales, got " + llvm::Twine(std::to_string(scale)));
  return name;
}

/// x - zero point k, where there is one.
std::string centred(Steps &s, const std::string &value, size_t k, const Shape &dims, int64_t axis) {
  return s.args.has(k) ? s.add("Sub", {value, parameter(s, k, dims, axis)}) : value;
}

int64_t axisOf(Steps &s, const Shape &dims) {
  int64_t axis = s.args.intAttr("axis", 1), rank = static_cast<int64_t>(dims.size());
  return axis < 0 && axis + rank >= 0 ? axis + rank : axis >= 0 && axis < rank ? axis : 0; // of scalars there is none
}

/// clip(round(x / scale) + zero point) of an unsigned or a signed byte.
bool quantize(Steps &s, const std::string &value, size_t scale, size_t zero, const Shape &dims, int64_t axis) {
  bool isSigned = s.args.has(zero) && s.args.graph.typeOf(s.args.node.inputs[zero]) == DType::I8;
  std::string steps = s.add("Div", {value, checkedScale(s, scale, dims, axis)}, {}, "steps");
  std::string whole = s.add("Round", {steps}, {}, "whole");
  if (s.args.has(zero))
    whole = s.add("Add", {whole, parameter(s, zero, dims, axis)}, {}, "shifted");
  return s.finish("Clip", {whole, s.scalar(isSigned ? -128 : 0), s.scalar(isSigned ? 127 : 255)});
}

DType byteType(NodeArgs &args, size_t zero) {
  if (!args.has(zero))
    return DType::U8;
  DType type = args.graph.typeOf(args.node.inputs[zero]);
  if (type != DType::U8 && type != DType::I8)
    args.fail("expected zero points of type u8 or i8, got " + dtypeName(type));
  return type;
}

} // namespace

DType quantizedType(NodeArgs &args) {
  if (args.node.op == "QuantizeLinear")
    return byteType(args, 2);
  return args.node.op == "DequantizeLinear" ? DType::F32 : byteType(args, 7); // QLinearConv, QLinearMatMul
}

DType integerType(NodeArgs &) { return DType::I32; }

bool expandQuantize(Steps &s) {
  if (!s.args.expectInputs(2, 3))
    return false;
  const Shape in = s.args.shape(0);
  return quantize(s, s.input(0), 1, 2, in, axisOf(s, in));
}

bool expandDequantize(Steps &s) {
  if (!s.args.expectInputs(2, 3))
    return false;
  const Shape in = s.args.shape(0);
  std::string value = centred(s, s.input(0), 2, in, axisOf(s, in));
  return s.finish("Mul", {value, checkedScale(s, 1, in, axisOf(s, in))});
}

bool expandQLinearConv(Steps &s) {
  NodeArgs &args = s.args;
  if (!args.expectInputs(8, 9))
    return false;
  const Shape in = args.shape(0), filter = args.shape(3);
  if (in.size() < 3 || filter.size() != in.size())
    return args.fail("expected an image and a filter of its rank, got " + shapeText(in) + " and " + shapeText(filter));
  std::string x = s.add("Mul", {centred(s, s.input(0), 2, in, 0), checkedScale(s, 1, in, 0)}, {}, "input");
  std::string w = s.add("Mul", {centred(s, s.input(3), 5, filter, 0), checkedScale(s, 4, filter, 0)}, {}, "filter");
  Steps::Names inputs = {x, w};
  if (args.has(8)) // in units of the product of the scales
    inputs.push_back(s.add(
        "Mul", {s.add("Mul", {s.input(8), checkedScale(s, 1, {filter[0]}, 0)}), checkedScale(s, 4, {filter[0]}, 0)}));
  Steps::Attrs attrs(args.node.attrs);
  std::string out = s.add("Conv", inputs, attrs, "product");
  if (s.failed())
    return false;
  return quantize(s, out, 6, 7, s.shape(out), 1);
}

bool expandQLinearMatMul(Steps &s) {
  if (!s.args.expectInputs(8, 8))
    return false;
  const Shape a = s.args.shape(0), b = s.args.shape(3);
  auto last = [](const Shape &dims, size_t back) { return int64_t(dims.size() < back ? 0 : dims.size() - back); };
  std::string left = s.add("Mul", {centred(s, s.input(0), 2, a, last(a, 2)), checkedScale(s, 1, a, last(a, 2))});
  std::string right = s.add("Mul", {centred(s, s.input(3), 5, b, last(b, 1)), checkedScale(s, 4, b, last(b, 1))});
  std::string out = s.add("MatMul", {left, right}, {}, "product");
  return !s.failed() && quantize(s, out, 6, 7, s.shape(out), last(s.shape(out), 1));
}

bool expandIntegerProduct(Steps &s) {
  if (!s.args.expectInputs(2, 4))
    return false;
  const Shape a = s.args.shape(0), b = s.args.shape(1);
  bool isConv = s.args.node.op == "ConvInteger";
  int64_t rows = isConv || a.size() < 2 ? 0 : int64_t(a.size()) - 2, columns = isConv ? 0 : int64_t(b.size()) - 1;
  std::string left = centred(s, s.input(0), 2, a, rows),
              right = centred(s, s.input(1), 3, b, std::max<int64_t>(columns, 0));
  Steps::Attrs attrs(s.args.node.attrs);
  return !s.failed() && s.finish(isConv ? "Conv" : "MatMul", {left, right}, attrs);
}

} // namespace wino
