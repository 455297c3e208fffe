// DecomposeConv: one planned conv_2d becomes four tile ops, or one with taps in floats (FloatTiles.cpp). The arithmetic
// of the scales is in Numerics/TapScales; filters are transformed here only to learn their sizes, wino-fold-filter
// makes the constants.
#include "Quantize/DecomposeConv/FloatTiles.h"
#include "Quantize/LayerError.h"
#include "wino/Dialect/MapInterval.h"
#include "wino/Dialect/TapStatistics.h"
#include "wino/Numerics/IntegerTransform.h"
#include "wino/Numerics/SharedScales.h"
#include "wino/Numerics/TapScales.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_DECOMPOSECONV
#include "wino/Passes/Passes.h.inc"

namespace {

/// Rounding noise, in steps of the result, from which a plan gets a warning: 4 of 8 bits are gone.
constexpr int largestRounding = 16;

/// How scales are chosen.
struct Rules {
  ClipRule tapClip, filterClip;
  InputSharing inputSharing;
  FilterSharing filterSharing;
  Balance balance;
};

/// d_i d_j and e_i e_j of every tap.
struct TapFactors {
  std::vector<double> input, filter;
};

std::vector<double> ofTaps(llvm::ArrayRef<double> rows) {
  std::vector<double> result;
  for (double down : rows)
    for (double across : rows)
      result.push_back(down * across);
  return result;
}

class Decomposer {
public:
  Decomposer(Conv2DOp op, const Rules &rules)
      : op(op), spec(op.getPlan()->getSpec()), rules(rules), taps(unsigned(spec.taps())),
        cOut(shapeOf(op.getFilter())[0]), cIn(shapeOf(op.getFilter())[1]) {}

  LogicalResult run() {
    if (failed(check()))
      return failure();
    if (spec.hasFloatTaps())
      return decomposeInFloats(op, filter, bias);
    if (failed(makeTransform()))
      return failure();
    chooseClips();
    transformFilters();
    factors = chooseFactors();
    chooseInputScales();
    if (failed(chooseFilterScales()))
      return failure();
    OutputScalingProblem problem = outputProblem();
    std::optional<OutputScaling> scaling = chooseOutputScaling(problem);
    if (!scaling)
      return layerError(op) << "expected a plan whose output transform fits i32 with at least 1 fraction bit, got '"
                            << spec.str() << "'; plan the layer direct";
    // Root mean square, in steps of the result, of what rounding O' adds.
    double rounding = std::ldexp(transform.outputRounding(), -int(scaling->shift));
    if (rounding > largestRounding)
      op->emitWarning() << llvm::formatv("layer '{0}': expected at most {1} steps of rounding noise from the output "
                                         "transform, got up to {2:f1} for '{3}'",
                                         layerName(op), largestRounding, rounding, spec.str())
                               .str();
    build(*scaling, rounding);
    return success();
  }

private:
  LogicalResult check() {
    inputType = quantizedType(op.getInput());
    outputType = quantizedType(op.getOutput());
    if (!inputType || !outputType || !op.getRequant())
      return layerError(op) << "expected a quantized convolution (run --wino-quantize-graph), got input "
                            << op.getInput().getType();
    if (!matchPattern(op.getFilter(), m_Constant(&filter)) || !filter.getElementType().isF32() ||
        !matchPattern(op.getBias(), m_Constant(&bias)) || !bias.getElementType().isF32())
      return layerError(op) << "expected constant f32 filter and bias for a planned convolution, got "
                            << op.getFilter().getType();
    auto finite = [](float x) { return std::isfinite(x); };
    if (!llvm::all_of(filter.getValues<float>(), finite) || !llvm::all_of(bias.getValues<float>(), finite))
      return layerError(op) << "expected finite filter and bias, got a NaN or infinity";
    return success();
  }

