// Archive writing and the two members of a network's library.
#include "wino/Emit/StaticLibrary.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace wino {

Expected<std::string> packLibrary(ArrayRef<LibraryMember> members) {
  std::vector<NewArchiveMember> files;
  for (const LibraryMember &member : members) {
    files.emplace_back(MemoryBufferRef(StringRef(member.bytes.data(), member.bytes.size()), member.name));
    files.back().MemberName = member.name;
  }
  Expected<std::unique_ptr<MemoryBuffer>> archive = writeArchiveToBuffer(
      files, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return (*archive)->getBuffer().str();
}

Expected<StaticLibrary> buildLibrary(mlir::ModuleOp module, const ModelInterface &model, const CodegenTarget &target) {
  Expected<SmallVector<char, 0>> code = compileModule(module, target, FileKind::Object);
  if (!code)
    return code.takeError();
  Expected<SmallVector<char, 0>> api = compileIr(entryPointIr(model), target, FileKind::Object);
  if (!api)
    return api.takeError();
  StaticLibrary library;
  Expected<ObjectFacts> facts =
      inspectObjects({StringRef(code->data(), code->size()), StringRef(api->data(), api->size())});
  if (!facts)
    return facts.takeError();
  library.facts = std::move(*facts);
  if (Error error = checkEmbeddable(library.facts, model.prefix))
    return error;
  Expected<std::string> bytes =
      packLibrary({{model.prefix + "_model.o", std::move(*code)}, {model.prefix + "_api.o", std::move(*api)}});
  if (!bytes)
    return bytes.takeError();
  library.bytes = std::move(*bytes);
  return library;
}

} // namespace wino
