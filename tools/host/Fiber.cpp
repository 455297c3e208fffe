// The change of stacks: what a called function must keep goes onto the old one and comes from the new one.
#include "Fiber.h"

#include <cstdint>
#include <cstring>

// wino_change_stack(void **old, void *next): control words of SSE and x87 stay as they are, since nothing here sets
// them.
asm(R"(
  .text
  .p2align 4
  .type wino_change_stack, @function
wino_change_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size wino_change_stack, .-wino_change_stack
  .type wino_start_fiber, @function
wino_start_fiber:
  movq %r12, %rdi
  callq *%rbx
  ud2
  .size wino_start_fiber, .-wino_start_fiber
)");
extern "C" void wino_change_stack(void **old, void *next);
extern "C" void wino_start_fiber();

namespace wino {

Fiber::Fiber(size_t stackBytes) : stack(new char[stackBytes]), bytes(stackBytes) {}

void Fiber::begin(void (*function)(void *), void *argument) {
  // As if it had been left: six registers, and where to return to. There the stack is a multiple of 16, as before a
  // call.
  auto top = (reinterpret_cast<uintptr_t>(stack.get()) + bytes) / 16 * 16;
  void *frame[8] = {}; // r15, r14, r13, r12, rbx, rbp, return address, nothing
  frame[3] = argument;
  frame[4] = reinterpret_cast<void *>(function);
  frame[6] = reinterpret_cast<void *>(&wino_start_fiber);
  auto *at = reinterpret_cast<char *>(top) - sizeof frame - 8;
  std::memcpy(at, frame, sizeof frame);
  inside = at;
}

void Fiber::enter() { wino_change_stack(&outside, inside); }
void Fiber::leave() { wino_change_stack(&inside, outside); }

} // namespace wino
