// Evaluators that compute: Add, Sub, Mul, Div, Range and Cast. Integers wrap as in ONNX's reference; what has no
// defined result (division by zero, a float that no integer holds) is a complaint, never undefined behaviour.
#include "FoldConstants.h"

#include "FoldTensor.h"
#include "MoveShapes.h"
#include "OpTable.h"
#include "TensorPayload.h"
#include "wino/Dialect/UnaryFunction.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace wino {
namespace {

template <typename T> T compute(NodeArgs &args, char op, T l, T r) {
  if constexpr (std::is_floating_point_v<T>) {
    return op == '+'   ? l + r
           : op == '-' ? l - r
           : op == '*' ? l * r
           : op == 'M' ? std::max(l, r)
           : op == 'm' ? std::min(l, r)
                       : l / r;
  } else {
    if (op == 'M' || op == 'm')
      return op == 'M' ? std::max(l, r) : std::min(l, r);
    using U = std::make_unsigned_t<T>;
    if (op != '/')
      return static_cast<T>(op == '+' ? U(l) + U(r) : op == '-' ? U(l) - U(r) : U(l) * U(r));
    if (r == 0) {
      args.fail("expected a divisor other than 0");
      return 0;
    }
    return r == -1 ? static_cast<T>(U(0) - U(l)) : static_cast<T>(l / r);
  }
}

template <typename T> void binary(NodeArgs &args, OnnxTensor &out, char op) {
  OnnxTensor lhs = out, rhs = out;
  for (int side = 0; side < 2; ++side) {
    const OnnxTensor &in = *args.constant(side);
    copyStrided(in.bytes.data(), (side ? rhs : lhs).bytes.data(), sizeof(T), out.dims, 0,
                broadcastStrides(operandShape(args, side), out.dims));
  }
  for (int64_t k = 0; k < out.numElements(); ++k)
    out.set<T>(k, compute(args, op, lhs.get<T>(k), rhs.get<T>(k)));
}

template <typename T> TensorPtr range(NodeArgs &args) {
  T start = args.constant(0)->get<T>(0), limit = args.constant(1)->get<T>(0), delta = args.constant(2)->get<T>(0);
  double steps = std::ceil((double(limit) - double(start)) / double(delta));
  if (!(steps <= double(kMaxElements))) { // also catches 0/0 and an infinite count
    args.fail("expected a range of at most 2^31 elements");
    return nullptr;
  }
  auto out = newTensor(args, args.constant(0)->type, {steps > 0 ? static_cast<int64_t>(steps) : 0});
  for (int64_t k = 0; out && k < out->numElements(); ++k)
    out->set<T>(k, compute<T>(args, '+', start, compute<T>(args, '*', static_cast<T>(k), delta)));
  return out;
}

/// Writes `value` as `To`; false when it has no place there.
template <typename To, typename From> bool store(OnnxTensor &out, int64_t k, From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    double low = static_cast<double>(std::numeric_limits<To>::min()), whole = std::trunc(static_cast<double>(value));
    if (!(whole >= low && whole < std::ldexp(1.0, std::numeric_limits<To>::digits)))
      return false;
  }
  out.set<To>(k, static_cast<To>(value));
  return true;
}

template <typename From> bool convert(const OnnxTensor &in, OnnxTensor &out, int64_t k) {
  From value = in.get<From>(k);
  switch (out.type) {
  case DType::F32: return store<float>(out, k, value);
  case DType::F64: return store<double>(out, k, value);
  case DType::I8: return store<int8_t>(out, k, value);
  case DType::U8: return store<uint8_t>(out, k, value);
  case DType::I16: return store<int16_t>(out, k, value);
  case DType::U16: return store<uint16_t>(out, k, value);
  case DType::I32: return store<int32_t>(out, k, value);
  case DType::U32: return store<uint32_t>(out, k, value);
  case DType::I64: return store<int64_t>(out, k, value);
  case DType::U64: return store<uint64_t>(out, k, value);
  case DType::Bool: return store<uint8_t>(out, k, static_cast<uint8_t>(value != From(0)));
  }
  return false;
}

