// Integer graph ops: the specification of what emitted code computes.
#include "wino/Reference/IntegerOps.h"

#include "Loops.h"
#include "wino/Numerics/FixedPoint.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace wino {

llvm::Error stageOverflow(Operation *op, llvm::StringRef stage, int64_t value) {
  return llvm::createStringError("layer '" + nodeName(op) + "': stage overflow: expected " + stage +
                                 " within i32, got " + std::to_string(value));
}

namespace {

constexpr int64_t int32Max = std::numeric_limits<int32_t>::max();
bool fits(int64_t value) { return value >= -int32Max - 1 && value <= int32Max; }

/// requant with both of its range assumptions checked: acc and acc << pre are 32-bit numbers.
class Requantizer {
public:
  Requantizer(Operation *op, RequantAttr attr)
      : op(op), multipliers(attr.getMultipliers().asArrayRef()),
        formula{static_cast<int32_t>(attr.getPre()), static_cast<int32_t>(attr.getShift()),
                static_cast<int32_t>(attr.getLo()), static_cast<int32_t>(attr.getHi())} {}

  /// `addend`: what a residual adds before the last rounding; their sum is a 32-bit number, too.
  int32_t operator()(int64_t acc, int64_t index, int64_t addend = 0) {
    if (!fits(acc) || !fits(acc * (int64_t(1) << formula.pre)))
      overflow = overflow ? overflow : std::make_optional(acc);
    else if (addend != 0)
      if (int64_t sum = mulhi32(int32_t(uint32_t(acc) << formula.pre), multipliers[index]) + addend; !fits(sum))
        overflow = overflow ? overflow : std::make_optional(sum);
    return requant(acc, formula, multipliers[index], addend);
  }

  /// y = clamp(rshr(v, shift), lo, hi) of the ops with 16-bit multipliers.
  int32_t narrow(int64_t v) {
    if (!fits(v))
      overflow = overflow ? overflow : std::make_optional(v);
    return clampTo<int32_t>(rshr(v, formula.shift), formula.lo, formula.hi);
  }

  int64_t multiplier(int64_t index) const { return multipliers[index]; }

  llvm::Expected<Tensor> finish(Tensor out) const {
    if (overflow)
      return stageOverflow(op, formula.pre ? "acc << " + std::to_string(formula.pre) : std::string("acc"), *overflow);
    return out;
  }

private:
  Operation *op;
  ArrayRef<int32_t> multipliers;
  Requant formula;
  std::optional<int64_t> overflow; ///< the first sum that did not fit
};

int64_t largestMagnitude(const std::vector<int32_t> &values) {
  int64_t largest = 0;
  for (int32_t value : values)
    largest = std::max(largest, std::abs(int64_t(value)));
  return largest;
}

/// `residual`: null for none.
llvm::Expected<Tensor> conv2D(Conv2DOp op, const Tensor &input, const Tensor &filter, const Tensor &bias,
                              const Tensor *residual) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  int64_t plane = out.shape[2] * out.shape[3], taps = filter.shape[1] * filter.shape[2] * filter.shape[3];
  int64_t largest = largestMagnitude(input.i);
  std::vector<int32_t> narrow(plane);
  std::vector<int64_t> wide(plane);
  for (int64_t f = 0; f < out.shape[1]; ++f) {
    int64_t bound = std::abs(int64_t(bias.i[f]));
    for (int64_t k = 0; k < taps; ++k)
      bound += largest * std::abs(int64_t(filter.i[f * taps + k]));
    for (int64_t b = 0; b < out.shape[0]; ++b) {
      int64_t first = (b * out.shape[1] + f) * plane;
      int32_t *y = out.i.data() + first;
      auto addend = [&](int64_t p) {
        return residual ? int64_t(residual->i[first + p]) * int64_t(*op.getResidualMultiplier()) : 0;
      };
      // No partial sum can leave 32 bits below the bound; above it the sums are 64 bits wide and each is checked.
      if (bound <= int32Max) {
        std::fill(narrow.begin(), narrow.end(), bias.i[f]);
        convolveChannel<int32_t, int32_t>(op, input, filter, b, f, out.shape[2], out.shape[3], narrow.data());
        for (int64_t p = 0; p < plane; ++p)
          y[p] = requantize(narrow[p], f, addend(p));
      } else {
        std::fill(wide.begin(), wide.end(), bias.i[f]);
        convolveChannel<int64_t, int32_t>(op, input, filter, b, f, out.shape[2], out.shape[3], wide.data());
        for (int64_t p = 0; p < plane; ++p)
          y[p] = requantize(wide[p], f, addend(p));
      }
    }
  }
  return requantize.finish(std::move(out));
}

