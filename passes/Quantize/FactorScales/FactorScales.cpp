// FactorScales: from the 32-bit form of a Winograd layer to products of 8 or 16 bits. The arithmetic is
// Numerics/FactorScales'; here are the statistics it starts from and the change of the two ops.
#include "wino/Numerics/FactorScales.h"
#include "Quantize/FactorScales/SampleProducts.h"
#include "Quantize/LayerError.h"
#include "wino/Dialect/TapStatistics.h"
#include "wino/Dialect/TensorName.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/TapScales.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_FACTORSCALES
#include "wino/Passes/Passes.h.inc"

namespace {

class Factorizer {
public:
  Factorizer(OutputTransformOp output, const LayerInputs *maps)
      : output(output), spec(output.getPlan().getSpec()), bits(int(spec.product)), rows(unsigned(spec.down().K)),
        columns(unsigned(spec.across().K)), taps(rows * columns), maps(maps) {}

  LogicalResult run() {
    if (failed(collect()))
      return failure();
    FactorScales steps = chooseSteps();
    ProductScalingProblem problem;
    problem.rows = rows;
    problem.columns = columns;
    problem.channels = cOut;
    problem.bits = bits;
    problem.steps = std::move(steps);
    problem.multipliers = matmul.getMultipliers();
    std::vector<int32_t> biases(bias.getValues<int32_t>().begin(), bias.getValues<int32_t>().end());
    problem.bias = biases;
    problem.outputShift = output.getShift();
    auto bound = [&](llvm::ArrayRef<double> bounds) { return transform.outputBound(bounds); };
    problem.outputBound = bound;
    std::optional<ProductScaling> scaling = chooseProductScaling(problem);
    if (!scaling)
      return layerError(output) << "expected scales of tap products that fit i32 multipliers for '" << spec.str()
                                << "', got none; use out=i32";
    rewrite(*scaling);
    return success();
  }

private:
  LogicalResult collect() {
    matmul = output.getInput().getDefiningOp<TapMatmulOp>();
    input = matmul ? matmul.getLhs().getDefiningOp<InputTransformOp>() : nullptr;
    filter = matmul ? matmul.getRhs().getDefiningOp<FilterTransformOp>() : nullptr;
    if (!input || !filter || !output.getInput().hasOneUse())
      return layerError(output) << "expected products of winograd.input_transform and winograd.filter_transform that "
                                   "nothing else reads (run --wino-decompose-conv before, --wino-fold-filter after)";
    DenseElementsAttr weights;
    if (!matchPattern(filter.getInput(), m_Constant(&weights)) || !weights.getElementType().isF32() ||
        !matchPattern(output.getBias(), m_Constant(&bias)))
      return layerError(output) << "expected a constant f32 filter and a constant bias, got "
                                << filter.getInput().getType() << " and " << output.getBias().getType();
    inputType = quantizedType(input.getInput());
    llvm::Expected<IntegerTransform> made = IntegerTransform::make(spec, inputType ? largestStored(inputType) : 128);
    if (!made)
      return layerError(output) << toString(made.takeError());
    transform = std::move(*made);
    cOut = shapeOf(filter.getInput())[0];
    cIn = shapeOf(filter.getInput())[1];
    transformWeights(std::vector<float>(weights.getValues<float>().begin(), weights.getValues<float>().end()));
    return success();
  }

  /// V[tap][c][f].
  void transformWeights(const std::vector<float> &weights) {
    LineMatrix down(transform.down.algorithm.G), across(transform.across.algorithm.G);
    v.resize(size_t(taps) * cIn * cOut);
    size_t perChannel = weights.size() / cOut;
    for (int64_t f = 0; f < cOut; ++f) {
      std::vector<double> values =
          transformFilter(down, across, llvm::ArrayRef(weights).slice(f * perChannel, perChannel));
      for (size_t i = 0; i < values.size(); ++i)
        v[i * cOut + f] = values[i];
    }
  }

