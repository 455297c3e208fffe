// What the finished object files say about themselves: sizes, stack depth, symbols. Measured on the machine code, not
// predicted, so that the numbers in the header are those of the bytes that are shipped.
#ifndef WINO_EMIT_OBJECTFACTS_H
#define WINO_EMIT_OBJECTFACTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <set>
#include <string>

namespace wino {

struct ObjectFacts {
  uint64_t codeBytes = 0;
  uint64_t constantBytes = 0;
  uint64_t writableBytes = 0;      ///< initialised or zeroed data; the header promises that there is none
  uint64_t stackBytes = 0;         ///< the deepest chain of calls from any function, see kLibraryStack
  std::set<std::string> defined;   ///< global symbols
  std::set<std::string> undefined; ///< global symbols that no other of the objects defines
};

/// Stack that one call of memcpy or memset may take: the C library is not ours, so this is an allowance, stated in the
/// header.
constexpr uint64_t kLibraryStack = 256;

/// Reads ELF relocatable objects that were compiled with a section per function and `.stack_sizes`. The depth counts,
/// for each call in a chain, the frame and 16 bytes for the return address, on x86-64 32 with the alignment of frames
/// that need it. Recursion is an error.
llvm::Expected<ObjectFacts> inspectObjects(llvm::ArrayRef<llvm::StringRef> objects);

/// The rules of emitted code: symbols start with `<prefix>_`, nothing from outside but memcpy and memset, no writable
/// data.
llvm::Error checkEmbeddable(const ObjectFacts &facts, llvm::StringRef prefix);

} // namespace wino

#endif
