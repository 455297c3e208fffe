//===- Caches.cpp - L1D, L2, linefills and the stride prefetcher ----------===//
//
// See Caches.h. All times are cycles of the issue model's clock.
//
//===----------------------------------------------------------------------===//
#include "Caches.h"
#include <algorithm>

using namespace a53sim;

/// The prefetcher stays inside a 4 KiB page: 64 lines of 64 bytes.
static constexpr unsigned pageLinesShift = 6;
/// Lines fetched ahead per trained access, at most.
static constexpr int prefetchBurst = 2;

CacheArray::CacheArray(int kilobytes, int ways)
    : sets((uint64_t(kilobytes) * 1024 >> lineShift) / ways), ways(ways), storage(sets * ways) {}

CacheArray::Way *CacheArray::setOf(uint64_t line) { return &storage[(line % sets) * ways]; }

CacheArray::Way *CacheArray::find(uint64_t line) {
  Way *set = setOf(line);
  for (uint64_t i = 0; i < ways; ++i)
    if (set[i].line == line) {
      set[i].lastUse = ++uses;
      return &set[i];
    }
  return nullptr;
}

void CacheArray::insert(uint64_t line, uint64_t readyAt) {
  Way *set = setOf(line);
  Way *victim = std::min_element(set, set + ways, [](const Way &a, const Way &b) { return a.lastUse < b.lastUse; });
  *victim = {line, ++uses, readyAt};
}

MemorySystem::MemorySystem(const Parameters &parameters, Statistics &statistics)
    : parameters(parameters), statistics(statistics), l1(parameters.l1Kilobytes, parameters.l1Ways),
      l2(parameters.l2Kilobytes, parameters.l2Ways), missDone(std::max(1, parameters.missesInFlight)),
      streams(std::max(1, parameters.prefetchStreams)) {}

uint64_t MemorySystem::fetchLine(uint64_t line, uint64_t now, bool prefetch) {
  if (statistics.counting && prefetch)
    ++statistics.prefetches;
  uint64_t ready;
  if (CacheArray::Way *hit = l2.find(line)) {
    uint64_t start = std::max(now, l2BusyUntil);
    l2BusyUntil = start + parameters.l2LineCycles;
    ready = std::max(start + parameters.l2Latency, hit->readyAt);
  } else {
    if (statistics.counting)
      ++(prefetch ? statistics.prefetchL2Misses : statistics.l2Misses);
    uint64_t start = std::max(now, memoryBusyUntil);
    memoryBusyUntil = start + parameters.memoryLineCycles;
    ready = start + parameters.memoryLatency;
    l2.insert(line, ready);
  }
  l1.insert(line, ready);
  return ready;
}

void MemorySystem::trainPrefetcher(uint64_t line, uint64_t now) {
  if (!parameters.prefetch)
    return;
  ++streamUses;
  for (Stream &stream : streams) {
    bool follows = stream.next == line || (stream.confidence > 1 && line > stream.next && line <= stream.next + 2);
    if (!follows)
      continue;
    ++stream.confidence;
    stream.next = line + 1;
    stream.lastUse = streamUses;
    if (stream.confidence < 2)
      return;
    stream.ahead = std::max(stream.ahead, line);
    for (int k = 0; k < prefetchBurst && stream.ahead < line + parameters.prefetchDistance; ++k) {
      uint64_t target = stream.ahead + 1;
      if (target >> pageLinesShift != line >> pageLinesShift)
        return;
      stream.ahead = target;
      if (!l1.find(target))
        fetchLine(target, now, /*prefetch=*/true);
    }
    return;
  }
  auto oldest = std::min_element(streams.begin(), streams.end(),
                                 [](const Stream &a, const Stream &b) { return a.lastUse < b.lastUse; });
  *oldest = {line + 1, 1, streamUses, line};
}

void MemorySystem::continueStream(uint64_t line, uint64_t now) {
  for (const Stream &stream : streams)
    if (stream.next == line && stream.confidence >= 1)
      return trainPrefetcher(line, now);
}

uint64_t MemorySystem::access(uint64_t address, uint64_t now, bool store) {
  if (parameters.perfectCaches)
    return 0;
  uint64_t line = address >> lineShift;
  if (statistics.counting)
    ++statistics.l1Accesses;
  if (CacheArray::Way *hit = l1.find(line)) {
    uint64_t readyAt = hit->readyAt;
    continueStream(line, now);
    if (readyAt <= now)
      return 0;
    if (statistics.counting)
      ++statistics.latePrefetchHits;
    return store ? 0 : readyAt;
  }
  if (statistics.counting)
    ++statistics.l1Misses;
  auto buffer = std::min_element(missDone.begin(), missDone.end());
  uint64_t start = store ? now : std::max(now, *buffer);
  uint64_t ready = fetchLine(line, start, /*prefetch=*/false);
  *buffer = ready;
  trainPrefetcher(line, now);
  return store ? 0 : ready;
}
