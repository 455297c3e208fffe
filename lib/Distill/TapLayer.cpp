// Work is split over images and over taps, never inside a sum.
#include "wino/Calibrate/TileKernels.h"
#include "wino/Distill/Layer.h"
#include "wino/Numerics/FactorScales.h"

#include <cmath>

namespace wino {

TapLayer::TapLayer(const WindowGeometry &geometry, size_t channelsOut, std::vector<float> filter,
                   std::vector<float> bias, TileMatrices matrices, TapQuantizers quantizers, int productBits,
                   const ParallelLoop &forEach)
    : WindowLayer(geometry, channelsOut, 1, std::move(filter), std::move(bias), 0, forEach),
      matrices(std::move(matrices)), quantizers(std::move(quantizers)), productBits(productBits),
      taps(channelsOut, size_t(geometry.channels), this->matrices.r, this->matrices.K),
      tilesY(size_t((geometry.outHeight + this->matrices.m - 1) / this->matrices.m)),
      tilesX(size_t((geometry.outWidth + this->matrices.m - 1) / this->matrices.m)) {
  TapLayer::refit();
}

size_t TapLayer::held() const {
  return WindowLayer::held() +
         size_t(matrices.K * matrices.K) * tilesY * tilesX * (2 * size_t(geometry.channels) + cOut);
}

void TapLayer::refit() {
  productScales.clear();
  if (!quantizers.filterLimit)
    return;
  taps.setWeights(filter.values);
  taps.transform(matrices.g, forEach);
  quantizers.filterScales = taps.fitScales(quantizers.filterLimit, forEach);
}

/// u = B^T X B of every tile.
void TapLayer::transformInputs(const float *input, size_t images) {
  const WindowGeometry &g = geometry;
  size_t K = size_t(matrices.K), n = size_t(matrices.n()), cIn = size_t(g.channels), tiles = tilesY * tilesX;
  u.resize(K * K * images * tiles * cIn);
  forEach(int64_t(images), [&](int64_t image) {
    const float *x = input + size_t(image) * inputSize();
    std::vector<float> tile(n * n * cIn), row(n * cIn);
    for (size_t t = 0; t < tiles; ++t) {
      int64_t top = int64_t(t / tilesX) * matrices.m - g.padTop, left = int64_t(t % tilesX) * matrices.m - g.padLeft;
      for (size_t c = 0; c < cIn; ++c)
        for (size_t a = 0; a < n; ++a)
          for (size_t b = 0; b < n; ++b) {
            int64_t y = top + int64_t(a), z = left + int64_t(b);
            bool inside = y >= 0 && y < g.height && z >= 0 && z < g.width;
            tile[(a * n + b) * cIn + c] = inside ? x[(int64_t(c) * g.height + y) * g.width + z] : 0;
          }
      size_t p = size_t(image) * tiles + t;
      for (size_t i = 0; i < K; ++i) {
        for (size_t a = 0; a < n; ++a)
          kernels::accumulate(row.data(), float(matrices.bt[i * n + a]), &tile[a * n * cIn], n * cIn, a > 0);
        for (size_t j = 0; j < K; ++j)
          for (size_t b = 0; b < n; ++b)
            kernels::accumulate(&u[((i * K + j) * images * tiles + p) * cIn], float(matrices.bt[j * n + b]),
                                &row[b * cIn], cIn, b > 0);
      }
    }
  });
}

/// All tiles of one tap.
void TapLayer::roundInputs(size_t tap, std::vector<float> &rounded) const {
  const float *from = &u[tap * rounded.size()];
  if (quantizers.inputLimit)
    kernels::quantize(rounded.data(), from, quantizers.inputScales[tap], float(quantizers.inputLimit), rounded.size());
  else
    std::copy_n(from, rounded.size(), rounded.data());
}

/// O of `all` tiles, with the scales of (E20) and (E21) of Numerics.
void TapLayer::roundProducts(size_t all) {
  size_t K = size_t(matrices.K);
  float limit = float((1 << (productBits - 1)) - 1);
  if (productScales.empty()) {
    std::vector<double> sizes(K * K * cOut);
    forEach(int64_t(K * K), [&](int64_t tap) {
      double *squares = &sizes[size_t(tap) * cOut];
      for (size_t i = 0; i < all * cOut; ++i) {
        double value = double(o[size_t(tap) * all * cOut + i]);
        squares[i % cOut] += value * value;
      }
      for (size_t f = 0; f < cOut; ++f)
        squares[f] = std::sqrt(squares[f] / double(all));
    });
    FactorScales factors = factorSizes(sizes, unsigned(K), int64_t(cOut));
    double step = laplaceClip(productBits) / double(limit);
    for (unsigned i = 0; i < K; ++i)
      for (unsigned j = 0; j < K; ++j)
        for (size_t f = 0; f < cOut; ++f)
          productScales.push_back(float(factors.at(i, j, int64_t(f)) * step));
  }
  forEach(int64_t(K * K), [&](int64_t tap) {
    const float *scales = &productScales[size_t(tap) * cOut];
    float *values = &o[size_t(tap) * all * cOut];
    for (size_t i = 0; i < all * cOut; ++i) {
      float scale = scales[i % cOut], steps = std::floor(values[i] / scale + 0.5f);
      values[i] = std::min(std::max(steps, -limit - 1), limit) * scale;
    }
  });
}

void TapLayer::forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) {
  if (isTeacher)
    return WindowLayer::forward(inputs, output, images, /*isTeacher=*/true);
  size_t K = size_t(matrices.K), m = size_t(matrices.m), cIn = size_t(geometry.channels), tiles = tilesY * tilesX;
  size_t all = images * tiles, height = size_t(geometry.outHeight), width = size_t(geometry.outWidth);
  taps.setWeights(filter.values);
  taps.transform(matrices.g, forEach);
  taps.quantize(quantizers.filterLimit, quantizers.filterScales, forEach);
  transformInputs(inputs[0], images);
  o.resize(K * K * all * cOut);
  forEach(int64_t(K * K), [&](int64_t tap) {
    std::vector<float> rounded(all * cIn);
    roundInputs(size_t(tap), rounded);
    kernels::multiply(&o[size_t(tap) * all * cOut], rounded.data(), cIn, 1, taps.turned(size_t(tap)), all, cIn, cOut);
  });
  if (productBits)
    roundProducts(all);
  forEach(int64_t(images), [&](int64_t image) {
    std::vector<float> row(K * cOut), sum(cOut);
    float *y = output + size_t(image) * cOut * height * width;
    for (size_t t = 0; t < tiles; ++t) {
      size_t p = size_t(image) * tiles + t, top = t / tilesX * m, left = t % tilesX * m;
      for (size_t a = 0; a < std::min(m, height - top); ++a) {
        for (size_t j = 0; j < K; ++j)
          for (size_t i = 0; i < K; ++i)
            kernels::accumulate(&row[j * cOut], float(matrices.at[a * K + i]), &o[((i * K + j) * all + p) * cOut], cOut,
                                i > 0);
        for (size_t b = 0; b < std::min(m, width - left); ++b) {
          for (size_t j = 0; j < K; ++j)
            kernels::accumulate(sum.data(), float(matrices.at[b * K + j]), &row[j * cOut], cOut, j > 0);
          for (size_t f = 0; f < cOut; ++f)
            y[(f * height + top + a) * width + left + b] = sum[f] + bias.values[f];
        }
      }
    }
  });
}

