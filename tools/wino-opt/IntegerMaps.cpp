// One-op networks on the reference interpreter, images spread over threads.
#include "IntegerMaps.h"

#include "../common/Comparison.h"
#include "../common/Interpret.h"
#include "../common/Network.h"
#include "wino/Dialect/Winograd.h"
#include "wino/Reference/Interpreter.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

#include <set>

using namespace llvm;

namespace wino {

static std::vector<mlir::Operation *> computingOps(mlir::func::FuncOp main) {
  std::vector<mlir::Operation *> ops;
  for (mlir::Operation &op : main.getBody().front().without_terminator())
    if (!op.hasTrait<mlir::OpTrait::ConstantLike>())
      ops.push_back(&op);
  return ops;
}

static std::vector<mlir::Value> computedOperands(mlir::Operation *op) {
  std::vector<mlir::Value> operands;
  for (mlir::Value operand : op->getOperands())
    if (!matchPattern(operand, mlir::m_Constant()) && !is_contained(operands, operand))
      operands.push_back(operand);
  return operands;
}

Error IntegerMaps::start(mlir::OwningOpRef<mlir::ModuleOp> started, Maps inputs) {
  network = std::move(started);
  Expected<mlir::func::FuncOp> main = mainFunction(*network);
  if (!main)
    return main.takeError();
  steps = computingOps(*main);
  done.assign(steps.size(), false);
  values[(*main).getArgument(0)] = std::move(inputs);
  return Error::success();
}

void IntegerMaps::replace(mlir::OwningOpRef<mlir::ModuleOp> other) {
  mlir::func::FuncOp before = cantFail(mainFunction(*network)), now = cantFail(mainFunction(*other));
  std::vector<mlir::Operation *> ops = computingOps(now);
  DenseMap<mlir::Value, Maps> moved;
  auto move = [&](mlir::Value from, mlir::Value to) {
    if (auto found = values.find(from); found != values.end())
      moved[to] = std::move(found->second);
  };
  for (auto [from, to] : zip_equal(before.getArguments(), now.getArguments()))
    move(from, to);
  for (auto [from, to] : zip_equal(steps, ops))
    move(from->getResult(0), to->getResult(0));
  values = std::move(moved);
  steps = std::move(ops);
  network = std::move(other);
}

size_t IntegerMaps::indexOf(mlir::Operation *op) const { return size_t(find(steps, op) - steps.begin()); }

const IntegerMaps::Maps &IntegerMaps::of(mlir::Value value) const {
  auto found = values.find(value);
  assert(found != values.end() && "not computed");
  return found->second;
}

mlir::OwningOpRef<mlir::ModuleOp> IntegerMaps::alone(size_t index) const {
  mlir::Operation *op = steps[index];
  mlir::OwningOpRef<mlir::ModuleOp> made = mlir::ModuleOp::create(op->getLoc());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(made->getBody());
  std::vector<mlir::Value> operands = computedOperands(op);
  SmallVector<mlir::Type> types;
  for (mlir::Value operand : operands)
    types.push_back(operand.getType());
  auto main = b.create<mlir::func::FuncOp>(op->getLoc(), "main", b.getFunctionType(types, op->getResultTypes()));
  b.setInsertionPointToStart(main.addEntryBlock());
  mlir::IRMapping map;
  for (auto [i, operand] : enumerate(operands)) {
    main.setArgAttr(unsigned(i), "wino.name", b.getStringAttr(tensorName(operand)));
    map.map(operand, main.getArgument(unsigned(i)));
  }
  for (mlir::Value operand : op->getOperands())
    if (!map.contains(operand))
      b.clone(*operand.getDefiningOp(), map);
  b.create<mlir::func::ReturnOp>(op->getLoc(), b.clone(*op, map)->getResults());
  return made;
}

Error IntegerMaps::run(mlir::ModuleOp alone, size_t index) {
  Expected<mlir::func::FuncOp> main = mainFunction(alone);
  if (!main)
    return main.takeError();
  Expected<Interpreter> interpreter = Interpreter::create(*main);
  if (!interpreter)
    return interpreter.takeError();
  std::vector<const Maps *> inputs;
  for (mlir::Value operand : computedOperands(steps[index]))
    inputs.push_back(&of(operand));
  Maps maps(inputs.front()->size());
  auto work = [&](unsigned, size_t image) -> Error {
    std::vector<Tensor> arguments;
    for (auto [i, input] : enumerate(inputs))
      arguments.push_back(tensorOf((*main).getArgument(unsigned(i)).getType(), (*input)[image]));
    Expected<std::vector<Tensor>> results = interpreter->run(arguments);
    if (!results)
      return results.takeError();
    maps[image] = numbersOf(std::move(results->front()));
    return Error::success();
  };
  if (Error error = parallelFor(maps.size(), threads, work))
    return error;
  values[steps[index]->getResult(0)] = std::move(maps);
  done[index] = true;
  return Error::success();
}

Error IntegerMaps::compute(mlir::Value value) {
  std::vector<mlir::Value> wanted = {value};
  std::set<size_t> missing; // in program order, operands come first
  while (!wanted.empty()) {
    mlir::Value next = wanted.back();
    wanted.pop_back();
    if (values.count(next) || !missing.insert(indexOf(next.getDefiningOp())).second)
      continue;
    for (mlir::Value operand : computedOperands(next.getDefiningOp()))
      wanted.push_back(operand);
  }
  for (size_t index : missing)
    if (Error error = run(*alone(index), index))
      return error;
  return Error::success();
}

void IntegerMaps::freeUnused() {
  for (auto &[value, maps] : values) {
    bool isUsed = any_of(value.getUsers(), [&](mlir::Operation *user) {
      size_t index = indexOf(user);
      return index < steps.size() && !done[index];
    });
    if (!isUsed)
      Maps().swap(maps);
  }
}

} // namespace wino
