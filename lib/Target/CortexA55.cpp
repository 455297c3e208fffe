// Cortex-A55 (ARMv8.2, in order, sdot): numbers only. NOT VALIDATED: code is ordered and timed by the rules of the
// Cortex-A53 (lib/Machine), to which one is added, that a sdot takes the 128-bit NEON slot for a cycle and forwards its
// sums like smlal. An A55 differs: it pairs more instructions (64-bit loads with 128-bit operations, which the A53
// rules forbid, so that its loads should cost less than here), and its caches are not the A53's. Nothing has been
// compared with a board or a simulator of an A55.
#include "Targets.h"

namespace wino {

const TargetData &cortexA55() {
  static const TargetData target = [] {
    TargetData t = cortexA53();
    t.name = "cortex-a55";
    t.cpu = "cortex-a55";
    t.features = "+neon,+fullfp16,+dotprod";
    t.needs = "ARMv8.2-A with NEON, arithmetic on halves (FEAT_FP16, `asimdhp`) and dot products (FEAT_DotProd, "
              "`asimddp`), 64-bit, little-endian";
    t.qemuCpu = "cortex-a76"; // QEMU 7.2 has no A55; the same instruction set
    t.multipliesHalves = true;
    t.products = ByteProducts::Dot;
    // Modelled for 4 x 16 x 16 to 4 x 16 x 720; counted: 64 sdot and 20 loads of halves.
    t.gemmInt8 = {4, 16, 16, 87.5, 60};
    t.gemmInt7 = t.gemmInt8;
    return t;
  }();
  return target;
}

} // namespace wino
