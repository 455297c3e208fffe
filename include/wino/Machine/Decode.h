//===- Decode.h - one AArch64 instruction as the issue model sees it ------===//
//
// LLVM's MC layer disassembles the word; this room turns the result into the
// few facts that the in-order pipeline needs: which registers are read and in
// what role, when each written register is ready for which kind of reader,
// and which issue resources are taken. It holds no machine state.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_DECODE_H
#define WINO_MACHINE_DECODE_H

#include "wino/Machine/Parameters.h"
#include <cstdint>
#include <memory>

namespace wino::a53 {

/// What a source register is used for: results are forwarded at different
/// stages, so each role has its own ready time.
enum Role : uint8_t {
  RoleGeneral,     // an ordinary operand
  RoleAddress,     // address generation, one stage earlier
  RoleAccumulator, // accumulator input of a multiply-accumulate
  RoleStoreData,   // data to store, one stage later
  RoleCount
};

/// Registers in one numbering: 0..31 X and SP, 32..63 V, 64 NZCV.
constexpr unsigned numRegisters = 65;

enum class NeonForm : uint8_t {
  None,
  Half,   // 64-bit: two of them pair up
  Full,   // 128-bit or widening: both halves of the unit
  TwoBeat // 128-bit at half rate (parameter q2 only)
};

struct Instruction {
  static constexpr unsigned maxSources = 10, maxResults = 8;
  uint32_t word = 0;
  uint8_t numSources = 0, numResults = 0;
  uint8_t source[maxSources] = {};
  Role role[maxSources] = {};
  uint8_t result[maxResults] = {};
  /// Cycles until result[i] may be read in each role (RoleStoreData follows
  /// from RoleGeneral).
  uint8_t latency[maxResults] = {}, addressLatency[maxResults] = {}, accumulatorLatency[maxResults] = {};
  Class cls = ClassOther;
  NeonForm neon = NeonForm::None;
  uint8_t loadStoreCycles = 0; // cycles of the load/store unit
  bool issuesAlone = false, vectorLoad = false, branch = false;
  bool conditional = false, load = false, store = false, divide = false;
  uint16_t laneMacs = 0; // multiplies over all lanes
};

class Decoder {
public:
  explicit Decoder(const Parameters &parameters);
  ~Decoder();
  /// Decodes `word`; an unknown word is an instruction of class "other" that
  /// takes an issue slot and nothing else.
  Instruction decode(uint32_t word) const;

private:
  struct Machine; // LLVM's MC objects
  std::unique_ptr<Machine> machine;
  const Parameters &parameters;
};

} // namespace wino::a53

#endif // WINO_MACHINE_DECODE_H