llvm::Expected<Tensor> fullyConnected(FullyConnectedOp op, const Tensor &input, const Tensor &filter,
                                      const Tensor &bias) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  int64_t cIn = input.shape[1], cOut = filter.shape[0];
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t f = 0; f < cOut; ++f) {
      int64_t acc = bias.i[f];
      for (int64_t c = 0; c < cIn; ++c)
        acc += int64_t(input.i[b * cIn + c]) * filter.i[f * cIn + c];
      out.i[b * cOut + f] = requantize(acc, f);
    }
  return requantize.finish(std::move(out));
}

/// add and sub alike: the sign of the second operand is in its multiplier.
template <typename OpT> llvm::Expected<Tensor> sum(OpT op, const Tensor &lhs, const Tensor &rhs) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  for (size_t k = 0; k < out.i.size(); ++k)
    out.i[k] = requantize.narrow(lhs.i[k] * requantize.multiplier(0) + rhs.i[k] * requantize.multiplier(1));
  return requantize.finish(std::move(out));
}

/// maximum and minimum: `select` picks one of the two products.
template <typename OpT, typename Select>
llvm::Expected<Tensor> extremum(OpT op, const Tensor &lhs, const Tensor &rhs, Select select) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  for (size_t k = 0; k < out.i.size(); ++k)
    out.i[k] = requantize.narrow(select(lhs.i[k] * requantize.multiplier(0), rhs.i[k] * requantize.multiplier(1)));
  return requantize.finish(std::move(out));
}

llvm::Expected<Tensor> product(MulOp op, const Tensor &lhs, const Tensor &rhs) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  for (size_t k = 0; k < out.i.size(); ++k)
    out.i[k] = requantize(int64_t(lhs.i[k]) * rhs.i[k], 0);
  return requantize.finish(std::move(out));
}

llvm::Expected<Tensor> rescale(RequantizeOp op, const Tensor &input) {
  Tensor out(resultType(op));
  Requantizer requantize(op, op.getRequant());
  for (size_t k = 0; k < out.i.size(); ++k)
    out.i[k] = requantize.narrow(input.i[k] * requantize.multiplier(0));
  return requantize.finish(std::move(out));
}

llvm::Expected<Tensor> avgPool(AvgPool2DOp op, const Tensor &input) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  bool perPosition = op.getRequant()->getMultipliers().size() > 1;
  int64_t plane = input.shape[2] * input.shape[3];
  int32_t *y = out.i.data();
  for (int64_t nc = 0; nc < out.shape[0] * out.shape[1]; ++nc)
    for (int64_t oy = 0; oy < out.shape[2]; ++oy)
      for (int64_t ox = 0; ox < out.shape[3]; ++ox) {
        int64_t acc = windowSum<int64_t>(input.i.data() + nc * plane, input.shape[3], windowAt(op, input, oy, ox));
        *y++ = requantize(acc, perPosition ? oy * out.shape[3] + ox : 0);
      }
  return requantize.finish(std::move(out));
}

llvm::Expected<Tensor> reduceMean(ReduceMeanOp op, const Tensor &input) {
  Tensor out(resultType(op));
  Requantizer requantize(op, *op.getRequant());
  std::vector<int64_t> target = reducedIndices(input.shape, op.getAxes());
  std::vector<int64_t> sums(out.i.size());
  for (size_t k = 0; k < input.i.size(); ++k)
    sums[target[k]] += input.i[k];
  for (size_t k = 0; k < sums.size(); ++k)
    out.i[k] = requantize(sums[k], 0);
  return requantize.finish(std::move(out));
}

