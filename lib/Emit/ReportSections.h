// Sections of the report that only some compilations have: buckets, magnitudes, blame.
#ifndef WINO_EMIT_REPORTSECTIONS_H
#define WINO_EMIT_REPORTSECTIONS_H

#include "wino/Emit/Report.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace wino {

/// Each writes nothing where there is nothing.
void textBuckets(llvm::raw_ostream &os, const Report &report);
void textMagnitudes(llvm::raw_ostream &os, const Report &report);
void textBlame(llvm::raw_ostream &os, const Report &report);
void jsonSections(llvm::json::OStream &out, const Report &report);
void jsonExtras(llvm::json::OStream &out, const LayerReport &layer);

} // namespace wino

#endif // WINO_EMIT_REPORTSECTIONS_H
