//===- Caches.h - L1D, L2, linefills and the stride prefetcher ------------===//
//
// Tells the issue model when the line of an access is in L1. Caches are
// physically untranslated (no TLB), hold data only (Plugin.cpp counts the
// misses of an instruction cache) and write back for free.
//
//===----------------------------------------------------------------------===//
#ifndef WINO_TEST_BENCH_A53SIM_CACHES_H
#define WINO_TEST_BENCH_A53SIM_CACHES_H

#include "wino/Machine/IssueModel.h"
#include <cstdint>
#include <vector>

namespace a53sim {

using namespace wino::a53;

/// One set-associative array with least-recently-used replacement. Lines are
/// addresses >> lineShift.
class CacheArray {
public:
  CacheArray(int kilobytes, int ways);
  /// The way that holds `line`, or null; a hit makes it the youngest.
  struct Way {
    uint64_t line = ~uint64_t(0), lastUse = 0, readyAt = 0;
  };
  Way *find(uint64_t line);
  void insert(uint64_t line, uint64_t readyAt);

private:
  Way *setOf(uint64_t line);
  uint64_t sets, ways, uses = 0;
  std::vector<Way> storage;
};

class MemorySystem : public MemoryModel {
public:
  MemorySystem(const Parameters &parameters, Statistics &statistics);
  uint64_t access(uint64_t address, uint64_t now, bool store) override;

private:
  struct Stream {
    uint64_t next = ~uint64_t(0);
    int confidence = 0;
    uint64_t lastUse = 0, ahead = 0;
  };
  uint64_t fetchLine(uint64_t line, uint64_t now, bool prefetch);
  void trainPrefetcher(uint64_t line, uint64_t now);
  void continueStream(uint64_t line, uint64_t now);

  const Parameters &parameters;
  Statistics &statistics;
  CacheArray l1, l2;
  uint64_t memoryBusyUntil = 0, l2BusyUntil = 0;
  std::vector<uint64_t> missDone; // when each linefill buffer is free again
  std::vector<Stream> streams;
  uint64_t streamUses = 0;
};

} // namespace a53sim

#endif // WINO_TEST_BENCH_A53SIM_CACHES_H
