// Fixed-point multipliers from real numbers.
#include "wino/Numerics/FixedPoint.h"

namespace wino {

std::optional<Multiplier16> quantizeMultiplier16(double real) {
  if (!(real >= std::ldexp(1.0, -16) && real < 1))
    return std::nullopt;
  int exponent = 0;
  double mantissa = std::frexp(real, &exponent); // real = mantissa * 2^exponent, mantissa in [1/2, 1)
  auto m = int32_t(roundHalfUp(std::ldexp(mantissa, 15)));
  int shift = -exponent;
  if (m == 1 << 15) { // rounded up to a power of two
    m >>= 1;
    --shift;
  }
  if (shift < 0)
    return Multiplier16{32767, 0}; // just below one
  if (shift > 15)
    return std::nullopt;
  return Multiplier16{int16_t(m), shift};
}

} // namespace wino
