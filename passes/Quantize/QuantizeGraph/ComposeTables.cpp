// Chains of elementwise ops over one tensor: found by a walk down, evaluated number by number.
#include "Quantize/QuantizeGraph/ComposeTables.h"

#include "Quantize/QuantizeGraph/ChooseTypes.h"
#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/InFloats.h"
#include "wino/Dialect/UnaryFunction.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;

namespace wino {

/// The number that a constant holds everywhere, or one for each channel (dimension 1); nothing of others.
static std::optional<std::vector<float>> perChannel(Value value) {
  DenseElementsAttr attr;
  if (matchPattern(value, m_Constant(&attr)) && attr.isSplat() && attr.getElementType().isF32())
    return std::vector<float>{attr.getSplatValue<float>()};
  std::optional<std::vector<float>> numbers = constantFloats(value);
  llvm::ArrayRef<int64_t> shape = shapeOf(value);
  if (!numbers || shape.size() < 2)
    return std::nullopt;
  constexpr size_t mostChannels = 512; // 128 KiB of tables
  auto channels = size_t(shape[1]);
  if (channels > mostChannels)
    return std::nullopt;
  size_t inner = numbers->size() / (size_t(shape[0]) * channels);
  std::vector<float> result(channels);
  for (size_t i = 0; i < numbers->size(); ++i) {
    float &known = result[i / inner % channels];
    if (i < inner * channels && i % inner == 0)
      known = (*numbers)[i];
    else if (known != (*numbers)[i])
      return std::nullopt;
  }
  return result;
}

static double combine(Operation *op, double x, double y) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case([&](AddOp) { return x + y; })
      .Case([&](SubOp) { return x - y; })
      .Case([&](MulOp) { return x * y; })
      .Case([&](MaximumOp) { return std::max(x, y); })
      .Case([&](MinimumOp) { return std::min(x, y); })
      .Default([&](Operation *) { return x; }); // activate
}

double ComposedTable::at(double x, int64_t channel) const {
  llvm::DenseMap<Value, double> values;
  for (Operation *op : ops) {
    auto number = [&](Value value) -> double {
      if (auto constant = constants.find(value); constant != constants.end())
        return constant->second[constant->second.size() > 1 ? size_t(channel) : 0];
      auto found = values.find(value);
      return found == values.end() ? x : found->second;
    };
    double result = combine(op, number(op->getOperand(0)), number(op->getOperands().back()));
    ActivationAttr activation = activationOf(op);
    values[op->getResult(0)] = activation ? valueAt(activation, result) : result;
  }
  return values.lookup(ops.back()->getResult(0));
}

namespace {

class Finder {
public:
  ComposedTables find(func::FuncOp func) {
    for (Operation &op : func.getBody().front())
      if (Value source = sourceOf(&op))
        sources[op.getResult(0)] = source;
    ComposedTables tables;
    for (Operation &op : func.getBody().front()) {
      Value source = sources.lookup(op.getNumResults() == 1 ? op.getResult(0) : Value());
      if (!source)
        continue;
      bool isNeeded = llvm::any_of(op.getUsers(), [&](Operation *user) {
        return user->getNumResults() != 1 || sources.lookup(user->getResult(0)) != source;
      });
      if (!isNeeded) {
        tables.inside.insert(&op);
        continue;
      }
      ComposedTable table = chainTo(&op, source);
      bool hasTable = needsLookup(activationOf(&op)) && !isa<ActivateOp>(op);
      if (table.ops.size() > 1 || hasTable)
        tables.of[&op] = std::move(table);
    }
    return tables;
  }

private:
  /// What a value is a function of: the tensor that its chain starts from, or the value itself.
  Value startOf(Value value) const {
    Value source = sources.lookup(value);
    return source ? source : value;
  }

  /// The one tensor of which the op's result is a function; null where there is none.
  Value sourceOf(Operation *op) const {
    if (!isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp, ActivateOp>(op) || op->hasAttr(kInFloats))
      return Value();
    Value source;
    for (Value operand : op->getOperands()) {
      if (matchPattern(operand, m_Constant())) {
        if (!perChannel(operand))
          return Value();
        continue;
      }
      Value start = startOf(operand);
      if (source && source != start)
        return Value();
      source = start;
    }
    return source;
  }

  ComposedTable chainTo(Operation *last, Value source) const {
    ComposedTable table;
    llvm::SetVector<Operation *> found;
    found.insert(last);
    for (size_t i = 0; i < found.size(); ++i) // grows while it is walked
      for (OpOperand &operand : found[i]->getOpOperands()) {
        if (operand.get() == source)
          table.source = &operand;
        else if (sources.lookup(operand.get()))
          found.insert(operand.get().getDefiningOp());
        else
          table.constants[operand.get()] = *perChannel(operand.get());
      }
    for (const auto &[value, numbers] : table.constants)
      table.channels = std::max(table.channels, int64_t(numbers.size()));
    table.ops.assign(found.begin(), found.end());
    llvm::sort(table.ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    return table;
  }

  llvm::DenseMap<Value, Value> sources;
};

} // namespace

ComposedTables composeTables(func::FuncOp func) { return Finder().find(func); }

} // namespace wino
