//===- Assemble.h - AArch64 assembly text to decoded instructions ---------===//
//
// The compiler writes its inner loops as text; this gives the issue model's
// view of them, so that they can be ordered and timed before they are emitted.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_ASSEMBLE_H
#define WINO_MACHINE_ASSEMBLE_H

#include "wino/Machine/Decode.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace wino::a53 {

/// One instruction per line, no labels; ARMv8.0 with NEON, sdot and smmla. An error names the first line that is not an
/// instruction.
llvm::Expected<std::vector<Instruction>> assemble(llvm::ArrayRef<std::string> lines, const Decoder &decoder);

} // namespace wino::a53

#endif // WINO_MACHINE_ASSEMBLE_H
