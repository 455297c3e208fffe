// Transforms act on whole planes of C_out x C_in numbers; every sum has one order, whatever the threads.
#include "wino/Calibrate/FilterTaps.h"
#include "wino/Calibrate/TileKernels.h"

#include <algorithm>
#include <cmath>

namespace wino {

float fitTapScale(const float *taps, size_t count, int limit) {
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

FilterTaps::FilterTaps(size_t channelsOut, size_t channelsIn, int r, int K)
    : cOut(channelsOut), cIn(channelsIn), size(cOut * cIn), r(size_t(r)), K(size_t(K)) {
  weights.resize(this->r * this->r * size);
  half.resize(this->K * this->r * size);
  for (std::vector<float> *taps : {&v, &vQuantized, &vTurned})
    taps->resize(this->K * this->K * size);
}

void FilterTaps::setWeights(llvm::ArrayRef<float> filter) {
  for (size_t fc = 0; fc < size; ++fc)
    for (size_t w = 0; w < r * r; ++w)
      weights[w * size + fc] = filter[fc * r * r + w];
}

void FilterTaps::transform(llvm::ArrayRef<double> g, const ParallelLoop &forEach) {
  forEach(int64_t(K), [&](int64_t row) {
    size_t i = size_t(row);
    for (size_t b = 0; b < r; ++b)
      for (size_t a = 0; a < r; ++a)
        kernels::accumulate(&half[(i * r + b) * size], float(g[i * r + a]), &weights[(a * r + b) * size], size, a > 0);
    for (size_t j = 0; j < K; ++j)
      for (size_t b = 0; b < r; ++b)
        kernels::accumulate(&v[(i * K + j) * size], float(g[j * r + b]), &half[(i * r + b) * size], size, b > 0);
  });
}

std::vector<float> FilterTaps::fitScales(int limit, const ParallelLoop &forEach) const {
  std::vector<float> scales(K * K * cOut);
  forEach(int64_t(K * K), [&](int64_t tap) {
    for (size_t f = size_t(tap) * cOut; f < size_t(tap + 1) * cOut; ++f)
      scales[f] = fitTapScale(&v[f * cIn], cIn, limit);
  });
  return scales;
}

void FilterTaps::quantize(int limit, llvm::ArrayRef<float> scales, const ParallelLoop &forEach) {
  forEach(int64_t(K * K), [&](int64_t tap) {
    const float *from = &v[size_t(tap) * size];
    float *to = &vQuantized[size_t(tap) * size], *turned = &vTurned[size_t(tap) * size];
    for (size_t f = 0; f < cOut; ++f)
      if (limit)
        kernels::quantize(to + f * cIn, from + f * cIn, scales[size_t(tap) * cOut + f], float(limit), cIn);
      else
        std::copy_n(from + f * cIn, cIn, to + f * cIn);
    for (size_t f = 0; f < cOut; ++f)
      for (size_t c = 0; c < cIn; ++c)
        turned[c * cOut + f] = to[f * cIn + c];
  });
  dv.resize(v.size());
}

void FilterTaps::mask(size_t tap, int limit, llvm::ArrayRef<float> scales) {
  for (size_t f = tap * cOut; f < (tap + 1) * cOut && limit; ++f)
    kernels::maskClipped(&dv[f * cIn], &v[f * cIn], scales[f], float(limit), cIn);
}

void FilterTaps::addMatrixGradient(llvm::ArrayRef<double> g, std::vector<double> &dG,
                                   const ParallelLoop &forEach) const {
  std::vector<std::vector<double>> parts(K);
  forEach(int64_t(K), [&](int64_t row) {
    size_t i = size_t(row);
    std::vector<float> back(size);
    std::vector<double> &part = parts[i];
    part.assign(K * r, 0);
    for (size_t b = 0; b < r; ++b) {
      for (size_t j = 0; j < K; ++j) {
        const float *tap = &dv[(i * K + j) * size];
        kernels::accumulate(back.data(), float(g[j * r + b]), tap, size, j > 0);
        part[j * r + b] += kernels::dot(tap, &half[(i * r + b) * size], size);
      }
      for (size_t a = 0; a < r; ++a)
        part[i * r + a] += kernels::dot(back.data(), &weights[(a * r + b) * size], size);
    }
  });
  for (const std::vector<double> &part : parts)
    for (size_t i = 0; i < dG.size(); ++i)
      dG[i] += part[i];
}

void FilterTaps::filterGradient(llvm::ArrayRef<double> g, std::vector<float> &filter,
                                const ParallelLoop &forEach) const {
  std::vector<float> back(K * r * size), plane(r * r * size);
  forEach(int64_t(K), [&](int64_t i) {
    for (size_t b = 0; b < r; ++b)
      for (size_t j = 0; j < K; ++j)
        kernels::accumulate(&back[(size_t(i) * r + b) * size], float(g[j * r + b]), &dv[(size_t(i) * K + j) * size],
                            size, j > 0);
  });
  forEach(int64_t(r), [&](int64_t a) {
    for (size_t b = 0; b < r; ++b)
      for (size_t i = 0; i < K; ++i)
        kernels::accumulate(&plane[(size_t(a) * r + b) * size], float(g[i * r + size_t(a)]), &back[(i * r + b) * size],
                            size, i > 0);
  });
  for (size_t fc = 0; fc < size; ++fc)
    for (size_t w = 0; w < r * r; ++w)
      filter[fc * r * r + w] = plane[w * size + fc];
}

} // namespace wino
