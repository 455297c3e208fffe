// The Winograd pipeline in integers, tile by tile and channel by channel.
#include "wino/Reference/TileOps.h"

#include "Loops.h"
#include "wino/Numerics/FixedPoint.h"
#include "wino/Numerics/QuantizeScale.h"
#include "wino/Reference/IntegerOps.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;

namespace wino {
namespace {

constexpr int64_t int32Max = std::numeric_limits<int32_t>::max();
constexpr int maxTile = 16; ///< TileSpec bounds K, and n <= K

/// Channels that go through a transform at once.
constexpr int lanes = 16;

/// Both passes of a 2-D transform: columns of the input first, then rows. In and out row-major, `lanes` channels each.
template <typename T> void transform2D(const TransformDag &down, const TransformDag &across, const T *in, T *out) {
  T columns[maxTile * maxTile * lanes], line[maxTile * lanes], result[maxTile * lanes];
  int high = down.inputs, wide = across.inputs;
  for (int x = 0; x < wide; ++x) {
    for (int y = 0; y < high; ++y)
      std::copy_n(in + (y * wide + x) * lanes, lanes, line + y * lanes);
    down.run<T, lanes>(line, result);
    for (size_t i = 0; i < down.outputs.size(); ++i)
      std::copy_n(result + i * lanes, lanes, columns + (i * wide + x) * lanes);
  }
  for (size_t i = 0; i < down.outputs.size(); ++i)
    across.run<T, lanes>(columns + i * wide * lanes, out + i * across.outputs.size() * lanes);
}

Tensor inputTransform(InputTransformOp op, const Tensor &input, const IntegerTransform &transform) {
  Tensor out(resultType(op));
  const TileLine &down = transform.spec.down(), &across = transform.spec.across();
  bool narrow = transform.spec.hasByteTaps();
  int32_t hi = tapLimit(transform.spec.inputTap), lo = -hi - 1;
  int64_t cIn = input.shape[1], height = input.shape[2], width = input.shape[3], tiles = out.shape[2];
  int64_t tilesY = down.tilesOver(op.getOutputSize()[0]), tilesX = across.tilesOver(op.getOutputSize()[1]);
  int64_t padTop = op.getPads()[0], padLeft = op.getPads()[1];
  ArrayRef<int32_t> multipliers = op.getMultipliers(), shifts = op.getShifts();
  int16_t patch[maxTile * maxTile * lanes] = {}, u[maxTile * maxTile * lanes]; // lanes without a channel: anything
  for (int64_t p = 0; p < tiles; ++p) {
    int64_t b = p / (tilesY * tilesX);
    int64_t top = p / tilesX % tilesY * down.step() - padTop, left = p % tilesX * across.step() - padLeft;
    for (int64_t first = 0; first < cIn; first += lanes) {
      int64_t channels = std::min<int64_t>(lanes, cIn - first);
      for (int64_t lane = 0; lane < channels; ++lane) {
        const int32_t *plane = input.i.data() + (b * cIn + first + lane) * height * width;
        for (int y = 0; y < down.n(); ++y)
          for (int x = 0; x < across.n(); ++x) {
            bool inside = top + y >= 0 && top + y < height && left + x >= 0 && left + x < width;
            int32_t value = inside ? plane[(top + y) * width + left + x] : 0;
            patch[(y * across.n() + x) * lanes + lane] = static_cast<int16_t>(value * (1 << transform.prescale));
          }
      }
      transform2D(transform.down.input, transform.across.input, patch, u);
      for (int tap = 0; tap < transform.spec.taps(); ++tap) {
        const int16_t *from = u + tap * lanes;
        int32_t *to = out.i.data() + (tap * tiles + p) * cIn + first;
        if (narrow) {
          auto multiplier = static_cast<int16_t>(multipliers[tap]);
          for (int64_t lane = 0; lane < channels; ++lane)
            to[lane] = clampTo<int32_t>(rshr(mulhi16(from[lane], multiplier), shifts[tap]), lo, hi);
        } else {
          std::copy_n(from, channels, to);
        }
      }
    }
  }
  return out;
}

/// V = G W G^T in binary64, along v first, then along u, sums in ascending order; then rounded to the tap type.
Tensor filterTransform(FilterTransformOp op, const Tensor &filter, const IntegerTransform &transform) {
  Tensor out(resultType(op));
  const TileLine &down = transform.spec.down(), &across = transform.spec.across();
  int high = down.r, wide = across.r, k = across.K;
  int32_t limit = tapLimit(transform.spec.filterTap);
  int64_t cOut = filter.shape[0], cIn = filter.shape[1];
  std::vector<double> gDown = transform.down.algorithm.G.toDoubles(), rows(high * k);
  std::vector<double> gAcross = transform.across.algorithm.G.toDoubles();
  for (int64_t f = 0; f < cOut; ++f)
    for (int64_t c = 0; c < cIn; ++c) {
      const float *w = filter.f.data() + (f * cIn + c) * high * wide;
      for (int u = 0; u < high; ++u)
        for (int j = 0; j < k; ++j) {
          double sum = 0;
          for (int v = 0; v < wide; ++v)
            sum += static_cast<double>(w[u * wide + v]) * gAcross[j * wide + v];
          rows[u * k + j] = sum;
        }
      for (int i = 0; i < down.K; ++i)
        for (int j = 0; j < k; ++j) {
          double sum = 0;
          for (int u = 0; u < high; ++u)
            sum += gDown[i * high + u] * rows[u * k + j];
          int64_t tap = i * k + j;
          out.i[(tap * cOut + f) * cIn + c] = quantizeValue(sum / op.getScales()[tap * cOut + f], -limit, limit);
        }
    }
  return out;
}

/// Rows of taps, and of each row the sum and the maximum of its magnitudes.
struct TapRows {
  std::vector<int16_t> values;
  std::vector<int64_t> sums, largest;

