// Interval arithmetic over the graph. Sums of products are bounded per output channel.
#include "wino/Dialect/Intervals.h"

#include "wino/Dialect/ConstantTensor.h"
#include "wino/Numerics/FloatTransform.h"
#include "wino/Numerics/HalfFloat.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace wino {

namespace {

/// Room for the roundings of a number that is computed in binary32, a few in a row, and for weights that are rounded to
/// 16 bits.
constexpr double ofFew = 1e-6, ofWeights = 1.0 / 1024;
/// Of one operation in binary32; the largest number there, and the least normal one of binary16.
constexpr double ofOne = 1.0 / (1 << 23), largestFloat = std::numeric_limits<float>::max(), leastNormalHalf = 0x1p-14;

Interval widened(Interval x, double by) { return {x.lo - by, x.hi + by}; }
Interval withZero(Interval x) { return {std::min(x.lo, 0.0), std::max(x.hi, 0.0)}; }

/// An interval within binary32, or everything: beyond, results are infinite, and NaN bounds come of infinities.
Interval checked(Interval x) { return x.lo <= x.hi && x.largest() <= largestFloat ? x : Interval(); }

/// The exact result of one operation, rounded once.
Interval roundedOnce(Interval x) { return widened(x, x.isFinite() ? x.largest() * ofOne : 0); }

/// A mean of `count` numbers, whose sum must be within binary32.
Interval mean(Interval x, double count) {
  return x.largest() * count <= largestFloat ? widened(x, x.largest() * std::ldexp(count, -22)) : Interval();
}

Interval product(Interval a, Interval b) {
  if (!a.isFinite() || !b.isFinite())
    return {};
  auto [lo, hi] = std::minmax({a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi});
  return {lo, hi};
}

/// Sums of each output channel, `window` numbers of its filter each. `x`: of the inputs, padding included.
Interval weightedSums(Value filter, Value bias, Interval x) {
  std::optional<std::vector<float>> weights = constantFloats(filter), biases = constantFloats(bias);
  if (!weights || !biases || biases->empty() || !x.isFinite())
    return {};
  size_t window = weights->size() / biases->size();
  Interval result{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (size_t f = 0; f < biases->size(); ++f) {
    double lo = (*biases)[f], hi = lo, size = std::fabs(lo);
    for (float w : llvm::ArrayRef(*weights).slice(f * window, window)) {
      lo += w > 0 ? w * x.lo : w * x.hi;
      hi += w > 0 ? w * x.hi : w * x.lo;
      size += std::fabs(double(w)) * x.largest();
    }
    // Weights of 16 bits are off by 2^-11 of themselves, or by half the least subnormal.
    double rounding = size * (ofWeights + std::ldexp(double(window), -22)) + std::ldexp(window * x.largest(), -25);
    if (!(size + rounding <= largestFloat))
      return {};
    result = result.hull(widened({lo, hi}, rounding));
  }
  return result;
}

template <typename OpT> Interval activated(OpT op, Interval x) {
  x = checked(x);
  return op.getActivation() ? activatedInterval(*op.getActivation(), x) : x;
}

/// (E63) of a tile's results, whatever the input's sign.
Interval ofTiles(FloatTilesOp op, Interval x) {
  std::optional<std::vector<float>> v = constantFloats(op.getFilter());
  llvm::Expected<FloatTransform> transform = FloatTransform::make(op.getPlan().getSpec());
  if (!v || !transform || !x.isFinite()) {
    llvm::consumeError(transform.takeError());
    return op.getActivation() ? activatedInterval(*op.getActivation(), Interval()) : Interval();
  }
  FloatBounds bounds = transform->bounds({x.largest(), x.lo >= 0}, *v, shapeOf(op.getOutput())[1]);
  double largest = 0;
  for (auto [scale, offset] : llvm::zip_equal(op.getScales(), op.getOffsets()))
    largest = std::max(largest, (bounds.sums * scale + std::fabs(double(offset))) * (1 + ofFew));
  return activated(op, {-largest, largest});
}

} // namespace

Interval halvesOf(Interval x) { return {double(roundToHalf(x.lo)), double(roundToHalf(x.hi))}; }

Interval constantInterval(Value value) {
  std::optional<std::vector<float>> numbers = constantFloats(value);
  if (!numbers || numbers->empty())
    return {};
  Interval result{double(numbers->front()), double(numbers->front())};
  for (float x : *numbers) {
    if (!std::isfinite(x))
      return {};
    result = result.hull({double(x), double(x)});
  }
  return result;
}

Interval activatedInterval(ActivationAttr activation, Interval x) {
  double lo = activation.getLo().getValueAsDouble(), hi = activation.getHi().getValueAsDouble();
  double above = std::max(x.hi, 0.0), below = std::min(x.lo, 0.0);
  auto rounded = [](Interval y) { return widened(y, y.isFinite() ? y.largest() * ofFew : 0); };
  switch (activation.getKind()) {
  case ActivationKind::Relu: return {std::max(x.lo, 0.0), above};
  case ActivationKind::Clip: return {std::clamp(x.lo, lo, std::max(lo, hi)), std::clamp(x.hi, lo, std::max(lo, hi))};
  case ActivationKind::LeakyRelu: {
    Interval negative = product({below, 0}, {lo, lo});
    return x.isFinite() ? rounded(negative.hull({std::max(x.lo, std::min(0.0, negative.lo)), above})) : Interval();
  }
  case ActivationKind::Abs: return {0, x.largest()};
  case ActivationKind::Neg: return {-x.hi, -x.lo};
  case ActivationKind::Floor:
  case ActivationKind::Ceil:
  case ActivationKind::Round: return widened(x, 1);
  case ActivationKind::Sign:
  case ActivationKind::Tanh:
  case ActivationKind::Erf:
  case ActivationKind::Softsign: return {-1, 1};
  case ActivationKind::Sigmoid:
  case ActivationKind::HardSigmoid: return {0, 1};
  case ActivationKind::Exp: return rounded({0, std::exp(x.hi)});
  case ActivationKind::Softplus: return rounded({0, above + 1});
  case ActivationKind::Elu: return rounded({-std::fabs(lo), std::max(above, std::fabs(lo))});
  case ActivationKind::Celu: // below 0 a negative alpha makes it grow without a bound
    return lo > 0 ? rounded({-lo, above}) : Interval();
  case ActivationKind::Selu: {
    double largest = std::max(above * std::fabs(hi), std::fabs(lo * hi));
    return rounded({hi >= 0 ? -std::fabs(lo * hi) : -largest, largest});
  }
  case ActivationKind::Gelu:
  case ActivationKind::GeluTanh:
  case ActivationKind::Mish:
  case ActivationKind::HardSwish: return rounded({-0.5, above});
  case ActivationKind::ThresholdedRelu: return {std::min(std::max(lo, x.lo), 0.0), above};
  case ActivationKind::Sqrt:
    if (x.lo >= 0)
      return rounded({0, std::sqrt(x.hi)});
    [[fallthrough]];
  default: return {}; // a NaN, or without a bound
  }
}

static Interval ofResult(Operation *op, ArrayRef<Interval> in) {
  Interval x = in[0];
  return llvm::TypeSwitch<Operation *, Interval>(op)
      .Case<Conv2DOp>([&](auto o) {
        bool isPadded = llvm::any_of(o.getPads(), [](int64_t pad) { return pad > 0; });
        return o.getResidual() ? Interval()
                               : activated(o, weightedSums(o.getFilter(), o.getBias(), isPadded ? withZero(x) : x));
      })
      .Case<FullyConnectedOp>([&](auto o) { return activated(o, weightedSums(o.getFilter(), o.getBias(), x)); })
      .Case<FloatTilesOp>([&](auto o) { return ofTiles(o, x); })
      .Case<AddOp>([&](auto o) { return activated(o, roundedOnce({x.lo + in[1].lo, x.hi + in[1].hi})); })
      .Case<SubOp>([&](auto o) { return activated(o, roundedOnce({x.lo - in[1].hi, x.hi - in[1].lo})); })
      .Case<MulOp>([&](auto o) { return activated(o, roundedOnce(product(x, in[1]))); })
      .Case<MaximumOp>([&](auto o) { return activated(o, {std::max(x.lo, in[1].lo), std::max(x.hi, in[1].hi)}); })
      .Case<MinimumOp>([&](auto o) { return activated(o, {std::min(x.lo, in[1].lo), std::min(x.hi, in[1].hi)}); })
      .Case<ActivateOp>([&](auto o) { return activatedInterval(o.getActivation(), x); })
      .Case<AvgPool2DOp>([&](auto o) {
        double count = double(o.getKernel()[0]) * double(o.getKernel()[1]);
        return mean(withZero(x), count);
      })
      .Case<ReduceMeanOp>([&](auto o) {
        double count = double(cast<ShapedType>(o.getInput().getType()).getNumElements());
        return mean(x, count);
      })
      .Case<PadOp>([&](auto o) {
        double value = double(o.getValue().convertToFloat());
        return x.hull({value, value});
      })
      .Case<ConcatOp>([&](auto) {
        for (const Interval &other : in)
          x = x.hull(other);
        return x;
      })
      .Case<SoftmaxOp>([](auto) { return Interval{0, 1}; })
      .Default([&](Operation *o) { return keepsScale(o) ? x : Interval(); });
}

Interval resultInterval(Operation *op, ArrayRef<Interval> operands) {
  Interval x = operands.empty() ? Interval() : ofResult(op, operands);
  // One-sided bounds are no worse than none.
  return x.isFinite() ? checked(x) : x;
}

bool storesHalfFilter(Operation *op) {
  if (!isa<Conv2DOp, FullyConnectedOp>(op) || !(isHalf(op->getOperand(0)) || isHalf(op->getResult(0))))
    return false;
  Value filter = op->getOperand(1);
  std::optional<std::vector<float>> weights = constantFloats(filter);
  if (!weights || weights->empty())
    return false;
  size_t channels = size_t(shapeOf(filter)[0]), window = weights->size() / channels;
  for (size_t f = 0; f < channels; ++f) {
    float largest = 0;
    for (float w : llvm::ArrayRef(*weights).slice(f * window, window)) {
      if (!(std::fabs(w) <= largestHalf))
        return false;
      largest = std::max(largest, std::fabs(w));
    }
    if (largest > 0 && largest < leastNormalHalf)
      return false;
  }
  return true;
}

} // namespace wino