  LogicalResult makeTransform() {
    llvm::Expected<IntegerTransform> made = IntegerTransform::make(spec, largestStored(inputType));
    if (!made)
      return layerError(op) << toString(made.takeError());
    transform = std::move(*made);
    bounds = transform.tapBounds(largestStored(inputType));
    return success();
  }

  double unitOf(unsigned tap) { return std::ldexp(inputType.getScale(), -transform.prescale) / transform.betaOf(tap); }

  /// What the largest level of each tap reaches, and the tap's mean square; from its bound where nothing was measured.
  void chooseClips() {
    std::vector<TapStats> statistics = tapStatistics(op, spec);
    for (unsigned tap = 0; tap < taps; ++tap) {
      double clip = bounds[tap] * unitOf(tap), power = clip * clip / 9;
      if (!statistics.empty()) {
        double measured = statistics[tap].clip(spec.inputTap, rules.tapClip);
        if (measured > 0 && measured < clip) // a tap that never moved keeps the proven bound
          clip = measured;
        power = statistics[tap].rms * statistics[tap].rms;
      }
      clips.push_back(clip);
      powers.push_back(power);
    }
  }

  /// V, taps x C_out x C_in.
  void transformFilters() {
    LineMatrix down(transform.down.algorithm.G), across(transform.across.algorithm.G);
    std::vector<float> weights(filter.getValues<float>().begin(), filter.getValues<float>().end());
    size_t perChannel = weights.size() / cOut;
    values.resize(size_t(taps) * cOut * cIn);
    for (int64_t f = 0; f < cOut; ++f) {
      std::vector<double> channel =
          transformFilter(down, across, llvm::ArrayRef(weights).slice(f * perChannel, perChannel));
      for (unsigned tap = 0; tap < taps; ++tap)
        std::copy_n(channel.begin() + tap * cIn, cIn, values.begin() + (tap * cOut + f) * cIn);
    }
  }

  /// What rows of tap (i, j) are scaled by together, for scales that taps share (E51). Tiles whose directions differ
  /// have none.
  TapFactors chooseFactors() {
    if (!spec.isSquare() || rules.balance == Balance::None)
      return {std::vector<double>(taps, 1), std::vector<double>(taps, 1)};
    BalanceProblem problem;
    problem.k = unsigned(spec.K);
    problem.sharesInput = spec.hasByteTaps() && sharesTaps(rules.inputSharing);
    problem.sharesFilter = sharesTaps(rules.filterSharing);
    problem.inputClips = clips;
    problem.inputPowers = powers;
    problem.channelsIn = double(cIn);
    problem.inputLimit = tapLimit(spec.inputTap);
    problem.filterLimit = tapLimit(spec.filterTap);
    std::vector<double> columns(problem.k);
    for (unsigned j = 0; j < problem.k; ++j)
      for (int a = 0; a < spec.m; ++a)
        columns[j] += std::pow(transform.down.algorithm.AT.at(a, j).toDouble(), 2);
    for (unsigned tap = 0; tap < taps; ++tap) {
      double largest = 0, power = 0;
      for (double v : llvm::ArrayRef(values).slice(tap * cOut * cIn, cOut * cIn)) {
        largest = std::max(largest, std::fabs(v));
        power += v * v;
      }
      problem.filterClips.push_back(largest);
      problem.filterPowers.push_back(power / double(cOut));
      problem.weights.push_back(columns[tap / problem.k] * columns[tap % problem.k]);
    }
    RowFactors rows = chooseRowFactors(problem, rules.balance);
    return {ofTaps(rows.input), ofTaps(rows.filter)};
  }

  /// Scale of every input tap, and its requantization to at most 8 bits. From here on `bounds` is of the taps as
  /// multiplied.
  void chooseInputScales() {
    int32_t limit = tapLimit(spec.inputTap);
    double shared = 0;
    for (unsigned tap = 0; tap < taps; ++tap)
      shared = std::max(shared, clips[tap] * factors.input[tap]);
    for (unsigned tap = 0; tap < taps; ++tap) {
      if (!spec.hasByteTaps()) {
        inputScales.push_back(unitOf(tap));
        continue;
      }
      double clip = sharesTaps(rules.inputSharing) ? shared / factors.input[tap] : clips[tap];
      TapRequant requant = chooseTapRequant(clip, unitOf(tap), limit);
      tapMultipliers.push_back(requant.multiplier);
      tapShifts.push_back(requant.shift);
      inputScales.push_back(requant.scale);
      bounds[tap] = limit + 1;
    }
  }

