// Elementwise functions of UnaryFunction.h as host code. Where no instruction helps they end in the host's libm.
#include "Lower/LowerFloat/FloatKernels.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace wino {

namespace {

/// Arithmetic on one f32 or a vector of them; constants take the type of `x`.
struct Arithmetic {
  Kernel &k;
  Type type;

  Value constant(double value) {
    auto scalar = k.b.getF32FloatAttr(float(value));
    if (auto vector = dyn_cast<VectorType>(type))
      return k.b.create<arith::ConstantOp>(DenseElementsAttr::get(vector, scalar));
    return k.b.create<arith::ConstantOp>(scalar);
  }
  template <typename Op> Value unary(Value x) { return k.b.create<Op>(x); }
  template <typename Op> Value binary(Value x, Value y) { return k.b.create<Op>(x, y); }
  Value add(Value x, Value y) { return binary<arith::AddFOp>(x, y); }
  Value mul(Value x, Value y) { return binary<arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return binary<arith::DivFOp>(x, y); }
  Value largest(Value x, Value y) { return binary<arith::MaximumFOp>(x, y); }
  Value exp(Value x) { return unary<math::ExpOp>(x); }
  Value clamp(Value x, double lo, double hi) {
    return binary<arith::MinimumFOp>(largest(x, constant(lo)), constant(hi));
  }
  /// condition(x, bound) ? yes : no.
  Value select(arith::CmpFPredicate condition, Value x, double bound, Value yes, Value no) {
    Value chosen = k.b.create<arith::CmpFOp>(condition, x, constant(bound));
    return k.b.create<arith::SelectOp>(chosen, yes, no);
  }
  Value ifNegative(Value x, Value yes, Value no) { return select(arith::CmpFPredicate::OLT, x, 0, yes, no); }
  /// slope * (exp(x / width) - 1) below 0.
  Value elu(Value x, double slope, double width) {
    Value bent = unary<math::ExpM1Op>(div(x, constant(width)));
    return ifNegative(x, mul(constant(slope), bent), x);
  }
  Value softplus(Value x) {
    Value small = unary<math::Log1pOp>(exp(unary<arith::NegFOp>(unary<math::AbsFOp>(x))));
    return add(largest(x, constant(0)), small);
  }
  Value hardSigmoid(Value x, double slope, double offset) {
    return clamp(add(mul(x, constant(slope)), constant(offset)), 0, 1);
  }
  /// x/2 * (1 + y).
  Value gate(Value x, Value y) { return mul(mul(constant(0.5), x), add(constant(1), y)); }
};

} // namespace

Value applyActivation(Kernel &k, ActivationAttr activation, Value x) {
  if (!activation)
    return x;
  Arithmetic a{k, x.getType()};
  double lo = activation.getLo().getValueAsDouble(), hi = activation.getHi().getValueAsDouble();
  switch (activation.getKind()) {
  case ActivationKind::Relu: return a.largest(x, a.constant(0));
  case ActivationKind::Clip: return a.clamp(x, lo, hi);
  case ActivationKind::LeakyRelu: return a.ifNegative(x, a.mul(x, a.constant(lo)), x);
  case ActivationKind::Sigmoid: return a.div(a.constant(1), a.add(a.constant(1), a.exp(a.unary<arith::NegFOp>(x))));
  case ActivationKind::Exp: return a.exp(x);
  case ActivationKind::Log: return a.unary<math::LogOp>(x);
  case ActivationKind::Sqrt: return a.unary<math::SqrtOp>(x);
  case ActivationKind::Reciprocal: return a.div(a.constant(1), x);
  case ActivationKind::Pow: return a.binary<math::PowFOp>(x, a.constant(lo));
  case ActivationKind::Abs: return a.unary<math::AbsFOp>(x);
  case ActivationKind::Neg: return a.unary<arith::NegFOp>(x);
  case ActivationKind::Sign: {
    Value zero = a.constant(0), negative = a.ifNegative(x, a.constant(-1), zero);
    return a.select(arith::CmpFPredicate::OGT, x, 0, a.constant(1), negative);
  }
  case ActivationKind::Floor: return a.unary<math::FloorOp>(x);
  case ActivationKind::Ceil: return a.unary<math::CeilOp>(x);
  case ActivationKind::Round: return a.unary<math::RoundEvenOp>(x);
  case ActivationKind::Tanh: return a.unary<math::TanhOp>(x);
  case ActivationKind::Erf: return a.unary<math::ErfOp>(x);
  case ActivationKind::Softplus: return a.softplus(x);
  case ActivationKind::Softsign: return a.div(x, a.add(a.constant(1), a.unary<math::AbsFOp>(x)));
  case ActivationKind::Elu: return a.elu(x, lo, 1);
  case ActivationKind::Celu: return a.elu(x, lo, lo);
  case ActivationKind::Selu: return a.mul(a.constant(hi), a.elu(x, lo, 1));
  case ActivationKind::Gelu: return a.gate(x, a.unary<math::ErfOp>(a.mul(x, a.constant(0.70710678118654752440))));
  case ActivationKind::GeluTanh: {
    Value cube = a.mul(a.mul(x, x), a.mul(x, a.constant(0.044715)));
    return a.gate(x, a.unary<math::TanhOp>(a.mul(a.constant(0.79788456080286535588), a.add(x, cube))));
  }
  case ActivationKind::Mish: return a.mul(x, a.unary<math::TanhOp>(a.softplus(x)));
  case ActivationKind::HardSigmoid: return a.hardSigmoid(x, lo, hi);
  case ActivationKind::HardSwish: return a.mul(x, a.hardSigmoid(x, 1.0 / 6, 0.5));
  case ActivationKind::ThresholdedRelu: return a.select(arith::CmpFPredicate::OGT, x, lo, x, a.constant(0));
  }
  llvm_unreachable("all kinds are listed");
}

} // namespace wino
