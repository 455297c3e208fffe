//===- Plugin.cpp - a53sim as a QEMU TCG plugin ---------------------------===//
//
// QEMU hands over translated blocks, executions and data accesses; this file
// decodes each block once, replays its executions in the issue model between
// the markers of mark.h and writes the report at MARK_STOP. Only the main
// thread is counted.
//
//===----------------------------------------------------------------------===//
#include "Caches.h"
#include "QemuPluginApi.h"
#include "Report.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

using namespace a53sim;

extern "C" {
QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
}

namespace {

// HINT #96..#98, which every Armv8 core executes as NOP (mark.h).
constexpr uint32_t hintMask = 0xFFFFF01F, hintOpcode = 0xD503201F;
enum Marker { MarkStart = 96, MarkStop = 97, MarkWarm = 98 };

/// QEMU caps a block at 512 instructions; more accesses than this in one block
/// cannot matter.
constexpr size_t maxReferences = 8190;

class Simulator {
public:
  explicit Simulator(const PluginParameters &given)
      : parameters(given), decoder(parameters), memory(parameters, statistics), model(parameters, statistics, &memory) {
    simulating = statistics.counting = parameters.wholeProcess;
  }

  void translate(qemu_plugin_tb *translation);
  void execute(Block *block);
  void access(uint16_t instruction, bool store, uint64_t address, unsigned bytes);
  void mark(int marker);
  void finish();

private:
  const Instruction &decode(uint32_t word);
  void fetch(const Block &block);
  /// Replays the block executed last, now that its successor is known.
  void replay(const uint64_t *successor);

  const PluginParameters parameters;
  Statistics statistics;
  Decoder decoder;
  MemorySystem memory;
  IssueModel model;
  CacheArray instructionCache{32, 2}; // counted, not charged
  uint64_t instructionMisses = 0;
  bool simulating = false;
  Block *pending = nullptr;
  std::vector<MemoryReference> references;
  std::vector<std::unique_ptr<Block>> blocks;
  std::unordered_map<uint32_t, Instruction> decoded;
};

Simulator *simulator; // QEMU's callbacks carry no pointer of ours

const Instruction &Simulator::decode(uint32_t word) {
  auto found = decoded.find(word);
  if (found == decoded.end())
    found = decoded.emplace(word, decoder.decode(word)).first;
  return found->second;
}

void onExecute(unsigned cpu, void *block) {
  if (cpu == 0)
    simulator->execute(static_cast<Block *>(block));
}
void onAccess(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *index) {
  if (cpu == 0)
    simulator->access(static_cast<uint16_t>(reinterpret_cast<uintptr_t>(index)), qemu_plugin_mem_is_store(info),
                      address, 1u << qemu_plugin_mem_size_shift(info));
}
void onMark(unsigned cpu, void *marker) {
  if (cpu == 0)
    simulator->mark(static_cast<int>(reinterpret_cast<intptr_t>(marker)));
}
void onTranslate(qemu_plugin_id_t, qemu_plugin_tb *translation) { simulator->translate(translation); }
void onExit(qemu_plugin_id_t, void *) { simulator->finish(); }

void Simulator::translate(qemu_plugin_tb *translation) {
  auto block = std::make_unique<Block>();
  block->pc = qemu_plugin_tb_vaddr(translation);
  size_t size = qemu_plugin_tb_n_insns(translation);
  for (size_t i = 0; i < size; ++i) {
    qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(translation, i);
    uint32_t word;
    std::memcpy(&word, qemu_plugin_insn_data(insn), sizeof word);
    const Instruction &inst = decode(word);
    block->instructions.push_back(inst);
    ++block->classes[inst.cls];
    block->laneMacs += inst.laneMacs;
    if ((word & hintMask) == hintOpcode) {
      intptr_t hint = (word >> 5) & 0x7f;
      if (hint >= MarkStart && hint <= MarkWarm)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, onMark, QEMU_PLUGIN_CB_NO_REGS, reinterpret_cast<void *>(hint));
    }
    if (parameters.timing && (inst.load || inst.store))
      qemu_plugin_register_vcpu_mem_cb(insn, onAccess, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                       reinterpret_cast<void *>(i));
    if (i == 0)
      if (const char *symbol = qemu_plugin_insn_symbol(insn))
        block->symbol = symbol;
  }
  qemu_plugin_register_vcpu_tb_exec_cb(translation, onExecute, QEMU_PLUGIN_CB_NO_REGS, block.get());
  blocks.push_back(std::move(block));
}

void Simulator::execute(Block *block) {
  if (!simulating)
    return;
  replay(&block->pc);
  pending = block;
}

