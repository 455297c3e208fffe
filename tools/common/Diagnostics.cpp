// Wording of diagnostics.
#include "Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

Diagnostics::Diagnostics(mlir::MLIRContext &context, StringRef file, bool showWarnings)
    : file(file), handler(&context, [this, showWarnings](mlir::Diagnostic &diagnostic) {
        std::lock_guard<std::mutex> lock(mutex);
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
          errors += (errors.empty() ? "" : "\n") + text(diagnostic);
        else if (showWarnings && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning &&
                 shown.insert(text(diagnostic)).second)
          errs() << "warning: " << text(diagnostic) << "\n";
        return mlir::success();
      }) {
  context.printOpOnDiagnostic(false); // node names say where; an operation's text can be megabytes
}

std::string Diagnostics::text(mlir::Diagnostic &diagnostic) const {
  std::string place = file + ": ";
  if (auto name = dyn_cast<mlir::NameLoc>(diagnostic.getLocation()))
    place += "node '" + name.getName().str() + "': ";
  else if (auto position = dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
    place = position.getFilename().str() + ":" + std::to_string(position.getLine()) + ":" +
            std::to_string(position.getColumn()) + ": ";
  std::string result = place + diagnostic.str();
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    result += "\n  note: " + note.str();
  return result;
}

Error Diagnostics::take(const Twine &otherwise) {
  std::lock_guard<std::mutex> lock(mutex);
  std::string message = errors.empty() ? (file + ": " + otherwise).str() : std::move(errors);
  errors.clear();
  return createStringError(message);
}

} // namespace wino
