// ComposeTables: which chains of elementwise ops are one function of one tensor, and so one table of 256 entries.
#ifndef WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_COMPOSETABLES_H
#define WINO_PASSES_QUANTIZE_QUANTIZEGRAPH_COMPOSETABLES_H

#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

namespace wino {

/// The result of the last of `ops` as a function of the tensor that all of them start from.
struct ComposedTable {
  std::vector<mlir::Operation *> ops; ///< in program order, the one whose result is looked up last
  mlir::OpOperand *source = nullptr;  ///< a use of the tensor by one of them: its maker may be replaced
  /// Constant operands, one number or one per channel (dimension 1).
  llvm::DenseMap<mlir::Value, std::vector<float>> constants;
  int64_t channels = 1; ///< tables: 1 where no constant differs

  /// In binary64.
  double at(double x, int64_t channel) const;
};

struct ComposedTables {
  /// By the op whose result is looked up.
  llvm::DenseMap<mlir::Operation *, ComposedTable> of;
  /// Ops whose results nothing but the tables needs.
  llvm::DenseSet<mlir::Operation *> inside;
};

/// Two or more ops, or one with a fused activation that is a table anyway, of add, sub, mul, maximum, minimum (with
/// another of them, with the tensor itself or with a constant that is everywhere the same or, of at most 512, in each
/// channel) and activate, as hard swish and its scale come written out. Takes the float graph; leaves out ops in floats
/// (Dialect/InFloats.h).
ComposedTables composeTables(mlir::func::FuncOp func);

} // namespace wino

#endif
