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
    // 16 smull + 16 smlal2 + 16 sadalp for 4 x 4 x 16 = 256 products, and 128 bytes of operands at 8 bytes per cycle:
    // 48 + 16 cycles.
    t.gemmInt8 = {4, 4, 16, 4.0};
    // 16 smlal by lane for 8 x 8 products per input channel, 32 bytes of operands: 16 + 4 cycles for 64 products.
    t.gemmInt16 = {8, 8, 1, 3.2};
    // The same with 4 x 16: 40 bytes of operands, 16 + 5 cycles.
    t.gemmInt16Few = {4, 16, 1, 3.0};
    // smull, smlal or widening add per 8 products, with loads of pixels and of weights that are not shared.
    t.depthwiseMacsPerCycle = 2.0;
    t.vectorBytes = 16;
    t.vectorOpCycles =
        1; // one Q-form operation per cycle (Cortex-A53 software optimisation measurements, test/bench/a53sim)
    t.vectorLoadCycles = 2;  // the load path is 64 bits wide
    t.vectorStoreCycles = 1; // 16 bytes per cycle in GCC's model of the core; an estimate, not measured
    t.lineCycles = 24; // sequential read with the hardware prefetcher; calibrated against boards in test/bench/a53sim
    t.lineBytes = 64;
    t.l1Bytes = 32 << 10;
    t.l2Bytes = 512 << 10;
    t.layerOverheadCycles = 4000; // call, prologue of packing loops and instruction cache misses
    return t;
  }();
  return target;
}

} // namespace wino