  LogicalResult chooseFilterScales() {
    std::optional<std::vector<double>> scales = sharedFilterScales(
        values, taps, cOut, factors.filter, rules.filterSharing, spec.filterTap, bounds, rules.filterClip);
    if (!scales)
      return layerError(op) << "expected fewer input channels for the taps of '" << spec.str()
                            << "' in an i32 accumulator, got " << cIn << "; plan the layer direct";
    filterScales = std::move(*scales);
    for (size_t row = 0; row < filterScales.size(); ++row) {
      double sum = 0;
      for (double v : llvm::ArrayRef(values).slice(row * cIn, cIn))
        sum += std::abs(quantizeTap(v, filterScales[row], tapLimit(spec.filterTap)));
      accBounds.push_back(sum * bounds[row / cOut]);
    }
    return success();
  }

  OutputScalingProblem outputProblem() {
    OutputScalingProblem problem;
    problem.taps = taps;
    problem.channels = cOut;
    problem.transformBound = [this](llvm::ArrayRef<double> products) { return transform.outputBound(products); };
    problem.accBounds = accBounds;
    for (unsigned tap = 0; tap < taps; ++tap) {
      double alpha = transform.alphaOf(tap);
      for (int64_t f = 0; f < cOut; ++f)
        problem.factors.push_back(inputScales[tap] * filterScales[tap * cOut + f] / (alpha * outputType.getScale()));
    }
    for (float b : bias.getValues<float>())
      problem.bias.push_back(b / outputType.getScale());
    if (op.getResidual()) {
      auto type = quantizedType(op.getResidual());
      problem.residual = ResidualScale{type.getScale() / outputType.getScale(), double(largestStored(type))};
    }
    return problem;
  }

  void build(const OutputScaling &scaling, double rounding) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    llvm::ArrayRef<int64_t> out = shapeOf(op.getOutput());
    Type tapElement = builder.getIntegerType(spec.hasByteTaps() ? 8 : 16);
    int64_t tiles = out[0] * spec.down().tilesOver(out[2]) * spec.across().tilesOver(out[3]);
    int64_t rows = spec.down().K, columns = spec.across().K;
    auto tensor = [](llvm::ArrayRef<int64_t> shape, Type element) { return RankedTensorType::get(shape, element); };
    // Of the four pads only top and left place the tiles; the others follow from the output size.
    Value u = builder.create<InputTransformOp>(
        loc, tensor({rows, columns, tiles, cIn}, tapElement), op.getInput(), *op.getPlan(),
        builder.getDenseI64ArrayAttr(op.getPads().take_front(2)), builder.getDenseI64ArrayAttr(out.drop_front(2)),
        builder.getDenseI32ArrayAttr(tapMultipliers), builder.getDenseI32ArrayAttr(tapShifts));
    Value v = builder.create<FilterTransformOp>(loc, tensor({rows, columns, cOut, cIn}, tapElement), op.getFilter(),
                                                *op.getPlan(), builder.getDenseF64ArrayAttr(filterScales));
    Value o = builder.create<TapMatmulOp>(loc, tensor({rows, columns, tiles, cOut}, builder.getI32Type()), u, v,
                                          builder.getDenseI32ArrayAttr(scaling.multipliers),
                                          builder.getI64IntegerAttr(scaling.pre));
    auto biasType = tensor({cOut}, builder.getI32Type());
    Value b = builder.create<arith::ConstantOp>(loc, biasType,
                                                DenseElementsAttr::get(biasType, llvm::ArrayRef(scaling.bias)));
    auto y = builder.create<OutputTransformOp>(
        loc, op.getOutput().getType(), o, b, op.getResidual(), *op.getPlan(), builder.getI64IntegerAttr(scaling.shift),
        builder.getI64IntegerAttr(op.getRequant()->getLo()), builder.getI64IntegerAttr(op.getRequant()->getHi()),
        DenseI32ArrayAttr(), DenseI32ArrayAttr(),
        op.getResidual() ? builder.getI64IntegerAttr(scaling.residual) : IntegerAttr());
    y->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    y->setAttr("winograd.output_rounding", builder.getF64FloatAttr(rounding));
    op.getOutput().replaceAllUsesWith(y.getOutput());
    Operation *floatBias = op.getBias().getDefiningOp();
    op.erase();
    if (floatBias->use_empty())
      floatBias->erase();
  }

