// IntegerMaps: an integer network on chosen images, op by op, all images of an op before the next op. Values that
// nothing needs any more are freed.
#ifndef WINO_TOOLS_WINO_OPT_INTEGERMAPS_H
#define WINO_TOOLS_WINO_OPT_INTEGERMAPS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace wino {

class IntegerMaps {
public:
  using Maps = std::vector<std::vector<int32_t>>; ///< per image, in logical order

  explicit IntegerMaps(unsigned threads) : threads(threads) {}

  /// `network` has one `@main` with one argument, whose values are `inputs`.
  llvm::Error start(mlir::OwningOpRef<mlir::ModuleOp> network, Maps inputs);
  /// Goes on with the same ops and other constants.
  void replace(mlir::OwningOpRef<mlir::ModuleOp> network);
  mlir::OwningOpRef<mlir::ModuleOp> take() { return std::move(network); }

  /// All but constants, in order.
  llvm::ArrayRef<mlir::Operation *> ops() const { return steps; }
  size_t indexOf(mlir::Operation *op) const;
  const Maps &of(mlir::Value value) const;

  /// Op `index` as a network of its own; its arguments are the operands that are computed, in order and each once.
  mlir::OwningOpRef<mlir::ModuleOp> alone(size_t index) const;
  /// Runs such a network, or what passes made of it, for the result of op `index`. Does not depend on threads.
  llvm::Error run(mlir::ModuleOp alone, size_t index);
  /// Runs all ops before `value` that have not run, and the one that makes it.
  llvm::Error compute(mlir::Value value);
  void freeUnused();

private:
  unsigned threads;
  mlir::OwningOpRef<mlir::ModuleOp> network;
  std::vector<mlir::Operation *> steps;
  std::vector<bool> done;
  llvm::DenseMap<mlir::Value, Maps> values;
};

} // namespace wino

#endif