  TapRows(const Tensor &taps, int64_t width) : values(taps.i.begin(), taps.i.end()) {
    for (auto row = values.begin(); row != values.end(); row += width) {
      int64_t sum = 0, most = 0;
      for (int64_t c = 0; c < width; ++c) {
        int64_t magnitude = std::abs(int32_t(row[c]));
        sum += magnitude;
        most = std::max(most, magnitude);
      }
      sums.push_back(sum);
      largest.push_back(most);
    }
  }
};

template <typename Sum> Sum dotProduct(const int16_t *u, const int16_t *v, int64_t count) {
  Sum sum = 0;
  for (int64_t c = 0; c < count; ++c)
    sum += Sum(int32_t(u[c]) * int32_t(v[c]));
  return sum;
}

llvm::Expected<Tensor> tapMatmul(TapMatmulOp op, const Tensor &lhs, const Tensor &rhs) {
  Tensor out(resultType(op));
  int64_t taps = out.shape[0] * out.shape[1], tiles = out.shape[2], cOut = out.shape[3], cIn = lhs.shape[3];
  ArrayRef<int32_t> multipliers = op.getMultipliers();
  int64_t pre = op.getPre();
  int shift = static_cast<int>(op.getShift());
  unsigned bits = getElementTypeOrSelf(op.getOutput().getType()).getIntOrFloatBitWidth();
  int64_t largest = (int64_t(1) << (bits - 1)) - 1;
  TapRows inputs(lhs, cIn), filters(rhs, cIn);
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t p = 0; p < tiles; ++p) {
      const int16_t *u = inputs.values.data() + (tap * tiles + p) * cIn;
      int64_t most = inputs.largest[tap * tiles + p];
      for (int64_t f = 0; f < cOut; ++f) {
        const int16_t *v = filters.values.data() + (tap * cOut + f) * cIn;
        bool fits = most * filters.sums[tap * cOut + f] <= int32Max; // no partial sum leaves 32 bits
        int64_t acc = fits ? dotProduct<int32_t>(u, v, cIn) : dotProduct<int64_t>(u, v, cIn);
        if (acc > int32Max || acc < -int32Max - 1)
          return stageOverflow(op, "tap products", acc);
        acc *= int64_t(1) << pre;
        if (acc > int32Max || acc < -int32Max - 1)
          return stageOverflow(op, "tap products << pre", acc);
        int32_t product = mulhi32(static_cast<int32_t>(acc), multipliers[tap * cOut + f]);
        out.i[(tap * tiles + p) * cOut + f] =
            bits == 32 ? product : clampTo<int32_t>(rshr(product, shift), -largest - 1, largest);
      }
    }
  return out;
}

/// A' of an output DAG, m x K; without rounding, unlike the DAG, where the entries are fractions.
struct OutputMatrix {
  int rows, columns;
  std::vector<double> values;
  explicit OutputMatrix(const LineTransform &line) : rows(line.algorithm.m), columns(line.algorithm.K) {
    for (int a = 0; a < rows; ++a)
      for (int i = 0; i < columns; ++i)
        values.push_back((line.algorithm.AT.at(a, i) * line.alpha[i]).toDouble());
  }
  double at(int a, int i) const { return values[a * columns + i]; }
  /// Largest sum of magnitudes along a row.
  double norm() const {
    double largest = 0;
    for (int a = 0; a < rows; ++a) {
      double row = 0;
      for (int i = 0; i < columns; ++i)
        row += std::abs(at(a, i));
      largest = std::max(largest, row);
    }
    return largest;
  }
};

/// Output (a, b) of a tile without wrapping; o points to one of its lanes. Beside rounding it differs from the wrapped
/// one by a multiple of 2^32, far more than any rounding here.
double exactOutput(const OutputMatrix &down, const OutputMatrix &across, const int32_t *o, int a, int b) {
  double sum = 0;
  for (int i = 0; i < down.columns; ++i)
    for (int j = 0; j < across.columns; ++j)
      sum += down.at(a, i) * across.at(b, j) * o[(i * across.columns + j) * lanes];
  return sum;
}

/// `residual`: null for none.
llvm::Expected<Tensor> outputTransform(OutputTransformOp op, const Tensor &input, const Tensor &bias,
                                       const Tensor *residual, const IntegerTransform &transform) {
  Tensor out(resultType(op));
  const TileLine &down = transform.spec.down(), &across = transform.spec.across();
  int64_t tiles = input.shape[2], cOut = out.shape[1], height = out.shape[2], width = out.shape[3];
  int64_t tilesY = down.tilesOver(height), tilesX = across.tilesOver(width);
  OutputMatrix matrixDown(transform.down), matrixAcross(transform.across);
  double norm = matrixDown.norm() * matrixAcross.norm(); // |t| <= norm max|o|
  int32_t o[maxTile * maxTile * lanes] = {}, t[maxTile * maxTile * lanes];
  // Products of 8 and 16 bits: multipliers that bring taps to one unit, and channels from it to the result's.
  ArrayRef<int32_t> perTap = op.getTapMultipliers().value_or(ArrayRef<int32_t>());
  ArrayRef<int32_t> perChannel = op.getChannelMultipliers().value_or(ArrayRef<int32_t>());
  unsigned bits = getElementTypeOrSelf(op.getInput().getType()).getIntOrFloatBitWidth();
  int shift = static_cast<int>(op.getShift());
  int64_t lo = op.getLo(), hi = op.getHi(), residualMultiplier = residual ? int64_t(*op.getResidualMultiplier()) : 0;
  for (int64_t p = 0; p < tiles; ++p) {
    int64_t b = p / (tilesY * tilesX), top = p / tilesX % tilesY * down.m, left = p % tilesX * across.m;
    for (int64_t first = 0; first < cOut; first += lanes) {
      int64_t channels = std::min<int64_t>(lanes, cOut - first), largest[lanes] = {};
      for (int tap = 0; tap < transform.spec.taps(); ++tap) {
        const int32_t *from = input.i.data() + (tap * tiles + p) * cOut + first;
        int32_t *to = o + tap * lanes;
        for (int64_t lane = 0; lane < channels; ++lane) {
          to[lane] = perTap.empty()
                         ? from[lane]
                         : mulhi32(static_cast<int32_t>(static_cast<uint32_t>(from[lane]) << (32 - bits)), perTap[tap]);
          largest[lane] = std::max(largest[lane], std::abs(int64_t(to[lane])));
        }
      }
      transform2D(transform.down.output, transform.across.output, o, t);
      for (int64_t lane = 0; lane < channels; ++lane) {
        int64_t f = first + lane;
        bool mayWrap = norm * double(largest[lane]) > double(int32Max);
        for (int y = 0; y < down.m && top + y < height; ++y)
          for (int x = 0; x < across.m && left + x < width; ++x) {
            int64_t value = t[(y * across.m + x) * lanes + lane];
            if (mayWrap)
              if (double exact = exactOutput(matrixDown, matrixAcross, o + lane, y, x);
                  std::abs(exact - double(value)) > 2147483648.0)
                return stageOverflow(op, "output transform",
                                     static_cast<int64_t>(std::min(std::max(exact, -9e18), 9e18)));
            value += bias.i[f];
            if (value > int32Max || value < -int32Max - 1)
              return stageOverflow(op, "output transform and bias", value);
            if (!perChannel.empty())
              value = mulhi32(static_cast<int32_t>(value), perChannel[f]);
            int64_t at = ((b * cOut + f) * height + top + y) * width + left + x;
            if (residual) {
              value += int64_t(residual->i[at]) * residualMultiplier;
              if (value > int32Max || value < -int32Max - 1)
                return stageOverflow(op, "output transform and residual", value);
            }
            out.i[at] = clampTo<int32_t>(rshr(value, shift), lo, hi);
          }
      }
    }
  }
  return out;
}

/// Largest magnitude of the quantized input that an input transform is proved for.
int largestInput(Value input) {
  quant::UniformQuantizedType type = quantizedType(input);
  return type && !type.isSigned() ? 255 : 128;
}

} // namespace

