// SharedRaces: who touched which bytes of a block's shared memory since the last barrier. What two threads do to the
// same bytes between two barriers, one of them writing, is a race in whatever order they happen to run here.
#ifndef WINO_TOOLS_HOST_SHAREDRACES_H
#define WINO_TOOLS_HOST_SHAREDRACES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wino {

class SharedRaces {
public:
  using Memory = llvm::ArrayRef<std::pair<uint8_t *, size_t>>;

  /// A new block. Addresses of the memory are even.
  void begin(Memory memory);
  /// All threads have met: from here on nothing of before is a race.
  void barrier() { ++phase; }

  /// Each returns what is wrong, or an empty text. A copy is asked for by one thread and on its way until `arrive`:
  /// till then nobody may touch what it writes, not even who asked.
  std::string read(int32_t thread, const void *at, size_t bytes);
  std::string write(int32_t thread, const void *at, size_t bytes);
  std::string startCopy(int32_t thread, const void *at, size_t bytes);
  void arrive(int32_t thread, const void *at, size_t bytes);

private:
  static constexpr int32_t none = -1, several = -2;
  struct Word {
    uint32_t written = 0, read = 0; ///< phases, 0: never
    int32_t writer = none, reader = none, copier = none;
  };
  struct Region {
    const uint8_t *first;
    size_t bytes;
    std::vector<Word> words;
  };
  uint32_t phase = 1;
  std::vector<Region> regions;

  /// The words of some bytes; empty if they are not all in one region.
  llvm::MutableArrayRef<Word> wordsOf(const void *at, size_t bytes);
  std::string check(llvm::MutableArrayRef<Word> words, int32_t thread, bool isWrite) const;
};

} // namespace wino

#endif
