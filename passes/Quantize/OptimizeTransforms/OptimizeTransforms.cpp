// OptimizeTransforms: from planned convolutions and their feature maps to the problem that lib/Calibrate solves, and
// back into plans and statistics.
#include "wino/Calibrate/OptimizeTransforms.h"
#include "Quantize/LayerError.h"
#include "wino/Calibrate/Calibrator.h"
#include "wino/Calibrate/TapObserver.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

#include <random>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_OPTIMIZETRANSFORMS
#include "wino/Passes/Passes.h.inc"

namespace {

/// White noise in [-1, 1), two images or as many as 16 MiB hold, at most 8.
FeatureMaps noiseMaps(llvm::ArrayRef<int64_t> shape) {
  int64_t size = shape[1] * shape[2] * shape[3];
  FeatureMaps maps{std::clamp<int64_t>((int64_t(4) << 20) / size, 2, 8), shape[1], shape[2], shape[3], {}};
  std::mt19937 random(1);
  maps.values.resize(size_t(maps.images * size));
  for (float &value : maps.values)
    value = float(int32_t(random() >> 8) - (1 << 23)) / float(1 << 23);
  return maps;
}

/// Rows of TapStats of the taps of U, measured as calibration does: the plan alone, calibrated again, gives the same.
DenseElementsAttr measureTaps(MLIRContext *context, const TileLayer &layer, const TileSpec &tile) {
  TapObserver::Line line = TapObserver::Line::of(cantFail(BilinearAlgorithm::make(tile)));
  TapObserver observer(line, line, layer.pads, CalibrateOptions().tapBins);
  const FeatureMaps &maps = *layer.inputs;
  int64_t images = std::min<int64_t>(maps.images, int64_t(CalibrateOptions().tapImages));
  observer.add(maps.values.data(), images, maps.channels, maps.height, maps.width);
  std::vector<double> numbers;
  for (unsigned tap = 0; tap < observer.taps(); ++tap)
    for (double number : statsOf(observer.tap(tap)).row())
      numbers.push_back(number);
  auto type = RankedTensorType::get({tile.K, tile.K, int64_t(TapStats::numbers)}, Float64Type::get(context));
  return DenseElementsAttr::get(type, llvm::ArrayRef<double>(numbers));
}

struct OptimizeTransforms : impl::OptimizeTransformsBase<OptimizeTransforms> {
  using OptimizeTransformsBase::OptimizeTransformsBase;
  OptimizeTransforms() = default;
  OptimizeTransforms(OptimizeTransformsOptions options, std::shared_ptr<const LayerInputs> inputs)
      : OptimizeTransformsBase(std::move(options)), inputs(std::move(inputs)) {}

  void runOnOperation() override {
    if (threads < 1 || threads > 64) {
      getOperation().emitError() << "threads: expected 1 to 64, got " << threads.getValue();
      return signalPassFailure();
    }
    auto result = getOperation().walk([&](Conv2DOp conv) -> WalkResult {
      if (!conv.getPlan() || conv.getPlan()->isDirect())
        return WalkResult::advance();
      TileSpec tile = conv.getPlan()->getSpec();
      if (const char *why = whyNot(conv, tile)) {
        conv.emitRemark() << "node '" << nodeName(conv) << "': transforms of '" << tile.shortStr()
                          << "' stay as they are: " << why;
        return WalkResult::advance();
      }
      return optimize(conv, tile);
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  static const char *whyNot(Conv2DOp conv, const TileSpec &tile) {
    constexpr int64_t mostTaps = int64_t(1) << 25; // four copies of V in binary32 are half a GiB
    if (tile.hasFloatTaps())
      return "its taps are floats";
    llvm::ArrayRef<int64_t> filter = shapeOf(conv.getFilter());
    if (tile.hasMatrices())
      return "the plan states its matrices";
    if (!tile.isSquare())
      return "the search knows only tiles of equal directions";
    if (tile.stride != 1)
      return "the search knows only tiles of stride 1";
    if (!tile.hasByteTaps() || int(tile.filterTap) > 8)
      return "rounding to 16 bits leaves nothing to win";
    if (filter[0] * filter[1] > mostTaps / (tile.K * tile.K))
      return "its filter is too large for the search";
    return tile.product == ProductType::I8 ? "the rounding of 8-bit sums is not part of the search" : nullptr;
  }

  LogicalResult optimize(Conv2DOp conv, const TileSpec &tile) {
    DenseElementsAttr filter;
    if (!matchPattern(conv.getFilter(), m_Constant(&filter)) || !filter.getElementType().isF32())
      return layerError(conv) << "expected a constant f32 filter to optimise transforms for, got "
                              << conv.getFilter().getType();
    FeatureMaps noise;
    const FeatureMaps *maps = inputs ? inputs->find(tensorName(conv.getInput())) : &noise;
    if (!inputs)
      noise = noiseMaps(shapeOf(conv.getInput()));
    if (!maps)
      return layerError(conv) << "expected feature maps of '" << tensorName(conv.getInput()) << "', got none";
    std::vector<float> weights(filter.getValues<float>().begin(), filter.getValues<float>().end());
    TileLayer layer{maps, {}, weights, shapeOf(conv.getFilter())[0]};
    llvm::copy(conv.getPads(), layer.pads.begin());
    TransformOptions search;
    search.symmetric = symmetric;
    search.steps = steps;
    search.threads = threads;
    llvm::Expected<OptimizedTransforms> found = optimizeTransforms(layer, tile, search);
    if (!found)
      return layerError(conv) << toString(found.takeError());
    report(conv, *found);
    if (found->tile.hasMatrices())
      apply(conv, layer, *found);
    return success();
  }

  static void report(Conv2DOp conv, const OptimizedTransforms &found) {
    bool won = found.tile.hasMatrices();
    conv.emitRemark() << llvm::formatv("node '{0}': transforms of '{1}' {2}: relative error {3:f4}{4}", nodeName(conv),
                                       found.tile.shortStr(), won ? "optimised" : "stay exact", found.before,
                                       won ? llvm::formatv(" -> {0:f4}", found.after).str() : ", not bettered")
                             .str();
  }

  void apply(Conv2DOp conv, const TileLayer &layer, const OptimizedTransforms &found) {
    Builder builder(&getContext());
    conv.setPlanAttr(PlanAttr::get(&getContext(), builder.getStringAttr(found.tile.str())));
    NamedAttrList statistics;
    if (auto known = conv->getAttrOfType<DictionaryAttr>("winograd.tap_stats"))
      statistics.append(known.getValue());
    statistics.set(found.tile.withoutFormats().str(), measureTaps(&getContext(), layer, found.tile));
    conv->setAttr("winograd.tap_stats", statistics.getDictionary(&getContext()));
    conv->setAttr("winograd.transform_error", builder.getDenseF64ArrayAttr({found.before, found.after}));
    auto why = conv->getAttrOfType<StringAttr>("winograd.why");
    conv->setAttr("winograd.why", builder.getStringAttr(
                                      (why ? why.getValue().str() + "; " : std::string()) +
                                      llvm::formatv("transforms optimised for the layer's data: relative error {0:f4} "
                                                    "-> {1:f4}",
                                                    found.before, found.after)
                                          .str()));
    ++numOptimized;
  }

  std::shared_ptr<const LayerInputs> inputs;
};

} // namespace

std::unique_ptr<Pass> createOptimizeTransforms(OptimizeTransformsOptions options,
                                               std::shared_ptr<const LayerInputs> inputs) {
  return std::make_unique<OptimizeTransforms>(std::move(options), std::move(inputs));
}

} // namespace wino