void Simulator::access(uint16_t instruction, bool store, uint64_t address, unsigned bytes) {
  if (!simulating || references.size() >= maxReferences)
    return;
  uint64_t line = address >> lineShift, last = address + bytes - 1;
  // A wide access arrives in pieces of 8 bytes: one reference per line.
  bool sameLine = !references.empty() && references.back().instruction == instruction &&
                  references.back().address >> lineShift == line;
  if (!sameLine)
    references.push_back({instruction, store, address});
  if (last >> lineShift != line)
    references.push_back({instruction, store, last});
}

/// Lines of the block that the instruction cache lacks.
void Simulator::fetch(const Block &block) {
  uint64_t last = (block.pc + 4 * block.instructions.size() - 1) >> lineShift;
  for (uint64_t line = block.pc >> lineShift; line <= last; ++line) {
    if (instructionCache.find(line))
      continue;
    instructionCache.insert(line, 0);
    instructionMisses += statistics.counting;
  }
}

void Simulator::replay(const uint64_t *successor) {
  if (Block *block = pending) {
    uint64_t before = model.now();
    if (parameters.timing) {
      fetch(*block);
      model.runBlock(block->instructions, references);
      uint64_t fallThrough = block->pc + 4 * block->instructions.size();
      if (successor)
        model.endBlock(block->pc, block->instructions.back(), *successor != fallThrough);
    }
    if (statistics.counting) {
      uint64_t spent = model.now() - before;
      ++block->executions;
      block->cycles += spent;
      statistics.cycles += spent;
      statistics.instructions += block->instructions.size();
      statistics.laneMacs += block->laneMacs;
      for (unsigned c = 0; c < ClassCount; ++c)
        statistics.classes[c] += block->classes[c];
    }
  }
  pending = nullptr;
  references.clear();
}

void Simulator::mark(int marker) {
  if (marker == MarkStop) {
    replay(nullptr);
    statistics.counting = false;
    simulating = parameters.wholeProcess;
    writeReport(parameters, statistics, instructionMisses, blocks);
    return;
  }
  pending = nullptr; // the block with the marker is outside of the region
  simulating = true;
  statistics.counting = marker == MarkStart;
}

void Simulator::finish() {
  if (!parameters.wholeProcess)
    return;
  replay(nullptr);
  writeReport(parameters, statistics, instructionMisses, blocks);
}

/// Reads `name=value` arguments; false after a message if one is not known.
bool readArguments(int argc, char **argv, PluginParameters &p) {
  const std::map<std::string, int *> numbers = {{"top", &p.topBlocks},
                                                {"time", &p.timing},
                                                {"all", &p.wholeProcess},
                                                {"perfcache", &p.perfectCaches},
                                                {"l1kb", &p.l1Kilobytes},
                                                {"l1w", &p.l1Ways},
                                                {"l2kb", &p.l2Kilobytes},
                                                {"l2w", &p.l2Ways},
                                                {"l2lat", &p.l2Latency},
                                                {"l2bw", &p.l2LineCycles},
                                                {"memlat", &p.memoryLatency},
                                                {"membw", &p.memoryLineCycles},
                                                {"mshr", &p.missesInFlight},
                                                {"pf", &p.prefetch},
                                                {"pfdist", &p.prefetchDistance},
                                                {"pfstreams", &p.prefetchStreams},
                                                {"ldbytes", &p.loadBytesPerCycle},
                                                {"stbytes", &p.storeBytesPerCycle},
                                                {"macfwd", &p.accumulateLatency},
                                                {"mispred", &p.mispredictPenalty},
                                                {"takenbub", &p.takenBubble},
                                                {"q2", &p.halfRateQ}};
  for (int i = 0; i < argc; ++i) {
    std::string argument = argv[i];
    size_t equals = argument.find('=');
    std::string name = argument.substr(0, equals);
    std::string value = equals == std::string::npos ? "on" : argument.substr(equals + 1);
    auto number = numbers.find(name);
    if (name == "out") {
      p.outputPath = value;
    } else if (number != numbers.end()) {
      *number->second = value == "on" ? 1 : value == "off" ? 0 : std::atoi(value.c_str());
    } else {
      std::fprintf(stderr, "a53sim: unknown argument '%s'\n", argument.c_str());
      return false;
    }
  }
  return true;
}

} // namespace

extern "C" QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *, int argc, char **argv) {
  PluginParameters parameters;
  if (!readArguments(argc, argv, parameters))
    return 1;
  simulator = new Simulator(parameters); // lives as long as QEMU
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslate);
  qemu_plugin_register_atexit_cb(id, onExit, nullptr);
  return 0;
}
