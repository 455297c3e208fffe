// Conversions to and from binary16 by exact arithmetic on powers of two.
#include "wino/Numerics/HalfFloat.h"

#include <algorithm>
#include <cmath>

namespace wino {

constexpr int fractionBits = 10, leastExponent = -14;

float roundToHalf(double x) {
  if (x == 0 || !std::isfinite(x))
    return static_cast<float>(x);
  // Numbers of one exponent are multiples of their last place; below 2^-14 all are of that of 2^-14.
  int place = std::max(std::ilogb(x), leastExponent) - fractionBits;
  double scaled = std::ldexp(std::fabs(x), -place), whole = std::floor(scaled), rest = scaled - whole;
  bool up = rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) == 1);
  double rounded = std::ldexp(whole + (up ? 1 : 0), place);
  return static_cast<float>(std::copysign(rounded > largestHalf ? HUGE_VAL : rounded, x));
}

float fmaHalf(float a, float b, float c) { return roundToHalf(double(a) * double(b) + double(c)); }

uint16_t halfBits(float half) {
  auto sign = uint16_t(std::signbit(half) ? 0x8000 : 0);
  if (std::isnan(half))
    return sign | 0x7e00;
  if (std::isinf(half))
    return sign | 0x7c00;
  if (half == 0)
    return sign;
  int exponent = std::max(std::ilogb(half), leastExponent);
  // 1024 and more for normal numbers, whose first bit becomes one of the exponent.
  auto fraction = uint16_t(std::ldexp(std::fabs(half), fractionBits - exponent));
  return uint16_t(sign + fraction + ((exponent - leastExponent) << fractionBits));
}

float halfOfBits(uint16_t bits) {
  int exponent = bits >> fractionBits & 31, fraction = bits & 1023;
  float magnitude = exponent == 31  ? (fraction ? NAN : HUGE_VALF)
                    : exponent == 0 ? std::ldexp(float(fraction), leastExponent - fractionBits)
                                    : std::ldexp(float(1024 + fraction), exponent - 1 + leastExponent - fractionBits);
  return std::copysign(magnitude, bits & 0x8000 ? -1.0f : 1.0f);
}

} // namespace wino
