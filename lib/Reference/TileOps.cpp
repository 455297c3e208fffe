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

/// Both passes of a 2-D transform: columns of the n x n input first, then rows. Result k x k, row-major.
template <typename T> void transform2D(const TransformDag &dag, int n, int k, const T *in, T *out) {
  T columns[maxTile * maxTile], line[maxTile], result[maxTile];
  for (int x = 0; x < n; ++x) {
    for (int y = 0; y < n; ++y)
      line[y] = in[y * n + x];
    dag.run(line, result);
    for (int i = 0; i < k; ++i)
      columns[i * n + x] = result[i];
  }
  for (int i = 0; i < k; ++i)
    dag.run(columns + i * n, out + i * k);
}

Tensor inputTransform(InputTransformOp op, const Tensor &input, const IntegerTransform &transform) {
  Tensor out(resultType(op));
  int n = transform.spec.n(), k = transform.spec.K, m = transform.spec.m;
  bool narrow = transform.spec.hasByteTaps();
  int32_t hi = tapLimit(transform.spec.inputTap), lo = -hi - 1;
  int64_t cIn = input.shape[1], height = input.shape[2], width = input.shape[3], tiles = out.shape[2];
  int64_t tilesY = (op.getOutputSize()[0] + m - 1) / m, tilesX = (op.getOutputSize()[1] + m - 1) / m;
  ArrayRef<int32_t> multipliers = op.getMultipliers(), shifts = op.getShifts();
  int16_t patch[maxTile * maxTile], u[maxTile * maxTile];
  for (int64_t p = 0; p < tiles; ++p) {
    int64_t b = p / (tilesY * tilesX);
    int64_t top = p / tilesX % tilesY * m - op.getPads()[0], left = p % tilesX * m - op.getPads()[1];
    for (int64_t c = 0; c < cIn; ++c) {
      const int32_t *plane = input.i.data() + (b * cIn + c) * height * width;
      for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) {
          bool inside = top + y >= 0 && top + y < height && left + x >= 0 && left + x < width;
          int32_t value = inside ? plane[(top + y) * width + left + x] : 0;
          patch[y * n + x] = static_cast<int16_t>(value * (1 << transform.prescale));
        }
      transform2D(transform.input, n, k, patch, u);
      for (int tap = 0; tap < k * k; ++tap)
        out.i[(tap * tiles + p) * cIn + c] =
            narrow
                ? clampTo<int32_t>(rshr(mulhi16(u[tap], static_cast<int16_t>(multipliers[tap])), shifts[tap]), lo, hi)
                : u[tap];
    }
  }
  return out;
}

/// V = G W G^T in binary64, along v first, then along u, sums in ascending order; then rounded to the tap type.
Tensor filterTransform(FilterTransformOp op, const Tensor &filter, const IntegerTransform &transform) {
  Tensor out(resultType(op));
  int k = transform.spec.K, r = transform.spec.r;
  int32_t limit = tapLimit(transform.spec.filterTap);
  int64_t cOut = filter.shape[0], cIn = filter.shape[1];
  std::vector<double> g = transform.algorithm.G.toDoubles(), rows(r * k);
  for (int64_t f = 0; f < cOut; ++f)
    for (int64_t c = 0; c < cIn; ++c) {
      const float *w = filter.f.data() + (f * cIn + c) * r * r;
      for (int u = 0; u < r; ++u)
        for (int j = 0; j < k; ++j) {
          double sum = 0;
          for (int v = 0; v < r; ++v)
            sum += static_cast<double>(w[u * r + v]) * g[j * r + v];
          rows[u * k + j] = sum;
        }
      for (int i = 0; i < k; ++i)
        for (int j = 0; j < k; ++j) {
          double sum = 0;
          for (int u = 0; u < r; ++u)
            sum += g[i * r + u] * rows[u * k + j];
          int64_t tap = i * k + j;
          out.i[(tap * cOut + f) * cIn + c] = quantizeValue(sum / op.getScales()[tap * cOut + f], -limit, limit);
        }
    }
  return out;
}

