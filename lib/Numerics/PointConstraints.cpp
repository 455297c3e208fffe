// Constraints of the point search that need exact matrices.
#include "wino/Numerics/PointSearch.h"

#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <numeric>

namespace wino {

/// Smallest integers of the same direction have at most 11 significant bits each, and 40 binary places hold them all:
/// from the least subnormal 2^-24 to the largest exponent 2^15.
template <typename At> static bool directionIsExactInHalf(int length, At at) {
  __int128 denominators = 1, common = 0;
  for (int i = 0; i < length; ++i) {
    int64_t d = at(i).denominator();
    denominators *= d / std::gcd(d, int64_t(denominators));
    if (denominators > (int64_t(1) << 40))
      return false;
  }
  auto integer = [&](int i) { return __int128(at(i).numerator()) * (denominators / at(i).denominator()); };
  for (int i = 0; i < length; ++i) {
    __int128 value = integer(i);
    if (value > INT64_MAX || value < -INT64_MAX)
      return false;
    common = std::gcd(int64_t(common), int64_t(value));
  }
  for (int i = 0; i < length && common != 0; ++i) {
    auto value = uint64_t(std::llabs(int64_t(integer(i) / common)));
    if (value != 0 && (value >> 40 != 0 || value >> llvm::countr_zero(value) >= 2048))
      return false;
  }
  return true;
}

bool isExactInHalf(const BilinearAlgorithm &algorithm) {
  for (int j = 0; j < algorithm.K; ++j)
    if (!directionIsExactInHalf(algorithm.m, [&](int i) { return algorithm.AT.at(i, j); }) ||
        !directionIsExactInHalf(algorithm.n, [&](int l) { return algorithm.BT.at(j, l); }))
      return false;
  return true;
}

} // namespace wino
