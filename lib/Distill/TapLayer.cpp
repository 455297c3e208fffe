// Work is split over images and over taps, never inside a sum.
#include "wino/Calibrate/TileKernels.h"
#include "wino/Distill/Layer.h"
#include "wino/Numerics/FactorScales.h"

#include <cmath>

namespace wino {

namespace {

constexpr size_t lengthOfLoop = 256; ///< numbers that an inner loop should have at least

/// out(i, j) = sum over a, b of M[i][a] M[j][b] in(a, b), rows x rows and size x size planes of `length` numbers. M is
/// row-major, or stands there as its transpose.
template <typename In, typename Out>
void bothSides(llvm::ArrayRef<double> matrix, size_t rows, size_t size, bool isTransposed, size_t length, In in,
               Out out) {
  std::vector<float> row(size * length);
  auto entry = [&](size_t i, size_t a) { return float(matrix[isTransposed ? a * rows + i : i * size + a]); };
  for (size_t i = 0; i < rows; ++i) {
    for (size_t b = 0; b < size; ++b)
      for (size_t a = 0; a < size; ++a)
        kernels::accumulate(&row[b * length], entry(i, a), in(a, b), length, a > 0);
    for (size_t j = 0; j < rows; ++j)
      for (size_t b = 0; b < size; ++b)
        kernels::accumulate(out(i, j), entry(j, b), &row[b * length], length, b > 0);
  }
}

} // namespace

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

/// Calls body(image, first tile, number of tiles) for groups of tiles that make inner loops long enough.
template <typename Body> void TapLayer::forGroups(size_t images, size_t channels, Body body) const {
  size_t tiles = tilesY * tilesX, group = std::max<size_t>(lengthOfLoop / channels, 1);
  forEach(int64_t(images), [&](int64_t image) {
    for (size_t first = 0; first < tiles; first += group)
      body(size_t(image), first, std::min(group, tiles - first));
  });
}

template <typename Body> void TapLayer::forInputs(size_t first, size_t count, Body body) const {
  const WindowGeometry &g = geometry;
  int64_t n = matrices.n();
  for (size_t t = 0; t < count; ++t) {
    auto [top, left] = cornerOf(first + t);
    for (int64_t a = std::max<int64_t>(g.padTop - top, 0); a < std::min(n, g.height + g.padTop - top); ++a)
      for (int64_t b = std::max<int64_t>(g.padLeft - left, 0); b < std::min(n, g.width + g.padLeft - left); ++b)
        for (int64_t c = 0; c < g.channels; ++c)
          body(size_t(((a * n + b) * int64_t(count) + int64_t(t)) * g.channels + c),
               size_t((c * g.height + top + a - g.padTop) * g.width + left + b - g.padLeft));
  }
}

template <typename Body> void TapLayer::forOutputs(size_t first, size_t count, Body body) const {
  int64_t m = matrices.m, height = geometry.outHeight, width = geometry.outWidth;
  for (size_t t = 0; t < count; ++t) {
    auto [top, left] = cornerOf(first + t);
    for (int64_t a = 0; a < std::min(m, height - top); ++a)
      for (int64_t b = 0; b < std::min(m, width - left); ++b)
        for (size_t f = 0; f < cOut; ++f)
          body((size_t(a * m + b) * count + t) * cOut + f,
               (f * size_t(height) + size_t(top + a)) * size_t(width) + size_t(left + b));
  }
}

/// u = B^T X B of every tile.
void TapLayer::transformInputs(const float *input, size_t images) {
  size_t K = size_t(matrices.K), n = size_t(matrices.n()), cIn = size_t(geometry.channels), tiles = tilesY * tilesX;
  u.resize(K * K * images * tiles * cIn);
  forGroups(images, cIn, [&](size_t image, size_t first, size_t count) {
    const float *x = input + image * inputSize();
    size_t length = count * cIn;
    std::vector<float> planes(n * n * length);
    forInputs(first, count, [&](size_t plane, size_t element) { planes[plane] = x[element]; });
    bothSides(
        matrices.bt, K, n, /*isTransposed=*/false, length,
        [&](size_t a, size_t b) { return &planes[(a * n + b) * length]; },
        [&](size_t i, size_t j) { return &u[((i * K + j) * images * tiles + image * tiles + first) * cIn]; });
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
    FactorScales factors = factorSizes(sizes, unsigned(K), unsigned(K), int64_t(cOut));
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
  size_t all = images * tiles;
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
  forGroups(images, cOut, [&](size_t image, size_t first, size_t count) {
    size_t length = count * cOut;
    std::vector<float> planes(m * m * length);
    bothSides(
        matrices.at, m, K, /*isTransposed=*/false, length,
        [&](size_t i, size_t j) { return &o[((i * K + j) * all + image * tiles + first) * cOut]; },
        [&](size_t a, size_t b) { return &planes[(a * m + b) * length]; });
    float *y = output + image * cOut * geometry.outputs();
    forOutputs(first, count,
               [&](size_t plane, size_t element) { y[element] = planes[plane] + bias.values[plane % cOut]; });
  });
}

void TapLayer::backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                        size_t images) {
  size_t K = size_t(matrices.K), m = size_t(matrices.m), n = size_t(matrices.n()), cIn = size_t(geometry.channels);
  size_t tiles = tilesY * tilesX, all = images * tiles;
  // dO = A dY A^T in the place of O.
  forGroups(images, cOut, [&](size_t image, size_t first, size_t count) {
    size_t length = count * cOut;
    std::vector<float> planes(m * m * length);
    const float *dy = gradient + image * cOut * geometry.outputs();
    forOutputs(first, count, [&](size_t plane, size_t element) { planes[plane] = dy[element]; });
    bothSides(
        matrices.at, K, m, /*isTransposed=*/true, length,
        [&](size_t a, size_t b) { return &planes[(a * m + b) * length]; },
        [&](size_t i, size_t j) { return &o[((i * K + j) * all + image * tiles + first) * cOut]; });
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
  sumBiasGradient(gradient, images);
  if (!gradients[0])
    return;
  // dX = B dU B^T, added where tiles overlap.
  forGroups(images, cIn, [&](size_t image, size_t first, size_t count) {
    size_t length = count * cIn;
    std::vector<float> planes(n * n * length);
    bothSides(
        matrices.bt, n, K, /*isTransposed=*/true, length,
        [&](size_t i, size_t j) { return &u[((i * K + j) * all + image * tiles + first) * cIn]; },
        [&](size_t a, size_t b) { return &planes[(a * n + b) * length]; });
    float *dx = gradients[0] + image * inputSize();
    forInputs(first, count, [&](size_t plane, size_t element) { dx[element] += planes[plane]; });
  });
}

} // namespace wino
