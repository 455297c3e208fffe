// An integer network with one input on the reference interpreter, in plain vectors.
#ifndef WINO_TOOLS_COMMON_INTERPRET_H
#define WINO_TOOLS_COMMON_INTERPRET_H

#include "wino/Reference/Interpreter.h"

namespace wino {

/// The stored integers of a tensor; of floats the bits of binary32.
std::vector<int32_t> numbersOf(Tensor &&tensor);
/// A tensor of this type with such numbers.
Tensor tensorOf(mlir::Type type, llvm::ArrayRef<int32_t> numbers);

class IntegerNetwork {
public:
  static llvm::Expected<IntegerNetwork> create(mlir::func::FuncOp main);

  /// Runs on one quantized input in logical order; returns all results in logical order, those in floats as the bits of
  /// binary32. Several threads may call it at once.
  llvm::Expected<std::vector<std::vector<int32_t>>> run(std::vector<int32_t> input,
                                                        Interpreter::Observe observe = nullptr) const;

private:
  IntegerNetwork(mlir::func::FuncOp main, Interpreter interpreter) : main(main), interpreter(std::move(interpreter)) {}

  mlir::func::FuncOp main;
  Interpreter interpreter;
};

} // namespace wino

#endif
