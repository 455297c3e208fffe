// Walking a function: slots for values, constants decoded once, values freed after their last use. What an op computes
// is in FloatOps.cpp, FloatTiles.cpp, IntegerOps.cpp, MoveOps.cpp and TileOps.cpp.
#include "wino/Reference/Interpreter.h"

#include "wino/Dialect/ConstantTensor.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Numerics/HalfFloat.h"
#include "wino/Reference/FloatOps.h"
#include "wino/Reference/FloatTiles.h"
#include "wino/Reference/IntegerOps.h"
#include "wino/Reference/MoveOps.h"
#include "wino/Reference/TileOps.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace wino {

Tensor::Tensor(RankedTensorType type) : shape(type.getShape()), elementType(type.getElementType()) {
  if (isFloat())
    f.resize(type.getNumElements());
  else
    i.resize(type.getNumElements());
}

int64_t Tensor::elements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

static std::string typeText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static llvm::Error layerError(Operation *op, const Twine &message) {
  return llvm::createStringError("layer '" + nodeName(op) + "': " + message);
}

/// Static tensors without empty dimensions of f32, f16, i8, i16, i32 or quantized values of 8 or 16 bits.
static bool isSupported(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || llvm::is_contained(tensor.getShape(), 0))
    return false;
  Type element = tensor.getElementType();
  if (auto quantized = dyn_cast<quant::UniformQuantizedType>(element))
    return (quantized.getStorageTypeIntegralWidth() == 8 || quantized.getStorageTypeIntegralWidth() == 16) &&
           quantized.getZeroPoint() == 0;
  return element.isF32() || element.isF16() || element.isSignlessInteger(8) || element.isSignlessInteger(16) ||
         element.isSignlessInteger(32);
}

/// Smallest and largest number an element of the type holds.
static std::pair<int64_t, int64_t> elementRange(Type element) {
  if (auto quantized = dyn_cast<quant::UniformQuantizedType>(element))
    return {quantized.getStorageTypeMin(), quantized.getStorageTypeMax()};
  int64_t half = int64_t(1) << (element.getIntOrFloatBitWidth() - 1);
  return {-half, half - 1};
}

llvm::Expected<Interpreter> Interpreter::create(func::FuncOp function) {
  Interpreter result;
  result.function = function;
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return llvm::createStringError("function '" + function.getName() + "': expected a body of one block, got " +
                                   std::to_string(function.getBody().getBlocks().size()) + " blocks");
  for (Value arg : function.getArguments()) {
    if (!isSupported(arg.getType()))
      return llvm::createStringError("function '" + function.getName() +
                                     "': expected static f32 or 8-bit arguments, got " + typeText(arg.getType()));
    result.newSlot(arg);
  }
  for (Operation &op : function.getBody().front()) {
    if (auto ret = dyn_cast<func::ReturnOp>(op)) {
      for (Value value : ret.getOperands())
        result.results.push_back(result.slots.lookup(value));
      continue;
    }
    bool constant = op.hasTrait<OpTrait::ConstantLike>();
    if (llvm::Error error = constant ? result.addConstant(&op) : result.addStep(&op))
      return std::move(error);
  }
  result.findLastUses();
  return std::move(result);
}

int Interpreter::newSlot(Value value) {
  constantOfSlot.push_back(nullptr);
  return slots[value] = static_cast<int>(constantOfSlot.size()) - 1;
}

llvm::Error Interpreter::addConstant(Operation *op) {
  Attribute attr;
  if (!matchPattern(op, m_Constant(&attr)) || op->getNumResults() != 1 || !isSupported(op->getResult(0).getType()))
    return layerError(op, "expected a constant static tensor of f32 or integers, got '" + op->getName().getStringRef() +
                              "' of " + typeText(op->getNumResults() ? op->getResult(0).getType() : Type()));
  auto tensor = std::make_unique<Tensor>(cast<RankedTensorType>(op->getResult(0).getType()));
  if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
    if (tensor->isFloat())
      tensor->f = constantFloats(op->getResult(0)).value_or(tensor->f);
    else
      llvm::transform(dense.getValues<APInt>(), tensor->i.begin(),
                      [](const APInt &value) { return static_cast<int32_t>(value.getSExtValue()); });
  } else if (auto resource = dyn_cast<DenseF32ResourceElementsAttr>(attr)) {
    std::optional<ArrayRef<float>> data = resource.tryGetAsArrayRef();
    if (!data || data->size() != tensor->f.size())
      return layerError(op, "expected a constant resource of " + Twine(tensor->elements()) +
                                " f32 elements, got another size");
    llvm::copy(*data, tensor->f.begin());
  } else {
    return layerError(op, "expected a dense constant, got another attribute");
  }
  constantOfSlot[newSlot(op->getResult(0))] = tensor.get();
  constants.push_back(std::move(tensor));
  return llvm::Error::success();
}

llvm::Error Interpreter::addStep(Operation *op) {
  bool isKnown = isa<WinogradDialect>(op->getDialect()) || isa<quant::QuantizeCastOp>(op);
  if (!isKnown || op->getNumResults() != 1)
    return layerError(op, "expected a winograd op, a constant or return, got '" + op->getName().getStringRef() + "'");
  if (!isSupported(op->getResult(0).getType()))
    return layerError(op, "expected a static f32, f16, integer or quantized result of 8 or 16 bits, got " +
                              typeText(op->getResult(0).getType()));
  bool floatResult = isFloat(op->getResult(0));
  for (Value operand : op->getOperands()) {
    bool floatOperand = isFloat(operand);
    if (floatOperand != floatResult && !isa<FilterTransformOp, FloatTilesOp, DequantizeOp, quant::QuantizeCastOp>(op))
      return layerError(
          op, "expected operands and result both float or both integer (a planned quantized convolution is run once "
              "decomposed), got " +
                  typeText(operand.getType()) + " to " + typeText(op->getResult(0).getType()));
  }
  if (isTile(op)) {
    llvm::Expected<std::shared_ptr<const IntegerTransform>> transform = transformOf(op);
    if (!transform)
      return transform.takeError();
    transforms[op] = std::move(*transform);
  }
  Step step;
  step.op = op;
  for (Value operand : op->getOperands())
    step.operands.push_back(slots.lookup(operand));
  step.result = newSlot(op->getResult(0));
  steps.push_back(std::move(step));
  return llvm::Error::success();
}

