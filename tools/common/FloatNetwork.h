// model.onnx -> the float graph that calibration, measurement and compilation all start from: imported, batch norm
// folded, activations fused.
#ifndef WINO_TOOLS_COMMON_FLOATNETWORK_H
#define WINO_TOOLS_COMMON_FLOATNETWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace wino {

/// Reads texts as written after --input-dim; each dimension once.
llvm::Expected<std::map<std::string, int64_t>> parseInputDims(const std::vector<std::string> &texts);

/// `integers`: to be quantized, so that the scales of a quantized model are kept in place of its roundings.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> loadFloatNetwork(mlir::MLIRContext &context, llvm::StringRef path,
                                                                   const std::map<std::string, int64_t> &inputDims,
                                                                   bool integers = false);

} // namespace wino

#endif
