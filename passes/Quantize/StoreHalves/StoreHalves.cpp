// StoreHalves: element types become f16, one map after the other. How large numbers can be is Intervals' to say.
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Intervals.h"
#include "wino/Numerics/HalfFloat.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_STOREHALVES
#include "wino/Passes/Passes.h.inc"

namespace {

/// Bits between what calibration saw and where a map is clipped, at least; where it can be so much, twice that.
constexpr double leastRoom = 2, usualRoom = 4;

/// The least binary16 that is not below x, x at most the largest.
double halfAbove(double x) {
  float half = roundToHalf(x);
  return half < x ? halfOfBits(uint16_t(halfBits(half) + 1)) : half;
}

class Halver {
public:
  explicit Halver(func::FuncOp main) : main(main), builder(main.getContext()) {}

  /// `inputs`: of arguments for which nothing else is stated.
  void run(Interval inputs) {
    llvm::SmallVector<Operation *> ops;
    for (Operation &op : main.getBody().front().without_terminator())
      ops.push_back(&op);
    builder.setInsertionPointToStart(&main.getBody().front());
    for (BlockArgument argument : main.getArguments())
      store(argument, ofInput(argument, inputs));
    for (Operation *op : ops)
      visit(op);
    keepResults();
  }

  unsigned halves = 0, wide = 0;

private:
  func::FuncOp main;
  OpBuilder builder;
  llvm::DenseMap<Value, Interval> intervals;

  Interval of(Value value) {
    auto known = intervals.find(value);
    return known != intervals.end() ? known->second : constantInterval(value);
  }
  ActivationAttr clip(double lo, double hi) {
    return ActivationAttr::get(main.getContext(), ActivationKind::Clip, builder.getF32FloatAttr(float(lo)),
                               builder.getF32FloatAttr(float(hi)));
  }
  static void setElement(Value value, Type element) {
    value.setType(cast<RankedTensorType>(value.getType()).clone(element));
  }
  /// A copy of this element type, clipped to the interval.
  Value convert(Location loc, Value value, Type element, Interval interval) {
    Type type = cast<RankedTensorType>(value.getType()).clone(element);
    auto op = builder.create<ActivateOp>(loc, type, value, clip(interval.lo, interval.hi));
    record(op, activatedInterval(op.getActivation(), Interval()));
    return op.getOutput();
  }

  /// What is stated of this argument, or with room beyond what calibration saw.
  Interval ofInput(BlockArgument argument, Interval inputs) {
    if (auto stated = main.getArgAttrOfType<DenseF64ArrayAttr>(argument.getArgNumber(), kInterval))
      if (stated.size() == 2)
        return {stated[0], stated[1]};
    auto stats = main.getArgAttrOfType<DictionaryAttr>(argument.getArgNumber(), "winograd.stats");
    auto min = stats ? stats.getAs<FloatAttr>("min") : FloatAttr(), max = stats ? stats.getAs<FloatAttr>("max") : min;
    return min && max ? inputs.hull({leastRoom * std::min(min.getValueAsDouble(), 0.0),
                                     leastRoom * std::max(max.getValueAsDouble(), 0.0)})
                      : inputs;
  }

  /// An argument: its readers get what it is clipped to, in halves if these hold it.
  void store(BlockArgument argument, Interval interval) {
    if (!isFloat(argument))
      return;
    bool fits = interval.largest() <= largestHalf;
    Type element = fits ? Type(builder.getF16Type()) : builder.getF32Type();
    Value clipped = convert(NameLoc::get(builder.getStringAttr("input")), argument, element, interval);
    argument.replaceUsesWithIf(clipped, [&](OpOperand &use) {
      return use.getOwner() != clipped.getDefiningOp() && !isa<func::ReturnOp>(use.getOwner());
    });
    fits ? void(++halves) : takeBack(clipped.getDefiningOp(), interval);
  }

  void takeBack(Operation *op, Interval interval) {
    ++wide;
    std::string why = "stored map: without a bound: kept in 32 bits";
    if (interval.isFinite())
      why = llvm::formatv("stored map: up to {0:e3}, {1:f1} bits of head-room: kept in 32 bits", interval.largest(),
                          std::log2(largestHalf / interval.largest()));
    op->setAttr(kTakenBack, builder.getStringAttr(why));
  }

