//===- Parameters.h - what the Cortex-A53 model can be told ---------------===//
//
// Every number of the memory system and of the pipeline that may be changed,
// with its default and where the default comes from; the words in comments are
// a53sim's arguments. Latencies of single instructions are in Opcodes.cpp. The
// counters that the model fills are here too, because every part of it writes
// some of them.
//
// Sources: [TRM] Arm Cortex-A53 technical reference manual (sizes, ways);
// [GCC] gcc/config/aarch64/cortex-a53.md, written by Arm; [LLVM]
// AArch64SchedA53.td; [NCNN] ncnn's measured rules for dual issue on A53/A55;
// [BOARD] fitted to published board times (README.md beside this file).
//
//===----------------------------------------------------------------------===//
#ifndef WINO_MACHINE_PARAMETERS_H
#define WINO_MACHINE_PARAMETERS_H

#include <array>
#include <cstdint>

namespace wino::a53 {

struct Parameters {
  int perfectCaches = 0; // perfcache: every access hits

  int l1Kilobytes = 32;      // l1kb [TRM]
  int l1Ways = 4;            // l1w [TRM]
  int l2Kilobytes = 512;     // l2kb: usual on Raspberry Pi 3 class chips
  int l2Ways = 16;           // l2w [TRM]
  int l2Latency = 13;        // l2lat: cycles to a line from L2 [BOARD]
  int l2LineCycles = 6;      // l2bw: cycles between two lines from L2
  int memoryLatency = 130;   // memlat: cycles to a line from DRAM [BOARD]
  int memoryLineCycles = 24; // membw: cycles between two lines from DRAM
  int missesInFlight = 3;    // mshr: linefills outstanding [TRM]
  int prefetch = 1;          // pf: stride prefetcher on
  int prefetchDistance = 5;  // pfdist: lines ahead
  int prefetchStreams = 4;   // pfstreams

  int loadBytesPerCycle = 8;   // ldbytes: vector load path [NCNN]
  int storeBytesPerCycle = 16; // stbytes [GCC]
  int accumulateLatency = 4;   // macfwd: integer MAC to its accumulator
  int mispredictPenalty = 8;   // mispred [LLVM]
  int takenBubble = 1;         // takenbub: a taken branch ends its cycle
  int halfRateQ = 0;           // q2: Q-form NEON at half rate (refuted by
                               // the boards; kept for sensitivity runs)
};

/// Cache lines are 64 bytes on this core [TRM].
constexpr unsigned lineShift = 6;

/// Instruction classes of the report.
enum Class : uint8_t {
  ClassMac8,
  ClassMac16,
  ClassFmla,
  ClassDot,
  ClassPairAdd,
  ClassNeon,
  ClassFpScalar,
  ClassVectorLoad,
  ClassVectorStore,
  ClassLoad,
  ClassStore,
  ClassPrefetch,
  ClassBranch,
  ClassInteger,
  ClassOther,
  ClassCount
};

/// Everything counted between MARK_START and MARK_STOP.
struct Statistics {
  uint64_t instructions = 0, cycles = 0, laneMacs = 0;
  uint64_t dependencyStalls = 0, memoryStalls = 0;
  uint64_t conditionalBranches = 0, mispredicts = 0;
  uint64_t l1Accesses = 0, l1Misses = 0, l2Misses = 0;
  uint64_t latePrefetchHits = 0, prefetches = 0, prefetchL2Misses = 0;
  std::array<uint64_t, ClassCount> classes{};
  bool counting = false; // false while warming up: nothing above moves
};

} // namespace wino::a53

#endif // WINO_MACHINE_PARAMETERS_H
