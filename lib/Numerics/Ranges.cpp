// One wording for ranges that do not fit.
#include "wino/Numerics/Ranges.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace wino {

double typeLimit(llvm::StringRef type) {
  unsigned bits = 32;
  type.drop_front(1).getAsInteger(10, bits);
  return std::ldexp(1.0, int(bits) - 1) - 1;
}

std::string rangeText(llvm::StringRef stage, double bound, llvm::StringRef type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "expected " << stage << " within " << type << " (" << int64_t(typeLimit(type)) << "), got bound "
     << llvm::format("%.6g", bound);
  return text;
}

} // namespace wino
