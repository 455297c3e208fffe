// Loops on contiguous floats that TileModel is made of. Every sum has one order, whatever the vector width of the host:
// lanes are independent elements, except in dot, whose eight partial sums are part of its definition.
#ifndef WINO_CALIBRATE_TILEKERNELS_H
#define WINO_CALIBRATE_TILEKERNELS_H

#include <cstddef>

namespace wino::kernels {

/// c[i][j] = sum over k, rising, of a[i * aRow + k * aDepth] * b[k][j]; b is depth x cols, c rows x cols, row-major.
void multiply(float *c, const float *a, size_t aRow, size_t aDepth, const float *b, size_t rows, size_t depth,
              size_t cols);

/// y = factor * x, or y += factor * x with `add`.
void accumulate(float *y, float factor, const float *x, size_t length, bool add);

/// Sum of x[i] y[i]: partial sums of i mod 8 in binary32, added up from the first to the last in binary64.
double dot(const float *x, const float *y, size_t length);

/// y = clamp(floor(x / scale + 1/2), -limit - 1, limit) * scale to within 2^-16 of a step; limit <= 127.
void quantize(float *y, const float *x, float scale, float limit, size_t length);

/// Straight-through estimator of quantize: gradient[i] becomes 0 where x[i] was clipped.
void maskClipped(float *gradient, const float *x, float scale, float limit, size_t length);

} // namespace wino::kernels

#endif
