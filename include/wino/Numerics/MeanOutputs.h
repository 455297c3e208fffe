// MeanOutputs: the mean of a convolution's outputs in floats and in rounded integers, for bias correction. Both are
// linear, so that means of what they read suffice.
#ifndef WINO_NUMERICS_MEANOUTPUTS_H
#define WINO_NUMERICS_MEANOUTPUTS_H

#include "wino/Numerics/FilterRounding.h"

namespace wino {

/// Mean over all outputs of the layer on these samples, per output channel, without bias: with the rounding of u and v
/// but not that of O and Y. `taps`: taps x C_out x C_in.
std::vector<double> meanWinogradOutputs(const FilterRoundingProblem &problem, const TapSamples &samples,
                                        llvm::ArrayRef<int32_t> taps);

/// The same of the float convolution on the first `images` maps, without bias. `weights`: C_out x C_in x high x wide;
/// padding, strides and output size as in `tiling`.
std::vector<double> meanFloatOutputs(const SampleMaps &maps, int64_t images, const InputTiling &tiling,
                                     llvm::ArrayRef<float> weights, int64_t high, int64_t wide);

} // namespace wino

#endif
