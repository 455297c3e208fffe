// FactorScales: scales that let the sums of products O of a Winograd layer be kept in 8 or 16 bits (FSQ). O varies by a
// factor of 100 and more between taps, but its size is nearly a product of a row's, a column's and an output channel's
// size, so that three vectors of scales are enough. Pure arithmetic; README section 6 has the equations.
#ifndef WINO_NUMERICS_FACTORSCALES_H
#define WINO_NUMERICS_FACTORSCALES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace wino {

/// Size or step of O_ijf as alpha_i beta_j sigma_f, all positive.
struct FactorScales {
  std::vector<double> alpha, beta; ///< per row i and column j of taps, geometric mean 1
  std::vector<double> sigma;       ///< one per output channel

  double at(unsigned i, unsigned j, int64_t f) const { return alpha[i] * beta[j] * sigma[f]; }
};

/// (E20) Least squares in the logarithms of `sizes`, rows x columns x channels, >= 0. Sizes that are 0 or not finite
/// take no part; a row, column or channel without any other gets the geometric mean of its like, or 1.
FactorScales factorSizes(llvm::ArrayRef<double> sizes, unsigned rows, unsigned columns, int64_t channels);

/// (E21) Clip of least squared error, in standard deviations, of `bits`-bit integers for a Laplace distribution: 7.0
/// for 8 bits.
double laplaceClip(int bits);

/// (E25) Squared error, relative to the power, of rounding Laplace distributed numbers to `bits` bits whose largest
/// level stands for `clip` standard deviations: rounding, and what is clipped.
double laplaceError(int bits, double clip);

/// Clip of least squared error of `bits`-bit integers for these samples, each an O divided by its size, with one weight
/// per sample; at most the largest magnitude. 0 if all samples are 0.
double sampleClip(llvm::ArrayRef<float> samples, llvm::ArrayRef<float> weights, int bits);

/// One layer whose 32-bit form (TapScales.h) is to be changed to products of `bits` bits.
struct ProductScalingProblem {
  unsigned rows = 0, columns = 0; ///< of taps
  int64_t channels = 0;
  int bits = 8;
  FactorScales steps;                  ///< value of one step of O_ijf, in units of the 32-bit form's O'
  llvm::ArrayRef<int32_t> multipliers; ///< of the 32-bit form, taps x channels
  llvm::ArrayRef<int32_t> bias;        ///< of the 32-bit form
  int64_t outputShift = 0;             ///< of the 32-bit form
  /// Proved bound of the output transform for bounds of O', per tap (IntegerTransform::outputBound).
  llvm::function_ref<double(llvm::ArrayRef<double>)> outputBound;
};

/// The integers of `tap_matmul` and `output_transform` with 8 or 16 bit products; pre stays as it was.
struct ProductScaling {
  int64_t shift = 1;                   ///< of tap_matmul
  std::vector<int32_t> multipliers;    ///< M, taps x channels
  std::vector<int32_t> tapMultipliers; ///< N, per tap: what full scale of O becomes
  std::vector<int32_t> bias;           ///< per channel, in its own unit
  int64_t outputShift = 1;
  std::vector<int32_t> channelMultipliers; ///< R
  /// Units of the 32-bit form's O' that one unit of the new one is worth, the most over channels.
  double coarsening = 0;
};

/// (E22) to (E24). Raises sigma of channels whose bias would not fit otherwise. Nothing if no shift makes the
/// multipliers fit.
std::optional<ProductScaling> chooseProductScaling(const ProductScalingProblem &problem);

} // namespace wino

#endif
