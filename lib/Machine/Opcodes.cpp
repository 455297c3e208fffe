//===- Opcodes.cpp - latencies and resources per opcode -------------------===//
//
// Keyed on LLVM's opcode names. The numbers follow GCC's cortex-a53.md and
// LLVM's AArch64SchedA53.td; the rules for vector loads are the measured ones
// of ncnn's arm-a53-a55-dual-issue.md. How they combine over time is
// IssueModel.cpp's matter.
//
//===----------------------------------------------------------------------===//
#include "Opcodes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace llvm;
using namespace wino::a53;

bool wino::a53::startsWith(StringRef name, std::initializer_list<StringRef> prefixes) {
  return llvm::any_of(prefixes, [&](StringRef p) { return name.starts_with(p); });
}
bool wino::a53::contains(StringRef name, std::initializer_list<StringRef> parts) {
  return llvm::any_of(parts, [&](StringRef p) { return name.contains(p); });
}

bool wino::a53::isScalarFusedMac(StringRef name) { return startsWith(name, {"FMADD", "FMSUB", "FNM"}); }
static bool isWideningMultiply(StringRef name) {
  return startsWith(name, {"SMULL", "UMULL", "SMLAL", "UMLAL", "SMLSL", "UMLSL", "SQDMLAL", "SQDMULL"});
}
/// Instructions whose tied operand is an accumulator with its own forwarding.
bool wino::a53::hasAccumulator(StringRef name) {
  return isScalarFusedMac(name) || startsWith(name, {"FMLA", "FMLS", "SMLAL", "UMLAL", "SMLSL", "UMLSL", "MLAv", "MLSv",
                                                     "SADALP", "UADALP", "SQDMLAL", "SDOT", "UDOT", "SMMLA", "USMMLA"});
}

static int divideUp(int a, int b) { return (a + b - 1) / b; }

/// Registers named by a structure load or store (LD1..LD4, ST1..ST4): 1..4.
static int structureRegisters(StringRef name, int otherwise) {
  if (name.contains("One"))
    return 1;
  if (name.contains("Two"))
    return 2;
  if (name.contains("Three"))
    return 3;
  return name.contains("Four") ? 4 : otherwise;
}
static bool hasQArrangement(StringRef name) { return contains(name, {"16b", "8h", "4s", "2d"}); }

static int vectorLoadBytes(StringRef name) {
  if (startsWith(name, {"LDRQ", "LDURQ", "LDPD", "LDNPD"}))
    return 16;
  if (startsWith(name, {"LDPQ", "LDNPQ"}))
    return 32;
  bool structure = name.size() > 4 && name.starts_with("LD") && isDigit(name[2]);
  if (!structure || startsWith(name, {"LD1R", "LD1i"}))
    return 8;
  int ways = name[2] - '0';
  if (contains(name, {"i8", "i16", "i32", "i64"}) || startsWith(name, {"LD2R", "LD3R", "LD4R"}))
    return 8 * ((ways + 1) / 2);
  int bytes = structureRegisters(name, ways) * (hasQArrangement(name) ? 16 : 8);
  return ways == 1 ? bytes : bytes + 8; // de-interleaving costs a beat
}

static int vectorStoreBytes(StringRef name) {
  if (startsWith(name, {"STRQ", "STURQ", "STPD"}))
    return 16;
  if (startsWith(name, {"STPQ", "STNPQ"}))
    return 32;
  if (!(name.starts_with("ST") && isDigit(name[2])))
    return 8;
  int bytes = structureRegisters(name, 1) * (hasQArrangement(name) ? 16 : 8);
  return name[2] == '1' ? bytes : bytes + 16;
}

/// Integer data processing.
Timing wino::a53::timeInteger(StringRef name, Instruction &inst) {
  inst.cls = ClassInteger;
  if (startsWith(name, {"MADD", "MSUB", "SMADDL", "UMADDL", "SMULH", "UMULH", "SMSUBL"}))
    return {3, 4, 1};
  if (startsWith(name, {"SDIV", "UDIV"})) {
    inst.divide = true;
    return {8, 8, -1};
  }
  if (startsWith(name, {"HINT", "DMB", "ISB"})) {
    inst.cls = ClassOther;
    return {0, 3, -1};
  }
  if (startsWith(name, {"LSLV", "LSRV", "ASRV", "UBFM", "SBFM", "BFM"}))
    return {1, 2, -1};
  return {};
}

