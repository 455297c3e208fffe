// Bytes of an ONNX file -> checked OnnxGraph. Everything in the file is hostile until it passed here; what the
// operators mean is left to StaticGraph and ImportOps.
#ifndef WINO_IMPORT_ONNXREADER_H
#define WINO_IMPORT_ONNXREADER_H

#include "wino/Import/OnnxGraph.h"
#include "llvm/Support/Error.h"

namespace wino {

/// Reads and checks the model at `path` (regular file, at most 2 GB). External data is looked for inside the file's
/// folder only.
llvm::Expected<OnnxGraph> readOnnx(llvm::StringRef path);

/// The same for bytes in memory. There is no folder, so external data is an error. `name` stands for the file in
/// messages.
llvm::Expected<OnnxGraph> readOnnxBytes(llvm::StringRef bytes, llvm::StringRef name);

} // namespace wino

#endif // WINO_IMPORT_ONNXREADER_H
