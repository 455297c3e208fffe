// FilterRounding: integer filter taps chosen for a small error of the layer's output, not of each tap (README, section
// 7).
#ifndef WINO_NUMERICS_FILTERROUNDING_H
#define WINO_NUMERICS_FILTERROUNDING_H

#include "wino/Numerics/LatticeRounding.h"
#include "wino/Numerics/TapSamples.h"

namespace wino {

/// The filter of one layer, its scales, and the matrices of its tile. An unknown is a pair (tap, input channel),
/// numbered tap * C_in + channel.
struct FilterRoundingProblem {
  struct Line {
    unsigned k = 0, m = 0, n = 0;
    std::vector<double> at; ///< A^T, m x K
    std::vector<double> bt; ///< B^T, K x n
    Line() = default;
    explicit Line(const BilinearAlgorithm &exact)
        : k(unsigned(exact.K)), m(unsigned(exact.m)), n(unsigned(exact.n)), at(exact.AT.toDoubles()),
          bt(exact.BT.toDoubles()) {}
  };
  Line down, across;
  int64_t cIn = 0, cOut = 0;
  int32_t limit = 127;
  std::vector<double> inputScales;  ///< value of one step of u, per tap
  std::vector<double> filterScales; ///< value of one step of v, taps x C_out
  std::vector<double> values;       ///< V, C_out x (taps x C_in)

  unsigned taps() const { return down.k * across.k; }
};

struct FilterRoundingOptions {
  /// White noise added to the samples' inputs, in parts of their mean square times the number of unknowns per output of
  /// the samples: few samples are trusted less.
  double noise = 2;
  double damping = 1e-4;     ///< added to the form's diagonal, in parts of its mean
  unsigned sweeps = 4;       ///< of coordinate descent, at most
  size_t maxUnknowns = 7168; ///< per factorization: 8 bytes times its square
  unsigned threads = 2;      ///< results do not depend on it
};

enum class RoundingModel {
  Joint, ///< all taps and channels together, (E31)
  Taps,  ///< each tap alone, its channels together, (E32): the joint form would be too large
  White, ///< no samples, or even one tap would be too large: inputs of equal power without correlation, (E33); all taps
         ///< of a channel together
};

struct RoundedFilter {
  std::vector<int32_t> taps; ///< v, taps x C_out x C_in
  RoundingModel model;
};

/// Error of the layer's output as a quadratic form of the errors of V, over the unknowns listed, in this order (E31).
/// The inputs count as if white noise of variance `noise` had been added to them.
QuadraticForm outputErrorForm(const FilterRoundingProblem &problem, const TapSamples &samples,
                              llvm::ArrayRef<uint32_t> unknowns, double noise, unsigned threads);

/// (E33): one unknown per tap, of any one channel.
QuadraticForm whiteErrorForm(const FilterRoundingProblem &problem);

/// `samples` may be null. Empty `taps` if the form cannot be factorized, which damping > 0 excludes but for extremes.
RoundedFilter roundFilter(const FilterRoundingProblem &problem, const TapSamples *samples,
                          const FilterRoundingOptions &options);

} // namespace wino

#endif
