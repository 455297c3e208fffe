// Between plain vectors and the interpreter's tensors.
#include "Interpret.h"

using namespace llvm;

namespace wino {

std::vector<int32_t> numbersOf(Tensor &&tensor) {
  for (float x : tensor.f)
    tensor.i.push_back(bit_cast<int32_t>(x));
  return std::move(tensor.i);
}

Tensor tensorOf(mlir::Type type, ArrayRef<int32_t> numbers) {
  Tensor tensor(cast<mlir::RankedTensorType>(type));
  if (tensor.isFloat())
    llvm::transform(numbers, tensor.f.begin(), [](int32_t bits) { return bit_cast<float>(bits); });
  else
    tensor.i = numbers.vec();
  return tensor;
}

Expected<IntegerNetwork> IntegerNetwork::create(mlir::func::FuncOp main) {
  Expected<Interpreter> interpreter = Interpreter::create(main);
  if (!interpreter)
    return interpreter.takeError();
  return IntegerNetwork(main, std::move(*interpreter));
}

Expected<std::vector<std::vector<int32_t>>> IntegerNetwork::run(std::vector<int32_t> input,
                                                                Interpreter::Observe observe) const {
  mlir::func::FuncOp function = main;
  Tensor argument(cast<mlir::RankedTensorType>(function.getArgument(0).getType()));
  if (argument.i.size() != input.size())
    return createStringError("expected " + Twine(argument.i.size()) + " quantized inputs, got " + Twine(input.size()));
  argument.i = std::move(input);
  Expected<std::vector<Tensor>> results = interpreter.run(argument, observe);
  if (!results)
    return results.takeError();
  std::vector<std::vector<int32_t>> values;
  for (Tensor &result : *results)
    values.push_back(numbersOf(std::move(result)));
  return values;
}

} // namespace wino
