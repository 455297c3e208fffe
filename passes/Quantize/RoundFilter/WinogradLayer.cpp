// Reading and writing the ops of one layer.
#include "Quantize/RoundFilter/WinogradLayer.h"
#include "Quantize/LayerError.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Numerics/TapScales.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;

namespace wino {

FailureOr<WinogradLayer> WinogradLayer::read(FilterTransformOp op) {
  WinogradLayer layer;
  layer.op = op;
  if (op.getOutput().hasOneUse())
    layer.products = dyn_cast<TapMatmulOp>(*op.getOutput().user_begin());
  if (layer.products) {
    layer.input = layer.products.getLhs().getDefiningOp<InputTransformOp>();
    if (layer.products.getOutput().hasOneUse())
      layer.output = dyn_cast<OutputTransformOp>(*layer.products.getOutput().user_begin());
  }
  auto inputType = layer.input ? quantizedType(layer.input.getInput()) : quant::UniformQuantizedType();
  llvm::Expected<IntegerTransform> transform =
      IntegerTransform::make(op.getPlan().getSpec(), inputType ? largestStored(inputType) : 255);
  if (!transform)
    return layerError(op) << toString(transform.takeError());
  layer.transform = std::move(*transform);
  if (failed(layer.readFilter()))
    return failure();
  layer.readSurroundings();
  return layer;
}

LogicalResult WinogradLayer::readFilter() {
  DenseElementsAttr filter;
  if (!matchPattern(op.getInput(), m_Constant(&filter)) || !filter.getElementType().isF32())
    return layerError(op) << "expected a constant f32 filter, got a value of type " << op.getInput().getType();
  weights.assign(filter.getValues<float>().begin(), filter.getValues<float>().end());
  if (!llvm::all_of(weights, [](float x) { return std::isfinite(x); }))
    return layerError(op) << "expected a finite filter, got a NaN or infinity";
  const TileSpec &spec = transform.spec;
  const BilinearAlgorithm &down = transform.down.algorithm, &across = transform.across.algorithm;
  problem.down = FilterRoundingProblem::Line(down);
  problem.across = FilterRoundingProblem::Line(across);
  problem.cOut = shapeOf(op.getInput())[0];
  problem.cIn = shapeOf(op.getInput())[1];
  problem.limit = tapLimit(spec.filterTap);
  problem.filterScales = op.getScales().vec();
  LineMatrix gDown(down.G), gAcross(across.G);
  size_t perChannel = weights.size() / problem.cOut;
  for (int64_t f = 0; f < problem.cOut; ++f) {
    std::vector<double> taps =
        transformFilter(gDown, gAcross, llvm::ArrayRef(weights).slice(f * perChannel, perChannel));
    problem.values.insert(problem.values.end(), taps.begin(), taps.end());
  }
  return success();
}

void WinogradLayer::readSurroundings() {
  DenseElementsAttr constant;
  auto type = input ? quantizedType(input.getInput()) : quant::UniformQuantizedType();
  if (!type || !output || !quantizedType(output.getOutput()) ||
      !matchPattern(output.getBias(), m_Constant(&constant))) {
    input = nullptr; // no whole layer
    output = nullptr;
    products = nullptr;
    return;
  }
  for (const APInt &value : constant.getValues<APInt>())
    bias.push_back(int32_t(value.getSExtValue()));
  outputStep = std::ldexp(quantizedType(output.getOutput()).getScale(), -int(output.getShift()));
  tiling.scale = type.getScale();
  StorageRange range = storageRange(type);
  tiling.lo = range.lo;
  tiling.hi = range.hi;
  tiling.padTop = input.getPads()[0];
  tiling.strideDown = spec().down().stride;
  tiling.strideAcross = spec().across().stride;
  tiling.padLeft = input.getPads()[1];
  tiling.outHeight = input.getOutputSize()[0];
  tiling.outWidth = input.getOutputSize()[1];
  tiling.multipliers = input.getMultipliers().vec();
  tiling.shifts = input.getShifts().vec();
  for (unsigned tap = 0; tap < problem.taps(); ++tap) {
    double unit = std::ldexp(tiling.scale, -transform.prescale) / transform.betaOf(tap);
    problem.inputScales.push_back(std::ldexp(unit, 15 + tiling.shifts[tap]) / tiling.multipliers[tap]);
  }
}

std::optional<SampleMaps> WinogradLayer::mapsIn(const LayerInputs *maps) {
  if (!maps || !input)
    return std::nullopt;
  const FeatureMaps *found = maps->find(tensorName(input.getInput()));
  llvm::ArrayRef<int64_t> shape = shapeOf(input.getInput());
  if (!found || found->channels != shape[1] || found->height != shape[2] || found->width != shape[3])
    return std::nullopt;
  return SampleMaps{found->values, found->images, found->channels, found->height, found->width};
}

std::vector<int32_t> WinogradLayer::nearestTaps() const {
  size_t unknowns = problem.values.size() / problem.cOut, cIn = problem.cIn, cOut = problem.cOut;
  std::vector<int32_t> taps(problem.values.size());
  for (size_t f = 0; f < cOut; ++f)
    for (size_t i = 0; i < unknowns; ++i)
      taps[(i / cIn * cOut + f) * cIn + i % cIn] =
          quantizeTap(problem.values[f * unknowns + i], problem.filterScales[i / cIn * cOut + f], problem.limit);
  return taps;
}

bool WinogradLayer::fits(llvm::ArrayRef<int32_t> taps, int64_t f, int32_t addedBias) {
  if (!products)
    return true; // nobody has chosen multipliers yet
  constexpr double int32Max = 2147483647.0;
  int64_t pre = products.getPre();
  std::vector<double> bounds;
  for (unsigned tap = 0; tap < problem.taps(); ++tap) {
    double sum = 0;
    for (int32_t v : taps.slice((tap * problem.cOut + f) * problem.cIn, problem.cIn))
      sum += std::abs(v);
    double product = (tapLimit(spec().inputTap) + 1) * sum;
    if (std::ldexp(product, int(pre)) > int32Max)
      return false;
    double multiplier = products.getMultipliers()[tap * problem.cOut + f];
    bounds.push_back(std::ldexp(product * multiplier, int(pre) - 31) + 0.5);
  }
  if (spec().product != ProductType::I32)
    return addedBias == 0; // O is clamped, so that nothing behind it depends on the filter
  double addends = std::fabs(double(bias[f]) + double(addedBias)) + std::ldexp(1.0, int(output.getShift()) - 1);
  if (output.getResidual())
    addends += largestStored(quantizedType(output.getResidual())) * double(*output.getResidualMultiplier());
  return transform.outputBound(bounds) + addends <= int32Max;
}

void WinogradLayer::copyChannel(llvm::ArrayRef<int32_t> from, int64_t f, std::vector<int32_t> &to) const {
  for (unsigned tap = 0; tap < problem.taps(); ++tap) {
    size_t row = (tap * problem.cOut + f) * problem.cIn;
    std::copy_n(from.begin() + row, problem.cIn, to.begin() + row);
  }
}

void WinogradLayer::replaceFilter(llvm::ArrayRef<int32_t> taps) {
  OpBuilder builder(op);
  std::vector<int8_t> bytes(taps.begin(), taps.end());
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  Operation *source = op.getInput().getDefiningOp();
  op.getOutput().replaceAllUsesWith(builder.create<arith::ConstantOp>(
      op.getLoc(), type, DenseElementsAttr::get(type, llvm::ArrayRef<int8_t>(bytes))));
  op.erase();
  if (source->use_empty())
    source->erase();
}

void WinogradLayer::addToBias(llvm::ArrayRef<int32_t> added) {
  for (size_t f = 0; f < bias.size(); ++f)
    bias[f] += added[f];
  OpBuilder builder(output);
  auto type = cast<RankedTensorType>(output.getBias().getType());
  Operation *old = output.getBias().getDefiningOp();
  output.getBiasMutable().assign(builder.create<arith::ConstantOp>(
      output.getLoc(), type, DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(bias))));
  if (old->use_empty())
    old->erase();
}

} // namespace wino
