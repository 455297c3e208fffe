// What an activation is on binary32 numbers, written once over a machine (Numerics/ElementaryFunctions.h): the float
// interpreter and all emitted float code run this text and make the same bits. UnaryFunction.h has the real functions.
#ifndef WINO_DIALECT_FLOATACTIVATION_H
#define WINO_DIALECT_FLOATACTIVATION_H

#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/ElementaryFunctions.h"

namespace wino {

/// Functions whose results are the nearest float or a neighbour of it are computed in binary64 and rounded once (at
/// most 0.51 ulp); exact ones and those that binary32 arithmetic states take one rounding per operation.
template <typename M> class FloatActivation {
public:
  using F = typename M::Float;
  using D = typename M::Double;
  explicit FloatActivation(M &machine) : m(machine), functions(machine) {}

  F apply(ActivationAttr activation, F x) {
    double lo = activation.getLo().getValueAsDouble(), hi = activation.getHi().getValueAsDouble();
    switch (activation.getKind()) {
    case ActivationKind::Relu: return below(x, 0, m.f32(0), x);
    case ActivationKind::Clip: return clamp(x, lo, hi);
    case ActivationKind::LeakyRelu: return below(x, 0, m.mul(m.f32(lo), x), x);
    case ActivationKind::Reciprocal: return m.div(m.f32(1), x);
    case ActivationKind::Sqrt: return m.sqrt(x);
    case ActivationKind::Abs: return m.abs(x);
    case ActivationKind::Neg: return m.neg(x);
    case ActivationKind::Sign: return below(x, 0, m.f32(-1), m.select(m.less(m.f32(0), x), m.f32(1), m.f32(0)));
    case ActivationKind::Floor: return m.floor(x);
    case ActivationKind::Ceil: return m.ceil(x);
    case ActivationKind::Round: return m.roundEven(x);
    case ActivationKind::Softsign: return m.div(x, m.add(m.f32(1), m.abs(x)));
    case ActivationKind::HardSigmoid: return clamp(m.fma(x, m.f32(lo), m.f32(hi)), 0, 1);
    case ActivationKind::HardSwish: return m.mul(x, clamp(m.fma(x, m.f32(1.0 / 6), m.f32(0.5)), 0, 1));
    case ActivationKind::ThresholdedRelu: return m.select(m.less(m.f32(lo), x), x, m.f32(0));
    case ActivationKind::Elu:
    case ActivationKind::Celu: return below(x, 0, m.narrow(wide(activation, m.widen(x))), x);
    default: return m.narrow(wide(activation, m.widen(x)));
    }
  }

  /// e^x rounded to binary32.
  F exp(F x) { return m.narrow(functions.exp(m.widen(x))); }

private:
  M &m;
  ElementaryFunctions<M> functions;

  F below(F x, double bound, F yes, F no) { return m.select(m.less(x, m.f32(bound)), yes, no); }
  F clamp(F x, double lo, double hi) {
    F low = m.f32(lo), high = m.f32(hi);
    x = m.select(m.less(x, low), low, x);
    return m.select(m.less(high, x), high, x);
  }
  /// Functions that go to 0 have done so in binary32 by then; at -inf they would multiply it with something above 0.
  D atLeast(D x, double bound) { return m.select(m.less(x, m.f64(bound)), m.f64(bound), x); }
  D elu(D x, double slope) { return m.mul(m.f64(slope), functions.expm1(x)); }
  D softplus(D x) {
    D zero = m.f64(0);
    return m.add(m.select(m.less(x, zero), zero, x), functions.log1p(functions.exp(m.neg(m.abs(x)))));
  }

  D wide(ActivationAttr activation, D x) {
    double lo = activation.getLo().getValueAsDouble(), hi = activation.getHi().getValueAsDouble();
    D one = m.f64(1);
    switch (activation.getKind()) {
    case ActivationKind::Sigmoid: return m.div(one, m.add(one, functions.exp(m.neg(x))));
    case ActivationKind::Exp: return functions.exp(x);
    case ActivationKind::Log: return functions.log(x);
    case ActivationKind::Pow: return pow(x, lo);
    case ActivationKind::Tanh: return functions.tanh(x);
    case ActivationKind::Erf: return functions.erf(x);
    case ActivationKind::Softplus: return softplus(x);
    case ActivationKind::Elu: return elu(x, lo);
    case ActivationKind::Celu: return elu(m.div(x, m.f64(lo)), lo);
    case ActivationKind::Selu: return m.mul(m.f64(hi), m.select(m.less(x, m.f64(0)), elu(x, lo), x));
    case ActivationKind::Gelu: // x/2 erfc(-x / sqrt 2)
      x = atLeast(x, -20);
      return m.mul(m.mul(m.f64(0.5), x), functions.erfc(m.mul(x, m.f64(-0.70710678118654752440))));
    case ActivationKind::GeluTanh: { // (1 + tanh u) / 2 = 1 / (1 + exp(-2 u))
      x = atLeast(x, -20);
      D cube = m.mul(m.mul(x, x), m.mul(x, m.f64(0.044715)));
      return m.div(x, m.add(one, functions.exp(m.mul(m.f64(-2 * 0.79788456080286535588), m.add(x, cube)))));
    }
    case ActivationKind::Mish: { // tanh(log(1 + e)) = w / (w + 2), w = e (e + 2)
      x = atLeast(x, -200);
      D high = m.f64(300), e = functions.exp(m.select(m.less(high, x), high, x)), w = m.mul(e, m.add(e, m.f64(2)));
      return m.mul(x, m.div(w, m.add(w, m.f64(2))));
    }
    default: return x; // stated in binary32
    }
  }

  /// x ** y. Whole exponents of at most 64 by multiplication, all others by way of the logarithm of |x|.
  D pow(D x, double y) {
    bool isWhole = y == static_cast<double>(static_cast<int64_t>(y < -1e15 || y > 1e15 ? 0 : y)) || std::fabs(y) > 1e15;
    if (isWhole && std::fabs(y) <= 64) {
      D result = m.f64(1), base = x;
      for (auto n = static_cast<uint64_t>(std::fabs(y)); n > 0; n >>= 1) {
        if (n & 1)
          result = m.mul(result, base);
        if (n > 1)
          base = m.mul(base, base);
      }
      return y < 0 ? m.div(m.f64(1), result) : result;
    }
    D size = m.abs(x), zero = m.f64(0);
    D power = functions.exp(m.mul(m.f64(y), functions.log(size)));
    bool isOdd = isWhole && std::fmod(y, 2) != 0;
    D negative = isOdd ? m.neg(power) : isWhole ? power : m.f64(NAN);
    power = m.select(m.less(x, zero), negative, power);
    // Where log is infinite, exp stops at e^+-700.
    D atZero = m.f64(y < 0 ? INFINITY : 0), atInfinity = m.f64(y < 0 ? 0 : INFINITY);
    power = m.select(m.equal(x, zero), atZero, power);
    return m.select(m.equal(isWhole ? x : size, m.f64(INFINITY)), atInfinity, power);
  }
};
template <typename M> FloatActivation(M &) -> FloatActivation<M>;

} // namespace wino

#endif
