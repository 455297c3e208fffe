// Cortex-A53 (ARMv8.0, in order, two-wide, one 128-bit NEON operation per cycle): numbers only.
#include "Targets.h"

namespace wino {

const TargetData &cortexA53() {
  static const TargetData target = [] {
    TargetData t;
    t.name = "cortex-a53";
    t.triple = "aarch64-unknown-linux-gnu";
    t.cpu = "cortex-a53";
    t.features = "+neon";
    t.needs = "ARMv8.0-A with NEON, 64-bit, little-endian";
    t.qemuCpu = "cortex-a53";
    // Kernels: cycles of the issue model (lib/Machine), as `--emit=asm` states them; fits of test/bench (README).
    // 48 operations for 4 x 4 x 16 products and 8 loads of halves; 40 where four products share a lane.
    t.gemmInt8 = {4, 4, 16, 56, 26};
    t.gemmInt7 = {4, 4, 16, 48, 27};
    // 16 smlal by lane for 8 x 8 products and input channel, and what loads do not hide; 4 x 16 loads more.
    t.gemmInt16 = {8, 8, 8, 147, 21};
    t.gemmInt16Few = {4, 16, 8, 151, 24};
    t.inputTransform = {8, 1.02, 36, 1.06, 1.0, 2.8, 0.45};
    t.outputTransform = {4, 0.78, 36, 1.09, 2.1, 0, 1.9}; // narrow products: left to LLVM, as slow as all were before
    // smull, smlal or widening add per 8 products, with loads of pixels and of weights that are not shared.
    t.depthwiseMacsPerCycle = 2.0;
    t.vectorBytes = 16;
    t.vectorOpCycles =
        1; // one Q-form operation per cycle (Cortex-A53 software optimisation measurements, test/bench/a53sim)
    t.vectorLoadCycles = 2;  // the load path is 64 bits wide
    t.vectorStoreCycles = 1; // 16 bytes per cycle in GCC's model of the core; an estimate, not measured
    t.gatherCycles = 6;      // measured on the model of test/bench, addresses and loops included
    t.requantCycles = 3.75;  // what a block of pixels takes more than a block of taps
    t.tapCycles = 4;
    t.uLineCycles = 8;
    t.oLineCycles = 11;
    t.lineCycles = 9; // sequential reads with the prefetcher: 5 from L2 on the model of test/bench, 12 from memory
    t.lineBytes = 64;
    t.layerOverheadCycles = 4000; // call, prologue of packing loops and instruction cache misses
    return t;
  }();
  return target;
}

} // namespace wino
