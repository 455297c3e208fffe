//===- Opcodes.h - what an AArch64 opcode costs on a Cortex-A53 -----------===//
//
// Functions from LLVM's opcode name to latencies, class and issue resources.
// They know nothing of operands; Decode.cpp joins the two.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_OPCODES_H
#define WINO_MACHINE_OPCODES_H

#include "wino/Machine/Decode.h"
#include "llvm/ADT/StringRef.h"
#include <initializer_list>

namespace wino::a53 {

/// Latencies of one opcode before they are spread over its results.
struct Timing {
  int latency = 1;
  int address = 3;      // an ALU result reaches address generation late [GCC]
  int accumulator = -1; // -1: as latency
};

/// True if `name` starts with one of `prefixes` / has one of `parts` in it.
bool startsWith(llvm::StringRef name, std::initializer_list<llvm::StringRef> prefixes);
bool contains(llvm::StringRef name, std::initializer_list<llvm::StringRef> parts);

bool isScalarFusedMac(llvm::StringRef name);
/// Opcodes whose tied operand is an accumulator with its own forwarding.
bool hasAccumulator(llvm::StringRef name);
/// Register operands after the definitions that a scalar store writes out.
unsigned storeDataOperands(llvm::StringRef name);

/// The time of an opcode; class, resources and lane count go into `inst`.
Timing timeInteger(llvm::StringRef name, Instruction &inst);
Timing timeVector(llvm::StringRef name, bool usesQ, const Parameters &parameters, Instruction &inst);
Timing timeMemory(llvm::StringRef name, bool load, bool store, bool vector, const Parameters &parameters,
                  Instruction &inst);

} // namespace wino::a53

#endif // WINO_MACHINE_OPCODES_H
