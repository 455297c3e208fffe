// E with statistics, from exact matrices: plain loops, the reference for the closed form of the point search.
#include "wino/Numerics/NoiseGain.h"

namespace wino {

/// v M v^T; an empty M is the identity.
template <typename At> static double secondMoment(int length, const std::vector<double> &matrix, At at) {
  double total = 0;
  for (int i = 0; i < length; ++i)
    for (int j = 0; j < length; ++j)
      total += at(i) * (matrix.empty() ? double(i == j) : matrix[i * length + j]) * at(j);
  return total;
}

double noiseGain(const BilinearAlgorithm &algorithm, const Moments &moments) {
  double total = 0;
  for (int j = 0; j < algorithm.K; ++j)
    total += secondMoment(algorithm.m, {}, [&](int i) { return algorithm.AT.at(i, j).toDouble(); }) *
             secondMoment(algorithm.n, moments.input, [&](int l) { return algorithm.BT.at(j, l).toDouble(); }) *
             secondMoment(algorithm.r, moments.filter, [&](int k) { return algorithm.G.at(j, k).toDouble(); });
  return total / (algorithm.m * algorithm.r);
}

} // namespace wino