/// NEON and scalar floating point, no memory access.
Timing wino::a53::timeVector(StringRef name, bool usesQ, const Parameters &parameters, Instruction &inst) {
  bool scalar = isScalarFusedMac(name) || contains(name, {"Srr", "Drr", "Hrr", "Sr", "Dr", "FCSEL", "FMOVS", "FMOVD"});
  inst.neon = usesQ ? NeonForm::Full : NeonForm::Half;
  inst.cls = scalar ? ClassFpScalar : ClassNeon;
  int fourLanes = contains(name, {"4f32", "4i32"}) ? 4 : 2;
  if (isWideningMultiply(name)) {
    bool bytes = contains(name, {"v8i8", "v16i8"});
    inst.neon = NeonForm::Full;
    inst.cls = bytes ? ClassMac8 : ClassMac16;
    bool words = name.contains("i32") && !name.contains("i16");
    inst.laneMacs = bytes ? 8 : words ? 2 : 4;
    return {4, 3, parameters.accumulateLatency};
  }
  if (startsWith(name, {"MLAv", "MLSv", "MULv", "SQDMULH", "SQRDMULH", "SQRDMLAH"})) {
    inst.cls = ClassMac16;
    inst.laneMacs = name.contains("16i8")              ? 16
                    : contains(name, {"8i8", "8i16"})  ? 8
                    : contains(name, {"4i16", "4i32"}) ? 4
                                                       : 2;
    return {4, 3, parameters.accumulateLatency};
  }
  if (startsWith(name, {"FMLA", "FMLS"})) {
    inst.cls = ClassFmla;
    inst.laneMacs = fourLanes;
    return {8, 3, 4};
  }
  if (startsWith(name, {"FMULv", "FMULXv"})) {
    inst.cls = ClassFmla;
    inst.laneMacs = fourLanes;
    return {4, 3, 1};
  }
  if (startsWith(name, {"FMADD", "FMSUB", "FNMADD", "FNMSUB"}))
    return {8, 3, 4};
  if (startsWith(name, {"SADALP", "UADALP", "SADDLP", "UADDLP"})) {
    inst.cls = ClassPairAdd;
    return {4, 3, -1};
  }
  if (startsWith(name, {"SDOT", "UDOT", "SMMLA", "USDOT", "USMMLA"})) {
    inst.cls = ClassDot;
    inst.laneMacs = name.contains("SMMLA") ? 32 : 16;
    return {4, 3, 1};
  }
  if (startsWith(name, {"ADDv", "SUBv", "ANDv", "ORRv", "EORv", "MOVI", "NEGv", "BICv"}))
    return {2, 3, -1};
  if (name.starts_with("DUP"))
    return {3, 3, -1};
  if (startsWith(name, {"INSv", "FMOVXD", "FMOVWS", "FMOVDX", "FMOVSW"})) {
    inst.neon = NeonForm::Half;
    return {3, 3, -1};
  }
  if (startsWith(name, {"UMOV", "SMOV"})) {
    inst.neon = NeonForm::Half;
    return {4, 5, -1};
  }
  if (name.starts_with("FDIV")) {
    inst.divide = true;
    return {name.contains("S") ? 14 : 29, 3, -1};
  }
  if (name.starts_with("FSQRT")) {
    inst.divide = true;
    return {contains(name, {"2f64", "Dr"}) ? 29 : 14, 3, -1};
  }
  if (name.starts_with("F") || startsWith(name, {"SCVTF", "UCVTF"}))
    return {4, 3, 1};
  return {3, 3, -1};
}

/// Loads and stores: cycles of the load/store unit and the load-to-use time.
Timing wino::a53::timeMemory(StringRef name, bool load, bool store, bool vector, const Parameters &parameters,
                             Instruction &inst) {
  inst.load = load;
  inst.store = store;
  if (load && vector) {
    inst.store = false; // LD1 lane forms are marked as both
    inst.cls = ClassVectorLoad;
    inst.vectorLoad = true;
    inst.loadStoreCycles = divideUp(vectorLoadBytes(name), parameters.loadBytesPerCycle);
    inst.issuesAlone = inst.loadStoreCycles > 1;
    int latency = 3 + std::max(0, inst.loadStoreCycles - 1);
    return {latency, latency, -1};
  }
  if (store && vector) {
    inst.cls = ClassVectorStore;
    inst.loadStoreCycles = divideUp(vectorStoreBytes(name), parameters.storeBytesPerCycle);
    inst.issuesAlone = inst.loadStoreCycles > 1;
    return {};
  }
  if (load) {
    bool pair = name.starts_with("LDPX");
    inst.cls = ClassLoad;
    inst.loadStoreCycles = pair ? 2 : 1;
    inst.issuesAlone = pair;
    return {pair ? 3 : 2, 3, -1};
  }
  inst.cls = ClassStore;
  inst.loadStoreCycles = 1;
  return {};
}

/// How many register operands after the definitions a scalar store writes out.
unsigned wino::a53::storeDataOperands(StringRef name) {
  if (name.starts_with("STP"))
    return 2;
  return startsWith(name, {"STR", "STUR", "STL", "STX", "STN"}) ? 1 : 0;
}
