// HalfFloat: IEEE binary16 as numbers and as stored bits. The one place that says how numbers become halves: to
// nearest, ties to even, subnormals kept; emitted code converts by FCVTN, FCVTL and F16C, which do the same.
#ifndef WINO_NUMERICS_HALFFLOAT_H
#define WINO_NUMERICS_HALFFLOAT_H

#include <cstdint>

namespace wino {

constexpr double largestHalf = 65504;

/// The nearest binary16, which every binary32 holds. From 65520 on infinity, as IEEE has it; NaN stays NaN.
float roundToHalf(double x);

/// a b + c of three binary16, rounded once to binary16: FMLA of halves. Binary64 in between loses nothing that matters:
/// a b has 22 bits, so that a sum too long for 53 bits is never near the middle of two halves.
float fmaHalf(float a, float b, float c);

/// Bits of a number that is a binary16 (roundToHalf), and the number of such bits.
uint16_t halfBits(float half);
float halfOfBits(uint16_t bits);

} // namespace wino

#endif
