// The error of a range that does not fit, worded once.
#ifndef WINO_NUMERICS_RANGES_H
#define WINO_NUMERICS_RANGES_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace wino {

/// "expected tap products within i32 (2147483647), got bound 5.1e+09"
std::string rangeText(llvm::StringRef stage, double bound, llvm::StringRef type);

/// Largest magnitude of a signed type written i8, i16 or i32.
double typeLimit(llvm::StringRef type);

} // namespace wino

#endif
