// WinogradLayer: the ops of one Winograd convolution around its filter, read into plain arrays and written back.
#ifndef WINO_PASSES_QUANTIZE_ROUNDFILTER_WINOGRADLAYER_H
#define WINO_PASSES_QUANTIZE_ROUNDFILTER_WINOGRADLAYER_H

#include "wino/Calibrate/LayerInputs.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/FilterRounding.h"

namespace wino {

class WinogradLayer {
public:
  /// The layer whose filter `op` transforms; an error if that is no constant. Input, products and output are looked for
  /// behind it: a filter transform alone has none of them.
  static mlir::FailureOr<WinogradLayer> read(FilterTransformOp op);

  /// Maps of the layer's input, if there are any of its size.
  std::optional<SampleMaps> mapsIn(const LayerInputs *maps);

  /// v by rounding to nearest, taps x C_out x C_in.
  std::vector<int32_t> nearestTaps() const;

  /// Whether channel f of these integers keeps products and output within 32 bits, the bias raised by `addedBias`: the
  /// bounds of wino-prove-ranges.
  bool fits(llvm::ArrayRef<int32_t> taps, int64_t f, int32_t addedBias);

  void copyChannel(llvm::ArrayRef<int32_t> from, int64_t f, std::vector<int32_t> &to) const;
  void replaceFilter(llvm::ArrayRef<int32_t> taps);
  void addToBias(llvm::ArrayRef<int32_t> added);

  const TileSpec &spec() const { return transform.spec; }

  FilterTransformOp op;
  IntegerTransform transform;
  FilterRoundingProblem problem;
  InputTiling tiling;
  std::vector<float> weights; ///< C_out x C_in x r_down x r_across
  double outputStep = 0;      ///< value of one step of the integer bias

private:
  mlir::LogicalResult readFilter();
  void readSurroundings();

  InputTransformOp input;
  TapMatmulOp products;
  OutputTransformOp output;
  std::vector<int32_t> bias;
};

} // namespace wino

#endif