bool convertAny(const OnnxTensor &in, OnnxTensor &out, int64_t k) {
  switch (in.type) {
  case DType::F32: return convert<float>(in, out, k);
  case DType::F64: return convert<double>(in, out, k);
  case DType::I8: return convert<int8_t>(in, out, k);
  case DType::U8:
  case DType::Bool: return convert<uint8_t>(in, out, k);
  case DType::I16: return convert<int16_t>(in, out, k);
  case DType::U16: return convert<uint16_t>(in, out, k);
  case DType::I32: return convert<int32_t>(in, out, k);
  case DType::U32: return convert<uint32_t>(in, out, k);
  case DType::I64: return convert<int64_t>(in, out, k);
  case DType::U64: return convert<uint64_t>(in, out, k);
  }
  return false;
}

} // namespace

TensorPtr foldBinary(NodeArgs &args) {
  if (!args.expectInputs(2, 2))
    return nullptr;
  const OnnxTensor &lhs = *args.constant(0), &rhs = *args.constant(1);
  if (lhs.type != rhs.type)
    args.fail("expected operands of one type, got " + dtypeName(lhs.type) + " and " + dtypeName(rhs.type));
  auto dims = broadcastShape(lhs.dims, operandShape(args, 1));
  if (!dims)
    args.fail("expected shapes that broadcast, got " + shapeText(lhs.dims) + " and " + shapeText(rhs.dims));
  if (args.failed())
    return nullptr;
  auto out = newTensor(args, lhs.type, *dims);
  if (!out)
    return nullptr;
  const std::string &name = args.node.op;
  char op = name == "Add"   ? '+'
            : name == "Sub" ? '-'
            : name == "Mul" ? '*'
            : name == "Max" ? 'M'
            : name == "Min" ? 'm'
                            : '/';
  if (lhs.type == DType::F32)
    binary<float>(args, *out, op);
  else if (lhs.type == DType::F64)
    binary<double>(args, *out, op);
  else if (lhs.type == DType::I32)
    binary<int32_t>(args, *out, op);
  else if (lhs.type == DType::I64)
    binary<int64_t>(args, *out, op);
  else
    args.fail("expected constants of type f32, f64, i32 or i64, got " + dtypeName(lhs.type));
  return out;
}

TensorPtr foldFunction(NodeArgs &args) {
  FunctionSpec spec = readFunction(args);
  if (args.failed())
    return nullptr;
  const OnnxTensor &in = *args.constant(0);
  if (in.type != DType::F32) {
    args.fail("expected a constant of type f32, got " + dtypeName(in.type));
    return nullptr;
  }
  auto out = newTensor(args, in.type, in.dims);
  const UnaryFunction &function = functionOf(spec.kind);
  for (int64_t k = 0; out && k < out->numElements(); ++k)
    out->set<float>(k, static_cast<float>(function.value(in.get<float>(k), spec.lo, spec.hi)));
  return out;
}

TensorPtr foldRange(NodeArgs &args) {
  if (!args.expectInputs(3, 3))
    return nullptr;
  DType type = args.constant(0)->type;
  for (size_t k = 0; k < 3; ++k)
    if (args.constant(k)->type != type || args.constant(k)->numElements() != 1) {
      args.fail("expected start, limit and delta as scalars of one type");
      return nullptr;
    }
  if (type == DType::F32)
    return range<float>(args);
  if (type == DType::I32)
    return range<int32_t>(args);
  if (type == DType::I64)
    return range<int64_t>(args);
  args.fail("expected a range of type f32, i32 or i64, got " + dtypeName(type));
  return nullptr;
}

TensorPtr foldCast(NodeArgs &args) {
  if (!args.expectInputs(1, 1))
    return nullptr;
  const OnnxTensor &in = *args.constant(0);
  int64_t to = args.intAttr("to", 0);
  auto type = to == static_cast<int32_t>(to) ? elementType(static_cast<int32_t>(to)) : std::nullopt;
  if (!type || to == onnx::TensorProto::FLOAT16 || to == onnx::TensorProto::BFLOAT16) {
    args.fail("expected a cast to a number type of 8, 32 or 64 bits, got " + llvm::Twine(to));
    return nullptr;
  }
  auto out = newTensor(args, *type, in.dims);
  for (int64_t k = 0; out && k < out->numElements(); ++k)
    if (!convertAny(in, *out, k)) {
      args.fail("expected values that " + dtypeName(*type) + " can hold");
      return nullptr;
    }
  return out;
}

} // namespace wino
