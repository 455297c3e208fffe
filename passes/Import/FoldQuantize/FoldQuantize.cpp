// FoldQuantize: the arithmetic of QuantizeLinear and DequantizeLinear (lib/Import/Quantized.cpp) becomes a scale.
// Moving it to the op that makes the tensor is FuseActivation's.
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/FileScale.h"
#include "wino/Passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

using namespace mlir;

namespace wino {
#define GEN_PASS_DEF_FOLDQUANTIZE
#include "wino/Passes/Passes.h.inc"

namespace {

/// 1 / s is rounded to binary32 by the importer; scales that differ by more are different scales.
constexpr double ratioTolerance = 1e-6;

/// Steps of a range from which on rounding is left to the tensor's storage. Of fewer it is part of the network.
constexpr float fewestSteps = 127;

/// clip(round(product) + zero) of whole numbers low .. high.
struct Quantize {
  ActivateOp round, clip;
  float zero = 0, low = 0, high = 0;
};

/// (source - zero) * scale, which is `end`.
struct Dequantize {
  MulOp end;
  Value source;
};

/// What reads a Quantize's integers.
struct Readers {
  float scale = 0;
  llvm::SmallVector<Dequantize> ends;
  llvm::SmallVector<PadOp> pads; ///< by the zero point
};

template <typename Op> std::optional<float> plainOperand(Op op) {
  return op.getActivation() || op.getRequant() ? std::nullopt : constantSplat(op.getRhs());
}

Operation *onlyReader(Operation *op) { return op->getResult(0).hasOneUse() ? *op->getResult(0).user_begin() : nullptr; }

bool isWhole(float x) { return std::floor(x) == x && std::fabs(x) <= 65536; }

std::optional<Quantize> matchQuantize(ActivateOp round) {
  Quantize found{round, nullptr};
  Operation *next = onlyReader(round);
  if (auto add = dyn_cast_or_null<AddOp>(next)) {
    std::optional<float> zero = plainOperand(add);
    if (!zero)
      return std::nullopt;
    found.zero = *zero;
    next = onlyReader(add);
  }
  found.clip = dyn_cast_or_null<ActivateOp>(next);
  if (!found.clip || found.clip.getActivation().getKind() != ActivationKind::Clip)
    return std::nullopt;
  found.low = float(found.clip.getActivation().getLo().getValueAsDouble());
  found.high = float(found.clip.getActivation().getHi().getValueAsDouble());
  bool isByte = isWhole(found.zero) && isWhole(found.low) && isWhole(found.high) && found.low <= found.zero &&
                found.zero < found.high && found.high - found.low >= fewestSteps;
  return isByte ? std::optional(found) : std::nullopt;
}

/// What reads `integers`, also behind ops that move them; none where something does not take off the same zero point
/// and scale.
std::optional<Readers> collectReaders(Value integers, float zero) {
  Readers readers;
  auto isEnd = [&](Operation *op, Value source) {
    auto end = dyn_cast<MulOp>(op);
    std::optional<float> scale = end ? plainOperand(end) : std::nullopt;
    if (!scale || !(*scale > 0) || (readers.scale != 0 && *scale != readers.scale))
      return false;
    readers.scale = *scale;
    readers.ends.push_back({end, source});
    return true;
  };
  llvm::SmallVector<Value> values = {integers};
  for (size_t i = 0; i < values.size(); ++i) { // grows while it is walked
    Value value = values[i];
    for (Operation *user : value.getUsers()) {
      auto pad = dyn_cast<PadOp>(user);
      auto sub = dyn_cast<SubOp>(user);
      if (pad)
        readers.pads.push_back(pad);
      if (keepsScale(user) && (!pad || pad.getValue().convertToFloat() == zero)) {
        values.push_back(user->getResult(0));
        continue;
      }
      bool isTakenOff = sub ? sub.getLhs() == value && plainOperand(sub) == zero &&
                                  llvm::all_of(sub->getUsers(), [&](Operation *op) { return isEnd(op, value); })
                            : zero == 0 && isEnd(user, value);
      if (!isTakenOff)
        return std::nullopt;
    }
  }
  return readers.ends.empty() ? std::nullopt : std::optional(std::move(readers));
}

/// x of round(x / scale): the numbers before the product with 1 / scale, or the rounded ones of scale 1.
Value realOf(ActivateOp round, float scale) {
  auto isInverse = [&](float x) { return std::fabs(double(x) * double(scale) - 1) <= ratioTolerance; };
  auto steps = round.getInput().getDefiningOp<MulOp>();
  if (std::optional<float> inverse = steps ? plainOperand(steps) : std::nullopt; inverse && isInverse(*inverse))
    return steps.getLhs();
  return isInverse(1) ? round.getInput() : Value();
}

/// Erases ops that nobody reads any more, last ones first, and the constants that only they read.
void eraseUnread(llvm::ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    if (!op->use_empty())
      continue;
    llvm::SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands)
      if (Operation *constant = operand.getDefiningOp();
          constant && constant->hasTrait<OpTrait::ConstantLike>() && constant->use_empty())
        constant->erase();
  }
}

