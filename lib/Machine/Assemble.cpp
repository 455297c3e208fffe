//===- Assemble.cpp - AArch64 assembly text to decoded instructions -------===//
//
// LLVM's assembler into a streamer that keeps the words, one per line.
//
//===----------------------------------------------------------------------===//
#include "wino/Machine/Assemble.h"

#include "llvm-c/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCAsmBackend.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCFixup.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCParser/MCAsmParser.h"
#include "llvm/MC/MCParser/MCTargetAsmParser.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;

namespace wino::a53 {

namespace {

/// Keeps the encoded words and drops all else.
class WordStreamer : public MCStreamer {
public:
  WordStreamer(MCContext &context, std::unique_ptr<MCCodeEmitter> emitter)
      : MCStreamer(context), emitter(std::move(emitter)) {}

  std::vector<uint32_t> words;

  void emitInstruction(const MCInst &inst, const MCSubtargetInfo &subtarget) override {
    SmallVector<char, 4> bytes;
    SmallVector<MCFixup, 1> fixups;
    emitter->encodeInstruction(inst, bytes, fixups, subtarget);
    words.push_back(support::endian::read32le(bytes.data()));
  }
  bool emitSymbolAttribute(MCSymbol *, MCSymbolAttr) override { return true; }
  void emitCommonSymbol(MCSymbol *, uint64_t, Align) override {}
  void emitZerofill(MCSection *, MCSymbol *, uint64_t, Align, SMLoc) override {}

private:
  std::unique_ptr<MCCodeEmitter> emitter;
};

} // namespace

Expected<std::vector<Instruction>> assemble(ArrayRef<std::string> lines, const Decoder &decoder) {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmParser();
  std::string triple = "aarch64-linux-gnu", message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return createStringError("expected LLVM with AArch64, got: " + message);
  MCTargetOptions options;
  std::unique_ptr<MCRegisterInfo> registers(target->createMCRegInfo(triple));
  std::unique_ptr<MCAsmInfo> info(target->createMCAsmInfo(*registers, triple, options));
  std::unique_ptr<MCInstrInfo> opcodes(target->createMCInstrInfo());
  std::unique_ptr<MCSubtargetInfo> subtarget(target->createMCSubtargetInfo(triple, "cortex-a53", "+dotprod,+i8mm"));
  SourceMgr sources;
  sources.setDiagHandler(
      [](const SMDiagnostic &diagnostic, void *text) {
        auto &first = *static_cast<std::string *>(text);
        if (first.empty())
          first = (diagnostic.getMessage() + " in '" + diagnostic.getLineContents().trim() + "'").str();
      },
      &message);
  sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(join(lines, "\n") + "\n"), SMLoc());
  MCContext context(Triple(triple), info.get(), registers.get(), subtarget.get(), &sources, &options);
  std::unique_ptr<MCObjectFileInfo> objectInfo(target->createMCObjectFileInfo(context, /*PIC=*/true));
  context.setObjectFileInfo(objectInfo.get());
  WordStreamer streamer(context, std::unique_ptr<MCCodeEmitter>(target->createMCCodeEmitter(*opcodes, context)));
  streamer.setUseAssemblerInfoForParsing(false);
  std::unique_ptr<MCAsmParser> parser(createMCAsmParser(sources, context, streamer, *info));
  std::unique_ptr<MCTargetAsmParser> targetParser(target->createMCAsmParser(*subtarget, *parser, *opcodes, options));
  parser->setTargetParser(*targetParser);
  if (parser->Run(/*NoInitialTextSection=*/false) || !message.empty())
    return createStringError("expected AArch64 instructions, got: " + message);
  if (streamer.words.size() != lines.size())
    return createStringError("expected one instruction per line");
  std::vector<Instruction> instructions;
  for (uint32_t word : streamer.words)
    instructions.push_back(decoder.decode(word));
  return instructions;
}

} // namespace wino::a53
