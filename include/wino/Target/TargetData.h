// TargetData: what a processor can do per cycle, as named numbers with their units. One data file per processor in
// lib/Target/; the arithmetic on them is CostModel's.
#ifndef WINO_TARGET_TARGETDATA_H
#define WINO_TARGET_TARGETDATA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace wino {

/// Shape and speed of one register-tiled matrix kernel.
struct GemmKernel {
  int64_t rows = 1;       ///< tiles or pixels per register block; a remainder costs a whole one
  int64_t columns = 1;    ///< output channels per register block; a remainder costs a whole one
  int64_t depth = 1;      ///< input channels per step; channels are padded up to a multiple
  double stepCycles = 1;  ///< one step of a register block, operands in the L1 cache
  double blockCycles = 0; ///< once per register block: what surrounds the steps
};

/// Speed of a 2-D transform of one tile, `lanes` channels at a time.
struct TransformKernel {
  int64_t lanes = 8;
  double op = 1;         ///< cycles of one operation of the DAG
  int64_t registers = 0; ///< values between the two passes that need not go through memory
  double spilledOp = 1;  ///< cycles of one operation if there are more
  double value = 0;      ///< cycles per value that is read from memory (output) or stands between the passes (input)
  double result = 0;     ///< cycles per value of the result: to bytes (for 16-bit taps see `wordResult`)
  double wordResult = 0; ///< of an output transform: cycles more per value where products have 8 or 16 bits
};

/// What multiplies bytes on a core.
enum class ByteProducts {
  Widening, ///< sums of two or four products in 16-bit lanes, then added by pairs: smull, smlal2, sadalp; vpmaddwd
  Dot,      ///< four products to a 32-bit lane: sdot
  Matrix,   ///< 2 x 8 by 8 x 2 to four 32-bit lanes: smmla
};

/// What a GPU's blocks of threads share; rates are those that kernels reach.
struct DeviceData {
  int64_t multiprocessors = 1;
  double productsPerCycle = 1; ///< of bytes, by the tensor cores of one multiprocessor
  int64_t residentBlocks = 1;  ///< blocks of a matrix product that run on one at a time
  double stepCycles = 0;       ///< one step of such a block alone: what its loads, barriers and products wait for
  double blockCycles = 0;      ///< around its steps: the first loads, the last stores
  double launchCycles = 0;     ///< one more kernel in a layer: in a graph, until its first block runs
};

struct TargetData {
  llvm::StringRef name;     ///< as in --target=
  llvm::StringRef triple;   ///< LLVM target triple of the emitted code
  llvm::StringRef cpu;      ///< LLVM processor name; empty: the host's
  llvm::StringRef features; ///< LLVM feature string
  llvm::StringRef needs;    ///< what the emitted code asks of the processor, in words
  llvm::StringRef qemuCpu;  ///< what qemu-aarch64 calls a processor that runs the code; empty: not an Arm core

  ByteProducts products = ByteProducts::Widening;
  bool multipliesHalves = false; ///< fused products of eight halves, FEAT_FP16
  bool inOrder = true; ///< code is ordered by the issue model of lib/Machine; a core that reorders has plain code

  /// A GPU: code is PTX, launched kernel by kernel; cycles are those of the whole chip.
  bool isDevice() const { return triple.starts_with("nvptx"); }

  DeviceData device; ///< of a GPU

  GemmKernel gemmInt8;     ///< int8 x int8 -> int32
  GemmKernel gemmInt7;     ///< the same where filters have at most 7 bits
  GemmKernel gemmInt16;    ///< int16 x int16 -> int32
  GemmKernel gemmInt16Few; ///< the same for layers of no more tiles than its rows
  TransformKernel inputTransform, outputTransform;
  double tapCycles = 0;             ///< loops of one tap of a layer, all blocks of tiles together
  double uLineCycles = 0;           ///< one cache line of U written and read again
  double oLineCycles = 0;           ///< and of O, of which an output transform reads as many streams as there are taps
  double depthwiseMacsPerCycle = 1; ///< int8 depthwise, groups = channels

  int64_t vectorBytes = 16;       ///< width of one vector operation
  double vectorOpCycles = 1;      ///< one add, shift or multiply on a full vector
  double mul32Ops = 1;            ///< vector operations that one multiply of 32-bit lanes takes
  double mulHigh32Ops = 1;        ///< and one rounding multiply (mulhi32)
  double gatherCycles = 2;        ///< one full vector copied into the order of the kernel
  bool packsInput = true;         ///< direct layers multiply the network's input as it lies, channels unpadded
  double requantCycles = 10;      ///< one full vector of 32-bit sums to bytes
  double vectorLoadCycles = 1;    ///< one full vector from L1
  double vectorStoreCycles = 1;   ///< one full vector to L1
  double lineCycles = 0;          ///< one cache line from main memory, not hidden by arithmetic
  int64_t lineBytes = 64;         ///< cache line
  double layerOverheadCycles = 0; ///< call, loop set-up, cold instructions, once per layer
};

/// All targets, in the order in which they are listed to the user.
llvm::ArrayRef<const TargetData *> allTargets();

/// The target of that name, or an error that lists the names.
llvm::Expected<const TargetData *> findTarget(llvm::StringRef name);

} // namespace wino

#endif
