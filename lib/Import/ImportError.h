// Private to the Import room: how its errors are made. Places ("node 'x'") go in front, separated by a colon.
#ifndef WINO_LIB_IMPORT_IMPORTERROR_H
#define WINO_LIB_IMPORT_IMPORTERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace wino {

inline llvm::Error importError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Puts the place in front of the message.
inline llvm::Error errorAt(const llvm::Twine &place, llvm::Error inner) {
  return importError(place + ": " + llvm::toString(std::move(inner)));
}

} // namespace wino

#endif // WINO_LIB_IMPORT_IMPORTERROR_H
