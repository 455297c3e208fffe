// exp, log, erfc and what follows from them in binary64, freestanding, written once over a machine M: the interpreter
// runs it on numbers (NumberMachine), the compiler on values of its IR, so that both make the same bits. Nothing is
// fused and every step rounds to nearest, halves to even. README, section 11.
#ifndef WINO_NUMERICS_ELEMENTARYFUNCTIONS_H
#define WINO_NUMERICS_ELEMENTARYFUNCTIONS_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace wino {

/// A machine of plain numbers. Another one has the same members, on types of its own.
struct NumberMachine {
  using Float = float;
  using Double = double;
  using Bits = int64_t;
  using Truth = bool;

  float f32(double value) { return static_cast<float>(value); }
  double f64(double value) { return value; }
  double widen(float x) { return x; }
  float narrow(double x) { return static_cast<float>(x); }
  template <typename T> T add(T x, T y) { return x + y; }
  template <typename T> T sub(T x, T y) { return x - y; }
  template <typename T> T mul(T x, T y) { return x * y; }
  template <typename T> T div(T x, T y) { return x / y; }
  float fma(float x, float y, float z) { return std::fma(x, y, z); } ///< x * y + z, rounded once
  template <typename T> T neg(T x) { return -x; }
  template <typename T> T abs(T x) { return std::fabs(x); }
  float sqrt(float x) { return std::sqrt(x); }
  float floor(float x) { return std::floor(x); }
  float ceil(float x) { return std::ceil(x); }
  float roundEven(float x) { return std::nearbyint(x); }
  template <typename T> bool less(T x, T y) { return x < y; }
  template <typename T> bool equal(T x, T y) { return x == y; }
  template <typename T> T select(bool condition, T yes, T no) { return condition ? yes : no; }

  int64_t bits(double x) {
    int64_t result;
    std::memcpy(&result, &x, sizeof x);
    return result;
  }
  double fromBits(int64_t x) {
    double result;
    std::memcpy(&result, &x, sizeof x);
    return result;
  }
  int64_t addBits(int64_t x, int64_t constant) { return int64_t(uint64_t(x) + uint64_t(constant)); }
  int64_t subBits(int64_t x, int64_t y) { return int64_t(uint64_t(x) - uint64_t(y)); }
  int64_t shiftLeft(int64_t x, int amount) { return int64_t(uint64_t(x) << amount); }
  int64_t shiftRight(int64_t x, int amount) { return x >> amount; } ///< keeps the sign
};

