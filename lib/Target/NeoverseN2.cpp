// Neoverse N2 (ARMv9.0, out of order, two 128-bit vector pipes, three loads a cycle, sdot and smmla): numbers only.
// Predictions, as for the Cortex-A76, with LLVM 19's model of the N2. SVE is not used.
#include "Targets.h"

namespace wino {

const TargetData &neoverseN2() {
  static const TargetData target = [] {
    TargetData t = cortexA76();
    t.name = "neoverse-n2";
    t.cpu = "neoverse-n2";
    t.features = "+neon,+fullfp16,+dotprod,+i8mm,-sve";
    t.needs = "ARMv8.6-A with NEON, arithmetic on halves (FEAT_FP16, `asimdhp`), dot products (FEAT_DotProd, "
              "`asimddp`) and matrix products (FEAT_I8MM, `i8mm`), "
              "64-bit, little-endian";
    t.qemuCpu = "max"; // QEMU 7.2 has no N2
    t.multipliesHalves = true;
    t.products = ByteProducts::Matrix;
    // llvm::mca: 32 smmla and 4 zip at two a cycle.
    t.gemmInt8 = {4, 16, 16, 18, 40};
    t.gemmInt7 = t.gemmInt8;
    t.requantCycles = 0.4; // 6 cycles of a block of pixels
    t.depthwiseMacsPerCycle = 5.6;
    t.vectorStoreCycles = 0.5;
    return t;
  }();
  return target;
}

} // namespace wino
