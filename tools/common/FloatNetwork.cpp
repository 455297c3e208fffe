// Import and the passes right after it, as Pipeline.cpp lists them.
#include "FloatNetwork.h"

#include "../wino-opt/Pipeline.h"
#include "Diagnostics.h"
#include "wino/Import/ImportOps.h"
#include "wino/Import/OnnxReader.h"

using namespace llvm;

namespace wino {

Expected<std::map<std::string, int64_t>> parseInputDims(const std::vector<std::string> &texts) {
  std::map<std::string, int64_t> dims;
  for (const std::string &text : texts) {
    auto dim = parseInputDim(text);
    if (!dim)
      return createStringError("--input-dim: " + toString(dim.takeError()));
    if (!dims.insert(*dim).second)
      return createStringError("--input-dim: expected each dimension once, got '" + dim->first + "' twice");
  }
  return dims;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> loadFloatNetwork(mlir::MLIRContext &context, StringRef path,
                                                             const std::map<std::string, int64_t> &inputDims,
                                                             bool integers) {
  ImportOptions options;
  options.inputDims = inputDims;
  Expected<OnnxGraph> graph = readOnnx(path);
  if (!graph)
    return graph.takeError();
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module = importOnnx(context, *graph, options);
  if (!module)
    return module.takeError();
  Diagnostics diagnostics(context, path);
  mlir::PassManager pm(&context);
  addImportPasses(pm, integers);
  if (failed(pm.run(**module)))
    return diagnostics.take("expected the passes after import to succeed, got a failure without a reason");
  return std::move(*module);
}

} // namespace wino