/// All functions take and give M::Double and pass NaN on. Relative errors: README, section 11.
template <typename M> class ElementaryFunctions {
public:
  using D = typename M::Double;
  explicit ElementaryFunctions(M &machine) : m(machine) {}

  /// e^x; as at +-700 beyond.
  D exp(D x) {
    Power p = power(x);
    return m.add(p.scale, m.mul(p.scale, p.rest));
  }
  /// e^x - 1; as at +-700 beyond.
  D expm1(D x) {
    Power p = power(x);
    return m.add(m.mul(p.scale, p.rest), m.sub(p.scale, m.f64(1)));
  }
  /// Natural logarithm of a number that is no subnormal; -inf at 0, NaN below.
  D log(D x) {
    // 2^e times a number in [sqrt(1/2), sqrt(2)), whose logarithm is 2 artanh(s).
    auto offset = m.addBits(m.bits(x), -0x3fe6a09e667f3bcd);
    auto exponent = m.shiftRight(offset, 52);
    D mantissa = m.fromBits(m.subBits(m.bits(x), m.shiftLeft(exponent, 52)));
    D e = m.sub(m.fromBits(m.addBits(exponent, bitsOfMagic)), m.f64(magic));
    D s = m.div(m.sub(mantissa, m.f64(1)), m.add(mantissa, m.f64(1)));
    static constexpr double c[] = {0x1.0000000000001p+1, 0x1.5555555552ac9p-1, 0x1.999999a4c380bp-2,
                                   0x1.2492405e0ce85p-2, 0x1.c723002031271p-3, 0x1.731c839a41a42p-3,
                                   0x1.59272a6aaf566p-3};
    D small = m.mul(s, polynomial(c, m.mul(s, s)));
    D result = m.add(m.mul(e, m.f64(ln2High)), m.add(m.mul(e, m.f64(ln2Low)), small));
    D zero = m.f64(0);
    result = m.select(m.equal(x, zero), m.f64(-INFINITY), result);
    result = m.select(m.less(x, zero), m.f64(NAN), result);
    // +inf and NaN are their own logarithms.
    return m.select(m.less(x, m.f64(INFINITY)), result, x);
  }
  /// log(1 + y) for y in [0, 1].
  D log1p(D y) {
    D s = m.div(y, m.add(m.f64(2), y));
    static constexpr double c[] = {0x1.0000000000000p+1, 0x1.5555555555527p-1, 0x1.99999999a1c4fp-2,
                                   0x1.249249201beacp-2, 0x1.c71c7445b2127p-3, 0x1.745caf74cbe5ep-3,
                                   0x1.3b1e2bc8a12dep-3, 0x1.106443d797a85p-3, 0x1.f00852a5c69fap-4,
                                   0x1.54f8c703ce149p-4, 0x1.5d1081172f887p-3};
    return m.mul(s, polynomial(c, m.mul(s, s)));
  }
  D tanh(D x) {
    D e = expm1(m.add(x, x));
    return m.div(e, m.add(e, m.f64(2)));
  }
  D erf(D x) {
    static constexpr double c[] = {0x1.20dd750429b6bp+0,   -0x1.812746b037352p-2,  0x1.ce2f21a000d30p-4,
                                   -0x1.b82ce3026aae0p-6,  0x1.565bcb082cca2p-8,   -0x1.c02d67e37081ep-11,
                                   0x1.f99c295886f05p-14,  -0x1.f4684782919e8p-17, 0x1.b5d3ea9fd0b5ap-20,
                                   -0x1.462a758d4591dp-23, 0x1.43f6d0dee7032p-27};
    D one = m.f64(1), size = m.abs(x);
    D near = m.mul(x, polynomial(c, m.mul(x, x)));
    D far = m.sub(one, tail(size));
    far = m.select(m.less(x, m.f64(0)), m.neg(far), far);
    return m.select(m.less(size, one), near, m.select(m.less(size, m.f64(INFINITY)), far, limitOfErf(x)));
  }
  /// 1 - erf(x) without cancellation; as at 11 beyond.
  D erfc(D x) {
    D positive = tail(m.abs(x));
    return m.select(m.less(x, m.f64(0)), m.sub(m.f64(2), positive), positive);
  }

private:
  M &m;

  static constexpr double magic = 0x1.8p52; // adding it rounds to an integer, which the low bits then hold
  static constexpr int64_t bitsOfMagic = 0x4338000000000000;
  static constexpr double ln2High = 0x1.62e42fee00000p-1, ln2Low = 0x1.a39ef35793c76p-33;

  template <size_t N> D polynomial(const double (&c)[N], D x) {
    D sum = m.f64(c[N - 1]);
    for (size_t k = N - 1; k-- > 0;)
      sum = m.add(m.mul(sum, x), m.f64(c[k]));
    return sum;
  }
  D clamp(D x, double limit) {
    D high = m.f64(limit), low = m.f64(-limit);
    x = m.select(m.less(x, low), low, x);
    return m.select(m.less(high, x), high, x);
  }
  struct Power {
    D scale, rest; ///< e^x = scale * (1 + rest), scale a power of two
  };
  Power power(D given) {
    D x = clamp(given, 700);
    D shifted = m.add(m.mul(x, m.f64(0x1.71547652b82fep+0)), m.f64(magic));
    D n = m.sub(shifted, m.f64(magic));
    D r = m.sub(m.sub(x, m.mul(n, m.f64(ln2High))), m.mul(n, m.f64(ln2Low)));
    static constexpr double c[] = {0x1.0000000000006p+0,  0x1.0000000000001p-1,  0x1.5555555550d79p-3,
                                   0x1.5555555553d63p-5,  0x1.11111123c1f47p-7,  0x1.6c16c1788bd90p-10,
                                   0x1.a01994bd214e7p-13, 0x1.a019b90d2ae7ap-16, 0x1.72e1150d0c9b6p-19,
                                   0x1.289185613a3d6p-22};
    D scale = m.fromBits(m.shiftLeft(m.addBits(m.bits(shifted), 1023), 52));
    return {scale, m.mul(r, polynomial(c, r))};
  }
  /// erfc(x) = t exp(-x^2 + q(t)), t = 2 / (2 + x), x >= 0; as at 11 beyond.
  D tail(D size) {
    D limit = m.f64(11), x = m.select(m.less(limit, size), limit, size);
    D t = m.div(m.f64(2), m.add(m.f64(2), x));
    D u = m.div(m.sub(t, m.f64(0.575)), m.f64(0.425));
    static constexpr double c[] = {
        -0x1.23d6612596953p-1,  0x1.297d66f882bebp-1,   0x1.2a7ae83a09697p-6,   -0x1.feb3d6b51e3ffp-6,
        -0x1.91d50b57cb76ap-10, 0x1.0eca1f208219ap-8,   -0x1.ead6988fd7b30p-13, -0x1.5687fb6b3111fp-11,
        0x1.51ddc7c59f37dp-13,  0x1.6eadeba98bd50p-14,  -0x1.ac306203f8be1p-15, -0x1.151b525b226e3p-18,
        0x1.74cbb63440176p-17,  -0x1.376a467b217d9p-19, -0x1.94db7c5bf71abp-20, 0x1.e6629e1a500a3p-21,
        0x1.ce3072b3134ffp-26,  -0x1.7c309f7960359p-23, 0x1.3c6d779e13a2ep-25,  0x1.3c0354fcf77eap-26,
        -0x1.9c303743a4ed6p-28, -0x1.42c0b90a2618fp-31};
    return m.mul(t, exp(m.sub(polynomial(c, u), m.mul(x, x))));
  }
  D limitOfErf(D x) { // +-1 at infinities, NaN
    return m.select(m.less(x, m.f64(0)), m.f64(-1), m.select(m.less(m.f64(0), x), m.f64(1), x));
  }
};

} // namespace wino

#endif
