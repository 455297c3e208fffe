// Progress lines for people: only when standard error is a terminal.
#ifndef WINO_TOOLS_COMMON_PROGRESS_H
#define WINO_TOOLS_COMMON_PROGRESS_H

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

/// Overwrites one line: "calibrating 12/256"; a line feed after the last.
inline void showProgress(llvm::StringRef what, size_t done, size_t total) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return;
  llvm::errs() << "\r" << what << " " << done << "/" << total << (done == total ? "\n" : "");
}

} // namespace wino

#endif
