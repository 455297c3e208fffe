// The mean error of each logit, taken out of the last layer's bias.
#include "Compiler.h"

#include "../common/Network.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include <cmath>
#include <limits>

using namespace llvm;

namespace wino {

static constexpr size_t mostImages = 128, leastImages = 16;

/// The part of a measured mean that is not its own noise: m max(0, 1 - s^2 / (n m^2)), s^2 / n the variance of the mean
/// of n images (James-Stein's positive part, one output at a time).
static double shrunkMean(const Moments &moments, size_t count) {
  auto n = double(count);
  double mean = moments.sum / n, variance = (moments.squares - n * mean * mean) / (n - 1) / n;
  return mean * mean > variance ? mean * (1 - variance / (mean * mean)) : 0;
}

static FullyConnectedOp lastLayer(mlir::func::FuncOp main) {
  mlir::Value value = comparedResult(main);
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  auto layer = value.getDefiningOp<FullyConnectedOp>();
  return layer && layer.getRequant() ? layer : FullyConnectedOp(); // one in floats has nothing to correct
}

/// bias' = bias + mean / (s_y M 2^(pre - 31 - shift)), wherever acc << pre keeps to 32 bits.
static void addToBias(FullyConnectedOp op, ArrayRef<double> means) {
  mlir::DenseElementsAttr biases, filter;
  if (!matchPattern(op.getBias(), mlir::m_Constant(&biases)) ||
      !matchPattern(op.getFilter(), mlir::m_Constant(&filter)))
    return;
  RequantAttr requant = *op.getRequant();
  double step = quantizedType(op.getOutput()).getScale(), room = std::ldexp(1.0, 31 - int(requant.getPre())) - 1;
  StorageRange input = storageRange(quantizedType(op.getInput()));
  SmallVector<int32_t> corrected(biases.getValues<int32_t>());
  auto weights = filter.getValues<int8_t>();
  int64_t depth = shapeOf(op.getFilter())[1];
  for (auto [f, bias] : enumerate(corrected)) {
    double sums = 0;
    for (int64_t c = 0; c < depth; ++c)
      sums += std::abs(int(weights[int64_t(f) * depth + c]));
    double factor =
        std::ldexp(requant.getMultipliers()[int64_t(f)], int(requant.getPre()) - 31 - int(requant.getShift()));
    double wanted = std::floor(bias + means[f] / (step * factor) + 0.5);
    if (std::fabs(wanted) + std::max(-input.lo, input.hi) * sums <= room)
      bias = int32_t(wanted);
  }
  mlir::OpBuilder builder(op);
  op->setOperand(2, builder.create<mlir::arith::ConstantOp>(
                        op.getLoc(), mlir::DenseElementsAttr::get(biases.getType(), ArrayRef<int32_t>(corrected))));
}

Error Compiler::correctOutputs() {
  FullyConnectedOp last = lastLayer(main);
  size_t count = std::min(calibration.seen.size(), mostImages);
  if (!options.correctsOutputs || !calibration.images || !last || shapeOf(last.getOutput())[0] != 1 ||
      count < leastImages)
    return Error::success();
  std::vector<size_t> images; // evenly from all of them
  for (size_t i = 0; i < count; ++i)
    images.push_back(calibration.seen[i * calibration.seen.size() / count]);
  Expected<Measured> measured = compareOn(images, "correcting the outputs");
  if (!measured)
    return measured.takeError();
  std::vector<double> means;
  for (const Moments &moments : measured->comparison.errors)
    means.push_back(shrunkMean(moments, count));
  addToBias(last, means);
  // The proof speaks of the integers that are emitted.
  return runPasses([](mlir::PassManager &pm) { pm.nest<mlir::func::FuncOp>().addPass(createProveRanges()); },
                   "the proof of ranges");
}

} // namespace wino