void TapLayer::backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                        size_t images) {
  const WindowGeometry &g = geometry;
  size_t K = size_t(matrices.K), m = size_t(matrices.m), n = size_t(matrices.n()), cIn = size_t(g.channels);
  size_t tiles = tilesY * tilesX, all = images * tiles, height = size_t(g.outHeight), width = size_t(g.outWidth);
  // dO = A dY A^T in the place of O.
  forEach(int64_t(images), [&](int64_t image) {
    std::vector<float> dy(m * m * cOut), row(m * cOut);
    const float *from = gradient + size_t(image) * cOut * height * width;
    for (size_t t = 0; t < tiles; ++t) {
      size_t p = size_t(image) * tiles + t, top = t / tilesX * m, left = t % tilesX * m;
      for (size_t a = 0; a < m; ++a)
        for (size_t b = 0; b < m; ++b)
          for (size_t f = 0; f < cOut; ++f)
            dy[(a * m + b) * cOut + f] =
                top + a < height && left + b < width ? from[(f * height + top + a) * width + left + b] : 0;
      for (size_t i = 0; i < K; ++i) {
        for (size_t a = 0; a < m; ++a)
          kernels::accumulate(row.data(), float(matrices.at[a * K + i]), &dy[a * m * cOut], m * cOut, a > 0);
        for (size_t j = 0; j < K; ++j)
          for (size_t b = 0; b < m; ++b)
            kernels::accumulate(&o[((i * K + j) * all + p) * cOut], float(matrices.at[b * K + j]), &row[b * cOut], cOut,
                                b > 0);
      }
    }
  });
  forEach(int64_t(K * K), [&](int64_t index) {
    size_t tap = size_t(index);
    std::vector<float> rounded(all * cIn);
    roundInputs(tap, rounded);
    const float *dO = &o[tap * all * cOut];
    kernels::multiply(taps.gradient(tap), dO, 1, cOut, rounded.data(), cOut, all, cIn);
    taps.mask(tap, quantizers.filterLimit, quantizers.filterScales);
    // From here on u is the gradient there.
    kernels::multiply(rounded.data(), dO, cOut, 1, taps.rounded(tap), all, cOut, cIn);
    float *from = &u[tap * all * cIn];
    if (quantizers.inputLimit)
      kernels::maskClipped(rounded.data(), from, quantizers.inputScales[tap], float(quantizers.inputLimit), all * cIn);
    std::copy(rounded.begin(), rounded.end(), from);
  });
  taps.filterGradient(matrices.g, filter.gradient, forEach);
  forEach(int64_t(cOut), [&](int64_t f) {
    float sum = 0;
    for (size_t image = 0; image < images; ++image)
      for (size_t p = 0; p < height * width; ++p)
        sum += gradient[(image * cOut + size_t(f)) * height * width + p];
    bias.gradient[size_t(f)] = sum;
  });
  if (!gradients[0])
    return;
  forEach(int64_t(images), [&](int64_t image) { // dX = B dU B^T, added where tiles overlap
    std::vector<float> rows(n * K * cIn), sum(cIn);
    float *dx = gradients[0] + size_t(image) * inputSize();
    for (size_t t = 0; t < tiles; ++t) {
      size_t p = size_t(image) * tiles + t;
      int64_t top = int64_t(t / tilesX * m) - g.padTop, left = int64_t(t % tilesX * m) - g.padLeft;
      for (size_t b = 0; b < n; ++b)
        for (size_t i = 0; i < K; ++i)
          for (size_t j = 0; j < K; ++j)
            kernels::accumulate(&rows[(b * K + i) * cIn], float(matrices.bt[j * n + b]),
                                &u[((i * K + j) * all + p) * cIn], cIn, j > 0);
      for (size_t a = 0; a < n; ++a)
        for (size_t b = 0; b < n; ++b) {
          int64_t y = top + int64_t(a), x = left + int64_t(b);
          if (y < 0 || y >= g.height || x < 0 || x >= g.width)
            continue;
          for (size_t i = 0; i < K; ++i)
            kernels::accumulate(sum.data(), float(matrices.bt[i * n + a]), &rows[(b * K + i) * cIn], cIn, i > 0);
          for (size_t c = 0; c < cIn; ++c)
            dx[(int64_t(c) * g.height + y) * g.width + x] += sum[c];
        }
    }
  });
}

} // namespace wino
