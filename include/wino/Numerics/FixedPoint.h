// The one rounding rule, floor(x + 1/2), and every fixed-point step built on it. Interpreter and emitted code agree
// with these functions bit for bit; each names the NEON instruction that does the same.
#ifndef WINO_NUMERICS_FIXEDPOINT_H
#define WINO_NUMERICS_FIXEDPOINT_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace wino {

/// Round half up of a real number.
inline double roundHalfUp(double x) { return std::floor(x + 0.5); }

/// Rounding arithmetic shift right, 0 <= s < 63 (srshr).
inline int64_t rshr(int64_t x, int s) { return s == 0 ? x : (x + (int64_t(1) << (s - 1))) >> s; }

/// Q15 product, rounded half up (sqrdmulh on 16 bits); a and b are not both -32768.
inline int16_t mulhi16(int16_t a, int16_t b) { return int16_t((2 * int32_t(a) * b + (1 << 15)) >> 16); }

/// Q31 product, rounded half up (sqrdmulh on 32 bits); b >= 0.
inline int32_t mulhi32(int32_t a, int32_t b) {
  return int32_t((int64_t(a) * b + (int64_t(1) << 30)) >> 31); // 2ab + 2^31 over 2^32 without overflow
}

template <typename T> inline T clampTo(int64_t x, int64_t lo, int64_t hi) { return T(std::min(std::max(x, lo), hi)); }
inline int8_t sat8(int64_t x) { return clampTo<int8_t>(x, -128, 127); }

/// y = clamp(rshr(mulhi32(acc << pre, M), shift), lo, hi); acc << pre is proved to fit 32 bits.
struct Requant {
  int32_t pre = 0, shift = 1, lo = -128, hi = 127;
};
/// With `addend`, a residual in units of 2^-shift, the sum is formed before the last rounding.
inline int32_t requant(int64_t acc, const Requant &q, int32_t multiplier, int64_t addend = 0) {
  int32_t scaled = mulhi32(int32_t(uint32_t(acc) << q.pre), multiplier);
  return clampTo<int32_t>(rshr(scaled + addend, q.shift), q.lo, q.hi);
}

/// real ~= m * 2^-15 * 2^-shift with m in [2^14, 2^15) and 0 <= shift <= 15.
struct Multiplier16 {
  int16_t m;
  int shift;
  double real() const { return std::ldexp(double(m), -15 - shift); }
};
/// Nearest multiplier; none if real is outside [2^-16, 1).
std::optional<Multiplier16> quantizeMultiplier16(double real);

} // namespace wino

#endif
