// CompiledCase: one random network through the compiler: quantized, interpreted, run as host code, compiled for an Arm
// core. Running that code is DeviceBatch.h's.
#ifndef WINO_TEST_E2E_COMPILEDCASE_H
#define WINO_TEST_E2E_COMPILEDCASE_H

#include "RandomCase.h"

#include "wino/Target/TargetData.h"

#include "llvm/ADT/SmallVector.h"

namespace wino {

using Bytes = std::vector<uint8_t>;

/// Inputs and expected outputs of one inference, in memory order (N, H, W, C).
struct Trial {
  std::vector<Bytes> inputs, outputs;
};

struct CompiledCase {
  std::string prefix;      ///< of its symbols
  std::string description; ///< seed and ops
  std::string refusal;     ///< why the quantization passes refused it, if they did
  std::string failure;     ///< what went wrong, if something did
  size_t arenaBytes = 0;
  uint32_t maxWorkers = 1;             ///< its kernels are shared by so many, all that can be
  std::vector<uint32_t> workers = {1}; ///< threads of its runs
  std::vector<Shape> outputShapes;     ///< in memory order
  std::vector<Trial> trials;
  llvm::SmallVector<char, 0> object;
  std::vector<bool> isFloat; ///< per output
  size_t residuals = 0;      ///< layers that add another map to their result

  bool isUsable() const { return refusal.empty() && failure.empty(); }
};

/// Who runs a case beside the interpreter.
enum class Runs {
  Alone,     ///< host code and A53 code, by one thread
  Shared,    ///< the same by two, three or eight workers, by the seed
  OnKernels, ///< kernels of one of the GPUs, by the seed, emulated
  InFloats   ///< the network in floats: host code and A53 code, by one thread
};

/// Everything that needs no device. Never throws, never exits; what is wrong is in `failure`.
CompiledCase compileCase(const RandomCase &random, uint64_t seed, const std::string &prefix, Runs runs,
                         const TargetData &device);

/// "output 0: element (0, 3, 1, 7): expected 12, got 13", or nothing if the bytes are equal. The shape is in memory
/// order.
/// `isFloat`: four bytes are a float, and all NaNs are one.
std::string firstDifference(size_t output, const Shape &shape, const Bytes &expected, const uint8_t *got,
                            bool isFloat = false);

/// The pattern that arena memory holds before trial `number`; results must not depend on it.
uint8_t arenaPaint(size_t number, size_t index);

} // namespace wino

#endif
