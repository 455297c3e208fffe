// x86-64 with AVX2. Numbers only.
#include "Targets.h"

namespace wino {

const TargetData &hostX86() {
  static const TargetData target = [] {
    TargetData t;
    t.name = "x86-64";
    t.triple = "x86_64-unknown-linux-gnu";
    t.cpu = "x86-64-v3"; // the same bytes on every build host
    t.features = "";
    t.needs =
        "x86-64 of level v3 (AVX2, BMI2, FMA); the library does not ask, and stops at an illegal instruction elsewhere";
    // Every type of product ends in vpmaddwd and vpaddd on 16 products. Measured on a Zen 3 that shares its core (two
    // of them take 0.7 cycles, not 0.5): 4 x 16 register blocks make 22 products a cycle.
    t.vectorBytes = 32;
    t.vectorOpCycles = 0.33; // four vector ports, but six instructions a cycle in all
    t.vectorLoadCycles = 0.5;
    t.vectorStoreCycles = 1;
    t.mul32Ops = 2;     // vpmulld
    t.mulHigh32Ops = 8; // two vpmuldq and what surrounds them
    double op = t.vectorOpCycles, load = t.vectorLoadCycles, store = t.vectorStoreCycles;
    double scale = 8 * (t.mulHigh32Ops * op + store); // the sums of a register block times their multipliers
    t.gemmInt8 = {4, 16, 2, 128 / 22.0, scale};
    t.gemmInt7 = t.gemmInt16 = t.gemmInt16Few = t.gemmInt8;
    t.depthwiseMacsPerCycle = 6.0;
    t.requantCycles = 3 * op + store / 4; // what is left after the multipliers
    t.packsInput = false;
    t.gatherCycles = (load + store) / 4; // rows are widened into a band once or twice, not once per window
    // Values between the passes are stored and loaded; input is widened and shifted, taps scaled, shifted and clamped.
    t.inputTransform = {16, op, 0, op, load + store + load / 2 + 2 * op, 4 * op + store, store};
    t.outputTransform = {8, op, 0, op, load + store, 4 * op + store / 4, 0};
    t.lineCycles = 5; // filters from L3; measured on layers of 2 to 26 MB of filters
    t.lineBytes = 64;
    t.layerOverheadCycles = 1000;
    return t;
  }();
  return target;
}

} // namespace wino