Tensor softmax(SoftmaxOp op, const Tensor &input) {
  Tensor out(resultType(op));
  AxisView view(input.shape, op.getAxis());
  ArrayRef<int32_t> table = *op.getTable();
  auto last = static_cast<int32_t>(table.size()) - 1;
  uint64_t top = storageRange(quantizedType(op.getOutput())).hi;
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      auto at = [&](int64_t e) { return (o * view.extent + e) * view.inner + k; };
      int32_t largest = input.i[at(0)];
      for (int64_t e = 1; e < view.extent; ++e)
        largest = std::max(largest, input.i[at(e)]);
      auto weight = [&](int64_t e) -> uint64_t { return table[std::min(largest - input.i[at(e)], last)]; };
      uint64_t total = 0;
      for (int64_t e = 0; e < view.extent; ++e)
        total += weight(e);
      for (int64_t e = 0; e < view.extent; ++e) {
        out.i[at(e)] = static_cast<int32_t>(std::min(top, (weight(e) * (top + 1) + total / 2) / total));
      }
    }
  return out;
}

Tensor lookup(LookupOp op, const Tensor &input) {
  Tensor out(resultType(op));
  int32_t smallest = storageRange(quantizedType(op.getInput())).lo;
  ArrayRef<int32_t> table = op.getTable();
  int64_t perChannel = 1, channels = 1; // elements that lie together
  if (table.size() > 256) {
    channels = out.shape[1];
    for (size_t d = 2; d < out.shape.size(); ++d)
      perChannel *= out.shape[d];
  }
  for (size_t k = 0; k < out.i.size(); ++k)
    out.i[k] = table[256 * (int64_t(k) / perChannel % channels) + input.i[k] - smallest];
  return out;
}

/// clamp(floor(x (1 / scale) + 1/2)), each step in binary32; NaN is the lowest integer.
Tensor quantizeFloats(quant::QuantizeCastOp op, const Tensor &input) {
  Tensor out(resultType(op));
  quant::UniformQuantizedType type = quantizedType(op.getResult());
  StorageRange range = storageRange(type);
  auto inverse = static_cast<float>(1 / type.getScale()), lo = static_cast<float>(range.lo),
       hi = static_cast<float>(range.hi);
  for (size_t k = 0; k < out.i.size(); ++k) {
    float scaled = input.f[k] * inverse;
    float q = std::floor(scaled + 0.5f);
    q = lo < q ? q : lo;
    out.i[k] = static_cast<int32_t>(q < hi ? q : hi);
  }
  return out;
}

} // namespace

llvm::Expected<Tensor> evaluateInteger(Operation *op, ArrayRef<const Tensor *> in) {
  return llvm::TypeSwitch<Operation *, llvm::Expected<Tensor>>(op)
      .Case([&](Conv2DOp conv) { return conv2D(conv, *in[0], *in[1], *in[2], in.size() > 3 ? in[3] : nullptr); })
      .Case([&](FullyConnectedOp fc) { return fullyConnected(fc, *in[0], *in[1], *in[2]); })
      .Case<AddOp, SubOp>([&](auto op) { return sum(op, *in[0], *in[1]); })
      .Case([&](MaximumOp op) {
        return extremum(op, *in[0], *in[1], [](int64_t a, int64_t b) { return std::max(a, b); });
      })
      .Case([&](MinimumOp op) {
        return extremum(op, *in[0], *in[1], [](int64_t a, int64_t b) { return std::min(a, b); });
      })
      .Case([&](MulOp mul) { return product(mul, *in[0], *in[1]); })
      .Case([&](RequantizeOp op) { return rescale(op, *in[0]); })
      .Case([&](AvgPool2DOp pool) { return avgPool(pool, *in[0]); })
      .Case([&](ReduceMeanOp mean) { return reduceMean(mean, *in[0]); })
      .Case([&](SoftmaxOp op) { return softmax(op, *in[0]); })
      .Case([&](LookupOp op) { return lookup(op, *in[0]); })
      .Case([&](quant::QuantizeCastOp op) { return quantizeFloats(op, *in[0]); })
      .Default([](Operation *op) {
        return llvm::createStringError("layer '" + nodeName(op) + "': expected an op with integer semantics, got '" +
                                       op->getName().getStringRef() + "'");
      });
}

} // namespace wino
