//===- ReorderModel.cpp - cycles of code on a core that reorders it -------===//
//
// Words to LLVM's instructions, these through mca's pipeline for some rounds.
//
//===----------------------------------------------------------------------===//
#include "wino/Machine/ReorderModel.h"

#include "llvm-c/Target.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/MCA/Pipeline.h"
#include "llvm/MCA/SourceMgr.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

Expected<double> reorderedCycles(ArrayRef<a53::Instruction> code, StringRef cpu) {
  constexpr unsigned rounds = 20;
  if (code.empty())
    return 0;
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64Disassembler();
  std::string triple = "aarch64-linux-gnu", message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return createStringError("expected LLVM with AArch64, got: " + message);
  StringRef model = cpu == "cortex-a76" ? "neoverse-n1" : cpu;
  std::unique_ptr<MCRegisterInfo> registers(target->createMCRegInfo(triple));
  std::unique_ptr<MCAsmInfo> asmInfo(target->createMCAsmInfo(*registers, triple, MCTargetOptions()));
  std::unique_ptr<MCInstrInfo> opcodes(target->createMCInstrInfo());
  std::unique_ptr<MCSubtargetInfo> subtarget(target->createMCSubtargetInfo(triple, model, "+dotprod,+i8mm"));
  MCContext context(Triple(triple), asmInfo.get(), registers.get(), subtarget.get());
  std::unique_ptr<MCDisassembler> disassembler(target->createMCDisassembler(*subtarget, context));
  std::unique_ptr<MCInstrAnalysis> analysis(target->createMCInstrAnalysis(opcodes.get()));

  mca::InstrumentManager instruments(*subtarget, *opcodes);
  mca::InstrBuilder builder(*subtarget, *opcodes, *registers, analysis.get(), instruments, /*CallLatency=*/100);
  SmallVector<std::unique_ptr<mca::Instruction>> program;
  for (const a53::Instruction &inst : code) {
    uint8_t bytes[4];
    support::endian::write32le(bytes, inst.word);
    MCInst decoded;
    uint64_t size;
    if (disassembler->getInstruction(decoded, size, bytes, 0, nulls()) != MCDisassembler::Success)
      return createStringError("expected AArch64 instructions, got a word that is none");
    auto built = builder.createInstruction(decoded, {});
    if (!built)
      return built.takeError();
    program.push_back(std::move(*built));
  }
  mca::CircularSourceMgr source(program, rounds);
  mca::Context machine(*registers, *subtarget);
  mca::CustomBehaviour behaviour(*subtarget, source, *opcodes);
  mca::PipelineOptions options(/*UOPQSize=*/0, /*DecThr=*/0, /*DW=*/0, /*RFS=*/0, /*LQS=*/0, /*SQS=*/0,
                               /*NoAlias=*/true);
  std::unique_ptr<mca::Pipeline> pipeline = machine.createDefaultPipeline(options, source, behaviour);
  Expected<unsigned> cycles = pipeline->run();
  if (!cycles)
    return cycles.takeError();
  return double(*cycles) / rounds;
}

} // namespace wino
