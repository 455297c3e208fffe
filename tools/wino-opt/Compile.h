// One compilation from options to files.
#ifndef WINO_TOOLS_WINO_OPT_COMPILE_H
#define WINO_TOOLS_WINO_OPT_COMPILE_H

#include "Options.h"

#include "mlir/IR/MLIRContext.h"

namespace wino {

/// Loads nothing, registers the dialects that any stage of the pipeline makes.
void registerDialects(mlir::DialectRegistry &registry);

/// Returns whether the error budget is met; if not, the report was written but no library.
llvm::Expected<bool> compile(const Options &options);

} // namespace wino

#endif
