// Pages from mmap, the last one without access.
#include "GuardedBuffer.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace wino {

constexpr size_t page = 4096;
constexpr uint8_t paint = 0xC3;

GuardedBuffer::GuardedBuffer(size_t bytes) : bytes(bytes) {
  size_t used = (bytes + page - 1) / page * page + page;
  mapped = used + page;
  void *memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(static_cast<uint8_t *>(memory) + used, page, PROT_NONE)) {
    std::perror("mmap");
    std::exit(2);
  }
  mapping = static_cast<uint8_t *>(memory);
  begin = mapping + used - bytes;
  std::memset(mapping, paint, size_t(begin - mapping));
}

GuardedBuffer::~GuardedBuffer() { munmap(mapping, mapped); }

bool GuardedBuffer::isIntact() const {
  for (const uint8_t *p = mapping; p < begin; ++p)
    if (*p != paint)
      return false;
  return true;
}

} // namespace wino
