// A deterministic static library of object files. What is in the objects is ObjectCode's and ObjectFacts' business.
#ifndef WINO_EMIT_STATICLIBRARY_H
#define WINO_EMIT_STATICLIBRARY_H

#include "wino/Emit/ModelInterface.h"
#include "wino/Emit/ObjectCode.h"
#include "wino/Emit/ObjectFacts.h"

namespace wino {

struct LibraryMember {
  std::string name;
  llvm::SmallVector<char, 0> bytes;
};

/// Packs the members in the given order as a GNU archive with symbol table: no dates, owners or modes of the building
/// host.
llvm::Expected<std::string> packLibrary(llvm::ArrayRef<LibraryMember> members);

struct StaticLibrary {
  std::string bytes;
  ObjectFacts facts;
};

/// Lowered module -> library: `<prefix>_model.o` (the module) and `<prefix>_api.o` (the entry points), checked to be
/// embeddable.
llvm::Expected<StaticLibrary> buildLibrary(mlir::ModuleOp module, const ModelInterface &model,
                                           const CodegenTarget &target);

} // namespace wino

#endif