  /// Whether a result of the network is this map, or numbers of it moved.
  static bool isReturned(Value value) {
    llvm::SetVector<Operation *> reached(value.getUsers().begin(), value.getUsers().end());
    for (size_t i = 0; i < reached.size(); ++i) {
      if (isa<func::ReturnOp>(reached[i]))
        return true;
      if (movesNumbers(reached[i]))
        reached.insert(reached[i]->user_begin(), reached[i]->user_end());
    }
    return false;
  }
  static bool movesNumbers(Operation *op) { return isa<ConcatOp>(op) || keepsScale(op); }

  void visit(Operation *op) {
    if (op->getNumResults() != 1 || !isFloat(op->getResult(0)) || op->hasTrait<OpTrait::ConstantLike>())
      return;
    builder.setInsertionPointAfter(op);
    Value result = op->getResult(0);
    if (auto concat = dyn_cast<ConcatOp>(op))
      agree(concat);
    takeConstants(op); // first: what is stated is of rounded ones
    llvm::SmallVector<Interval> operands;
    for (Value operand : op->getOperands())
      operands.push_back(of(operand));
    if (movesNumbers(op)) { // as the operand is
      Type element = getElementTypeOrSelf(op->getOperand(0).getType());
      Interval interval = resultInterval(op, operands);
      if (element.isF16() && interval.largest() > largestHalf) // a pad's value
        op->setOperand(0, widenBefore(op, op->getOperand(0)));
      else
        setElement(result, element);
      return record(op, interval);
    }
    Interval interval = resultInterval(op, operands);
    if (result.use_empty() || isReturned(result) || isa<SoftmaxOp>(op))
      keepFloat(op, interval);
    else
      fit(op, interval);
  }

  /// A map of 32 bits. Tiles have roundings of their own, so that of a layer with products only a clip can be stated.
  void keepFloat(Operation *op, Interval interval) {
    if (isa<Conv2DOp, FullyConnectedOp>(op)) {
      bool isRead = llvm::any_of(op->getUsers(), [](Operation *user) { return !isa<func::ReturnOp>(user); });
      double limit = interval.largest() * (1 + 1e-3);
      if (isRead && limit <= std::numeric_limits<float>::max())
        takeClip(op, limit);
      interval = ownInterval(op);
    }
    record(op, interval);
  }

  /// That of the op's activation, whatever its sums are.
  static Interval ownInterval(Operation *op) {
    auto own = op->getAttrOfType<ActivationAttr>("activation");
    return own ? activatedInterval(own, Interval()) : Interval();
  }

  /// Operands of a concat have one type: that of the widest.
  void agree(ConcatOp concat) {
    if (llvm::all_of(concat.getInputs(), isHalf))
      return;
    for (OpOperand &input : concat->getOpOperands())
      if (isHalf(input.get()))
        input.set(widenBefore(concat, input.get()));
  }
  Value widenBefore(Operation *op, Value half) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(op);
    return convert(op->getLoc(), half, builder.getF32Type(), of(half));
  }

  /// Constant maps in 16 bits, beside maps, but for numbers that would be no normal halves: of 1e-8 nothing would stay.
  void takeConstants(Operation *op) {
    if (!isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op))
      return;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(op);
    for (OpOperand &operand : op->getOpOperands()) {
      std::optional<std::vector<float>> numbers = constantFloats(operand.get());
      Interval interval = constantInterval(operand.get());
      bool isFine = numbers && llvm::all_of(*numbers, [](float x) { return x == 0 || std::fabs(x) >= 0x1p-14; });
      if (!isFine || isHalf(operand.get()) || !(interval.largest() <= largestHalf))
        continue;
      operand.set(makeHalves(builder, operand.get(), *numbers));
      intervals[operand.get()] = halvesOf(interval);
    }
  }

public:
  /// A constant of the same shape in 16 bits.
  static Value makeHalves(OpBuilder &builder, Value old, ArrayRef<float> numbers) {
    auto type = cast<RankedTensorType>(old.getType()).clone(builder.getF16Type());
    llvm::SmallVector<llvm::APFloat> halves;
    for (float x : numbers)
      halves.emplace_back(llvm::APFloat::IEEEhalf(), llvm::APInt(16, halfBits(roundToHalf(x))));
    return builder.create<arith::ConstantOp>(old.getLoc(), DenseElementsAttr::get(cast<ShapedType>(type), halves));
  }