void Interpreter::findLastUses() {
  std::vector<bool> seen(constantOfSlot.size());
  for (int slot : results)
    seen[slot] = true;
  for (Step &step : llvm::reverse(steps)) {
    if (!seen[step.result])
      step.dead.push_back(step.result);
    seen[step.result] = true;
    for (int slot : step.operands) {
      if (!seen[slot])
        step.dead.push_back(slot);
      seen[slot] = true;
    }
  }
}

llvm::Error Interpreter::checkArguments(ArrayRef<Tensor> args) const {
  auto fail = [&](const Twine &message) {
    return llvm::createStringError("function '" + function->getAttrOfType<StringAttr>("sym_name").strref() +
                                   "': " + message);
  };
  ArrayRef<BlockArgument> wanted = function->getRegion(0).getArguments();
  if (args.size() != wanted.size())
    return fail("expected " + Twine(wanted.size()) + " arguments, got " + Twine(args.size()));
  for (auto [arg, want] : llvm::zip(args, wanted)) {
    auto type = cast<RankedTensorType>(want.getType());
    size_t count = type.getNumElements();
    bool isFloat = arg.isFloat();
    if (type.getShape() != ArrayRef<int64_t>(arg.shape) || type.getElementType() != arg.elementType ||
        (isFloat ? arg.f.size() : arg.i.size()) != count)
      return fail("expected argument " + Twine(want.getArgNumber()) + " of type " + typeText(type) +
                  ", got another shape, element type or number of elements");
    if (isFloat)
      continue;
    auto [lo, hi] = elementRange(type.getElementType());
    for (int32_t value : arg.i)
      if (value < lo || value > hi)
        return fail("expected argument " + Twine(want.getArgNumber()) + " in [" + Twine(lo) + ", " + Twine(hi) +
                    "], got " + Twine(value));
  }
  return llvm::Error::success();
}

llvm::Expected<Tensor> Interpreter::evaluate(const Step &step, ArrayRef<const Tensor *> values) const {
  SmallVector<const Tensor *> operands;
  for (int slot : step.operands) {
    if (!values[slot])
      return layerError(step.op, "expected the earlier result of an op that it reads, got none");
    operands.push_back(values[slot]);
  }
  if (isMove(step.op))
    return evaluateMove(step.op, operands);
  if (auto tiles = dyn_cast<FloatTilesOp>(step.op))
    return evaluateFloatTiles(tiles, *operands[0], *operands[1]);
  if (isTile(step.op))
    return evaluateTile(step.op, operands, transforms.find(step.op)->second.get());
  if (isFloat(step.op->getResult(0)))
    return evaluateFloat(step.op, operands);
  return evaluateInteger(step.op, operands);
}

Interpreter::Frame Interpreter::start(ArrayRef<Tensor> args) const {
  Frame frame{constantOfSlot, {}};
  frame.owned.resize(frame.values.size());
  for (size_t k = 0; k < args.size(); ++k)
    frame.values[k] = &args[k]; // arguments have the first slots
  return frame;
}

llvm::Error Interpreter::advance(Frame &frame, const Step &step, Observe observe) const {
  llvm::Expected<Tensor> result = evaluate(step, frame.values);
  if (!result)
    return result.takeError();
  if (isHalf(step.op->getResult(0)))
    for (float &x : result->f)
      x = roundToHalf(x);
  frame.owned[step.result] = std::make_unique<Tensor>(std::move(*result));
  frame.values[step.result] = frame.owned[step.result].get();
  if (observe)
    observe(step.op, *frame.values[step.result]);
  for (int slot : step.dead)
    frame.owned[slot].reset();
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> Interpreter::run(ArrayRef<Tensor> args, Observe observe) const {
  if (llvm::Error error = checkArguments(args))
    return std::move(error);
  Frame frame = start(args);
  for (const Step &step : steps)
    if (llvm::Error error = advance(frame, step, observe))
      return std::move(error);
  std::vector<Tensor> outputs;
  for (int slot : results)
    outputs.push_back(*frame.values[slot]);
  return outputs;
}

llvm::Expected<std::vector<Tensor>> Interpreter::rerunAfter(ArrayRef<Tensor> args, Operation *start,
                                                            const Tensor &value, Earlier earlier,
                                                            Observe observe) const {
  if (llvm::Error error = checkArguments(args))
    return std::move(error);
  Frame frame = this->start(args);
  bool isAfter = false;
  for (const Step &step : steps) {
    if (isAfter) {
      if (llvm::Error error = advance(frame, step, observe))
        return std::move(error);
    } else {
      isAfter = step.op == start;
      frame.values[step.result] = isAfter ? &value : earlier(step.op);
    }
  }
  if (!isAfter)
    return layerError(start, "expected an op of the function to start at, got another");
  std::vector<Tensor> outputs;
  for (int slot : results) {
    if (!frame.values[slot])
      return llvm::createStringError("expected the earlier value of a result, got none");
    outputs.push_back(*frame.values[slot]);
  }
  return outputs;
}

} // namespace wino