  /// Units of the 32-bit form's O' per real unit of O at a tap.
  double unitsOf(unsigned tap) {
    return std::ldexp(1.0, int(output.getShift())) /
           (transform.alphaOf(tap) * quantizedType(output.getOutput()).getScale());
  }

  FactorScales chooseSteps() {
    const FeatureMaps *map = maps ? maps->find(tensorName(input.getInput())) : nullptr;
    llvm::ArrayRef<int64_t> size = input.getOutputSize();
    TileGrid grid{input.getPads()[0], input.getPads()[1], spec.down().tilesOver(size[0]),
                  spec.across().tilesOver(size[1])};
    std::vector<float> samples;
    if (map && map->channels == cIn)
      samples = sampleProducts(*map, transform, grid, v, cOut);
    FactorScales steps = factorSizes(samples.empty() ? predictedSizes() : measuredSizes(samples), rows, columns, cOut);
    double clip = samples.empty() ? laplaceClip(bits) : measuredClip(samples, steps);
    for (double &sigma : steps.sigma)
      sigma *= clip / double((1 << (bits - 1)) - 1);
    return steps;
  }

  static std::vector<double> rowNorms(const RationalMatrix &matrix) {
    std::vector<double> norms(matrix.rows());
    for (int i = 0; i < matrix.rows(); ++i) {
      for (int a = 0; a < matrix.cols(); ++a)
        norms[i] += std::pow(matrix.at(i, a).toDouble(), 2);
      norms[i] = std::sqrt(norms[i]);
    }
    return norms;
  }

  /// Squared norms of the columns of A'.
  static std::vector<double> columnPowers(const LineTransform &line) {
    std::vector<double> powers(line.algorithm.K);
    for (int i = 0; i < line.algorithm.K; ++i)
      for (int a = 0; a < line.algorithm.m; ++a)
        powers[i] += std::pow((line.algorithm.AT.at(a, i) * line.alpha[i]).toDouble(), 2);
    return powers;
  }

  /// (E20) From the rms of U and the filter, input channels uncorrelated.
  std::vector<double> predictedSizes() {
    std::vector<TapStats> stats = tapStatistics(output, spec);
    std::vector<double> down = rowNorms(transform.down.algorithm.BT), across = rowNorms(transform.across.algorithm.BT);
    double white = inputType ? largestStored(inputType) * inputType.getScale() / 3 : 1;
    std::vector<double> sizes(size_t(taps) * cOut);
    for (unsigned tap = 0; tap < taps; ++tap) {
      double rms = !stats.empty() ? stats[tap].rms : white * down[tap / columns] * across[tap % columns];
      for (int64_t f = 0; f < cOut; ++f) {
        double power = 0;
        for (int64_t c = 0; c < cIn; ++c)
          power += v[(tap * cIn + c) * cOut + f] * v[(tap * cIn + c) * cOut + f];
        sizes[tap * cOut + f] = rms * std::sqrt(power) * unitsOf(tap);
      }
    }
    return sizes;
  }

  std::vector<double> measuredSizes(llvm::ArrayRef<float> samples) {
    std::vector<double> sizes(size_t(taps) * cOut);
    for (size_t i = 0; i < samples.size(); ++i)
      sizes[i % sizes.size()] += double(samples[i]) * double(samples[i]);
    for (size_t i = 0; i < sizes.size(); ++i)
      sizes[i] = std::sqrt(sizes[i] / double(samples.size() / sizes.size())) * unitsOf(unsigned(i / cOut));
    return sizes;
  }

