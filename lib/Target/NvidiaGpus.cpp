// NVIDIA GPUs with int8 tensor cores. Rough numbers: peak rates of vendors' tables times a guess of what is reached,
// as if the whole chip were one processor with very wide vectors. Nothing here was measured.
#include "Targets.h"

namespace wino {

namespace {

/// Per clock: int8 products of the tensor cores, 32-bit lanes, bytes from memory.
struct Chip {
  llvm::StringRef name, features, needs;
  int64_t multiprocessors;
  double products, lanes; // of one multiprocessor
  double memoryBytes;
  int64_t rows, depth; // of an mma.sync: rows x 8 x depth
};

TargetData describe(const Chip &chip) {
  TargetData t;
  t.name = t.cpu = chip.name;
  t.triple = "nvptx64-nvidia-cuda";
  t.features = chip.features;
  t.needs = chip.needs;
  constexpr double reached = 0.5; // of the peak, by kernels in a network
  double all = double(chip.multiprocessors), rate = all * chip.products * reached, lanes = all * chip.lanes * reached;
  // Blocks of 128 threads with up to 128 registers and 24 KiB of shared memory. 300 cycles: a load from the second
  // cache, of which two are ahead; a barrier; 16 products of a warp. 1,500: three such loads one after the other, bias
  // and stores.
  t.device = {chip.multiprocessors, chip.products * reached, 4, 300, 1500, 2000};
  t.gemmInt8 = t.gemmInt7 = {chip.rows, 8, chip.depth, double(chip.rows * 8 * chip.depth) / rate, 0};
  // Products of 16 bits have no tensor cores: a multiplication each, and two loads.
  t.gemmInt16 = t.gemmInt16Few = {1, 1, 1, 3 / lanes, 0};
  t.vectorBytes = 16; // four lanes
  double op = 4 / lanes, bytes = 16 / (chip.memoryBytes * reached);
  t.vectorOpCycles = op;
  t.vectorLoadCycles = t.vectorStoreCycles = bytes;
  t.mulHigh32Ops = 4;
  t.depthwiseMacsPerCycle = lanes / 2;
  t.packsInput = false;
  t.gatherCycles = bytes / 4; // mostly from the caches
  t.requantCycles = 8 * op;
  t.inputTransform = {8, 2 * op, 0, 2 * op, 0, 6 * op, 2 * op}; // lanes of 16 bits are lanes of 32
  t.outputTransform = {4, op, 0, op, 0, 8 * op, 0};
  t.uLineCycles = t.oLineCycles = 2 * 64 / (chip.memoryBytes * reached); // written and read
  t.lineCycles = 64 / (chip.memoryBytes * reached);
  t.lineBytes = 64;
  t.layerOverheadCycles = 4000; // a launch in a graph, and its first wave
  return t;
}

} // namespace

// Tesla T4: 40 multiprocessors at 1.59 GHz, 1,024 products each, 320 GB/s.
const TargetData &sm75() {
  static const TargetData target =
      describe({"sm_75", "+ptx65", "compute capability 7.5 or later (Turing), CUDA 10.2", 40, 1024, 64, 200, 8, 16});
  return target;
}

// A100: 108 multiprocessors at 1.41 GHz, 2,048 products each, 1,555 GB/s.
const TargetData &sm80() {
  static const TargetData target =
      describe({"sm_80", "+ptx70", "compute capability 8.0 or later (Ampere), CUDA 11.0", 108, 2048, 64, 1100, 16, 32});
  return target;
}

// Jetson AGX Orin: 16 multiprocessors at 1.3 GHz, 2,048 products each, 205 GB/s.
const TargetData &sm87() {
  static const TargetData target =
      describe({"sm_87", "+ptx74", "compute capability 8.7 or later (Orin), CUDA 11.4", 16, 2048, 64, 157, 16, 32});
  return target;
}

// H100 SXM: 132 multiprocessors at 1.83 GHz, 4,096 products each (mma.sync reaches less), 3,350 GB/s.
const TargetData &sm90() {
  static const TargetData target =
      describe({"sm_90", "+ptx78", "compute capability 9.0 or later (Hopper), CUDA 11.8", 132, 4096, 64, 1830, 16, 32});
  return target;
}

} // namespace wino