private:
  /// Where calibration lets a map end, if it saw it.
  static std::optional<double> calibratedLimit(Operation *op) {
    auto stats = op->getAttrOfType<DictionaryAttr>("winograd.stats");
    auto min = stats ? stats.getAs<FloatAttr>("min") : FloatAttr(), max = stats ? stats.getAs<FloatAttr>("max") : min;
    if (!min || !max)
      return std::nullopt;
    double seen = std::max({std::fabs(min.getValueAsDouble()), std::fabs(max.getValueAsDouble()), 1e-3});
    double limit = std::min(largestHalf, std::exp2(std::ceil(std::log2(usualRoom * seen))));
    return limit >= leastRoom * seen ? std::optional(limit) : std::nullopt;
  }

  void fit(Operation *op, Interval interval) {
    std::optional<double> calibrated = calibratedLimit(op);
    bool fits = interval.largest() * (1 + 1e-3) <= largestHalf;
    if (!fits && !calibrated) {
      takeBack(op, interval);
      return keepFloat(op, interval);
    }
    double limit = fits ? halfAbove(interval.largest() * (1 + 1e-3)) : largestHalf;
    limit = std::min(limit, calibrated.value_or(limit));
    // Tiles have roundings of their own, and maps of 32 bits may be infinite: what is made of either is always clipped.
    bool hasProducts = isa<Conv2DOp, FullyConnectedOp>(op), needsClip = hasProducts || limit < interval.largest();
    for (Value operand : op->getOperands())
      needsClip |= !isHalf(operand) && !constantFloats(operand);
    Value result = op->getResult(0);
    if (needsClip && !takeClip(op, limit)) {
      Value wide = result;
      keepFloat(op, interval);
      Value half = convert(op->getLoc(), wide, builder.getF16Type(), {-limit, limit});
      wide.replaceAllUsesExcept(half, half.getDefiningOp());
      ++halves;
      return;
    }
    setElement(result, builder.getF16Type());
    ++halves;
    llvm::SmallVector<Interval> operands;
    for (Value operand : op->getOperands())
      operands.push_back(of(operand));
    record(op, hasProducts ? ownInterval(op) : resultInterval(op, operands));
  }

  /// A clip to [-limit, limit] in the op's own activation; false where that has another one.
  bool takeClip(Operation *op, double limit) {
    auto own = op->getAttrOfType<ActivationAttr>("activation");
    double lo = -limit, hi = limit;
    if (own && own.getKind() == ActivationKind::Relu) {
      lo = 0;
    } else if (own && own.getKind() == ActivationKind::Clip) {
      lo = std::max(lo, own.getLo().getValueAsDouble());
      hi = std::min(hi, own.getHi().getValueAsDouble());
    } else if (own) {
      // Bounded for itself, or not to be taken in.
      return ownInterval(op).largest() <= limit;
    } else if (!isa<Conv2DOp, FullyConnectedOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op)) {
      return false;
    }
    if (lo > hi)
      return false;
    op->setAttr("activation", clip(lo, hi));
    return true;
  }

  void record(Operation *op, Interval interval) {
    if (isHalf(op->getResult(0)))
      interval = halvesOf(interval);
    intervals[op->getResult(0)] = interval;
    if (interval.isFinite())
      setInterval(op, interval);
  }

  /// Results of the network have 32 bits.
  void keepResults() {
    Operation *ret = main.getBody().front().getTerminator();
    builder.setInsertionPoint(ret);
    for (OpOperand &operand : ret->getOpOperands())
      if (isHalf(operand.get()))
        operand.set(convert(operand.get().getLoc(), operand.get(), builder.getF32Type(), of(operand.get())));
  }
};

struct StoreHalves : impl::StoreHalvesBase<StoreHalves> {
  using StoreHalvesBase::StoreHalvesBase;

  void runOnOperation() override {
    if (filters)
      return storeFilters();
    if (!(inputLow <= inputHigh) || !std::isfinite(inputLow) || !std::isfinite(inputHigh)) {
      getOperation().emitError() << "expected finite input-low <= input-high, got " << double(inputLow) << " and "
                                 << double(inputHigh);
      return signalPassFailure();
    }
    Halver halver(getOperation());
    halver.run({inputLow, inputHigh});
    numHalves += halver.halves;
    numWide += halver.wide;
  }

private:
  void storeFilters() {
    getOperation().walk([&](Operation *op) {
      if (!storesHalfFilter(op) || isHalf(op->getOperand(1)))
        return;
      OpOperand &filter = op->getOpOperand(1);
      std::optional<std::vector<float>> numbers = constantFloats(filter.get());
      OpBuilder builder(op);
      Value old = filter.get();
      filter.set(Halver::makeHalves(builder, old, *numbers));
      if (old.use_empty())
        old.getDefiningOp()->erase();
      ++numHalves;
    });
  }
};

} // namespace
} // namespace wino
