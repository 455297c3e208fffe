// What a lowered module promises to its caller: names, shapes, scales and sizes, as read from the module's attributes.
// The header and the entry points are written from this; how the module computes its results is not known here.
#ifndef WINO_EMIT_MODELINTERFACE_H
#define WINO_EMIT_MODELINTERFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wino {

/// One input or output in the caller's memory: dense, rank 4 in NHWC order, other ranks in logical order.
struct PortInfo {
  std::string name;          ///< of the ONNX tensor; any bytes
  std::vector<int64_t> dims; ///< in memory order
  std::string cType;         ///< int8_t, uint8_t, int16_t, uint16_t (outputs) or float
  double scale = 1;          ///< stored value q stands for q * scale
  int64_t elements = 0;

  bool isFloat() const { return cType == "float"; }
  bool isUnsigned() const { return cType[0] == 'u'; }
  int64_t elementBytes() const { return isFloat() ? 4 : cType.find("16") != std::string::npos ? 2 : 1; }
};

struct ModelInterface {
  std::string prefix; ///< a C identifier in lower case; every symbol of the library starts with it and '_'
  int64_t arenaBytes = 0, arenaAlign = 1, weightsBytes = 0;
  int64_t maxWorkers = 1; ///< more than 1: the caller may bring threads, and the arena has scratch for as many
  std::vector<PortInfo> inputs, outputs;
};

/// Reads and checks the `wino.*` attributes that the lowering left on the module.
llvm::Expected<ModelInterface> readInterface(mlir::ModuleOp module);

/// Makes a C identifier of any text: other bytes become '_', a leading digit or an empty text gets "model" in front.
/// Keeps case.
std::string sanitizeIdentifier(llvm::StringRef text);

/// Textual LLVM IR of `<prefix>_init`, `<prefix>_run` and `<prefix>_strerror`: the argument checks that the header
/// documents around
/// `<prefix>_run_impl(arena, inputs.., outputs..)` of the lowered module. With several workers also
/// `<prefix>_set_parallel_for`, and the last argument of run_impl is the caller's hook: a function, what it takes
/// first.
std::string entryPointIr(const ModelInterface &model);

} // namespace wino

#endif
