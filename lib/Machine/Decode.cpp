//===- Decode.cpp - register numbers and roles of an instruction ----===//
//
// LLVM's MC layer gives the operands; what an opcode costs is in Opcodes.cpp,
// how costs combine over time in IssueModel.cpp.
//
//===----------------------------------------------------------------------===//
#include "wino/Machine/Decode.h"
#include "Opcodes.h"
#include "llvm-c/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace llvm;
using namespace wino::a53;

struct Decoder::Machine {
  std::unique_ptr<MCRegisterInfo> registers;
  std::unique_ptr<MCAsmInfo> asmInfo;
  std::unique_ptr<MCInstrInfo> opcodes;
  std::unique_ptr<MCSubtargetInfo> subtarget;
  std::unique_ptr<MCContext> context;
  std::unique_ptr<MCDisassembler> disassembler;

  bool isVector(MCRegister reg) const {
    const char *name = registers->getName(reg);
    return std::strchr("QDSHB", name[0]) && isDigit(name[1]);
  }
  bool isQ(MCRegister reg) const { return registers->getName(reg)[0] == 'Q'; }

  /// The numbers (Decode.h) of all registers that `reg` overlaps.
  std::vector<uint8_t> numbers(MCRegister reg) const {
    std::vector<uint8_t> out;
    for (MCRegUnit unit : registers->regunits(reg)) {
      MCRegUnitRootIterator root(unit, registers.get());
      StringRef name = registers->getName(*root);
      int number = -1; // WZR and bookkeeping registers carry no dependence
      if (name == "NZCV")
        number = 64;
      else if (name.starts_with("WSP"))
        number = 31;
      else if (name.size() > 1 && StringRef("WXBHSDQ").contains(name[0]) && isDigit(name[1]))
        number = std::atoi(name.data() + 1) + (name[0] == 'W' || name[0] == 'X' ? 0 : 32);
      if (number >= 0 && !llvm::is_contained(out, number))
        out.push_back(static_cast<uint8_t>(number));
    }
    return out;
  }
};

Decoder::Decoder(const Parameters &parameters) : machine(std::make_unique<Machine>()), parameters(parameters) {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64Disassembler();
  std::string error, triple = "aarch64-linux-gnu";
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target) {
    std::fprintf(stderr, "a53sim: %s\n", error.c_str());
    std::exit(1);
  }
  Machine &m = *machine;
  m.registers.reset(target->createMCRegInfo(triple));
  m.asmInfo.reset(target->createMCAsmInfo(*m.registers, triple, MCTargetOptions()));
  m.opcodes.reset(target->createMCInstrInfo());
  m.subtarget.reset(target->createMCSubtargetInfo(triple, "cortex-a53", "+all"));
  m.context = std::make_unique<MCContext>(Triple(triple), m.asmInfo.get(), m.registers.get(), m.subtarget.get());
  m.disassembler.reset(target->createMCDisassembler(*m.subtarget, *m.context));
}

Decoder::~Decoder() = default;

wino::a53::Instruction Decoder::decode(uint32_t word) const {
  wino::a53::Instruction inst;
  inst.word = word;
  uint8_t bytes[4];
  std::memcpy(bytes, &word, sizeof bytes);
  MCInst mc;
  uint64_t size;
  // Only the form matters here, not where a branch goes: any address will do.
  if (machine->disassembler->getInstruction(mc, size, bytes, 0x1000, nulls()) != MCDisassembler::Success)
    return inst;
  const MCInstrDesc &desc = machine->opcodes->get(mc.getOpcode());
  StringRef name = machine->opcodes->getName(mc.getOpcode());
  bool load = desc.mayLoad(), store = desc.mayStore();
  bool prefetch = name.starts_with("PRFM");
  bool branch = desc.isBranch() || desc.isCall() || desc.isReturn();
  bool updatesBase = contains(name, {"post", "pre", "POST"});

  struct Result {
    uint8_t reg;
    bool writeback;
  };
  std::vector<Result> results;
  auto addSource = [&](uint8_t reg, Role role) {
    for (unsigned k = 0; k < inst.numSources; ++k)
      if (inst.source[k] == reg && inst.role[k] == role)
        return;
    if (inst.numSources == wino::a53::Instruction::maxSources)
      return;
    inst.source[inst.numSources] = reg;
    inst.role[inst.numSources++] = role;
  };
  auto roleOf = [&](unsigned index, bool vector) {
    if (load || prefetch)
      return vector ? RoleGeneral : RoleAddress;
    if (store)
      return vector || index < desc.getNumDefs() + storeDataOperands(name) ? RoleStoreData : RoleAddress;
    bool tied = desc.getOperandConstraint(index, MCOI::TIED_TO) != -1;
    bool accumulator = hasAccumulator(name) && (tied || (isScalarFusedMac(name) && index == 3));
    return accumulator ? RoleAccumulator : RoleGeneral;
  };

  bool anyVector = false, usesQ = false;
  for (unsigned i = 0; i < mc.getNumOperands(); ++i) {
    const MCOperand &op = mc.getOperand(i);
    if (!op.isReg() || !op.getReg())
      continue;
    bool vector = machine->isVector(op.getReg());
    anyVector |= vector;
    usesQ |= i < 3 && machine->isQ(op.getReg());
    for (uint8_t reg : machine->numbers(op.getReg())) {
      if (i < desc.getNumDefs())
        results.push_back({reg, (load || store) && !vector && i == 0 && updatesBase});
      else
        addSource(reg, roleOf(i, vector));
    }
  }
  for (MCPhysReg used : desc.implicit_uses())
    for (uint8_t reg : machine->numbers(used))
      addSource(reg, RoleGeneral);

  Timing timing;
  if (prefetch) {
    inst.cls = ClassPrefetch;
    inst.loadStoreCycles = 1;
  } else if (branch) {
    inst.cls = ClassBranch;
    inst.branch = true;
  } else if (load || store) {
    timing = timeMemory(name, load, store, anyVector, parameters, inst);
  } else if (anyVector) {
    timing = timeVector(name, usesQ, parameters, inst);
    if (parameters.halfRateQ && inst.neon == NeonForm::Full)
      inst.neon = NeonForm::TwoBeat;
  } else {
    timing = timeInteger(name, inst);
  }
  if (timing.accumulator < 0)
    timing.accumulator = timing.latency;
  if (anyVector && !load && !store)
    timing.address = std::max(timing.address, timing.latency);

  auto addResult = [&](uint8_t reg, const Timing &t) {
    if (inst.numResults == wino::a53::Instruction::maxResults)
      return;
    unsigned k = inst.numResults++;
    inst.result[k] = reg;
    inst.latency[k] = t.latency;
    inst.addressLatency[k] = t.address;
    inst.accumulatorLatency[k] = t.accumulator;
  };
  for (const Result &r : results) {
    // An updated base register is an ALU result, ready in the next cycle.
    bool base = r.writeback || ((load || store) && r.reg < 32 && anyVector);
    addResult(r.reg, base ? Timing{1, 1, 1} : timing);
  }
  for (MCPhysReg defined : desc.implicit_defs())
    for (uint8_t reg : machine->numbers(defined))
      addResult(reg, Timing{1, 1, 1});
  inst.conditional = startsWith(name, {"Bcc", "CB", "TB"});
  return inst;
}