  /// Samples in sizes, and what their errors weigh: the power of the tap's column of A', as in the output.
  struct Relative {
    std::vector<float> samples, weights;
  };
  Relative relativeTo(const FactorScales &sizes, llvm::ArrayRef<float> samples) {
    std::vector<double> down = columnPowers(transform.down), across = columnPowers(transform.across);
    size_t count = size_t(taps) * cOut;
    Relative relative;
    for (size_t s = 0; s < samples.size(); ++s) {
      unsigned tap = unsigned(s % count / cOut);
      double size = sizes.at(tap / columns, tap % columns, s % cOut);
      relative.samples.push_back(float(double(samples[s]) * unitsOf(tap) / size));
      relative.weights.push_back(float(down[tap / columns] * across[tap % columns] * size * size));
    }
    return relative;
  }

  /// (E21) The clip of least error for all taps and channels, in sizes.
  double measuredClip(llvm::ArrayRef<float> samples, const FactorScales &sizes) {
    Relative relative = relativeTo(sizes, samples);
    double clip = sampleClip(relative.samples, relative.weights, bits);
    // Other images reach further than these; with 16 bits room for them costs nothing.
    if (bits > 8)
      clip *= 2;
    return clip > 0 ? clip : laplaceClip(bits);
  }

  void rewrite(const ProductScaling &scaling) {
    OpBuilder builder(matmul);
    auto type = cast<RankedTensorType>(matmul.getOutput().getType());
    Value products = builder.create<TapMatmulOp>(
        matmul.getLoc(), RankedTensorType::get(type.getShape(), builder.getIntegerType(bits)), matmul.getLhs(),
        matmul.getRhs(), builder.getDenseI32ArrayAttr(scaling.multipliers), builder.getI64IntegerAttr(matmul.getPre()),
        builder.getI64IntegerAttr(scaling.shift));
    Value newBias = builder.create<arith::ConstantOp>(
        output.getLoc(), DenseElementsAttr::get(bias.getType(), llvm::ArrayRef(scaling.bias)));
    Operation *oldBias = output.getBias().getDefiningOp();
    double rounding = std::ldexp(transform.outputRounding() * scaling.coarsening, -int(output.getShift()));
    output->setAttr("winograd.output_rounding", builder.getF64FloatAttr(rounding));
    output.getInputMutable().assign(products);
    output.getBiasMutable().assign(newBias);
    output.setShift(scaling.outputShift);
    output.setTapMultipliers(llvm::ArrayRef(scaling.tapMultipliers));
    output.setChannelMultipliers(llvm::ArrayRef(scaling.channelMultipliers));
    matmul.erase();
    if (oldBias->use_empty())
      oldBias->erase();
  }

  OutputTransformOp output;
  TileSpec spec;
  int bits;
  unsigned rows, columns, taps;
  const LayerInputs *maps;
  TapMatmulOp matmul;
  InputTransformOp input;
  FilterTransformOp filter;
  quant::UniformQuantizedType inputType;
  DenseElementsAttr bias;
  IntegerTransform transform;
  int64_t cOut = 0, cIn = 0;
  std::vector<double> v; ///< V[tap][c][f]
};

struct FactorScalesPass : impl::FactorScalesBase<FactorScalesPass> {
  FactorScalesPass() = default;
  explicit FactorScalesPass(std::shared_ptr<const LayerInputs> maps) : maps(std::move(maps)) {}

  void runOnOperation() override {
    llvm::SmallVector<OutputTransformOp> asked;
    getOperation().walk([&](OutputTransformOp op) {
      if (op.getPlan().getSpec().product != ProductType::I32 && getElementTypeOrSelf(op.getInput()).isInteger(32))
        asked.push_back(op);
    });
    for (OutputTransformOp op : asked) {
      if (failed(Factorizer(op, maps.get()).run()))
        return signalPassFailure();
      ++numFactored;
    }
  }

  std::shared_ptr<const LayerInputs> maps; ///< none: sizes are predicted
};

} // namespace

std::unique_ptr<Pass> createFactorScales(std::shared_ptr<const LayerInputs> maps) {
  return std::make_unique<FactorScalesPass>(std::move(maps));
}

} // namespace wino
