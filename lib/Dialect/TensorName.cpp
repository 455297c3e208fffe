// Names of tensors.
#include "wino/Dialect/TensorName.h"

#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace wino {

std::string tensorName(mlir::Value value) {
  if (mlir::Operation *op = value.getDefiningOp())
    return nodeName(op).str();
  auto argument = mlir::cast<mlir::BlockArgument>(value);
  if (auto main = mlir::dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp()))
    if (auto name = main.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), "wino.name"))
      return name.getValue().str();
  return "input" + std::to_string(argument.getArgNumber());
}

} // namespace wino
