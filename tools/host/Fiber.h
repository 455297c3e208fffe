// Fiber: a stack of its own to change to and back, within one thread of the host. Cheaper than swapcontext, which asks
// the kernel for the signal mask each time. x86-64, System V.
#ifndef WINO_TOOLS_HOST_FIBER_H
#define WINO_TOOLS_HOST_FIBER_H

#include <memory>

namespace wino {

class Fiber {
public:
  explicit Fiber(size_t stackBytes = 64 << 10);

  /// The next `enter` begins `function(argument)`, which must not return: it leaves for good instead.
  void begin(void (*function)(void *), void *argument);
  /// Runs it until it leaves.
  void enter();
  /// Called on the fiber: back to its last `enter`, which returns.
  void leave();

private:
  std::unique_ptr<char[]> stack;
  size_t bytes;
  void *inside = nullptr, *outside = nullptr; // stack pointers of who does not run
};

} // namespace wino

#endif