llvm::Expected<Tensor> tapMatmul(TapMatmulOp op, const Tensor &lhs, const Tensor &rhs) {
  Tensor out(resultType(op));
  int64_t taps = out.shape[0] * out.shape[1], tiles = out.shape[2], cOut = out.shape[3], cIn = lhs.shape[3];
  ArrayRef<int32_t> multipliers = op.getMultipliers();
  int64_t pre = op.getPre();
  int shift = static_cast<int>(op.getShift());
  unsigned bits = getElementTypeOrSelf(op.getOutput().getType()).getIntOrFloatBitWidth();
  int64_t largest = (int64_t(1) << (bits - 1)) - 1;
  bool narrow = getElementTypeOrSelf(op.getLhs().getType()).isInteger(8) && cIn <= int32Max / (128 * 128);
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t p = 0; p < tiles; ++p) {
      const int32_t *u = lhs.i.data() + (tap * tiles + p) * cIn;
      for (int64_t f = 0; f < cOut; ++f) {
        const int32_t *v = rhs.i.data() + (tap * cOut + f) * cIn;
        int64_t acc = 0;
        if (narrow) { // cannot leave 32 bits
          int32_t sum = 0;
          for (int64_t c = 0; c < cIn; ++c)
            sum += u[c] * v[c];
          acc = sum;
        } else {
          for (int64_t c = 0; c < cIn; ++c)
            acc += int64_t(u[c]) * v[c];
        }
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

/// A' of the output DAG, m x K; without rounding, unlike the DAG, where the entries are fractions.
std::vector<double> outputMatrix(const IntegerTransform &transform) {
  std::vector<double> matrix;
  for (int a = 0; a < transform.spec.m; ++a)
    for (int i = 0; i < transform.spec.K; ++i)
      matrix.push_back((transform.algorithm.AT.at(a, i) * transform.alpha[i]).toDouble());
  return matrix;
}

/// Output (a, b) of a tile without wrapping. Beside rounding it differs from the wrapped one by a multiple of 2^32, far
/// more than any rounding here.
double exactOutput(ArrayRef<double> matrix, int k, const int32_t *o, int a, int b) {
  double sum = 0;
  for (int i = 0; i < k; ++i)
    for (int j = 0; j < k; ++j)
      sum += matrix[a * k + i] * matrix[b * k + j] * o[i * k + j];
  return sum;
}

llvm::Expected<Tensor> outputTransform(OutputTransformOp op, const Tensor &input, const Tensor &bias,
                                       const IntegerTransform &transform) {
  Tensor out(resultType(op));
  int k = transform.spec.K, m = transform.spec.m;
  int64_t tiles = input.shape[2], cOut = out.shape[1], height = out.shape[2], width = out.shape[3];
  int64_t tilesY = (height + m - 1) / m, tilesX = (width + m - 1) / m;
  std::vector<double> matrix = outputMatrix(transform);
  double norm = 0; // largest sum of |A'| along a row: |t| <= norm^2 max|o|
  for (int a = 0; a < m; ++a) {
    double row = 0;
    for (int i = 0; i < k; ++i)
      row += std::abs(matrix[a * k + i]);
    norm = std::max(norm, row);
  }
  int32_t o[maxTile * maxTile], t[maxTile * maxTile];
  // Products of 8 and 16 bits: multipliers that bring taps to one unit, and channels from it to the result's.
  ArrayRef<int32_t> perTap = op.getTapMultipliers().value_or(ArrayRef<int32_t>());
  ArrayRef<int32_t> perChannel = op.getChannelMultipliers().value_or(ArrayRef<int32_t>());
  unsigned bits = getElementTypeOrSelf(op.getInput().getType()).getIntOrFloatBitWidth();
  for (int64_t p = 0; p < tiles; ++p) {
    int64_t b = p / (tilesY * tilesX), top = p / tilesX % tilesY * m, left = p % tilesX * m;
    for (int64_t f = 0; f < cOut; ++f) {
      double largest = 0;
      for (int tap = 0; tap < k * k; ++tap) {
        o[tap] = input.i[(tap * tiles + p) * cOut + f];
        if (!perTap.empty())
          o[tap] = mulhi32(static_cast<int32_t>(static_cast<uint32_t>(o[tap]) << (32 - bits)), perTap[tap]);
        largest = std::max(largest, std::abs(double(o[tap])));
      }
      transform2D(transform.output, k, m, o, t);
      bool mayWrap = norm * norm * largest > double(int32Max);
      for (int y = 0; y < m && top + y < height; ++y)
        for (int x = 0; x < m && left + x < width; ++x) {
          int64_t value = t[y * m + x];
          if (mayWrap)
            if (double exact = exactOutput(matrix, k, o, y, x); std::abs(exact - double(value)) > 2147483648.0)
              return stageOverflow(op, "output transform",
                                   static_cast<int64_t>(std::min(std::max(exact, -9e18), 9e18)));
          value += bias.i[f];
          if (value > int32Max || value < -int32Max - 1)
            return stageOverflow(op, "output transform and bias", value);
          if (!perChannel.empty())
            value = mulhi32(static_cast<int32_t>(value), perChannel[f]);
          out.i[((b * cOut + f) * height + top + y) * width + left + x] =
              clampTo<int32_t>(rshr(value, static_cast<int>(op.getShift())), op.getLo(), op.getHi());
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
      .Case([&](OutputTransformOp op) { return outputTransform(op, *in[0], *in[1], *transform); })
      .Default([](Operation *op) {
        return llvm::createStringError("layer '" + nodeName(op) + "': expected a tile op, got '" +
                                       op->getName().getStringRef() + "'");
      });
}

} // namespace wino
