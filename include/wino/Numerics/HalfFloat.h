// HalfFloat: IEEE binary16 as numbers and as stored bits. The one place that says how numbers become halves: to
// nearest, ties to even, subnormals kept; emitted code converts by FCVTN, FCVTL and F16C, which do the same.
#ifndef WINO_NUMERICS_HALFFLOAT_H
#define WINO_NUMERICS_HALFFLOAT_H

#include <cstdint>

namespace wino {

constexpr double largestHalf = 65504;

/// The nearest binary16, which every binary32 holds. From 65520 on infinity, as IEEE has it; NaN stays NaN.
float roundToHalf(double x);

/// Bits of a number that is a binary16 (roundToHalf), and the number of such bits.
uint16_t halfBits(float half);
float halfOfBits(uint16_t bits);

} // namespace wino

#endif
