// Diagnostics of passes and verifiers as one llvm::Error in the house form: file: node 'name': message.
#ifndef WINO_TOOLS_COMMON_DIAGNOSTICS_H
#define WINO_TOOLS_COMMON_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <mutex>
#include <set>
#include <string>

namespace wino {

/// Catches the diagnostics of a context as long as it lives. Errors are kept, warnings go to standard error (unless
/// what is tried is nothing the user chose), remarks are dropped: what they say is in the report.
class Diagnostics {
public:
  Diagnostics(mlir::MLIRContext &context, llvm::StringRef file, bool showWarnings = true);

  /// The errors so far as one, or `otherwise` when something failed without a word. Forgets them.
  llvm::Error take(const llvm::Twine &otherwise);

private:
  std::string text(mlir::Diagnostic &diagnostic) const;

  std::string file, errors;
  std::set<std::string> shown; ///< passes that run again say the same again
  std::mutex mutex;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace wino

#endif
