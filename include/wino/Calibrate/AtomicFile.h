// AtomicFile: write a whole file or nothing. Every output of the tools goes
// through here; what the bytes are is up to the caller.
#ifndef WINO_CALIBRATE_ATOMICFILE_H
#define WINO_CALIBRATE_ATOMICFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace wino {

/// Writes `bytes` to a temporary file beside `path` and renames it to `path`:
/// readers see the old file or the new one, never a part. The temporary is
/// removed on failure and on a signal. A `path` that exists and is no regular
/// file (a device, a pipe) cannot be replaced by a rename and is written
/// directly.
llvm::Error writeFileAtomically(llvm::StringRef path, llvm::StringRef bytes);

} // namespace wino

#endif // WINO_CALIBRATE_ATOMICFILE_H
