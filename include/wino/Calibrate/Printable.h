// Printable: text from an untrusted file, made fit for an error message.
#ifndef WINO_CALIBRATE_PRINTABLE_H
#define WINO_CALIBRATE_PRINTABLE_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

/// `text` with control and non-ASCII bytes escaped, cut after 64 bytes.
inline std::string printable(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  llvm::printEscapedString(text.take_front(64), stream);
  return stream.str() + (text.size() > 64 ? "..." : "");
}

} // namespace wino

#endif // WINO_CALIBRATE_PRINTABLE_H
