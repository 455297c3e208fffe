// Cortex-A76 (ARMv8.2, out of order, two 128-bit vector pipes, two loads a cycle, sdot): numbers only. Predictions:
// there is no simulator of this core here and none has been compared with a board. Inner blocks are llvm::mca's cycles
// of the emitted code (--emit=asm states them) with LLVM 19's model of the Neoverse N1, which is made from this
// core and follows its Software Optimization Guide; LLVM's own entry for the A76 is the Cortex-A57's model. The rest is
// estimated, as stated.
#include "Targets.h"

namespace wino {

const TargetData &cortexA76() {
  static const TargetData target = [] {
    TargetData t;
    t.name = "cortex-a76";
    t.triple = "aarch64-unknown-linux-gnu";
    t.cpu = "cortex-a76";
    t.features = "+neon,+fullfp16,+dotprod";
    t.needs = "ARMv8.2-A with NEON, arithmetic on halves (FEAT_FP16, `asimdhp`) and dot products (FEAT_DotProd, "
              "`asimddp`), 64-bit, little-endian";
    t.qemuCpu = "cortex-a76";
    t.multipliesHalves = true;
    t.products = ByteProducts::Dot;
    t.inOrder = false;
    // llvm::mca: 64 sdot at two a cycle; around them 16 sqrdmulh of two cycles each on one of the pipes.
    t.gemmInt8 = {4, 16, 16, 32, 49};
    t.gemmInt7 = t.gemmInt8;
    t.gemmInt16 = {8, 8, 8, 128, 32}; // smlal: one a cycle
    t.gemmInt16Few = t.gemmInt16;
    t.gemmInt16Few.rows = 4, t.gemmInt16Few.columns = 16;
    // The Cortex-A53's fits, times the mean ratio of llvm::mca's cycles to that core's modelled ones over the tiles
    // F(2,3), F(4,3), F(5,3) K = 8, F(6,3) K = 9, F(7,3) K = 10, F(8,3) K = 12: 0.45 (0.40 to 0.55) and 0.35 (0.25 to
    // 0.39). A store takes its pipe for a cycle here.
    t.inputTransform = {8, 0.43, 48, 0.6, 0.95, 1.06, 0.8};
    t.outputTransform = {4, 0.23, 36, 0.44, 1.4, 0.39, 0};
    t.depthwiseMacsPerCycle = 4.2; // llvm::mca: 0.48 of the A53's cycles
    t.vectorBytes = 16;
    t.vectorOpCycles = 0.5; // two pipes
    t.vectorLoadCycles = 0.5;
    t.vectorStoreCycles = 1;
    // Estimate: 4.8 instructions a vector, counted under QEMU, at less than four a cycle.
    t.gatherCycles = 2;
    t.requantCycles = 0; // a block of pixels takes what a block of taps takes
    t.tapCycles = 15;
    // Estimates: half of the A53's, since loads run ahead of what waits for them and L2 is twice as wide.
    t.uLineCycles = 4;
    t.oLineCycles = 5.5;
    t.lineCycles = 4.5;
    t.lineBytes = 64;
    t.layerOverheadCycles = 2000;
    return t;
  }();
  return target;
}

} // namespace wino
