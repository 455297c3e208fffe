// FilterTaps: V = G W G^T of one layer in floats, its rounding, and derivatives through both. What TileModel and the
// student of lib/Distill share.
#ifndef WINO_CALIBRATE_FILTERTAPS_H
#define WINO_CALIBRATE_FILTERTAPS_H

#include "wino/Calibrate/ParallelLoop.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace wino {

/// The scale of least squared error over a grid of clips, finer and deeper where a step is large; close to what
/// chooseNarrowScale takes, and fast enough to be taken again and again.
float fitTapScale(const float *taps, size_t count, int limit);

class FilterTaps {
public:
  FilterTaps(size_t channelsOut, size_t channelsIn, int r, int K);

  /// Filter in the order C_out x C_in x r x r.
  void setWeights(llvm::ArrayRef<float> filter);
  /// V = G W G^T; g: K x r, row-major.
  void transform(llvm::ArrayRef<double> g, const ParallelLoop &forEach);
  /// One scale per (tap, output channel), K x K x C_out, for the V at hand and levels up to `limit` (127 for 8 bits).
  std::vector<float> fitScales(int limit, const ParallelLoop &forEach) const;
  /// With the limit 0, V stays as it is and scales may be missing.
  void quantize(int limit, llvm::ArrayRef<float> scales, const ParallelLoop &forEach);

  /// Rounded taps of one (i, j): C_out x C_in, and C_in x C_out.
  const float *rounded(size_t tap) const { return &vQuantized[tap * size]; }
  const float *turned(size_t tap) const { return &vTurned[tap * size]; }
  /// Derivative in V, C_out x C_in per tap, to be filled in; mask() then zeroes it where V was clipped.
  float *gradient(size_t tap) { return &dv[tap * size]; }
  void mask(size_t tap, int limit, llvm::ArrayRef<float> scales);
  /// Derivatives of the masked gradient: in G, K x r, added to `dG`; in the filter, as setWeights takes it.
  void addMatrixGradient(llvm::ArrayRef<double> g, std::vector<double> &dG, const ParallelLoop &forEach) const;
  void filterGradient(llvm::ArrayRef<double> g, std::vector<float> &filter, const ParallelLoop &forEach) const;

private:
  size_t cOut, cIn, size, r, K;
  std::vector<float> weights;                ///< r x r x C_out x C_in
  std::vector<float> half;                   ///< G W: K x r x C_out x C_in
  std::vector<float> v, vQuantized, vTurned; ///< K x K x C_out x C_in; turned: K x K x C_in x C_out
  std::vector<float> dv;
};

} // namespace wino

#endif
