// Checked ONNX graph -> `winograd` dialect: one func.func @main, float, static shapes, every op located by its node's
// name. Fusing, folding of batch norm and every other optimisation are left to passes.
#ifndef WINO_IMPORT_IMPORTOPS_H
#define WINO_IMPORT_IMPORTOPS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "wino/Import/OnnxGraph.h"
#include "wino/Import/StaticGraph.h"
#include "llvm/Support/Error.h"

namespace wino {

/// Attribute on arguments and results of @main: the ONNX name of the tensor.
constexpr llvm::StringLiteral kNameAttr = "wino.name";
/// On @main: an operator whose result has no use once tensors are rounded to bytes, as an index of a maximum.
constexpr llvm::StringLiteral kFloatsOnlyAttr = "wino.floats_only";

struct ImportOptions : StaticOptions {};

/// Builds and verifies the module. All that can't be imported comes in ONE error. Loads the dialects that it needs.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> importOnnx(mlir::MLIRContext &context, const OnnxGraph &graph,
                                                             const ImportOptions &options = {});

/// The table of `--list-ops`: operator, opsets, what is imported of it.
std::string listOps();

} // namespace wino

#endif // WINO_IMPORT_IMPORTOPS_H
