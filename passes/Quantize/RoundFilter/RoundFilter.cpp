// RoundFilter: which layers are rounded with which samples, and that their ranges still fit. The mathematics is
// Numerics/FilterRounding's and Numerics/MeanOutputs'.
#include "Quantize/RoundFilter/WinogradLayer.h"
#include "wino/Numerics/MeanOutputs.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_ROUNDFILTER
#include "wino/Passes/Passes.h.inc"

namespace {

/// What the taps of the samples of one layer may take.
constexpr size_t sampleBytes = size_t(128) << 20;

struct RoundFilter : impl::RoundFilterBase<RoundFilter> {
  using RoundFilterBase::RoundFilterBase;
  RoundFilter() = default;
  RoundFilter(RoundFilterOptions options, std::shared_ptr<const LayerInputs> maps)
      : RoundFilterBase(options), maps(std::move(maps)) {}

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    llvm::SmallVector<FilterTransformOp> filters;
    getOperation().walk([&](FilterTransformOp op) {
      const TileSpec &spec = op.getPlan().getSpec();
      if (spec.hasByteTaps())
        filters.push_back(op);
      else if (rounding == "gptq" && spec.filterTap != TapType::I16)
        layerRemark(op) << "16-bit input taps; its filter is rounded to nearest";
    });
    for (FilterTransformOp op : filters)
      if (failed(roundLayer(op)))
        return signalPassFailure();
  }

private:
  LogicalResult checkOptions() {
    if (rounding != "gptq" && rounding != "nearest")
      return getOperation().emitError() << "rounding: expected gptq or nearest, got '" << rounding.getValue() << "'";
    if (!(noise >= 0) || !std::isfinite(noise))
      return getOperation().emitError() << "noise: expected a number of at least 0, got " << noise.getValue();
    if (threads < 1 || threads > 64)
      return getOperation().emitError() << "threads: expected 1 to 64, got " << threads.getValue();
    return success();
  }

  LogicalResult roundLayer(FilterTransformOp op) {
    FailureOr<WinogradLayer> layer = WinogradLayer::read(op);
    if (failed(layer))
      return failure();
    std::optional<SampleMaps> layerMaps = layer->mapsIn(maps.get());
    std::optional<TapSamples> samples;
    if (layerMaps)
      samples = sampleTaps(layer->transform, layer->tiling, *layerMaps, sampleBytes, threads);
    std::vector<int32_t> taps = layer->nearestTaps();
    if (rounding == "gptq")
      round(*layer, samples, taps);
    if (biasCorrection && !layerMaps)
      layerRemark(op) << "no feature maps of its input; its bias stays";
    else if (biasCorrection && layer->spec().product != ProductType::I32)
      layerRemark(op) << "products of fewer than 32 bits; its bias stays";
    else if (biasCorrection)
      correctBias(*layer, *layerMaps, *samples, taps);
    if (rounding == "gptq")
      layer->replaceFilter(taps);
    return success();
  }

  InFlightDiagnostic layerRemark(Operation *op) {
    return emitRemark(op->getLoc()) << "layer '" << nodeName(op) << "': ";
  }

  /// Better integers for `taps`, which come as those of rounding to nearest.
  void round(WinogradLayer &layer, const std::optional<TapSamples> &samples, std::vector<int32_t> &taps) {
    FilterRoundingOptions options;
    options.noise = noise;
    options.sweeps = sweeps;
    options.maxUnknowns = maxUnknowns;
    options.threads = threads;
    RoundedFilter rounded = roundFilter(layer.problem, samples ? &*samples : nullptr, options);
    if (rounded.taps.empty()) {
      layerRemark(layer.op) << "the quadratic form of its error cannot be factorized; rounded to nearest";
      return;
    }
    if (rounded.model == RoundingModel::Taps)
      layerRemark(layer.op) << layer.problem.taps() * layer.problem.cIn
                            << " unknowns are more than max-unknowns = " << maxUnknowns.getValue()
                            << "; rounded tap by tap";
    if (rounded.model == RoundingModel::White && samples)
      layerRemark(layer.op) << layer.problem.cIn
                            << " input channels are more than max-unknowns = " << maxUnknowns.getValue()
                            << "; rounded for white noise";
    if (rounded.model == RoundingModel::White && !samples)
      layerRemark(layer.op) << "no feature maps of its input; rounded for white noise";
    int64_t kept = 0;
    for (int64_t f = 0; f < layer.problem.cOut; ++f) {
      if (layer.fits(rounded.taps, f, 0))
        layer.copyChannel(rounded.taps, f, taps);
      else
        ++kept;
    }
    if (kept > 0)
      layerRemark(layer.op) << kept << " of " << layer.problem.cOut
                            << " output channels would not fit their ranges; these are rounded to nearest";
    numKept += kept;
    ++numRounded;
  }

  void correctBias(WinogradLayer &layer, const SampleMaps &layerMaps, const TapSamples &samples,
                   llvm::ArrayRef<int32_t> taps) {
    std::vector<double> floats = meanFloatOutputs(layerMaps, samples.images, layer.tiling, layer.weights,
                                                  layer.spec().down().r, layer.spec().across().r);
    std::vector<double> integers = meanWinogradOutputs(layer.problem, samples, taps);
    std::vector<int32_t> added(floats.size());
    for (size_t f = 0; f < floats.size(); ++f) {
      double steps = roundHalfUp((floats[f] - integers[f]) / layer.outputStep);
      if (std::fabs(steps) < 1073741824.0 && layer.fits(taps, f, int32_t(steps)))
        added[f] = int32_t(steps);
    }
    layer.addToBias(added);
    ++numCorrected;
  }

  std::shared_ptr<const LayerInputs> maps;
};

} // namespace

std::unique_ptr<Pass> createRoundFilter(RoundFilterOptions options, std::shared_ptr<const LayerInputs> maps) {
  return std::make_unique<RoundFilter>(std::move(options), std::move(maps));
}

} // namespace wino
