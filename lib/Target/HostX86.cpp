// Host x86-64, for tests and calibration rather than for products: a plain AVX2 core. Numbers only.
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
    // Both tap types end in vpmaddwd (16 products) on one of two ports; int8 is widened first. Operation counts, not
    // measured.
    t.gemmInt8 = {4, 8, 16, 512 / 16.0, 0};
    t.gemmInt7 = t.gemmInt8;
    t.gemmInt16 = {4, 8, 2, 64 / 20.0, 0};
    t.gemmInt16Few = t.gemmInt16;
    t.depthwiseMacsPerCycle = 6.0;
    t.vectorBytes = 32;
    t.vectorOpCycles = 0.5;   // two vector ports that take every simple operation
    t.vectorLoadCycles = 0.5; // two load ports
    t.vectorStoreCycles = 1;  // one store port
    t.gatherCycles = t.vectorLoadCycles + t.vectorStoreCycles;
    t.requantCycles = 8 * t.vectorOpCycles + t.vectorLoadCycles + t.vectorStoreCycles / 4;
    // Every value between the passes is stored and loaded; input is widened and shifted, taps scaled, shifted,
    // narrowed.
    double op = t.vectorOpCycles, load = t.vectorLoadCycles, store = t.vectorStoreCycles;
    t.inputTransform = {16, op, 0, op, load + store + load / 2 + 2 * op, 3 * op + store / 2, store};
    t.outputTransform = {8, op, 0, op, op + 2 * (store + load), t.requantCycles, 0};
    t.lineCycles = 8; // streaming reads at about 8 bytes per cycle
    t.lineBytes = 64;
    t.l1Bytes = 32 << 10;
    t.l2Bytes = 1 << 20;
    t.layerOverheadCycles = 1000;
    return t;
  }();
  return target;
}

} // namespace wino
