// Compiled twice, for AVX2 and for any x86-64; without contraction both give the same bits.
#include "wino/Calibrate/TileKernels.h"

#include <algorithm>

namespace wino::kernels {

namespace {

/// Rows x 16 block of a product, kept in registers.
template <int Rows>
__attribute__((always_inline)) inline void block(float *c, const float *a, size_t aRow, size_t aDepth, const float *b,
                                                 size_t depth, size_t cols) {
  constexpr int width = 16;
  float sums[Rows][width] = {};
  for (size_t k = 0; k < depth; ++k)
    for (int i = 0; i < Rows; ++i) {
      float factor = a[size_t(i) * aRow + k * aDepth];
      for (int j = 0; j < width; ++j)
        sums[i][j] += factor * b[k * cols + size_t(j)];
    }
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < width; ++j)
      c[size_t(i) * cols + size_t(j)] = sums[i][j];
}

} // namespace

__attribute__((target_clones("avx2", "default"))) void
multiply(float *c, const float *a, size_t aRow, size_t aDepth, const float *b, size_t rows, size_t depth, size_t cols) {
  size_t j = 0;
  for (; j + 16 <= cols; j += 16) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4)
      block<4>(c + i * cols + j, a + i * aRow, aRow, aDepth, b + j, depth, cols);
    for (; i < rows; ++i)
      block<1>(c + i * cols + j, a + i * aRow, aRow, aDepth, b + j, depth, cols);
  }
  for (size_t i = 0; i < rows && j < cols; ++i) {
    std::fill(c + i * cols + j, c + (i + 1) * cols, 0.0f);
    for (size_t k = 0; k < depth; ++k) {
      float factor = a[i * aRow + k * aDepth];
      for (size_t l = j; l < cols; ++l)
        c[i * cols + l] += factor * b[k * cols + l];
    }
  }
}

__attribute__((target_clones("avx2", "default"))) void accumulate(float *__restrict y, float factor,
                                                                  const float *__restrict x, size_t length, bool add) {
  if (add)
    for (size_t i = 0; i < length; ++i)
      y[i] += factor * x[i];
  else
    for (size_t i = 0; i < length; ++i)
      y[i] = factor * x[i];
}

__attribute__((target_clones("avx2", "default"))) double dot(const float *x, const float *y, size_t length) {
  float sums[8] = {};
  size_t i = 0;
  for (; i + 8 <= length; i += 8)
    for (size_t lane = 0; lane < 8; ++lane)
      sums[lane] += x[i + lane] * y[i + lane];
  for (size_t lane = 0; i < length; ++i, ++lane)
    sums[lane] += x[i] * y[i];
  double total = 0;
  for (float sum : sums)
    total += double(sum);
  return total;
}

__attribute__((target_clones("avx2", "default"))) void quantize(float *__restrict y, const float *__restrict x,
                                                                float scale, float limit, size_t length) {
  float inverse = 1 / scale;
  for (size_t i = 0; i < length; ++i) {
    float steps = std::min(std::max(x[i] * inverse, -limit - 1), limit);
    y[i] = float(int(steps + 128.5f) - 128) * scale; // truncation is floor on positive numbers
  }
}

__attribute__((target_clones("avx2", "default"))) void
maskClipped(float *__restrict gradient, const float *__restrict x, float scale, float limit, size_t length) {
  float high = (limit + 0.5f) * scale, low = -high - scale;
  for (size_t i = 0; i < length; ++i)
    gradient[i] = x[i] > low && x[i] < high ? gradient[i] : 0;
}

} // namespace wino::kernels
