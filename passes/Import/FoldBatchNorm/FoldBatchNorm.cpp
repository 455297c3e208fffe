// FoldBatchNorm: batch normalization, and sums and products per channel, become part of the layer before them;
// normalization else a depthwise convolution. Activations are FuseActivation's.
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace wino {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "wino/Passes/Passes.h.inc"

namespace {

/// Y = gain[c] X + offset[c], kept in double until it is folded.
struct Affine {
  std::vector<double> gain, offset;
};

/// One number per channel of a constant that has the same everywhere in it.
std::optional<std::vector<double>> perChannel(mlir::Value value) {
  llvm::ArrayRef<int64_t> shape = shapeOf(value);
  std::optional<std::vector<float>> numbers = shape.size() < 2 ? std::nullopt : constantFloats(value);
  if (!numbers)
    return std::nullopt;
  auto channels = size_t(shape[1]);
  size_t inner = numbers->size() / (size_t(shape[0]) * channels);
  std::vector<double> result(channels);
  for (size_t c = 0; c < channels; ++c)
    result[c] = double((*numbers)[c * inner]);
  for (size_t i = 0; i < numbers->size(); ++i)
    if (double((*numbers)[i]) != result[i / inner % channels])
      return std::nullopt;
  return result;
}

/// A sum, difference or product with such a constant: what is done to which operand. Null where it is another op.
std::pair<mlir::Value, Affine> channelwise(mlir::Operation *op) {
  if (!llvm::isa<AddOp, SubOp, MulOp>(op) || op->hasAttr("activation") || op->hasAttr("requant"))
    return {};
  for (unsigned k : {1u, 0u}) {
    std::optional<std::vector<double>> numbers = perChannel(op->getOperand(k));
    if (!numbers)
      continue;
    std::vector<double> ones(numbers->size(), 1), zeros(numbers->size(), 0);
    if (llvm::isa<MulOp>(op))
      return {op->getOperand(1 - k), {*numbers, zeros}};
    bool isNegated = llvm::isa<SubOp>(op);
    for (double &x : isNegated &&k == 1 ? *numbers : ones)
      x = isNegated ? -x : x;
    return {op->getOperand(1 - k), {ones, *numbers}};
  }
  return {};
}

mlir::FailureOr<Affine> affineOf(BatchNormOp op) {
  auto scale = constantFloats(op.getScale()), bias = constantFloats(op.getBias());
  auto mean = constantFloats(op.getMean()), variance = constantFloats(op.getVariance());
  if (!scale || !bias || !mean || !variance)
    return op.emitOpError() << "node '" << nodeName(op)
                            << "': expected constant f32 scale, bias, mean and variance, got computed ones";
  double epsilon = op.getEpsilon().convertToDouble();
  Affine affine;
  for (size_t c = 0; c < scale->size(); ++c) {
    double spread = double((*variance)[c]) + epsilon;
    if (!(spread > 0))
      return op.emitOpError() << "node '" << nodeName(op) << "': expected variance + epsilon > 0, got " << spread
                              << " in channel " << c;
    double gain = double((*scale)[c]) / std::sqrt(spread);
    affine.gain.push_back(gain);
    affine.offset.push_back(double((*bias)[c]) - gain * double((*mean)[c]));
  }
  return affine;
}

/// Rounds once to f32; a number outside of it is the model's fault.
mlir::FailureOr<std::vector<float>> rounded(mlir::Operation *op, llvm::ArrayRef<double> values) {
  std::vector<float> result;
  for (double value : values) {
    if (!std::isfinite(float(value)))
      return op->emitOpError() << "node '" << nodeName(op) << "': expected finite folded weights, got " << value;
    result.push_back(float(value));
  }
  return result;
}

/// The layer behind slices of pixels and depth_to_space, all without other use, and for each of its channels the
/// channel that it becomes.
struct Source {
  mlir::Value value;
  std::vector<size_t> channels;
};

Source sourceOf(mlir::Value value) {
  Source source{value, {}};
  for (int64_t c = 0; c < shapeOf(value)[1]; ++c)
    source.channels.push_back(size_t(c));
  while (source.value.hasOneUse()) {
    if (auto slice = source.value.getDefiningOp<SliceOp>();
        slice && shapeOf(slice.getInput())[1] == shapeOf(slice.getOutput())[1]) {
      source.value = slice.getInput();
      continue;
    }
    auto toSpace = source.value.getDefiningOp<DepthToSpaceOp>();
    if (!toSpace)
      break;
    size_t count = source.channels.size(), area = size_t(toSpace.getBlock()[0] * toSpace.getBlock()[1]);
    std::vector<size_t> deep;
    for (size_t c = 0; c < count * area; ++c)
      deep.push_back(source.channels[toSpace.getChannelsFirst() ? c / area : c % count]);
    source = {toSpace.getInput(), std::move(deep)};
  }
  return source;
}

Affine permuted(const Affine &affine, llvm::ArrayRef<size_t> channels) {
  Affine result;
  for (size_t c : channels) {
    result.gain.push_back(affine.gain[c]);
    result.offset.push_back(affine.offset[c]);
  }
  return result;
}

/// Folds `op`, which does that to `input`, into a layer whose filter has one leading slice per channel. False: the
/// layer cannot take it.
template <typename Layer>
mlir::FailureOr<bool> foldInto(Layer layer, mlir::Operation *op, mlir::Value input, const Affine &affine) {
  if (!layer || !layer->hasOneUse() || layer.getActivation() || layer.getRequant())
    return false;
  if constexpr (std::is_same_v<Layer, Conv2DOp>)
    if (layer.getResidual()) // which the gain is for, too
      return false;
  auto filter = constantFloats(layer.getFilter()), bias = constantFloats(layer.getBias());
  if (!filter || !bias || bias->size() != affine.gain.size())
    return false;
  size_t perChannel = filter->size() / bias->size();
  std::vector<double> newFilter, newBias;
  for (size_t i = 0; i < filter->size(); ++i)
    newFilter.push_back(affine.gain[i / perChannel] * double((*filter)[i]));
  for (size_t f = 0; f < bias->size(); ++f)
    newBias.push_back(affine.gain[f] * double((*bias)[f]) + affine.offset[f]);
  auto filter32 = rounded(op, newFilter), bias32 = rounded(op, newBias);
  if (failed(filter32) || failed(bias32))
    return mlir::failure();
  mlir::OpBuilder builder(layer);
  layer.getFilterMutable().assign(
      makeConstant(builder, layer.getFilter().getLoc(), shapeOf(layer.getFilter()), *filter32));
  layer.getBiasMutable().assign(makeConstant(builder, layer.getBias().getLoc(), shapeOf(layer.getBias()), *bias32));
  op->getResult(0).replaceAllUsesWith(input);
  op->erase();
  return true;
}

/// N x C x ... becomes N x C x H x W around a depthwise convolution that multiplies and adds.
mlir::LogicalResult makeDepthwise(BatchNormOp op, const Affine &affine) {
  auto gain = rounded(op, affine.gain), offset = rounded(op, affine.offset);
  if (failed(gain) || failed(offset))
    return mlir::failure();
  mlir::OpBuilder builder(op);
  mlir::Location loc = op.getLoc();
  llvm::ArrayRef<int64_t> shape = shapeOf(op.getInput());
  int64_t channels = shape[1];
  llvm::SmallVector<int64_t, 4> square(shape.begin(), shape.end());
  if (shape.size() != 4) {
    square = {shape[0], channels, 1, 1};
    for (int64_t extent : shape.drop_front(2))
      square[2] *= extent;
  }
  auto squareType = mlir::RankedTensorType::get(square, builder.getF32Type());
  mlir::Value value = op.getInput();
  if (shape.size() != 4) // a name of its own: statistics are kept by name, and this tensor holds the input's values
    value =
        builder.create<ReshapeOp>(mlir::NameLoc::get(builder.getStringAttr(nodeName(op) + ".in0")), squareType, value);
  mlir::Value filter = makeConstant(builder, loc, {channels, 1, 1, 1}, *gain);
  mlir::Value bias = makeConstant(builder, loc, {channels}, *offset);
  value = builder.create<Conv2DOp>(loc, squareType, value, filter, bias, /*residual=*/mlir::Value(),
                                   llvm::ArrayRef<int64_t>{1, 1}, llvm::ArrayRef<int64_t>{0, 0, 0, 0},
                                   llvm::ArrayRef<int64_t>{1, 1}, channels, ActivationAttr(), PlanAttr(), RequantAttr(),
                                   mlir::IntegerAttr());
  if (shape.size() != 4)
    value = builder.create<ReshapeOp>(loc, op.getType(), value);
  op.getOutput().replaceAllUsesWith(value);
  op.erase();
  return mlir::success();
}

mlir::FailureOr<bool> fold(mlir::Operation *op, mlir::Value input, const Affine &affine) {
  Source source = sourceOf(input);
  auto folded = foldInto(source.value.getDefiningOp<Conv2DOp>(), op, input, permuted(affine, source.channels));
  if (succeeded(folded) && !*folded)
    folded = foldInto(input.getDefiningOp<FullyConnectedOp>(), op, input, affine);
  return folded;
}

bool isOutput(mlir::Operation *op) {
  return llvm::any_of(op->getUsers(), [](mlir::Operation *user) { return llvm::isa<mlir::func::ReturnOp>(user); });
}

void eraseDeadConstants(mlir::func::FuncOp func) {
  func.walk([](mlir::arith::ConstantOp op) {
    if (op->use_empty())
      op.erase();
  });
}

struct FoldBatchNorm : impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    llvm::SmallVector<mlir::Operation *> ops;
    getOperation().walk([&](mlir::Operation *op) {
      if (llvm::isa<BatchNormOp, AddOp, SubOp, MulOp>(op))
        ops.push_back(op);
    });
    for (mlir::Operation *op : ops) {
      auto norm = llvm::dyn_cast<BatchNormOp>(op);
      if (!norm) {
        auto [input, affine] = channelwise(op);
        if (!input || isOutput(op)) // an output keeps its name
          continue;
        mlir::FailureOr<bool> folded = fold(op, input, affine);
        if (failed(folded))
          return signalPassFailure();
        numArithmetic += *folded;
        continue;
      }
      auto affine = affineOf(norm);
      if (failed(affine))
        return signalPassFailure();
      mlir::FailureOr<bool> folded = fold(norm, norm.getInput(), *affine);
      if (failed(folded))
        return signalPassFailure();
      if (*folded) {
        ++numFolded;
        continue;
      }
      if (failed(makeDepthwise(norm, *affine)))
        return signalPassFailure();
      ++numDepthwise;
    }
    if (!ops.empty())
      eraseDeadConstants(getOperation());
  }
};

} // namespace
} // namespace wino