  Conv2DOp op;
  TileSpec spec;
  Rules rules;
  unsigned taps;
  int64_t cOut, cIn;
  quant::UniformQuantizedType inputType, outputType;
  DenseElementsAttr filter, bias;
  IntegerTransform transform;
  std::vector<double> bounds;        ///< |u| per tap
  std::vector<double> clips, powers; ///< of U, per tap
  std::vector<double> values;        ///< V, taps x C_out x C_in
  TapFactors factors;
  std::vector<double> inputScales;  ///< per tap
  std::vector<double> filterScales; ///< per (tap, output channel)
  std::vector<double> accBounds;    ///< per (tap, output channel)
  std::vector<int32_t> tapMultipliers, tapShifts;
};

struct DecomposeConv : impl::DecomposeConvBase<DecomposeConv> {
  using DecomposeConvBase::DecomposeConvBase;

  void runOnOperation() override {
    std::optional<ClipRule> taps = readRule("tap-clip", tapClip), filters = readRule("filter-clip", filterClip);
    auto input = readSharing("input-scales", parseInputSharing(inputScales));
    auto filter = readSharing("filter-scales", parseFilterSharing(filterScales));
    auto balance = readSharing("balance-rows", parseBalance(balanceRows));
    if (!taps || !filters || !input || !filter || !balance)
      return signalPassFailure();
    Rules rules{*taps, *filters, *input, *filter, *balance};
    llvm::SmallVector<Conv2DOp> planned;
    getOperation().walk([&](Conv2DOp op) {
      if (op.getPlan() && !op.getPlan()->isDirect())
        planned.push_back(op);
    });
    for (Conv2DOp op : planned) {
      if (failed(isFloat(op.getOutput()) ? decomposeInFloatsOf(op) : Decomposer(op, rules).run()))
        return signalPassFailure();
      ++numDecomposed;
    }
  }

private:
  static LogicalResult decomposeInFloatsOf(Conv2DOp op) {
    if (floatPrecision(op).empty())
      return layerError(op) << "expected a quantized convolution (run --wino-quantize-graph), got input "
                            << op.getInput().getType();
    if (!op.getPlan()->getSpec().hasFloatTaps())
      return layerError(op) << "expected taps in floats in a network or layer of floats, got "
                            << op.getPlan()->getSpec().shortStr();
    return decomposeFloatMap(op);
  }

  template <typename Sharing>
  std::optional<Sharing> readSharing(llvm::StringRef option, llvm::Expected<Sharing> sharing) {
    if (sharing)
      return *sharing;
    getOperation().emitError() << option << ": " << toString(sharing.takeError());
    return std::nullopt;
  }

  std::optional<ClipRule> readRule(llvm::StringRef option, llvm::StringRef text) {
    llvm::Expected<ClipRule> rule = parseClipRule(text);
    if (rule && !(option == "filter-clip" && *rule == ClipRule::Percentile))
      return *rule;
    std::string why = rule ? "expected max or mse, got 'percentile'" : toString(rule.takeError());
    getOperation().emitError() << option << ": " << why;
    return std::nullopt;
  }
};

} // namespace
} // namespace wino
