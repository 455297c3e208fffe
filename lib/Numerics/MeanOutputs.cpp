// Sums over tiles and windows first, products with the filter last.
#include "wino/Numerics/MeanOutputs.h"

namespace wino {

std::vector<double> meanWinogradOutputs(const FilterRoundingProblem &problem, const TapSamples &samples,
                                        llvm::ArrayRef<int32_t> taps) {
  size_t k = problem.across.k, cIn = problem.cIn, cOut = problem.cOut;
  std::vector<double> sums(cOut);
  double outputs = 0;
  for (const TapGroup &group : samples.groups) {
    outputs += double(group.tiles) * group.rows * group.cols;
    auto columnSum = [&](const FilterRoundingProblem::Line &line, size_t i, int rows) {
      double sum = 0;
      for (int a = 0; a < rows; ++a)
        sum += line.at[a * line.k + i];
      return sum;
    };
    for (size_t tap = 0; tap < problem.taps(); ++tap) {
      double weight = columnSum(problem.down, tap / k, group.rows) * columnSum(problem.across, tap % k, group.cols) *
                      problem.inputScales[tap];
      for (size_t c = 0; c < cIn; ++c) {
        int64_t sum = 0;
        for (int8_t u : llvm::ArrayRef(group.taps).slice((tap * cIn + c) * group.tiles, group.tiles))
          sum += u;
        for (size_t f = 0; f < cOut; ++f)
          sums[f] += weight * problem.filterScales[tap * cOut + f] * taps[(tap * cOut + f) * cIn + c] * double(sum);
      }
    }
  }
  for (double &sum : sums)
    sum /= outputs;
  return sums;
}

/// Sum of what filter element (u, v) reads of a plane.
static double windowSum(const float *plane, const SampleMaps &maps, const InputTiling &tiling, int64_t u, int64_t v) {
  double sum = 0;
  for (int64_t i = 0; i < tiling.outHeight; ++i) {
    int64_t y = i * tiling.strideDown + u - tiling.padTop;
    if (y < 0 || y >= maps.height)
      continue;
    for (int64_t j = 0; j < tiling.outWidth; ++j)
      if (int64_t x = j * tiling.strideAcross + v - tiling.padLeft; x >= 0 && x < maps.width)
        sum += plane[y * maps.width + x];
  }
  return sum;
}

std::vector<double> meanFloatOutputs(const SampleMaps &maps, int64_t images, const InputTiling &tiling,
                                     llvm::ArrayRef<float> weights, int64_t high, int64_t wide) {
  std::vector<double> reads(maps.channels * high * wide);
  for (int64_t image = 0; image < images; ++image)
    for (int64_t c = 0; c < maps.channels; ++c) {
      const float *plane = maps.values.data() + (image * maps.channels + c) * maps.height * maps.width;
      for (int64_t u = 0; u < high; ++u)
        for (int64_t v = 0; v < wide; ++v)
          reads[(c * high + u) * wide + v] += windowSum(plane, maps, tiling, u, v);
    }
  std::vector<double> means(weights.size() / reads.size());
  for (size_t f = 0; f < means.size(); ++f) {
    for (size_t i = 0; i < reads.size(); ++i)
      means[f] += double(weights[f * reads.size() + i]) * reads[i];
    means[f] /= double(images) * tiling.outHeight * tiling.outWidth;
  }
  return means;
}

} // namespace wino
