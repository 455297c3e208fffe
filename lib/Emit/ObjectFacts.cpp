// Sizes, symbols and the call graph with its stack frames from relocatable ELF objects.
#include "wino/Emit/ObjectFacts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/LEB128.h"

#include <map>

using namespace llvm;
using namespace llvm::object;

namespace wino {
namespace {

/// A function is the text section that holds it: object and section number.
using FunctionId = std::pair<size_t, uint64_t>;

struct Function {
  uint64_t frame = 0;
  std::set<FunctionId> callees;
  std::set<std::string> outside; ///< callees by name, in other objects or in the C library
};

class Inspector {
public:
  Error add(const ObjectFile &object);
  Expected<ObjectFacts> finish();

private:
  Error addSymbols(const ObjectFile &object);
  Error addRelocations(const ObjectFile &object, const SectionRef &section, const SectionRef &patched);
  Error addFrame(const ObjectFile &object, const SectionRef &sizes, uint64_t offset, uint64_t function);
  Expected<uint64_t> depth(FunctionId id);

  ObjectFacts facts;
  uint64_t perCall = 16; ///< stack of a call beside the frame
  size_t current = 0;
  std::map<FunctionId, Function> functions;
  std::map<std::string, FunctionId> byName;
  std::map<FunctionId, uint64_t> known;
  std::set<FunctionId> active;
};

} // namespace

Error Inspector::addSymbols(const ObjectFile &object) {
  for (const SymbolRef &symbol : object.symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & SymbolRef::SF_Global))
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (*flags & SymbolRef::SF_Undefined) {
      facts.undefined.insert(name->str());
      continue;
    }
    facts.defined.insert(name->str());
    Expected<section_iterator> section = symbol.getSection();
    if (!section)
      return section.takeError();
    if (*section != object.section_end() && (*section)->isText())
      byName[name->str()] = {current, (*section)->getIndex()};
  }
  return Error::success();
}

Error Inspector::addFrame(const ObjectFile &object, const SectionRef &sizes, uint64_t offset, uint64_t function) {
  Expected<StringRef> contents = sizes.getContents();
  if (!contents)
    return contents.takeError();
  constexpr uint64_t kAddressBytes = 8;
  if (offset + kAddressBytes >= contents->size())
    return createStringError("expected a size after the address in .stack_sizes, got the end of the section");
  const uint8_t *begin = contents->bytes_begin() + offset + kAddressBytes;
  const char *problem = nullptr;
  uint64_t frame = decodeULEB128(begin, nullptr, contents->bytes_end(), &problem);
  if (problem)
    return createStringError("expected a LEB128 number in .stack_sizes, got: " + Twine(problem));
  functions[{current, function}].frame = frame;
  return Error::success();
}

Error Inspector::addRelocations(const ObjectFile &object, const SectionRef &section, const SectionRef &patched) {
  Expected<StringRef> patchedName = patched.getName();
  if (!patchedName)
    return patchedName.takeError();
  bool isFrames = *patchedName == ".stack_sizes";
  if (!isFrames && !patched.isText())
    return Error::success();
  FunctionId caller = {current, patched.getIndex()};
  for (const RelocationRef &relocation : section.relocations()) {
    symbol_iterator symbol = relocation.getSymbol();
    if (symbol == object.symbol_end())
      continue;
    Expected<section_iterator> target = symbol->getSection();
    if (!target)
      return target.takeError();
    bool isText = *target != object.section_end() && (*target)->isText();
    if (isFrames && isText) {
      if (Error error = addFrame(object, patched, relocation.getOffset(), (*target)->getIndex()))
        return error;
    } else if (isText && (*target)->getIndex() != patched.getIndex()) {
      functions[caller].callees.insert({current, (*target)->getIndex()});
    } else if (*target == object.section_end()) {
      Expected<StringRef> name = symbol->getName();
      if (!name)
        return name.takeError();
      functions[caller].outside.insert(name->str());
    }
  }
  return Error::success();
}

Error Inspector::add(const ObjectFile &object) {
  // x86-64 aligns frames of 256-bit registers to 32 bytes: up to 24 more than `.stack_sizes` tells, and 8 for the
  // return address.
  if (object.getArch() == Triple::x86_64)
    perCall = 32;
  if (Error error = addSymbols(object))
    return error;
  for (const SectionRef &section : object.sections()) {
    if (section.isText()) {
      facts.codeBytes += section.getSize();
      functions[{current, section.getIndex()}];
    } else if (section.isBSS() || section.isData()) {
      bool isWritable = ELFSectionRef(section).getFlags() & ELF::SHF_WRITE;
      bool isLoaded = ELFSectionRef(section).getFlags() & ELF::SHF_ALLOC;
      // .data.rel.ro is written by a dynamic loader only, yet it would not be constant in firmware: it counts as
      // writable.
      if (isLoaded)
        (isWritable ? facts.writableBytes : facts.constantBytes) += section.getSize();
    }
    Expected<section_iterator> patched = section.getRelocatedSection();
    if (!patched)
      return patched.takeError();
    if (*patched != object.section_end())
      if (Error error = addRelocations(object, section, **patched))
        return error;
  }
  ++current;
  return Error::success();
}

Expected<uint64_t> Inspector::depth(FunctionId id) {
  if (auto found = known.find(id); found != known.end())
    return found->second;
  if (!active.insert(id).second)
    return createStringError("expected calls without recursion in emitted code, got a cycle");
  const Function &function = functions[id];
  uint64_t below = 0;
  auto visit = [&](FunctionId callee) -> Error {
    Expected<uint64_t> bytes = depth(callee);
    if (!bytes)
      return bytes.takeError();
    below = std::max(below, *bytes);
    return Error::success();
  };
  for (FunctionId callee : function.callees)
    if (Error error = visit(callee))
      return error;
  for (const std::string &name : function.outside) {
    auto found = byName.find(name);
    if (found == byName.end())
      below = std::max(below, kLibraryStack);
    else if (found->second != id)
      if (Error error = visit(found->second))
        return error;
  }
  active.erase(id);
  return known[id] = function.frame + perCall + below;
}

Expected<ObjectFacts> Inspector::finish() {
  for (const auto &[id, function] : functions) {
    Expected<uint64_t> bytes = depth(id);
    if (!bytes)
      return bytes.takeError();
    facts.stackBytes = std::max(facts.stackBytes, *bytes);
  }
  for (const std::string &name : facts.defined)
    facts.undefined.erase(name);
  return std::move(facts);
}

Expected<ObjectFacts> inspectObjects(ArrayRef<StringRef> objects) {
  Inspector inspector;
  for (StringRef bytes : objects) {
    Expected<std::unique_ptr<ObjectFile>> object = ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, "object"));
    if (!object)
      return object.takeError();
    if (Error error = inspector.add(**object))
      return error;
  }
  return inspector.finish();
}

Error checkEmbeddable(const ObjectFacts &facts, StringRef prefix) {
  for (const std::string &name : facts.defined)
    if (!StringRef(name).starts_with((prefix + "_").str()))
      return createStringError("expected every symbol to start with '" + prefix + "_', got '" + name + "'");
  for (const std::string &name : facts.undefined)
    if (name != "memcpy" && name != "memset")
      return createStringError("expected no outside symbol but memcpy and memset, got '" + name + "'");
  if (facts.writableBytes)
    return createStringError("expected no writable data in emitted code, got " + Twine(facts.writableBytes) + " bytes");
  return Error::success();
}

} // namespace wino
