// Interpreter: runs a function of winograd ops with plain loops. Its integer results are the specification that emitted
// code meets bit for bit; its float results are what calibration measures. Op by op semantics are in FloatOps.h,
// IntegerOps.h, TileOps.h.
#ifndef WINO_REFERENCE_INTERPRETER_H
#define WINO_REFERENCE_INTERPRETER_H

#include "wino/Numerics/IntegerTransform.h"
#include "wino/Reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace wino {

class Interpreter {
public:
  using Observe = llvm::function_ref<void(mlir::Operation *, const Tensor &)>;
  using Earlier = llvm::function_ref<const Tensor *(mlir::Operation *)>;

  /// Checks that every op and type of the function can be run, decodes its constants and prepares its Winograd
  /// transforms, once. The function must outlive the interpreter and not change. Errors name the layer.
  static llvm::Expected<Interpreter> create(mlir::func::FuncOp function);

  /// Results for one set of arguments. `observe` sees the result of every op but constants, in program order. A value
  /// is freed after its last use. Safe to call from several threads at once.
  llvm::Expected<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> args, Observe observe = nullptr) const;

  /// Results where the op `start` gives `value`, of its result's type, and only what comes after it is computed:
  /// `earlier` has the result that an op before it had in a run on the same arguments, or null where no later op reads
  /// it.
  llvm::Expected<std::vector<Tensor>> rerunAfter(llvm::ArrayRef<Tensor> args, mlir::Operation *start,
                                                 const Tensor &value, Earlier earlier, Observe observe = nullptr) const;

private:
  struct Step {
    mlir::Operation *op;
    std::vector<int> operands; ///< value slots
    int result = -1;           ///< value slot
    std::vector<int> dead;     ///< slots read here for the last time
  };

  llvm::Error addConstant(mlir::Operation *op);
  llvm::Error addStep(mlir::Operation *op);
  llvm::Error checkArguments(llvm::ArrayRef<Tensor> args) const;
  int newSlot(mlir::Value value);
  /// The value of every slot during a run, and those among them that the run has made.
  struct Frame {
    std::vector<const Tensor *> values;
    std::vector<std::unique_ptr<Tensor>> owned;
  };
  Frame start(llvm::ArrayRef<Tensor> args) const;
  llvm::Error advance(Frame &frame, const Step &step, Observe observe) const;
  llvm::Expected<Tensor> evaluate(const Step &step, llvm::ArrayRef<const Tensor *> values) const;
  void findLastUses();

  mlir::func::FuncOp function;
  llvm::DenseMap<mlir::Value, int> slots;
  std::vector<const Tensor *> constantOfSlot; ///< null for computed values
  std::vector<std::unique_ptr<Tensor>> constants;
  llvm::DenseMap<mlir::Operation *, std::shared_ptr<const IntegerTransform>> transforms; ///< of tile ops
  std::vector<Step> steps;
  std::vector<int> results;
};

} // namespace wino

#endif
