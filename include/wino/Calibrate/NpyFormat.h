// NpyFormat: the header of NumPy's .npy format, parsed strictly, and the bytes
// of a list of integers in it. Reading files is ArrayFile's work; the meaning
// of the numbers is its callers'.
#ifndef WINO_CALIBRATE_NPYFORMAT_H
#define WINO_CALIBRATE_NPYFORMAT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace wino {

/// Element types that images and labels may have.
enum class NpyType { U8, I32, I64, F32 };

/// Bytes of one element.
unsigned npyTypeSize(NpyType type);

/// NumPy's own name for the type, for messages: "uint8", ...
llvm::StringRef npyTypeName(NpyType type);

struct NpyHeader {
  NpyType type = NpyType::U8;
  std::vector<int64_t> shape; ///< empty for a scalar; no dimension is negative
  uint64_t dataOffset = 0;    ///< first byte of the elements
  uint64_t dataBytes = 0;     ///< product of the shape times the element size, does not overflow

  /// The shape as "(2, 3, 32, 32)".
  std::string shapeText() const;
};

/// The longest header text that is accepted; NumPy itself refuses more than
/// 10000 characters unless told otherwise.
constexpr uint64_t npyMaxHeader = 65536;

/// Parses the header at the start of `bytes`, which holds the first bytes of a
/// file (at least the first npyMaxHeader + 12, or all of it). Accepts
/// versions 1.0, 2.0, 3.0, little-endian elements, C order; exactly the keys
/// descr, fortran_order, shape. `fileBytes` is the size of the whole file and
/// must be exactly header + elements: it is compared before anything is
/// allocated.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef bytes, uint64_t fileBytes, llvm::StringRef fileName);

/// A whole .npy file, version 1.0: `values` as int32 of shape (N,).
std::string npyFile(llvm::ArrayRef<int32_t> values);

} // namespace wino

#endif // WINO_CALIBRATE_NPYFORMAT_H
