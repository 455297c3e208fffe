// Private to the Import room: payloads that stand in files beside the model.
#ifndef WINO_LIB_IMPORT_EXTERNALDATA_H
#define WINO_LIB_IMPORT_EXTERNALDATA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wino {

/// Where external data may come from, and how much of it in all (many tensors may name the same bytes).
struct ExternalSource {
  std::string folder; ///< of the model; empty: bytes in memory, no external data
  uint64_t budgetBytes = uint64_t(1) << 32;
};

/// The key/value pairs of TensorProto.external_data.
using ExternalEntries = llvm::ArrayRef<std::pair<std::string, std::string>>;

/// Reads exactly `bytes` bytes as the entries say. Nothing is allocated before the file proved to hold them.
llvm::Expected<std::vector<uint8_t>> readExternal(ExternalSource &source, ExternalEntries entries, uint64_t bytes);

} // namespace wino

#endif // WINO_LIB_IMPORT_EXTERNALDATA_H