bool isTile(Operation *op) { return isa<InputTransformOp, FilterTransformOp, TapMatmulOp, OutputTransformOp>(op); }

llvm::Expected<std::shared_ptr<const IntegerTransform>> transformOf(Operation *op) {
  std::shared_ptr<const IntegerTransform> none;
  auto plan = op->getAttrOfType<PlanAttr>("plan");
  if (!plan)
    return none;
  auto input = dyn_cast<InputTransformOp>(op);
  llvm::Expected<IntegerTransform> transform =
      IntegerTransform::make(plan.getSpec(), input ? largestInput(input.getInput()) : 128);
  if (!transform &&
      !input) { // only the input DAG depends on the input's range, so any range that can be proved will do
    llvm::consumeError(transform.takeError());
    transform = IntegerTransform::make(plan.getSpec(), 255);
  }
  if (!transform)
    return llvm::createStringError("layer '" + nodeName(op) + "': " + llvm::toString(transform.takeError()));
  return std::make_shared<const IntegerTransform>(std::move(*transform));
}

llvm::Expected<Tensor> evaluateTile(Operation *op, ArrayRef<const Tensor *> in, const IntegerTransform *transform) {
  return llvm::TypeSwitch<Operation *, llvm::Expected<Tensor>>(op)
      .Case([&](InputTransformOp op) { return inputTransform(op, *in[0], *transform); })
      .Case([&](FilterTransformOp op) { return filterTransform(op, *in[0], *transform); })
      .Case([&](TapMatmulOp op) { return tapMatmul(op, *in[0], *in[1]); })
      .Case([&](OutputTransformOp op) {
        return outputTransform(op, *in[0], *in[1], in.size() > 2 ? in[2] : nullptr, *transform);
      })
      .Default([](Operation *op) {
        return llvm::createStringError("layer '" + nodeName(op) + "': expected a tile op, got '" +
                                       op->getName().getStringRef() + "'");
      });
}

} // namespace wino
