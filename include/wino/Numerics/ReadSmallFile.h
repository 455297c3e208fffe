// ReadSmallFile: a whole file that is known to be small, for readers of formats.
#ifndef WINO_NUMERICS_READSMALLFILE_H
#define WINO_NUMERICS_READSMALLFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace wino {

/// All bytes of a regular file of at most `most` bytes. No terminator follows them.
inline llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readSmallFile(llvm::StringRef path, uint64_t most) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return llvm::createStringError(path + ": cannot open: " + code.message());
  if (status.type() != llvm::sys::fs::file_type::regular_file || status.getSize() > most)
    return llvm::createStringError(path + ": expected a regular file of at most " + llvm::Twine(most) + " bytes");
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (!buffer)
    return llvm::createStringError(path + ": cannot read: " + buffer.getError().message());
  return std::move(*buffer);
}

} // namespace wino

#endif // WINO_NUMERICS_READSMALLFILE_H
