// Forward and backward pass of TileModel. Work is split over tiles or over taps, never inside a sum; sums over tiles
// are taken in fixed groups, whose parts are added up in order.
#include "wino/Calibrate/TileModel.h"
#include "wino/Calibrate/Observer.h"
#include "wino/Calibrate/TileKernels.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace wino {

namespace {

constexpr int64_t blockTiles = 128; ///< tiles in memory at a time
constexpr int64_t groupTiles = 16;  ///< tiles whose gradients are summed by one thread

void addTo(std::vector<double> &sum, const std::vector<double> &part) {
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += part[i];
}

/// The scale of least squared error over a grid of clips, finer and deeper where a step is large; close to what
/// chooseNarrowScale will take, and fast enough to be taken again and again.
float fitScale(const float *taps, size_t count, int limit) {
  float largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, std::fabs(taps[i]));
  if (largest < 1e-30f)
    return 1e-30f;
  float best = largest / float(limit);
  double bestError = -1;
  std::vector<float> rounded(count);
  int steps = limit < 127 ? 40 : 16, last = limit < 31 ? 12 : limit < 127 ? 20 : 8;
  for (int clip = steps; clip >= last; --clip) {
    float scale = largest * float(clip) / float(steps * limit);
    kernels::quantize(rounded.data(), taps, scale, float(limit), count);
    kernels::accumulate(rounded.data(), -1, taps, count, /*add=*/true);
    double error = kernels::dot(rounded.data(), rounded.data(), count);
    if (bestError < 0 || error < bestError) {
      bestError = error;
      best = scale;
    }
  }
  return best;
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

template <typename Body> void TileModel::forEach(int64_t count, Body body) const {
  std::atomic<int64_t> next{0}; // who computes part i does not matter, and a busy machine holds some threads up
  auto loop = [&] {
    for (int64_t i = next++; i < count; i = next++)
      body(i);
  };
  for (int64_t helper = 1; helper < std::min<int64_t>(threads, count); ++helper)
    pool->async(loop);
  loop();
  if (pool)
    pool->wait();
}

TileModel::TileModel(const TileLayer &layer, int m, int r, int K, unsigned threads)
    : m(m), r(r), K(K), n(m + r - 1), cIn(size_t(layer.inputs->channels)), cOut(size_t(layer.channelsOut)),
      threads(threads) {
  size_t window = size_t(r) * size_t(r);
  weights.resize(layer.filter.size());
  for (size_t fc = 0; fc < cIn * cOut; ++fc)
    for (size_t w = 0; w < window; ++w)
      weights[w * cIn * cOut + fc] = layer.filter[fc * window + w];
  size_t taps = size_t(K) * size_t(K) * cIn * cOut;
  half.resize(size_t(K) * size_t(r) * cIn * cOut);
  v.resize(taps);
  vQuantized.resize(taps);
  vTurned.resize(taps);
  if (threads > 1)
    pool = std::make_unique<llvm::DefaultThreadPool>(llvm::hardware_concurrency(threads - 1));
}

void TileModel::transformFilter(const TileMatrices &matrices) {
  size_t size = cIn * cOut, R = size_t(r);
  forEach(K, [&](int64_t row) {
    size_t i = size_t(row);
    for (size_t b = 0; b < R; ++b)
      for (size_t a = 0; a < R; ++a)
        kernels::accumulate(&half[(i * R + b) * size], float(matrices.g[i * R + a]), &weights[(a * R + b) * size], size,
                            a > 0);
    for (size_t j = 0; j < size_t(K); ++j)
      for (size_t b = 0; b < R; ++b)
        kernels::accumulate(&v[(i * size_t(K) + j) * size], float(matrices.g[j * R + b]), &half[(i * R + b) * size],
                            size, b > 0);
  });
}

void TileModel::quantizeFilter(const TapQuantizers &quantizers) {
  forEach(int64_t(K) * K, [&](int64_t tap) {
    size_t size = cIn * cOut;
    const float *from = &v[size_t(tap) * size];
    float *to = &vQuantized[size_t(tap) * size], *turned = &vTurned[size_t(tap) * size];
    for (size_t f = 0; f < cOut; ++f)
      if (quantizers.filterLimit)
        kernels::quantize(to + f * cIn, from + f * cIn, quantizers.filterScales[size_t(tap) * cOut + f],
                          float(quantizers.filterLimit), cIn);
      else
        std::copy_n(from + f * cIn, cIn, to + f * cIn);
    for (size_t f = 0; f < cOut; ++f)
      for (size_t c = 0; c < cIn; ++c)
        turned[c * cOut + f] = to[f * cIn + c];
  });
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

void TileModel::filterGradient(const TileMatrices &matrices, TileMatrices &gradient) {
  size_t R = size_t(r), k = size_t(K), size = cIn * cOut;
  std::vector<std::vector<double>> parts(k);
  forEach(K, [&](int64_t row) {
    size_t i = size_t(row);
    std::vector<float> back(size);
    std::vector<double> &dG = parts[i];
    dG.assign(k * R, 0);
    for (size_t b = 0; b < R; ++b) {
      for (size_t j = 0; j < k; ++j) {
        const float *tap = &dv[(i * k + j) * size];
        kernels::accumulate(back.data(), float(matrices.g[j * R + b]), tap, size, j > 0);
        dG[j * R + b] += kernels::dot(tap, &half[(i * R + b) * size], size);
      }
      for (size_t a = 0; a < R; ++a)
        dG[i * R + a] += kernels::dot(back.data(), &weights[(a * R + b) * size], size);
    }
  });
  for (const std::vector<double> &part : parts)
    addTo(gradient.g, part);
}

double TileModel::error(const TileMatrices &matrices, const TapQuantizers &quantizers, const TileSample &sample,
                        int64_t first, int64_t count, TileMatrices *gradient) {
  if (gradient)
    *gradient = TileMatrices::zeros(m, r, K);
  transformFilter(matrices);
  quantizeFilter(quantizers);
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
      kernels::multiply(&o[size_t(tap) * P * cOut], &uQuantized[at], cIn, 1, &vTurned[size_t(tap) * cIn * cOut], P, cIn,
                        cOut);
    });
    total += transformOutput(matrices, sample, start, tiles, gradient);
    if (!gradient)
      continue;
    du.resize(u.size());
    dv.resize(v.size());
    forEach(int64_t(taps), [&](int64_t index) {
      size_t tap = size_t(index), at = tap * P * cIn, size = cIn * cOut;
      const float *dO = &o[tap * P * cOut];
      kernels::multiply(&du[at], dO, cOut, 1, &vQuantized[tap * size], P, cOut, cIn);
      if (quantizers.inputLimit)
        kernels::maskClipped(&du[at], &u[at], quantizers.inputScales[tap], float(quantizers.inputLimit), P * cIn);
      kernels::multiply(&dv[tap * size], dO, 1, cOut, &uQuantized[at], cOut, P, cIn);
      for (size_t f = 0; f < cOut && quantizers.filterLimit; ++f)
        kernels::maskClipped(&dv[tap * size + f * cIn], &v[tap * size + f * cIn],
                             quantizers.filterScales[tap * cOut + f], float(quantizers.filterLimit), cIn);
    });
    inputGradient(matrices, sample, start, tiles, *gradient);
    filterGradient(matrices, *gradient);
  }
  return total;
}

void TileModel::fitFilterScales(const TileMatrices &matrices, TapQuantizers &quantizers) {
  if (!quantizers.filterLimit)
    return;
  transformFilter(matrices);
  quantizers.filterScales.resize(size_t(K) * size_t(K) * cOut);
  forEach(int64_t(K) * K, [&](int64_t tap) {
    for (size_t f = size_t(tap) * cOut; f < size_t(tap + 1) * cOut; ++f)
      quantizers.filterScales[f] = fitScale(&v[f * cIn], cIn, quantizers.filterLimit);
  });
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
