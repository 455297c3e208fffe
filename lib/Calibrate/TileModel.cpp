// Forward and backward pass of TileModel. Work is split over tiles or over taps, never inside a sum; sums over tiles
// are taken in fixed groups, whose parts are added up in order.
#include "wino/Calibrate/TileModel.h"
#include "wino/Calibrate/Observer.h"
#include "wino/Calibrate/TileKernels.h"

#include <algorithm>

namespace wino {

namespace {

constexpr int64_t blockTiles = 128; ///< tiles in memory at a time
constexpr int64_t groupTiles = 16;  ///< tiles whose gradients are summed by one thread

void addTo(std::vector<double> &sum, const std::vector<double> &part) {
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += part[i];
}

} // namespace

TileMatrices TileMatrices::zeros(int m, int r, int K) {
  TileMatrices result{m, r, K, {}, {}, {}};
  result.at.assign(size_t(m) * size_t(K), 0);
  result.g.assign(size_t(K) * size_t(r), 0);
  result.bt.assign(size_t(K) * size_t(m + r - 1), 0);
  return result;
}

TileMatrices TileMatrices::from(const BilinearAlgorithm &algorithm) {
  return {algorithm.m,
          algorithm.r,
          algorithm.K,
          algorithm.AT.toDoubles(),
          algorithm.G.toDoubles(),
          algorithm.BT.toDoubles()};
}

TileModel::TileModel(const TileLayer &layer, int m, int r, int K, unsigned threads)
    : m(m), r(r), K(K), n(m + r - 1), cIn(size_t(layer.inputs->channels)), cOut(size_t(layer.channelsOut)),
      forEach(threads), filter(cOut, cIn, r, K) {
  filter.setWeights(layer.filter);
}

void TileModel::transformInput(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count) {
  size_t N = size_t(n), k = size_t(K), P = size_t(count);
  t.resize(P * k * N * cIn);
  u.resize(k * k * P * cIn);
  forEach((count + groupTiles - 1) / groupTiles, [&](int64_t group) {
    for (size_t p = size_t(group * groupTiles); p < std::min(P, size_t((group + 1) * groupTiles)); ++p) {
      const float *x = &sample.x[(size_t(first) + p) * N * N * cIn];
      for (size_t i = 0; i < k; ++i) {
        float *row = &t[(p * k + i) * N * cIn];
        for (size_t a = 0; a < N; ++a)
          kernels::accumulate(row, float(matrices.bt[i * N + a]), x + a * N * cIn, N * cIn, a > 0);
        for (size_t j = 0; j < k; ++j)
          for (size_t b = 0; b < N; ++b)
            kernels::accumulate(&u[((i * k + j) * P + p) * cIn], float(matrices.bt[j * N + b]), row + b * cIn, cIn,
                                b > 0);
      }
    }
  });
}

/// Y = A^T O A and the error of each tile; with a gradient, that in A^T, and O becomes the derivative in O.
double TileModel::transformOutput(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                                  TileMatrices *gradient) {
  size_t M = size_t(m), k = size_t(K), P = size_t(count), F = cOut;
  size_t groups = size_t((count + groupTiles - 1) / groupTiles);
  std::vector<double> errors(groups);
  std::vector<std::vector<double>> parts(groups);
  forEach(int64_t(groups), [&](int64_t group) {
    std::vector<float> rows(M * k * F), dRows(M * k * F), e(M * M * F);
    std::vector<double> &dAt = parts[size_t(group)];
    dAt.assign(M * k, 0);
    auto at = [&](size_t a, size_t i) { return float(matrices.at[a * k + i]); };
    for (size_t p = size_t(group * groupTiles); p < std::min(P, size_t((group + 1) * groupTiles)); ++p) {
      auto tap = [&](size_t i, size_t j) { return &o[((i * k + j) * P + p) * F]; };
      size_t tile = size_t(first) + p;
      const float *y = &sample.y[tile * M * M * F];
      for (size_t a = 0; a < M; ++a) {
        for (size_t j = 0; j < k; ++j)
          for (size_t i = 0; i < k; ++i)
            kernels::accumulate(&rows[(a * k + j) * F], at(a, i), tap(i, j), F, i > 0);
        for (size_t b = 0; b < M; ++b) {
          float *out = &e[(a * M + b) * F];
          if (a >= sample.validRows[tile] || b >= sample.validCols[tile]) {
            std::fill_n(out, F, 0.0f);
            continue;
          }
          for (size_t j = 0; j < k; ++j)
            kernels::accumulate(out, at(b, j), &rows[(a * k + j) * F], F, j > 0);
          kernels::accumulate(out, -1, y + (a * M + b) * F, F, /*add=*/true);
        }
      }
      errors[size_t(group)] += kernels::dot(e.data(), e.data(), M * M * F);
      if (!gradient)
        continue;
      for (size_t a = 0; a < M; ++a)
        for (size_t j = 0; j < k; ++j) {
          float *row = &dRows[(a * k + j) * F];
          for (size_t b = 0; b < M; ++b) {
            kernels::accumulate(row, 2 * at(b, j), &e[(a * M + b) * F], F, b > 0);
            dAt[b * k + j] += 2 * kernels::dot(&e[(a * M + b) * F], &rows[(a * k + j) * F], F);
          }
          for (size_t i = 0; i < k; ++i)
            dAt[a * k + i] += kernels::dot(row, tap(i, j), F);
        }
      for (size_t i = 0; i < k; ++i)
        for (size_t j = 0; j < k; ++j)
          for (size_t a = 0; a < M; ++a)
            kernels::accumulate(tap(i, j), at(a, i), &dRows[(a * k + j) * F], F, a > 0);
    }
  });
  double total = 0;
  for (size_t group = 0; group < groups; ++group) {
    total += errors[group];
    if (gradient)
      addTo(gradient->at, parts[group]);
  }
  return total;
}

void TileModel::inputGradient(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                              TileMatrices &gradient) {
  size_t N = size_t(n), k = size_t(K), P = size_t(count), groups = size_t((count + groupTiles - 1) / groupTiles);
  std::vector<std::vector<double>> parts(groups);
  forEach(int64_t(groups), [&](int64_t group) {
    std::vector<float> back(N * cIn);
    std::vector<double> &dBt = parts[size_t(group)];
    dBt.assign(k * N, 0);
    for (size_t p = size_t(group * groupTiles); p < std::min(P, size_t((group + 1) * groupTiles)); ++p)
      for (size_t i = 0; i < k; ++i) {
        auto tap = [&](size_t j) { return &du[((i * k + j) * P + p) * cIn]; };
        const float *row = &t[(p * k + i) * N * cIn], *x = &sample.x[(size_t(first) + p) * N * N * cIn];
        for (size_t b = 0; b < N; ++b)
          for (size_t j = 0; j < k; ++j) {
            kernels::accumulate(&back[b * cIn], float(matrices.bt[j * N + b]), tap(j), cIn, j > 0);
            dBt[j * N + b] += kernels::dot(tap(j), row + b * cIn, cIn);
          }
        for (size_t a = 0; a < N; ++a)
          dBt[i * N + a] += kernels::dot(back.data(), x + a * N * cIn, N * cIn);
      }
  });
  for (const std::vector<double> &part : parts)
    addTo(gradient.bt, part);
}

double TileModel::error(const TileMatrices &matrices, const TapQuantizers &quantizers, const TileSample &sample,
                        int64_t first, int64_t count, TileMatrices *gradient) {
  if (gradient)
    *gradient = TileMatrices::zeros(m, r, K);
  filter.transform(matrices.g, forEach);
  filter.quantize(quantizers.filterLimit, quantizers.filterScales, forEach);
  double total = 0;
  for (int64_t start = first; start < first + count; start += blockTiles) {
    int64_t tiles = std::min(blockTiles, first + count - start);
    size_t P = size_t(tiles), taps = size_t(K) * size_t(K);
    transformInput(matrices, sample, start, tiles);
    uQuantized.resize(u.size());
    o.resize(taps * P * cOut);
    forEach(int64_t(taps), [&](int64_t tap) {
      size_t at = size_t(tap) * P * cIn;
      if (quantizers.inputLimit)
        kernels::quantize(&uQuantized[at], &u[at], quantizers.inputScales[size_t(tap)], float(quantizers.inputLimit),
                          P * cIn);
      else
        std::copy_n(&u[at], P * cIn, &uQuantized[at]);
      kernels::multiply(&o[size_t(tap) * P * cOut], &uQuantized[at], cIn, 1, filter.turned(size_t(tap)), P, cIn, cOut);
    });
    total += transformOutput(matrices, sample, start, tiles, gradient);
    if (!gradient)
      continue;
    du.resize(u.size());
    forEach(int64_t(taps), [&](int64_t index) {
      size_t tap = size_t(index), at = tap * P * cIn;
      const float *dO = &o[tap * P * cOut];
      kernels::multiply(&du[at], dO, cOut, 1, filter.rounded(tap), P, cOut, cIn);
      if (quantizers.inputLimit)
        kernels::maskClipped(&du[at], &u[at], quantizers.inputScales[tap], float(quantizers.inputLimit), P * cIn);
      kernels::multiply(filter.gradient(tap), dO, 1, cOut, &uQuantized[at], cOut, P, cIn);
      filter.mask(tap, quantizers.filterLimit, quantizers.filterScales);
    });
    inputGradient(matrices, sample, start, tiles, *gradient);
    filter.addMatrixGradient(matrices.g, gradient->g, forEach);
  }
  return total;
}

void TileModel::fitFilterScales(const TileMatrices &matrices, TapQuantizers &quantizers) {
  if (!quantizers.filterLimit)
    return;
  filter.transform(matrices.g, forEach);
  quantizers.filterScales = filter.fitScales(quantizers.filterLimit, forEach);
}

void TileModel::fitScales(const TileMatrices &matrices, const TileSample &sample, int64_t first, int64_t count,
                          TapQuantizers &quantizers) {
  fitFilterScales(matrices, quantizers);
  if (!quantizers.inputLimit)
    return;
  std::vector<Observer> observers(size_t(K) * size_t(K));
  for (int64_t start = first; start < first + count; start += blockTiles) {
    int64_t tiles = std::min(blockTiles, first + count - start);
    transformInput(matrices, sample, start, tiles);
    size_t size = size_t(tiles) * cIn;
    forEach(int64_t(K) * K,
            [&](int64_t tap) { observers[size_t(tap)].add(llvm::ArrayRef(u).slice(size_t(tap) * size, size)); });
  }
  quantizers.inputScales.clear();
  for (const Observer &observer : observers) {
    unsigned limit = unsigned(quantizers.inputLimit);
    double clip = limit < 127 ? observer.clipRounded(limit) : observer.clipMse(limit);      // as in calibration
    quantizers.inputScales.push_back(float(clip > 0 ? clip / quantizers.inputLimit : 1.0)); // an idle tap
  }
}

} // namespace wino