struct FoldQuantize : impl::FoldQuantizeBase<FoldQuantize> {
  void runOnOperation() override {
    llvm::SmallVector<ActivateOp> rounds; // in program order
    getOperation().walk([&](ActivateOp op) {
      if (op.getActivation().getKind() == ActivationKind::Round)
        rounds.push_back(op);
    });
    for (ActivateOp round : rounds)
      visit(round);
  }

  void visit(ActivateOp round) {
    std::optional<Quantize> found = matchQuantize(round);
    std::optional<Readers> readers =
        found ? collectReaders(found->clip.getOutput(), found->zero) : std::optional<Readers>();
    if (!readers)
      return;
    Value real = realOf(round, readers->scale);
    FileScale scale{readers->scale, int64_t(found->low - found->zero), int64_t(found->high - found->zero)};
    DictionaryAttr attr = scale.attribute(&getContext());
    if (!real || !FileScale::fromAttribute(attr))
      return;
    ++numFolded;
    numExact += scale.isExact();
    replace(*found, *readers, scaled(real, *found, *readers, scale, attr));
  }

  /// The tensor that has the scale: a clip of `real`, or the argument itself.
  Value scaled(Value real, Quantize &found, const Readers &readers, const FileScale &scale, DictionaryAttr attr) {
    bool isReadOnce = real.hasOneUse() && found.round.getInput().hasOneUse();
    auto argument = isReadOnce ? dyn_cast<BlockArgument>(makerBehindMoves(real)) : BlockArgument();
    if (argument && argument.hasOneUse()) { // what the caller stores is cut already
      getOperation().setArgAttr(argument.getArgNumber(), kFileScale, attr);
      return real;
    }
    OpBuilder builder(found.round);
    auto cut = ActivationAttr::get(&getContext(), ActivationKind::Clip, builder.getF32FloatAttr(scale.least()),
                                   builder.getF32FloatAttr(scale.largest()));
    MulOp first = readers.ends.front().end; // whose name statistics are found by
    auto clip = builder.create<ActivateOp>(first.getLoc(), real.getType(), real, cut);
    clip->setAttr(kFileScale, attr);
    return clip.getOutput();
  }

  static void replace(Quantize &found, Readers &readers, Value scaled) {
    Value integers = found.clip.getOutput();
    llvm::SetVector<Operation *> unread; // readers before what they read
    for (Dequantize &reader : readers.ends) {
      unread.insert(reader.end);
      reader.end.getOutput().replaceAllUsesWith(reader.source == integers ? scaled : reader.source);
    }
    for (PadOp pad : readers.pads)
      pad.setValue(llvm::APFloat(0.0f));
    integers.replaceUsesWithIf(scaled, [](OpOperand &use) { return keepsScale(use.getOwner()); });
    for (Dequantize &reader : readers.ends)
      if (auto shifted = reader.end.getLhs().getDefiningOp<SubOp>())
        unread.insert(shifted);
    unread.insert(found.clip);
    if (auto shifted = found.clip.getInput().getDefiningOp<AddOp>())
      unread.insert(shifted);
    unread.insert(found.round);
    if (auto steps = found.round.getInput().getDefiningOp<MulOp>())
      unread.insert(steps);
    eraseUnread(unread.getArrayRef());
  }
};

} // namespace
} // namespace wino
