// GuardedBuffer: memory whose borders are watched, for code that promises to stay inside its buffers.
#ifndef WINO_TEST_E2E_GUARDEDBUFFER_H
#define WINO_TEST_E2E_GUARDEDBUFFER_H

#include <cstddef>
#include <cstdint>

namespace wino {

/// `bytes` bytes that end right before a page without access; a painted zone of at least one page lies before them. Any
/// access behind ends the process, writes before are found by isIntact.
class GuardedBuffer {
public:
  explicit GuardedBuffer(size_t bytes);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;

  uint8_t *data() { return begin; }
  size_t size() const { return bytes; }
  /// Whether nobody wrote into the zone before the buffer.
  bool isIntact() const;

private:
  uint8_t *mapping, *begin;
  size_t bytes, mapped;
};

} // namespace wino

#endif
